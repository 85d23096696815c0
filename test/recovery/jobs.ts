import { createHandler, type FunctionOptions } from "../../services/rotation/handler.js";
import type { Job } from "../../services/rotation/jobs/job.js";
import { functionOf } from "../../services/sandbox/place.js";
import type { Bench } from "../rotation/bench.js";
import { type Kind, only } from "../rotation/refusal.js";

/** Has a kind's function do a job, as whoever sends it the event, and resolves to its answer. */
export async function send(
  bench: Bench,
  kind: Kind,
  keyturn: object,
  changes: Partial<FunctionOptions> = {},
  leftSeconds = 60,
): Promise<unknown> {
  const [provider] = only(kind);
  if (!provider) throw new RangeError(kind);
  const { clock, leave } = bench.sandbox.timeline.join();
  try {
    const handler = createHandler(provider, { ...bench.options(bench[kind]), clock, ...changes });
    const { arn: invokedFunctionArn } = functionOf(provider.id);
    const getRemainingTimeInMillis = () => leftSeconds * 1000;
    return await handler({ keyturn }, { getRemainingTimeInMillis, invokedFunctionArn });
  } finally {
    leave();
  }
}

export async function arnOf(bench: Bench, kind: Kind): Promise<string> {
  return (await bench.aws.describeSecret({ SecretId: bench[kind].name })).ARN ?? "";
}

/** `abort` or `recover`, of this one secret. */
export async function order(bench: Bench, kind: Kind, action: Exclude<Job["action"], "end-overlap">) {
  return send(bench, kind, { v: 1, action, secretId: await arnOf(bench, kind) });
}

/** Ends the overlap of the key that a version holds. */
export async function endOverlap(
  bench: Bench,
  kind: Kind,
  of: { readonly versionId: string; readonly handle: string },
) {
  return send(bench, kind, { v: 1, action: "end-overlap", secretId: await arnOf(bench, kind), ...of });
}

/** The version that carries a staging label. */
export async function holderOf(bench: Bench, kind: Kind, stage: string): Promise<string | undefined> {
  const labels = Object.entries(await bench.labels(bench[kind]));
  return labels.find(([, stages]) => stages.includes(stage))?.[0];
}

/** What a function logged of one event, since a line. */
export function logged(bench: Bench, event: string, from = 0): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = bench.log.slice(from).map((line) => JSON.parse(line));
  return lines.filter((line) => line["event"] === event);
}
