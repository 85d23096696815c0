import { systemClock } from "../clock.js";
import { createJobs, type FunctionOptions } from "../rotation/handler.js";
import type { JobResult } from "../rotation/jobs/jobs.js";
import { secretsManagerStore } from "../store/secrets-manager.js";
import { declarationIn, providerNamed, requestTimeoutMs } from "./declared-here.js";
import { deployedAround } from "./deployed-around.js";
import { loadConfig } from "./load-config.js";

export interface JobOrder {
  readonly action: "abort" | "recover" | "rollback";
  /** Name of a declared secret; every declared one when it is left out. */
  readonly secret: string | undefined;
  /** The file that declares it. */
  readonly config: string;
}

/** How long a job may take here. Milliseconds. */
const longestMs = 120_000;

/**
 * Runs a job in this process as the function would, with the AWS SDK's own credentials and Region: one result for each
 * provider that it concerns.
 * @param log receives the function's log lines
 * @throws KeyturnError, ProviderError
 */
export async function runJobs(
  { action, secret, config }: JobOrder,
  log: (line: string) => void,
): Promise<readonly JobResult[]> {
  const declarations = await loadConfig(config);
  const options = { declarations, clock: systemClock, aws: {}, requestTimeoutMs, log };
  if (secret === undefined) {
    const results: JobResult[] = [];
    for (const id of new Set(Object.values(declarations.secrets).map(({ provider }) => provider))) {
      results.push(await runAt(id, options, { v: 1, action }));
    }
    return results;
  }
  const id = declarationIn(declarations, secret, config).provider;
  const view = await secretsManagerStore({}, requestTimeoutMs).describe(secret);
  const around = action === "rollback" ? await deployedAround(declarations, view) : undefined;
  const job = { v: 1, action, secretId: view.arn };
  return [await runAt(id, { ...options, surroundings: around?.surroundings }, job, around?.functionArn)];
}

function runAt(
  id: string,
  options: FunctionOptions,
  keyturn: object,
  functionArn?: string,
): Promise<JobResult> {
  const provider = providerNamed(id);
  const end = performance.now() + longestMs;
  const context = {
    getRemainingTimeInMillis: () => end - performance.now(),
    ...(functionArn !== undefined && { invokedFunctionArn: functionArn }),
  };
  return createJobs(provider, options)({ keyturn }, context);
}
