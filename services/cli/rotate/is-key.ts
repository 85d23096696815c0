import { builtin, foreignKeys } from "../../../providers/index.js";
import { recognise } from "../../leak/recognise.js";

/** Whether a text is, or holds, a key of a kind that is known. */
export const isKey = (text: string): boolean =>
  recognise(Buffer.from(text), { providers: builtin, foreign: foreignKeys }).length > 0;
