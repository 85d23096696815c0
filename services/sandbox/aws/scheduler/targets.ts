import type { FakeResponse } from "../../../../providers/kit/fake.js";
import { AwsError } from "../errors.js";
import type { Lambda } from "../lambda.js";
import type { Answer } from "../operation.js";
import { operations as secretOperations } from "../operations/index.js";
import type { SecretsManager } from "../secrets-manager.js";

/** What a schedule may call. */
export type Target =
  | { readonly kind: "lambda"; readonly arn: string }
  | {
      readonly kind: "universal";
      readonly service: "secretsmanager" | "scheduler";
      readonly operation: string;
    };

/** How one attempt ended: undefined when the target accepted it. */
export type Refusal =
  | { readonly code: string; readonly message: string; readonly again: boolean }
  | undefined;

/** One attempt: what is said to whom, by whom. */
export interface Call {
  readonly target: Target;
  readonly input: string;
  readonly region: string;
  readonly roleArn: string;
  readonly now: Date;
}

/** What targets are reached through. */
export interface Reach {
  readonly lambda: Pick<Lambda, "has" | "send">;
  readonly secretsManager: Pick<SecretsManager, "handle">;
  /** Scheduler's own operations. @throws AwsError */
  readonly scheduler: (operation: string, input: object, region: string) => Answer;
  readonly randomId: () => string;
}

/** Scheduler calls nothing that only reads. */
const reading = /^(get|describe|list|batchGet|validate)/;
const schedulerOperations: readonly string[] = [
  ...["createSchedule", "updateSchedule", "deleteSchedule", "createScheduleGroup", "deleteScheduleGroup"],
];

/**
 * The target of an ARN; undefined for what the sandbox has not, and what Scheduler may not call.
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
 */
export function targetOf(arn: string): Target | undefined {
  if (/^arn:aws(-[a-z]+)?:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+(:[\w$-]+)?$/.test(arn)) {
    return { kind: "lambda", arn };
  }
  const [, service, name = ""] =
    /^arn:aws(?:-[a-z]+)?:scheduler:::aws-sdk:(secretsmanager|scheduler):([a-z]\w+)$/.exec(arn) ?? [];
  if (reading.test(name)) return undefined;
  const operation = name.charAt(0).toUpperCase() + name.slice(1);
  if (service === "secretsmanager" && secretOperations.has(operation)) {
    return { kind: "universal", service, operation };
  }
  if (service === "scheduler" && schedulerOperations.includes(name)) {
    return { kind: "universal", service, operation };
  }
  return undefined;
}

/** A universal target's request; undefined for what is no JSON object. */
export function requestIn(input: string): object | undefined {
  try {
    const value: unknown = JSON.parse(input);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Makes one attempt. A function is called asynchronously: it is reached once it is there, and fails by itself. */
export function callTarget(call: Call, reach: Reach): Refusal {
  const { target, input, region } = call;
  if (target.kind === "lambda") return callFunction(target.arn, input, reach.lambda);
  const request = requestIn(input);
  if (!request) return permanent("ValidationException", "The request is not a JSON object.");
  if (target.service === "secretsmanager") return callSecretsManager(target.operation, request, call, reach);
  try {
    reach.scheduler(target.operation, inSeconds(request), region);
    return undefined;
  } catch (error) {
    if (error instanceof AwsError) return refusal(error.code, error.message, error.status);
    throw error;
  }
}

function callFunction(arn: string, input: string, lambda: Reach["lambda"]): Refusal {
  if (!lambda.has(arn)) return permanent("ResourceNotFoundException", `Function not found: ${arn}`);
  let event: unknown;
  try {
    event = JSON.parse(input);
  } catch {
    return permanent("InvalidRequestContentException", "Could not parse request body into json");
  }
  lambda.send(arn, event);
  return undefined;
}

/** Operations whose SDK fills a ClientRequestToken in. */
const tokenTaking = /^(CreateSecret|PutSecretValue|UpdateSecret|RotateSecret)$/;

function callSecretsManager(operation: string, request: object, call: Call, reach: Reach): Refusal {
  const role = call.roleArn
    .split("/")
    .at(-1)
    ?.replaceAll(/[^\w.@+=-]/g, "_");
  const scope = `${call.now.toISOString().slice(0, 10).replaceAll("-", "")}/${call.region}/secretsmanager`;
  const token = tokenTaking.test(operation) ? { ClientRequestToken: reach.randomId() } : {};
  const answer = reach.secretsManager.handle({
    ...{ method: "POST", path: "/", query: new URLSearchParams() },
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `secretsmanager.${operation}`,
      authorization: `AWS4-HMAC-SHA256 Credential=role-${role}/${scope}/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify({ ...token, ...request }),
  });
  if (answer.status < 300) return undefined;
  const { code, message } = errorIn(answer);
  return refusal(code, message, answer.status);
}

function errorIn({ body }: FakeResponse): { readonly code: string; readonly message: string } {
  const { __type: code, Message, message = Message } = Object(body);
  return { code: String(code), message: String(message) };
}

/** In universal requests dates may be written out. */
function inSeconds(request: object): object {
  const dates = Object.entries(request).filter(([name]) => name === "StartDate" || name === "EndDate");
  const read = dates.map(([name, date]) => [name, typeof date === "string" ? Date.parse(date) / 1000 : date]);
  return { ...request, ...Object.fromEntries(read) };
}

const throttled = /^(ThrottlingException|TooManyRequestsException|RequestLimitExceeded)$/;

const refusal = (code: string, message: string, status: number): Refusal => ({
  ...{ code, message, again: status >= 500 || throttled.test(code) },
});

const permanent = (code: string, message: string): Refusal => ({ code, message, again: false });
