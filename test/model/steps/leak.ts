import {
  currentKey,
  isHeld,
  isMarked,
  isRotatable,
  pendingKey,
  read,
  rotateSecret,
  takePending,
} from "../aws.js";
import { alive, type Process } from "../state.js";
import { retire, verify } from "../vendor.js";
import { v, type World } from "../world.js";
import { atom, go, type Next, type Program } from "./atoms.js";
import { beginAbort } from "./turn.js";

/**
 * The leak command for one version, named in `previous`; its key stands in `key`. The design's (P15): it is not shipped yet.
 */
export const leak: Program = {
  "leak.mark": atom("marks the version as leaked", (w, me) => {
    const others = w.on("P15.name") ? w.state.marks : 0;
    w.state.marks = others | (1 << me.previous);
    w.key(me.key).leaked = 1;
    w.note(v(me.previous));
    return w.on("P15.order") ? go("leak.look", me) : go("leak.act", me);
  }),

  // Without P15's order this look came first; `attempt` holds what it saw.
  "leak.look": atom("looks what the key is now", (w, me) => {
    const attempt = place(w, me);
    return w.on("P15.order") ? go("leak.act", { ...me, attempt }) : go("leak.mark", { ...me, attempt });
  }),

  "leak.act": atom("acts on it", (w, me) => {
    const s = w.state;
    if (me.attempt === 1) {
      return rotateNow(w);
    }
    if (me.attempt === 2) {
      if (w.on("P15.pending")) return beginAbort("command", me.key);
      if (s.pending !== s.current) takePending(w);
      return go("leak.retire", { key: me.key });
    }
    if (w.on("P14.claim") && s.rollbackClaim !== 0) return "waits";
    return go("leak.guard", { key: me.key });
  }),

  "leak.guard": atom("looks whether the key is in use", (w, me) => {
    if (w.on("P2.guard") && isHeld(w, me.key)) return go("leak.again", me);
    if (w.on("P14.claim") && w.state.rollbackClaim !== 0) return "waits";
    return go("leak.retire", me);
  }),

  "leak.again": atom("looks again", (w, me): Next => {
    return currentKey(w.state) === me.key ? rotateNow(w) : "done";
  }),

  "leak.retire": atom("retires the leaked key", (w, me) => {
    retire(w, me.key, "leak");
    return go("leak.seeDead", me);
  }),

  "leak.seeDead": atom("sees it dead", (w, me) => {
    if (verify(w, me.key) === "accepted") return "waits";
    w.key(me.key).proven = 1;
    return "done";
  }),
};

/** A rotation that runs already is the containment. */
function rotateNow(w: World): Next {
  if (w.state.step !== 0) return "done";
  if (!isRotatable(w.state)) return "waits";
  rotateSecret(w);
  return "done";
}

/** 1: current. 2: pending. 3: previous or without a label. */
function place(w: World, { key, previous: version }: Process): number {
  const s = w.state;
  const byKey = w.on("P2.handle");
  if (byKey ? currentKey(s) === key : s.current === version) return 1;
  return (byKey ? pendingKey(s) === key : s.pending === version) ? 2 : 3;
}

/** The second look (P16): what is marked and lives is ended, or rotated away. True when nothing is left to do. */
export function lookAgain(w: World): boolean {
  const s = w.state;
  const leaked = s.keys
    .map((_, index) => index + 1)
    .filter((id) => w.key(id).status === alive && isMarked(s, id));
  for (const id of leaked) {
    const readable = s.versions.some(({ key }, index) => key === id && read(w, index + 1) !== 0);
    if (readable && !isHeld(w, id)) retire(w, id, "leak");
  }
  return !isMarked(s, currentKey(s)) && !isMarked(s, pendingKey(s));
}
