import { CodedError } from "../../../providers/kit/failure.js";
import { each } from "../../each.js";
import { secretRef } from "../event.js";
import { tickMs } from "../hourly.js";
import type { JobOf } from "./job.js";
import type { JobParts } from "./parts.js";
import { type Recovered, recoverOne, waits } from "./recover-one.js";

export type { Recovered } from "./recover-one.js";

export interface RecoverResult {
  readonly action: "recover";
  readonly secrets: readonly Recovered[];
}

/** With less time left a secret is left to the next run. Milliseconds. */
const leastMs = 30_000;
/** So many secrets are looked after at once. */
const atOnce = 8;

/**
 * Looks after secrets that nobody else does: of one, or of every declared one. Ends rotations that AWS has left open and begins them
 * anew; where there are schedules, ends previous keys whose overlap is over, and begins what was ended and never begun again.
 * Nothing is ended while a rotation may still run, while the previous key has its overlap, or while the vendor cannot be reached.
 * @throws KeyturnError, ProviderError: the first that does not pass by itself, once every secret was looked at
 */
export async function recover(parts: JobParts, job: JobOf<"recover">): Promise<RecoverResult> {
  const { clock, deadline, log } = parts;
  const asked = job.secretId ? [secretRef(job.secretId).name] : inTurn(parts);
  const done = new Map<string, Recovered>();
  let failure: CodedError<string> | undefined;
  const lookAfter = async (secret: string) => {
    const isLate = clock.monotonic() + leastMs > deadline;
    try {
      done.set(secret, isLate ? waits(parts, secret, "no time left") : await recoverOne(parts, secret));
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      if (error.retryable) done.set(secret, waits(parts, secret, error.code, { message: error.message }));
      else log.error("recovery_failed", { secret, code: error.code, message: error.message });
      if (!error.retryable) failure ??= error;
    }
  };
  await each(asked, atOnce, lookAfter);
  if (failure) throw failure;
  const secrets = job.secretId ? asked : parts.declared;
  return { action: "recover", secrets: secrets.flatMap((secret) => done.get(secret) ?? []) };
}

/** Each run begins elsewhere: where a run has no time for all, nobody is left out for ever. */
function inTurn({ declared, clock }: JobParts): readonly string[] {
  const run = Math.floor(clock.now().getTime() / tickMs);
  // A stride that no usual number of secrets divides.
  const first = (run * 7919) % Math.max(1, declared.length);
  return [...declared.slice(first), ...declared.slice(0, first)];
}
