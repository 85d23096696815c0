import { currentKey, isHeld, isMarked, pendingKey, putPending, read, standing } from "../aws.js";
import { alive, dead, dying, type Process } from "../state.js";
import {
  bit,
  countMade,
  generate,
  listActive,
  listLiving,
  lowest,
  mint,
  noticed,
  retire,
  size,
  verify,
  works,
} from "../vendor.js";
import { k, type World } from "../world.js";
import { atom, go, type Next, type Program } from "./atoms.js";
import { beginAbort, notMyTurn } from "./turn.js";

/** services/rotation/steps/create.ts, with previous.ts, strays.ts, room.ts and mint.ts. */
export const create: Program = {
  "create.look": atom("looks at the labels", (w, { token }) => {
    const s = w.state;
    if (s.current === token) return "done";
    const away = notMyTurn(w, token);
    if (away) return away;
    if (w.on("P14.claim") && s.rollbackClaim !== 0) return "failed";
    return go("create.readStaged", {
      current: s.current,
      previous: s.previous,
      flag: openOverlap(w) ? 1 : 0,
    });
  }),

  "create.readStaged": atom("reads its version", (w, me) => {
    const staged = read(w, me.token);
    if (staged !== 0) return keepOrAbort(w, me, staged);
    return go(w.setting.kind === "b" ? "create.endPrevious" : "create.find", me);
  }),

  "create.judgeStaged": atom("asks the vendor about the staged key", (w, { key }) =>
    works(w, key) ? "done" : beginAbort("step"),
  ),

  "create.find": atom("lists the vendor's keys, then reads the current and the previous value", (w, me) =>
    go("create.endPrevious", { ...me, listed: listActive(w) }),
  ),

  "create.endPrevious": atom("comes to the previous key", (w, me) => {
    const previousId = w.on("P1.ids") ? me.previous : w.state.previous;
    const previous = read(w, previousId);
    const current = read(w, w.on("P1.ids") ? me.current : w.state.current);
    if (current === 0) return "failed";
    const same = w.on("P2.handle") ? previous === current : previousId === me.current;
    const locals = { current, previous: same ? current : previous, listed: me.listed };
    if (previous === 0 || same) return toSweep(w, locals);
    if (me.flag === 1) return go("create.waitOverlap", locals);
    return go("create.retirePrevious", locals);
  }),

  "create.waitOverlap": atom("finds the overlap open", (w, me) => {
    const { proposals } = w.setting;
    const waives = proposals["waiver.end"] || proposals["waiver.keep"];
    if (waives && verify(w, me.current) === "rejected")
      return proposals["waiver.end"] ? go("create.retirePrevious", me) : toSweep(w, { ...me, flag: 1 });
    return verify(w, me.previous) === "accepted" ? "failed" : go("create.retirePrevious", me);
  }),

  "create.retirePrevious": atom("retires the previous key", (w, me) => {
    retire(w, me.previous, "rotation");
    return w.on("P3.wait") ? go("create.seePreviousRefused", me) : toSweep(w, me);
  }),

  "create.seePreviousRefused": atom("shows the previous key to the vendor", (w, me) =>
    verify(w, me.previous) === "rejected" ? toSweep(w, me) : "failed",
  ),

  // Kinds a and c: what the vendor lists. `swept` holds the strays still to be ended.
  "create.sweep": atom("picks the orphans from the list", (w, me) => {
    let strays = 0;
    for (let rest = me.listed & ~bit(me.current) & ~bit(me.previous); rest !== 0; rest &= rest - 1) {
      const stray = lowest(rest);
      const own = w.key(stray).madeFor === me.token;
      if (!w.on("P2.labels") && isMarked(w.state, stray)) continue;
      if (own && !w.on("P4.own")) continue;
      if (own && w.on("P4.fence") && isYoung(w, stray)) return "failed";
      strays |= bit(stray);
    }
    return go(strays === 0 ? "create.lookAgain" : "create.recheck", { ...me, listed: strays, swept: strays });
  }),

  "create.recheck": atom("looks whether its turn still stands and nothing is stored", (w, me) => {
    if (!w.on("P4.recheck")) return go("create.retireOrphan", me);
    if (standing(w.state, me.token) !== "pending" || read(w, me.token) !== 0) return "failed";
    if (w.on("P2.guard") && isHeld(w, lowest(me.listed))) return "failed";
    return go("create.retireOrphan", me);
  }),

  "create.retireOrphan": atom("retires an orphan", (w, me) => {
    const stray = lowest(me.listed);
    retire(w, stray, "orphan");
    const listed = me.listed & ~bit(stray);
    if (listed !== 0) return go("create.recheck", { ...me, listed });
    return go(outwaits(w) ? "create.outwait" : "create.lookAgain", { ...me, listed });
  }),

  "create.outwait": atom("waits out the orphans that the vendor forgot", (w, me) => {
    outwait(w, me.swept);
    return go("create.lookAgain", me);
  }),

  "create.lookAgain": atom("looks at the labels once more", (w, me) => {
    const away = notMyTurn(w, me.token);
    return away ?? go("create.count", me);
  }),

  "create.count": atom("counts at the vendor", (w, me) => {
    const previous = me.flag === 1 ? 0 : me.previous;
    const apart = previous === me.current ? 0 : bit(previous);
    const listed = listLiving(w);
    const living = size((listed | bit(me.current)) & ~apart);
    // A dead current key counts as alive where the vendor does not show its end.
    const deadCurrent = w.key(me.current).status === dead && w.setting.kind === "a" ? 1 : 0;
    if (w.on("P3.count") && living - deadCurrent >= 2) return "failed";
    if (w.on("P3.all") && w.on("P3.count") && (listed & ~listActive(w) & ~bit(me.current) & ~apart) !== 0)
      return "failed";
    return go("create.mint", { current: me.current, listed, attempt: countMade(w, me.token) });
  }),

  // Kind b: the version history is the list. Its request shows the labels once more.
  "create.history": atom("lists the versions", (w, me) => {
    const away = notMyTurn(w, me.token);
    if (away) return away;
    const strays = w.on("P8.history") ? strayVersions(w, me) : 0;
    return strays === 0 ? go("create.mint", me) : go("create.recheckStray", { ...me, listed: strays });
  }),

  "create.recheckStray": atom("looks whether its turn still stands and nothing is stored", (w, me) => {
    if (!w.on("P4.recheck")) return go("create.retireStray", me);
    if (standing(w.state, me.token) !== "pending" || read(w, me.token) !== 0) return "failed";
    if (w.on("P2.guard") && isHeld(w, lowest(me.listed))) return "failed";
    return go("create.retireStray", me);
  }),

  "create.retireStray": atom("retires the key of an unlabelled version", (w, me) => {
    retire(w, lowest(me.listed), "orphan");
    return w.on("P3.wait") ? go("create.seeStrayRefused", me) : nextStray(me);
  }),

  "create.seeStrayRefused": atom("shows that key to the vendor", (w, me) =>
    verify(w, lowest(me.listed)) === "rejected" ? nextStray(me) : "failed",
  ),

  "create.mint": atom("makes a key", (w, me) => {
    if (w.setting.kind === "c") return go("create.lookBeforePut", { current: me.current });
    noticed(w, me.listed);
    const key = mint(w, me.token, me.attempt);
    if (key === 0) {
      w.note("the vendor calls it a conflict");
      return "failed";
    }
    w.note(`mints ${k(key)}`);
    if (w.strikes("lost", "the answer is lost")) return "failed";
    return go("create.lookBeforePut", { current: me.current, key });
  }),

  "create.lookBeforePut": atom("looks at the labels before it stores the key", (w, me) => {
    if (!w.on("P12.look") || standing(w.state, me.token) === "pending") return go("create.put", me);
    return me.key === 0 ? "failed" : go("create.retireOwn", { key: me.key });
  }),

  "create.put": atom("stores the key (PutSecretValue)", (w, me) => {
    const lost = w.strikes("lost", "the answer is lost");
    if (lost && w.either("and nothing is written", "after it is written") === 0) return afterLost(w, me);
    const has = w.version(me.token).key;
    if (me.key === 0 && has !== 0) return lost ? go("create.readBack", me) : "done";
    const key = me.key === 0 ? generate(w, me.token) : me.key;
    const stored = putPending(w, me.token, key, w.version(me.token).replaces || versionOf(w, me.current));
    if (lost) return afterLost(w, { ...me, key });
    if (stored === "written") {
      w.note(k(key));
      return "done";
    }
    w.note("another run has stored its key");
    return go("create.retireOwn", { key, flag: 1 });
  }),

  "create.readBack": atom("reads its version back", (w, me) => {
    const stored = read(w, me.token);
    if (stored === 0) return go("create.put", me);
    if (stored === me.key || me.key === 0) return "done";
    return go("create.retireOwn", { key: me.key, flag: 1 });
  }),

  "create.compensate": atom("looks whether a version holds its key", (w, me) =>
    w.on("P5.held") && (isHeld(w, me.key) || pendingKey(w.state) === me.key)
      ? "failed"
      : go("create.retireOwn", { key: me.key }),
  ),

  // `flag`: another run has won, and the step has succeeded.
  "create.retireOwn": atom("retires its own key", (w, me) => {
    retire(w, me.key, "own");
    return me.flag === 1 ? "done" : "failed";
  }),
};

function openOverlap(w: World): boolean {
  const s = w.state;
  const waived = isMarked(s, currentKey(s)) || isMarked(s, w.state.versions[s.previous - 1]?.key ?? 0);
  return w.on("P19.overlap") && s.overlap === 1 && !waived;
}

function keepOrAbort(w: World, me: Process, staged: number): Next {
  if (!w.on("P7.exit")) return "done";
  if (isMarked(w.state, staged)) return beginAbort("step");
  if (w.on("P18.ever") && w.version(me.token).replaces !== me.current) return beginAbort("step");
  return w.setting.kind === "c" ? "done" : go("create.judgeStaged", { key: staged });
}

function toSweep(w: World, me: Partial<Process>): Next {
  return go(w.setting.kind === "b" ? "create.history" : "create.sweep", me);
}

/** The age fence: younger than its maker can still use it. In the model: a living process still holds it. */
function isYoung(w: World, key: number): boolean {
  return w.state.runners.some((one) => one.key === key);
}

export function outwaits(w: World): boolean {
  return w.setting.kind === "c" && w.on("code.outwait");
}

export function outwait(w: World, keys: number): void {
  for (let rest = keys; rest !== 0; rest &= rest - 1) {
    const key = w.key(lowest(rest));
    if (key.status === dying) key.status = dead;
    key.forgotten = 0;
  }
}

/** Keys, as bits, of versions without a label of AWS's that may hold a living key (strays.ts: mayHoldStray). */
function strayVersions(w: World, me: Process): number {
  const s = w.state;
  const held = versionOf(w, me.current);
  const { madeFor } = w.key(me.current);
  let strays = 0;
  s.versions.forEach(({ key }, index) => {
    const id = index + 1;
    if (id === s.current || id === s.previous || id === s.pending) return;
    if (!w.on("P8.all") && id !== w.version(held).replaces && id < madeFor) return;
    if (read(w, id) === 0 || key === me.current || key === me.previous) return;
    if (w.key(key).status === alive || w.key(key).status === dying) strays |= bit(key);
  });
  return strays;
}

function nextStray(me: Process): Next {
  const listed = me.listed & (me.listed - 1);
  return listed === 0 ? go("create.mint", me) : go("create.recheckStray", { ...me, listed });
}

function afterLost(w: World, me: Process): Next {
  if (w.on("P5.readback")) return go("create.readBack", me);
  return me.key === 0 ? "failed" : go("create.compensate", me);
}

/** A version that holds the key, the current one first. */
function versionOf(w: World, key: number): number {
  if (currentKey(w.state) === key) return w.state.current;
  return w.state.versions.findIndex((one) => one.key === key) + 1;
}
