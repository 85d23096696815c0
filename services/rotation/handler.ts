import { CodedError } from "../../providers/kit/failure.js";
import type { Provider } from "../../providers/kit/plug.js";
import { declarationsOf } from "../config/declare.js";
import { declaredSecret } from "../config/declared.js";
import type { Log } from "../log.js";
import {
  type BatchResult,
  eachLetter,
  isBatch,
  mustBeMarked,
  parseBatch,
  parseLetter,
} from "./dead-letters.js";
import { parseEvent, type StepName, secretRef } from "./event.js";
import { withoutSecrets } from "./fault.js";
import { Invocation, type Tools, toolsOf } from "./invocation.js";
import { isJob, parseJob } from "./jobs/job.js";
import { type JobResult, runJob } from "./jobs/jobs.js";
import { type LostTick, startLost, tokenOf } from "./jobs/lost-tick.js";
import type { JobParts } from "./jobs/parts.js";
import type { FunctionContext, FunctionOptions, RotationFunction } from "./options.js";
import type { Rotation } from "./rotation.js";
import { createSecret } from "./steps/create.js";
import { finishSecret } from "./steps/finish.js";
import { setSecret } from "./steps/set.js";
import { testSecret } from "./steps/test.js";

export type { FunctionContext, FunctionOptions, RotationFunction } from "./options.js";

const steps: Readonly<Record<StepName, (rotation: Rotation) => Promise<void>>> = {
  createSecret,
  setSecret,
  testSecret,
  finishSecret,
};

/**
 * The rotation function of one provider. It takes three kinds of events: those of Secrets Manager are steps of a rotation, those
 * with the one field `keyturn` are jobs of ours, and those of SQS say what schedules could not deliver. Resolving means success,
 * which is all that Secrets Manager looks at; whatever it throws has a code, and no secret in message, stack or properties. What
 * it told is sent when an invocation ends; one that is killed tells nothing.
 */
export function createHandler(provider: Provider, options: FunctionOptions): RotationFunction {
  const tools = toolsOf(provider, options);
  return (event, context) => {
    if (isJob(event)) return job(tools, event, context);
    return isBatch(event) ? batch(tools, event, context) : step(tools, event, context);
  };
}

/** What Keyturn asks for itself. Throws as the rotation function does. */
export function createJobs(provider: Provider, options: FunctionOptions) {
  const tools = toolsOf(provider, options);
  return (event: unknown, context: FunctionContext): Promise<JobResult> => job(tools, event, context);
}

/** One of the four steps, as Secrets Manager asks for them. */
function step(tools: Tools, event: unknown, context: FunctionContext): Promise<void> {
  const invocation = new Invocation(tools, context);
  let log = invocation.log();
  let told = (_: CodedError<string>): void => undefined;
  return invocation.run(
    async () => {
      const { step: name, ...rotation } = parseEvent(event);
      const { name: secret, token } = rotation;
      log = invocation.log({ secret, step: name, token });
      told = ({ code, message, retryable }) =>
        invocation.about(rotation)("Rotation Failed", {
          ...{ rotation: token, step: name, code, message, retryable },
        });
      await steps[name](await invocation.open(rotation, log));
      log.info("step_done");
    },
    (error) => {
      const coded = failed("step", error, log);
      told(coded);
      return coded;
    },
  );
}

function job(tools: Tools, event: unknown, context: FunctionContext): Promise<JobResult> {
  const invocation = new Invocation(tools, context);
  let log = invocation.log();
  return invocation.run(
    async () => {
      const asked = parseJob(event);
      log = invocation.log({ job: asked.action });
      const result = await runJob(jobParts(tools, invocation, asked), asked);
      log.info("job_done");
      return result;
    },
    (error) => failed("job", error, log),
  );
}

/** What a job works with. @throws KeyturnError `secret_undeclared`, `provider_not_here`, `declaration_invalid` */
function jobParts(
  { provider, options }: Tools,
  invocation: Invocation,
  { action, secretId }: { readonly action: string; readonly secretId?: string | undefined },
): JobParts {
  const { store, deadline, scheduled, declarations } = invocation;
  if (secretId) declaredSecret(declarations, secretRef(secretId).name, provider);
  const about = { job: action };
  return {
    ...{ store, clock: options.clock, log: invocation.log(about), deadline, scheduled },
    declared: Object.keys(declarationsOf(provider.id, declarations).secrets),
    about: (secret) => invocation.about(secret),
    open: (rotation) => {
      const { name: secret, token } = rotation;
      return invocation.open(rotation, invocation.log({ ...about, secret, token }));
    },
  };
}

/** What schedules could not deliver. Each message is a job of its own; that one fails is no failure of the batch. */
function batch(tools: Tools, event: unknown, context: FunctionContext): Promise<BatchResult> {
  const invocation = new Invocation(tools, context);
  const log = invocation.log({ job: "dead letters" });
  const left = () => invocation.deadline - tools.options.clock.monotonic();
  return invocation.run(
    () =>
      eachLetter(
        parseBatch(event),
        left,
        async (message) => {
          const letter = parseLetter(message);
          if (letter.about === "tick") await tick(tools, invocation, letter.tick);
          else {
            const parts = jobParts(tools, invocation, letter.job);
            await mustBeMarked(parts, letter.job);
            await runJob(parts, letter.job);
          }
        },
        (error) => failed("job", error, log),
      ),
    (error) => failed("job", error, log),
  );
}

async function tick(tools: Tools, invocation: Invocation, lost: LostTick): Promise<void> {
  const parts = jobParts(tools, invocation, { action: "tick", secretId: lost.secretId });
  try {
    await startLost(parts, lost);
  } catch (error) {
    if (error instanceof CodedError && !error.retryable) {
      const { code, message } = error;
      const rotation = lost.token ?? tokenOf(lost);
      parts.about(secretRef(lost.secretId))("Rotation Failed", {
        ...{ rotation, step: "schedule", code, message, retryable: false },
      });
    }
    throw error;
  }
}

function failed(what: "step" | "job", error: unknown, log: Log): CodedError<string> {
  const coded = withoutSecrets(error, log);
  log.error(`${what}_failed`, { code: coded.code, retryable: coded.retryable, message: coded.message });
  return coded;
}
