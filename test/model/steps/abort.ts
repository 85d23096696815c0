import { currentKey, isHeld, isMarked, pendingKey, putCurrent, read, takePending } from "../aws.js";
import type { Process } from "../state.js";
import { retire, verify } from "../vendor.js";
import { k, v, type World } from "../world.js";
import { atom, go, type Next, type Program } from "./atoms.js";

/**
 * services/rotation/abort.ts, for a step (`abort`) and for a command (`abortCommand`). `key`: a leaked key that the command
 * retires afterwards. `listed`: the token that is aborted, `swept`: its key. `flag`: the current key is marked.
 */
function hardAbort(name: "abort" | "abortCommand"): Program {
  const end = ({ key, swept }: Process): Next => {
    if (name === "abort") return "failed";
    if (key !== 0) return go("leak.guard", { key });
    return swept === 0 ? "done" : go("abortCommand.guard", { swept });
  };
  return {
    [`${name}.look`]: atom("(abort) looks at the labels", (w, me) => {
      const s = w.state;
      const swept = me.key === 0 ? pendingKey(s) : 0;
      if (!w.on("P11.hard")) return go(`${name}.unstage`, { ...me, swept });
      const over = name === "abort" ? s.current === me.token : s.pending === 0 || s.pending === s.current;
      if (over) return end(me);
      const current = currentKey(s);
      const previous = read(w, s.previous);
      const listed = name === "abort" ? me.token : s.pending;
      const locals = { ...me, listed, swept, current: s.current, flag: isMarked(s, current) ? 1 : 0 };
      const keep = previous === 0 || previous === current || !w.on("P11.previous");
      // A version that is pending as well is protected until the copy has taken that label away.
      if (keep || s.previous === s.pending)
        return go(`${name}.put`, { ...locals, previous: keep ? 0 : previous });
      return go(`${name}.retirePrevious`, { ...locals, previous });
    }),

    [`${name}.unstage`]: atom("(abort) takes AWSPENDING off", (w, me) => {
      const s = w.state;
      if (s.pending !== s.current) takePending(w);
      return end(me);
    }),

    [`${name}.retirePrevious`]: atom("(abort) retires the previous key", (w, me) => {
      retire(w, me.previous, "abort");
      return go(`${name}.seeRefused`, me);
    }),

    [`${name}.seeRefused`]: atom("(abort) shows the previous key to the vendor", (w, me) => {
      if (verify(w, me.previous) === "accepted") return name === "abort" ? "failed" : "waits";
      const next = w.on("P12.abort") ? `${name}.lookAgain` : `${name}.put`;
      return go(next, { ...me, previous: 0 });
    }),

    [`${name}.lookAgain`]: atom("(abort) looks at the labels again", (w, me) =>
      w.state.current === me.current ? go(`${name}.put`, me) : go(`${name}.look`, { key: me.key }),
    ),

    [`${name}.put`]: atom("(abort) writes a copy of the current value", (w, me) => {
      const token = me.listed;
      if (copied(w, me.current, token)) return go(`${name}.lookAfter`, me);
      const copy = putCurrent(w, me.current, token);
      w.note(`${v(copy)} with ${k(w.version(copy).key)} is AWSCURRENT`);
      return go(me.flag === 1 ? `${name}.mark` : `${name}.lookAfter`, { ...me, attempt: copy });
    }),

    [`${name}.mark`]: atom("(abort) marks the copy as leaked", (w, me) => {
      w.state.marks |= 1 << me.attempt;
      return go(`${name}.lookAfter`, me);
    }),

    [`${name}.lookAfter`]: atom("(abort) looks at the labels after it", (_w, me) =>
      me.previous === 0 ? end(me) : go(`${name}.retireReturned`, me),
    ),

    [`${name}.retireReturned`]: atom("(abort) retires the key of the version that came back", (w, me) => {
      if (me.previous !== currentKey(w.state)) retire(w, me.previous, "abort");
      return end(me);
    }),
  };
}

/** Two runs of one abort write one version. */
function copied(w: World, of: number, token: number): boolean {
  return w.state.versions.some((one) => one.copyOf === of && one.copyFor === token);
}

/** The command also ends the key of the rotation that it aborts (P10). */
const aborted: Program = {
  "abortCommand.guard": atom("looks whether the aborted key is in use", (w, me) =>
    w.on("P2.guard") && isHeld(w, me.swept) ? "done" : go("abortCommand.retireAborted", me),
  ),

  "abortCommand.retireAborted": atom("retires the aborted key", (w, me) => {
    retire(w, me.swept, "abort");
    return "done";
  }),
};

export const abort: Program = { ...hardAbort("abort"), ...hardAbort("abortCommand"), ...aborted };
