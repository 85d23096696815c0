import type { Calls } from "./accidents.js";
import type { Plan } from "./plan.js";
import type { Result } from "./result.js";
import { simulate } from "./run.js";

/**
 * Plays a plan with any number of secrets, one sandbox after the other.
 * @param atOnce so many share a sandbox: the vendors' fakes look through every key that they ever made, at each request
 */
export async function shards(plan: Plan, progress: (part: number) => void, atOnce = 8): Promise<Result> {
  const { secrets } = plan;
  const results: Result[] = [];
  for (let from = 0; from < secrets.length; from += atOnce) {
    const some = { ...plan, seed: plan.seed + from, secrets: secrets.slice(from, from + atOnce) };
    results.push(
      await simulate(some, (part) => progress((from + part * some.secrets.length) / secrets.length)),
    );
  }
  const sum = (of: (result: Result) => number) => results.reduce((all, result) => all + of(result), 0);
  const calls = (of: keyof Calls) => ({
    aws: sum((result) => result.calls[of].aws),
    vendor: sum((result) => result.calls[of].vendor),
  });
  const fates = [...new Set(results.flatMap(({ faults }) => Object.keys(faults)))].sort();
  return {
    plan,
    secrets: results.flatMap((result) => result.secrets),
    recovered: sum(({ recovered }) => recovered),
    gaveUp: sum(({ gaveUp }) => gaveUp),
    faults: Object.fromEntries(fates.map((fate) => [fate, sum(({ faults }) => faults[fate] ?? 0)])),
    calls: { rotations: calls("rotations"), recovery: calls("recovery") },
    wallSeconds: sum(({ wallSeconds }) => wallSeconds),
  };
}
