import { read } from "../aws.js";
import { works } from "../vendor.js";
import { atom, go, type Program } from "./atoms.js";
import { notMyTurn } from "./turn.js";

/** services/rotation/steps/test.ts */
export const test: Program = {
  "test.look": atom("looks at the labels", (w, { token }) => {
    if (w.state.current === token) return "done";
    return notMyTurn(w, token) ?? go("test.verify", { current: w.state.current });
  }),

  "test.verify": atom("reads the staged key and shows it to the vendor", (w, me) => {
    const staged = read(w, me.token);
    if (staged === 0) return "failed";
    return works(w, staged) || staged === read(w, me.current) ? "done" : "failed";
  }),
};
