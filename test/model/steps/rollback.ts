import { currentKey, isMarked, moveCurrent, read } from "../aws.js";
import { verify } from "../vendor.js";
import { v, type World } from "../world.js";
import { atom, go, type Program } from "./atoms.js";

/** The rollback command (P14): `previous` is the version that it goes back to. Not shipped yet. */
export const rollback: Program = {
  "rollback.look": atom("looks at the labels", (w) => {
    const s = w.state;
    const { current, previous } = s;
    if (previous === 0 || !mayRollBack(w, previous) || (w.on("P14.claim") && s.jobClaim !== 0)) return "done";
    const locals = { current, previous };
    return go(w.on("P14.claim") ? "rollback.claim" : "rollback.verify", locals);
  }),

  "rollback.claim": atom("puts its claim on the previous version", (w, me) => {
    w.state.rollbackClaim = me.previous;
    return go("rollback.lookAgain", me);
  }),

  "rollback.lookAgain": atom("looks again", (w, me) => {
    const s = w.state;
    const stands = s.current === me.current && s.previous === me.previous && s.jobClaim === 0;
    return go(stands && mayRollBack(w, me.previous) ? "rollback.verify" : "rollback.dropClaim", me);
  }),

  "rollback.verify": atom("shows the previous key to the vendor", (w, me) => {
    const works = w.key(read(w, me.previous)).status === 1 && verify(w, read(w, me.previous)) === "accepted";
    if (works) return go("rollback.move", me);
    return w.on("P14.claim") ? go("rollback.dropClaim", me) : "done";
  }),

  "rollback.move": atom("moves AWSCURRENT back", (w, me) => {
    if (moveCurrent(w, me.current, me.previous)) w.note(`${v(me.previous)} is AWSCURRENT`);
    return w.on("P14.claim") ? go("rollback.dropClaim", me) : "done";
  }),

  "rollback.dropClaim": atom("drops its claim", (w, me) => {
    if (w.state.rollbackClaim === me.previous) w.state.rollbackClaim = 0;
    // The end of the version rolled back from is arranged.
    if (w.setting.jobs && w.state.current === me.previous) w.state.arranged |= 1 << me.current;
    return "done";
  }),
};

function mayRollBack(w: World, previous: number): boolean {
  const s = w.state;
  const key = read(w, previous);
  if (w.on("P14.pending") && s.pending !== 0) return false;
  return key !== 0 && key !== currentKey(s) && !isMarked(s, key);
}
