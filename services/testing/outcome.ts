import { ProviderError } from "../../providers/kit/failure.js";

/** What became of a verb: its result, what it threw, or that it did not end in time. */
export type Outcome =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "thrown"; readonly thrown: unknown }
  | { readonly kind: "endless" };

/** Waits for `promise`, in real time, no longer than `limitMs`. Never rejects. */
export async function outcomeOf(promise: Promise<unknown>, limitMs: number): Promise<Outcome> {
  const settled = promise.then(
    (value): Outcome => ({ kind: "value", value }),
    (thrown: unknown): Outcome => ({ kind: "thrown", thrown }),
  );
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Outcome>((resolve) => {
    timer = setTimeout(() => resolve({ kind: "endless" }), limitMs);
  });
  try {
    return await Promise.race([settled, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** An outcome in a word: a failure's code, a verdict, "done". Nothing of what a stranger's error says. */
export function wordOf(outcome: Outcome): string {
  if (outcome.kind === "endless") return "no end";
  if (outcome.kind === "value") return verdictIn(outcome.value) ?? "done";
  return codeIn(outcome.thrown) ?? `${nameOfThrown(outcome.thrown)}, which is no ProviderError`;
}

export function codeIn(thrown: unknown): ProviderError["code"] | undefined {
  return thrown instanceof ProviderError ? thrown.code : undefined;
}

function verdictIn(value: unknown): string | undefined {
  return ["accepted", "rejected", "created", "existed"].find((word) => word === value);
}

function nameOfThrown(thrown: unknown): string {
  if (!(thrown instanceof Error)) return typeof thrown;
  return /^\w{1,40}$/.test(thrown.name) ? thrown.name : "an error of a strange name";
}
