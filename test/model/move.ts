import { stepEnded } from "./aws.js";
import { atomAt } from "./programs.js";
import type { Process } from "./state.js";
import type { Next } from "./steps/atoms.js";
import type { World } from "./world.js";

/** One thing that can happen in a state. What cannot happen after all returns false. */
export interface Move {
  readonly says: string;
  readonly act: (w: World) => boolean;
}

/** One action of a process; false when it waits for something that has not happened. */
export function advance(w: World, where: "runners" | "commands", index: number, process: Process): boolean {
  const atom = atomAt(process.at);
  w.note(atom.says);
  const next: Next = atom.act(w, process);
  if (next === "waits") return false;
  const list = w.state[where];
  // AWS may have stopped waiting for it just now.
  const { official, old } = list[index] ?? process;
  if (next === "done" || next === "failed") {
    w.note(next === "done" ? "and ends well" : "and fails");
    list.splice(index, 1);
    if (official === 1) stepEnded(w, next === "done");
  } else list[index] = { ...next.locals, at: next.at, token: process.token, official, old };
  return true;
}
