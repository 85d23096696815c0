import { isHeld, isMarked, read, standing } from "../aws.js";
import { bit, listActive, listLiving, lowest, noticed, register, retire, size } from "../vendor.js";
import { k } from "../world.js";
import { atom, go, type Program } from "./atoms.js";
import { outwait, outwaits } from "./create.js";
import { beginAbort, notMyTurn } from "./turn.js";

/** services/rotation/steps/set.ts, for kind c: a minted key needs no setting. */
export const set: Program = {
  "set.look": atom("looks at the labels", (w, { token }) => {
    const s = w.state;
    if (s.current === token) return "done";
    return notMyTurn(w, token) ?? go("set.find", { current: s.current, previous: s.previous });
  }),

  "set.find": atom("lists the vendor's keys, then reads the values", (w, me) => {
    const listed = listActive(w);
    const staged = read(w, me.token);
    const current = read(w, me.current);
    if (staged === 0) return "failed";
    if (staged === current) return "done";
    if (w.on("P7.exit") && isMarked(w.state, staged)) return beginAbort("step");
    if (w.on("P18.ever") && w.version(me.token).replaces !== me.current) return beginAbort("step");
    const strays = listed & ~bit(staged) & ~bit(current) & ~bit(read(w, me.previous));
    const locals = { key: staged, current, listed: strays, swept: strays };
    return go(strays !== 0 && w.on("code.setSweep") ? "set.recheck" : "set.lookAgain", locals);
  }),

  "set.recheck": atom("looks whether its turn still stands", (w, me) => {
    if (!w.on("P4.recheck")) return go("set.retireOrphan", me);
    if (standing(w.state, me.token) !== "pending") return "failed";
    if (w.on("P2.guard") && isHeld(w, lowest(me.listed))) return "failed";
    return go("set.retireOrphan", me);
  }),

  "set.retireOrphan": atom("retires an orphan", (w, me) => {
    const stray = lowest(me.listed);
    retire(w, stray, "orphan");
    const listed = me.listed & ~bit(stray);
    if (listed !== 0) return go("set.recheck", { ...me, listed });
    return go(outwaits(w) ? "set.outwait" : "set.lookAgain", { ...me, listed });
  }),

  "set.outwait": atom("waits out the orphans that the vendor forgot", (w, me) => {
    outwait(w, me.swept);
    return go("set.lookAgain", me);
  }),

  "set.lookAgain": atom(
    "looks at the labels once more",
    (w, me) => notMyTurn(w, me.token) ?? go("set.count", me),
  ),

  "set.count": atom("counts at the vendor", (w, me) => {
    const listed = listLiving(w);
    const living = size((listed | bit(me.current)) & ~bit(me.key));
    return w.on("code.setCount") && living >= 2 ? "failed" : go("set.register", { key: me.key, listed });
  }),

  "set.register": atom("registers the public part", (w, me) => {
    noticed(w, me.listed);
    const registration = register(w, me.key);
    w.note(`${k(me.key)}: ${registration}`);
    // The core asks again: then the vendor says that it knows the key.
    const lost = w.strikes("lost", "the answer is lost, and a second try finds it registered");
    return go("set.lookAfter", { key: me.key, flag: registration === "created" && !lost ? 1 : 0 });
  }),

  // `flag`: this very call made the vendor know the key.
  "set.lookAfter": atom("looks at the labels after it", (w, me) => {
    const stands = standing(w.state, me.token);
    if (stands === "pending" || stands === "current") return "done";
    if (me.flag === 0 || !w.on("P17.undo")) return "failed";
    if (w.on("P17.previous") && read(w, w.state.previous) === me.key) return "failed";
    return w.on("P2.guard") && isHeld(w, me.key) ? "failed" : go("set.undo", { key: me.key });
  }),

  "set.undo": atom("undoes its registration", (w, me) => {
    retire(w, me.key, "own");
    return "failed";
  }),
};
