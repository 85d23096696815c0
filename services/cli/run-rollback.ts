import { CodedError } from "../../providers/kit/failure.js";
import type { RollbackResult } from "../rotation/jobs/rollback.js";
import { runJobs } from "./run-jobs.js";
import { pauseSecret } from "./run-schedules.js";

export interface RollbackOrder {
  /** Name of a declared secret. */
  readonly secret: string;
  /** The file that declares it. */
  readonly config: string;
  /** Its rotations go on as they were. */
  readonly keepSchedule: boolean;
}

/** What became of the secret's schedule. */
export type Pausing =
  | { readonly outcome: "kept" }
  /** Until the key that is current now has to be replaced, or until somebody resumes it. */
  | { readonly outcome: "paused"; readonly until?: Date }
  /** The key that is current now ends too soon for that. */
  | { readonly outcome: "too late" }
  | { readonly outcome: "failed"; readonly error: CodedError<string> };

export interface RolledBack {
  readonly result: RollbackResult;
  /** Absent when nothing was rolled back. */
  readonly schedule?: Pausing;
}

/** So long before the current key ends by itself rotations go on. Milliseconds. */
const beforeItsEndMs = 15 * 60_000;

/**
 * Rolls a secret back in this process, and pauses its rotations, since the next one would make a key with the same declaration.
 * @param log receives the function's log lines
 * @throws KeyturnError, ProviderError: nothing was rolled back
 */
export async function rollBack(order: RollbackOrder, log: (line: string) => void): Promise<RolledBack> {
  const { secret, config } = order;
  const [result] = await runJobs({ action: "rollback", secret, config }, log);
  if (result?.action !== "rollback") throw new TypeError("a rollback has one result, of its own");
  if (result.outcome === "already") return { result };
  return {
    result,
    schedule: order.keepSchedule ? { outcome: "kept" } : await paused(order, result.expiresAt),
  };
}

async function paused({ secret, config }: RollbackOrder, expiresAt: Date | undefined): Promise<Pausing> {
  const until = expiresAt && new Date(expiresAt.getTime() - beforeItsEndMs);
  try {
    await pauseSecret({ secret, config, until });
    return { outcome: "paused", ...(until && { until }) };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return error.code === "time_passed" ? { outcome: "too late" } : { outcome: "failed", error };
  }
}
