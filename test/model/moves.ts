import { isRotatable } from "./aws.js";
import { faultMoves } from "./faults.js";
import { advance, type Move } from "./move.js";
import { serviceMove, tick } from "./service.js";
import type { Process, State } from "./state.js";
import { v } from "./world.js";

/** Everything that can happen next: a process goes on, AWS goes on, a tick comes, a fault strikes. */
export function* moves(s: State): Generator<Move> {
  for (const [index, process] of s.runners.entries()) yield goOn("runners", index, process);
  for (const [index, process] of s.commands.entries()) yield goOn("commands", index, process);
  const service = serviceMove(s);
  if (service) yield service;
  if (s.ticks > 0 && s.step === 0 && isRotatable(s) && mayTick(s)) yield tick;
  yield* faultMoves(s);
}

/** An invocation that was running at the flip has ended long before the overlap has. */
function mayTick(s: State): boolean {
  return s.overlap === 0 || ![...s.runners, ...s.commands].some(({ old }) => old === 1);
}

function goOn(where: "runners" | "commands", index: number, process: Process): Move {
  const [name = ""] = process.at.split(".");
  return {
    says: where === "commands" ? `${name.replace("Command", "")} command` : invocation(name, process),
    act: (w) => advance(w, where, index, process),
  };
}

function invocation(name: string, { official, token }: Process): string {
  const step = name === "abort" || name === "gone" ? "step of" : `${name}Secret`;
  return `${official === 1 ? "" : "other "}${step}(${v(token)})`;
}
