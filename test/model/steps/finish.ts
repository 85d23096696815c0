import { isMarked, moveCurrent, read, standing } from "../aws.js";
import { retire, works } from "../vendor.js";
import { v, type World } from "../world.js";
import { atom, go, type Next, type Program } from "./atoms.js";
import { beginAbort, notMyTurn } from "./turn.js";

/** services/rotation/steps/finish.ts. `flag`: the old key was marked before the flip. */
export const finish: Program = {
  "finish.look": atom("looks at the labels", (w, { token }) => {
    const s = w.state;
    if (s.current === token) {
      const old = s.previous;
      if (w.setting.jobs && (s.arranged & (1 << old)) === 0 && w.on("P16.arrange"))
        return go("finish.arrangeLate", { previous: old });
      return go("finish.lookAfter", { previous: old });
    }
    return notMyTurn(w, token) ?? go("finish.readStaged", { current: s.current, flag: markOf(w, s.current) });
  }),

  "finish.readStaged": atom("reads its version", (w, me) => {
    const staged = read(w, me.token);
    if (staged === 0) return "failed";
    if (w.on("P15.refuse") && isMarked(w.state, staged))
      return w.on("P7.exit") ? beginAbort("step") : "failed";
    if (w.on("P18.ever") && w.version(me.token).replaces !== me.current) return beginAbort("step");
    return go(w.setting.jobs && w.on("P16.arrange") ? "finish.arrange" : "finish.verify", {
      ...me,
      key: staged,
    });
  }),

  "finish.arrange": atom("arranges the end of the old key", (w, me) => {
    w.state.arranged |= 1 << me.current;
    return go("finish.verify", me);
  }),

  "finish.verify": atom("shows the staged key to the vendor", (w, me) =>
    works(w, me.key) ? go("finish.lookBeforeMove", me) : "failed",
  ),

  "finish.lookBeforeMove": atom("looks at the labels", (w, me) => {
    if (w.state.current === me.token) return go("finish.lookAfter", { previous: me.current, flag: me.flag });
    return (
      notMyTurn(w, me.token) ?? go("finish.move", { ...me, current: w.state.current, previous: me.current })
    );
  }),

  "finish.move": atom("moves AWSCURRENT", (w, me) => {
    const old = w.version(me.token).been === 1 && w.state.current !== me.token;
    const lost = w.strikes("lost", "the answer is lost");
    if (lost && w.either("and nothing is moved", "after it is moved") === 0)
      return go("finish.lookBeforeMove", me);
    const from = w.on("code.from") ? w.version(me.token).replaces : me.current;
    if (!moveCurrent(w, from, me.token)) {
      w.note(`refused: it is not on ${v(from)}`);
      return lost ? go("finish.lookBeforeMove", me) : "failed";
    }
    w.note(`${v(me.token)} is AWSCURRENT`);
    if (old) w.breaches.push("old-promoted");
    if (lost) return go("finish.lookBeforeMove", me);
    if (w.setting.jobs && !w.on("P16.arrange"))
      return go("finish.arrangeLate", { previous: me.current, flag: me.flag });
    return go("finish.lookAfter", { previous: me.current, flag: me.flag });
  }),

  "finish.arrangeLate": atom("arranges the end of the old key", (w, me) => {
    w.state.arranged |= 1 << me.previous;
    return go("finish.lookAfter", me);
  }),

  "finish.lookAfter": atom("reads the leak marks again", (w, me) => {
    const marked = me.flag === 1 || (w.on("P16.after") && markOf(w, me.previous) === 1);
    const old = read(w, me.previous);
    if (!marked || old === 0 || standing(w.state, me.token) !== "current") return "done";
    const fresh = read(w, me.token);
    if (fresh === old || isMarked(w.state, fresh)) return "done";
    return go("finish.retireOld", { key: old });
  }),

  "finish.retireOld": atom("retires the leaked old key", (w, me): Next => {
    retire(w, me.key, "leak");
    return "done";
  }),
};

function markOf(w: World, version: number): number {
  return isMarked(w.state, read(w, version)) ? 1 : 0;
}
