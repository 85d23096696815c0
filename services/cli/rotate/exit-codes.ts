import type { Contained } from "./many.js";

/** What `rotate-secret` tells whoever called it. */
export const exitCodes = {
  /** An ordinary rotation: its key is current, or it was started and not followed. */
  done: 0,
  contained: 0,
  failed: 1,
  usage: 2,
  not_dead: 4,
  not_replaced: 5,
  nothing_to_do: 6,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const worstFirst = ["failed", "not_replaced", "not_dead", "contained"] as const;

/** Of several secrets: the worst of them; what had nothing to do does not count beside what was contained. */
export function worstOf(outcomes: readonly Contained["outcome"][]): ExitCode {
  const worst = worstFirst.find((outcome) => outcomes.includes(outcome));
  return exitCodes[worst ?? "nothing_to_do"];
}
