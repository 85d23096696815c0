import { isHeld, standing } from "../aws.js";
import { retire } from "../vendor.js";
import { v, type World } from "../world.js";
import { atom, go, type Next, type Program } from "./atoms.js";

/** services/rotation/guard.ts: passes only while it is this rotation's turn. */
export function notMyTurn(w: World, token: number): Next | undefined {
  const stands = standing(w.state, token);
  if (stands === "pending") return undefined;
  if (stands === "returned") return w.on("P18.returned") ? beginAbort("step") : undefined;
  if (stands === "current") return "failed";
  w.note(`${v(token)} is ${stands}`);
  return w.on("P10.abandoned") || w.version(token).key === 0 ? "failed" : go("gone.retire");
}

/** Goes on with a hard abort, for a step or for a command. A command may have a key to retire afterwards. */
export function beginAbort(by: "step" | "command", leaked = 0): Next {
  return go(by === "step" ? "abort.look" : "abortCommand.look", { key: leaked });
}

/** What P10 forbids. */
export const gone: Program = {
  "gone.retire": atom("retires the key of the version that lost its turn", (w, { token }) => {
    const { key } = w.version(token);
    if (w.on("P2.guard") && isHeld(w, key)) return "failed";
    retire(w, key, "rotation");
    return "failed";
  }),
};
