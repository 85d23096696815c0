import type { SecretsManagerClientConfig } from "@aws-sdk/client-secrets-manager";
import { CodedError } from "../../providers/kit/failure.js";
import type { Provider } from "../../providers/kit/plug.js";
import type { Clock } from "../clock.js";
import { parseDeclarations } from "../config/declare.js";
import { declaredSecret } from "../config/declared.js";
import { KeyturnError } from "../errors.js";
import { createLog, type Log } from "../log.js";
import { secretsManagerStore } from "../store/secrets-manager.js";
import type { Store } from "../store/store.js";
import { nextRotationEndsIt } from "./end-of-overlap.js";
import { parseEvent, type StepName, type StepRequest } from "./event.js";
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
  /** Endpoint, region and credentials of Secrets Manager; empty on Lambda. */
  readonly aws: SecretsManagerClientConfig;
  /** How long one request may take, to a vendor or (3 s at most) to Secrets Manager. Milliseconds. */
  readonly requestTimeoutMs: number;
  /** Receives one JSON line an event. */
  readonly log: (line: string) => void;
}

/** What is used of Lambda's context. */
export interface FunctionContext {
  getRemainingTimeInMillis(): number;
}

export type RotationFunction = (event: unknown, context: FunctionContext) => Promise<void>;

const steps: Readonly<Record<StepName, (rotation: Rotation) => Promise<void>>> = {
  createSecret,
  setSecret,
  testSecret,
  finishSecret,
};

/**
 * The rotation function of one provider: an event in, one step done. Resolving means success, which is all that
 * Secrets Manager looks at; whatever it throws has a code, and no secret in message, stack or properties.
 */
export function createHandler(provider: Provider, options: FunctionOptions): RotationFunction {
  const store = secretsManagerStore(options.aws, options.requestTimeoutMs);
  return async (event, context) => {
    let log = createLog(options.log, { provider: provider.id });
    try {
      const deadline = options.clock.monotonic() + context.getRemainingTimeInMillis();
      const request = parseEvent(event);
      log = createLog(options.log, {
        ...{ provider: provider.id, secret: request.name, step: request.step, token: request.token },
      });
      await runStep(provider, options, store, request, log, deadline);
      log.info("step_done");
    } catch (error) {
      const coded = withoutSecrets(error, log);
      log.error("step_failed", { code: coded.code, retryable: coded.retryable, message: coded.message });
      throw coded;
    }
  };
}

async function runStep(
  provider: Provider,
  options: FunctionOptions,
  store: Store,
  request: StepRequest,
  log: Log,
  deadline: number,
): Promise<void> {
  const secret = declaredSecret(parseDeclarations(options.declarations), request.name, provider);
  await provider.checkConfig(secret.config);
  const { clock, requestTimeoutMs } = options;
  const parts = { request, secret, provider, store, clock, log, requestTimeoutMs, deadline };
  await steps[request.step](new Rotation({ ...parts, endOfOverlap: nextRotationEndsIt }));
}

/** A coded error as it is. Anything else is a fault of ours, of which only what cannot hold a value is kept. */
function withoutSecrets(error: unknown, log: Log): CodedError<string> {
  if (error instanceof CodedError) return error;
  log.error("internal_fault", { kind: kindOf(error), stack: placesOf(error) });
  return new KeyturnError("internal", {
    expected: "the step to end in success or in a coded error",
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
