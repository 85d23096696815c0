import type { Toll } from "./tolls.js";

/** Whose call it is: of whoever types the command, of a rotation's function, or of something that runs beside both. */
export type Who =
  | { readonly as: "operator" | "beside" }
  | { readonly as: "rotation"; readonly token: string };

/** One call on the sandbox's clock. Milliseconds since the epoch. */
export interface Call {
  readonly who: Who;
  readonly on: Toll;
  readonly began: number;
  readonly ended: number;
}

/** The calls that led to a moment, one after the other, and the rotations among them. */
export interface Path {
  readonly aws: number;
  readonly lambda: number;
  readonly vendor: number;
  readonly rotations: number;
}

/**
 * The path to a moment: all calls of rotations that ended by then, and the operator's own, except those made while a rotation ran: looks
 * at how far it is, which nothing waits for.
 */
export function pathTo(calls: readonly Call[], moment: number): Path {
  const until = calls.filter(({ ended }) => ended <= moment);
  const runs = new Map<string, { from: number; to: number }>();
  for (const { who, began, ended } of until) {
    if (who.as !== "rotation") continue;
    const run = runs.get(who.token) ?? { from: began, to: ended };
    runs.set(who.token, { from: Math.min(run.from, began), to: Math.max(run.to, ended) });
  }
  const isBeside = ({ who, began }: Call) =>
    who.as === "beside" ||
    (who.as === "operator" && [...runs.values()].some(({ from, to }) => began >= from && began < to));
  const path = until.filter((call) => !isBeside(call));
  const count = (on: Toll) => path.filter((call) => call.on === on).length;
  return { aws: count("aws"), lambda: count("lambda"), vendor: count("vendor"), rotations: runs.size };
}
