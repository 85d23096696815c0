import { CodedError } from "../../providers/kit/failure.js";
import type { Provider } from "../../providers/kit/plug.js";
import type { AwsConfig } from "../aws-config.js";
import type { Clock } from "../clock.js";
import { type Declarations, declarationsOf, parseDeclarations } from "../config/declare.js";
import { declaredSecret } from "../config/declared.js";
import { KeyturnError } from "../errors.js";
import { createLog, type Log } from "../log.js";
import { secretsManagerStore } from "../store/secrets-manager.js";
import type { Store } from "../store/store.js";
import type { Surroundings } from "../surroundings.js";
import { nextRotationEndsIt } from "./end-of-overlap.js";
import { parseEvent, type RotationRef, type StepName, secretRef } from "./event.js";
import { isJob, parseJob } from "./jobs/job.js";
import { type JobResult, runJob } from "./jobs/jobs.js";
import { Rotation } from "./rotation.js";
import { createSecret } from "./steps/create.js";
import { finishSecret } from "./steps/finish.js";
import { setSecret } from "./steps/set.js";
import { testSecret } from "./steps/test.js";

/** What a rotation function is made with. On Lambda all of it comes from the function's own deployment. */
export interface FunctionOptions {
  /** The declarations deployed with the function, not yet parsed: `keyturn.json`. */
  readonly declarations: unknown;
  readonly clock: Clock;
  /** Endpoint, region and credentials of AWS; empty on Lambda. */
  readonly aws: AwsConfig;
  /** What stands around it. Without: the next rotation ends the previous key, and nobody is told of anything. */
  readonly surroundings?: Surroundings | undefined;
  /** How long one request may take, to a vendor or (3 s at most) to Secrets Manager. Milliseconds. */
  readonly requestTimeoutMs: number;
  /** Receives one JSON line an event. */
  readonly log: (line: string) => void;
}

/** What is used of Lambda's context. */
export interface FunctionContext {
  getRemainingTimeInMillis(): number;
  readonly invokedFunctionArn?: string;
}

/** Resolves to what a job did (JobResult); a step of a rotation resolves to nothing. */
export type RotationFunction = (event: unknown, context: FunctionContext) => Promise<unknown>;

const steps: Readonly<Record<StepName, (rotation: Rotation) => Promise<void>>> = {
  createSecret,
  setSecret,
  testSecret,
  finishSecret,
};

/**
 * The rotation function of one provider. It takes two kinds of events: those of Secrets Manager are steps of a rotation, those
 * with the one field `keyturn` are jobs of ours. Resolving means success, which is all that Secrets Manager looks at; whatever it
 * throws has a code, and no secret in message, stack or properties.
 */
export function createHandler(provider: Provider, options: FunctionOptions): RotationFunction {
  const store = secretsManagerStore(options.aws, options.requestTimeoutMs);
  const step = createSteps(provider, options, store);
  const job = createJobs(provider, options, store);
  return (event, context) => (isJob(event) ? job(event, context) : step(event, context));
}

/** The four steps, as Secrets Manager asks for them. */
function createSteps(provider: Provider, options: FunctionOptions, store: Store) {
  return async (event: unknown, context: FunctionContext): Promise<void> => {
    let log = createLog(options.log, { provider: provider.id });
    try {
      const deadline = deadlineOf(options, context);
      const { step, ...rotation } = parseEvent(event);
      const { name: secret, token } = rotation;
      log = createLog(options.log, { provider: provider.id, secret, step, token });
      const declarations = parseDeclarations(options.declarations);
      await steps[step](await open({ provider, options, declarations, store, deadline, log }, rotation));
      log.info("step_done");
    } catch (error) {
      throw failed("step", error, log);
    }
  };
}

/** What Keyturn asks for itself. Throws as the rotation function does. */
export function createJobs(
  provider: Provider,
  options: FunctionOptions,
  store = secretsManagerStore(options.aws, options.requestTimeoutMs),
) {
  return async (event: unknown, context: FunctionContext): Promise<JobResult> => {
    let log = createLog(options.log, { provider: provider.id });
    try {
      const deadline = deadlineOf(options, context);
      const job = parseJob(event);
      const about = { provider: provider.id, job: job.action };
      log = createLog(options.log, about);
      const declarations = parseDeclarations(options.declarations);
      if (job.secretId) declaredSecret(declarations, secretRef(job.secretId).name, provider);
      const result = await runJob(
        {
          ...{ store, clock: options.clock, log, deadline },
          declared: Object.keys(declarationsOf(provider.id, declarations).secrets),
          open: (rotation) => {
            const { name: secret, token } = rotation;
            const ofSecret = createLog(options.log, { ...about, secret, token });
            return open({ provider, options, declarations, store, deadline, log: ofSecret }, rotation);
          },
        },
        job,
      );
      log.info("job_done");
      return result;
    } catch (error) {
      throw failed("job", error, log);
    }
  };
}

function deadlineOf({ clock }: FunctionOptions, context: FunctionContext): number {
  return clock.monotonic() + context.getRemainingTimeInMillis();
}

interface Lent {
  readonly provider: Provider;
  readonly options: FunctionOptions;
  readonly declarations: Declarations;
  readonly store: Store;
  readonly deadline: number;
  readonly log: Log;
}

/** What works with one rotation of a declared secret. */
async function open(
  { provider, options, declarations, ...lent }: Lent,
  request: RotationRef,
): Promise<Rotation> {
  const secret = declaredSecret(declarations, request.name, provider);
  await provider.checkConfig(secret.config);
  const { clock, requestTimeoutMs } = options;
  const parts = { ...lent, request, secret, provider, clock, requestTimeoutMs };
  return new Rotation({ ...parts, endOfOverlap: nextRotationEndsIt });
}

function failed(what: "step" | "job", error: unknown, log: Log): CodedError<string> {
  const coded = withoutSecrets(error, log);
  log.error(`${what}_failed`, { code: coded.code, retryable: coded.retryable, message: coded.message });
  return coded;
}

/** A coded error as it is. Anything else is a fault of ours, of which only what cannot hold a value is kept. */
function withoutSecrets(error: unknown, log: Log): CodedError<string> {
  if (error instanceof CodedError) return error;
  log.error("internal_fault", { kind: kindOf(error), stack: placesOf(error) });
  return new KeyturnError("internal", {
    expected: "the step or job to end in success or in a coded error",
    found: "a fault in Keyturn itself or in a provider",
    next: "Report it with the log line internal_fault of this invocation, which holds no secret.",
  });
}

/** The language's own class of error: a name can be set to anything. */
function kindOf(error: unknown): string {
  const known = [TypeError, RangeError, SyntaxError, ReferenceError, Error];
  return known.find((type) => error instanceof type)?.name ?? typeof error;
}

/** Where it was thrown: files of ours and lines. A message may span lines and imitate them, so text is not copied. */
function placesOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  return [...stack.matchAll(/\/([a-z][a-z-]{0,30}\.m?[jt]s:\d{1,6}:\d{1,6})\)?$/gm)]
    .map(([, place]) => place)
    .join(" ");
}
