import type * as z from "zod/mini";
import type { FakeRequest, FakeResponse } from "../../../providers/kit/fake.js";
import { AwsError } from "./errors.js";
import type { Answer } from "./operation.js";
import { callerOf } from "./protocol.js";
import { parse } from "./validate.js";

/** What an operation is told beside its input. */
export interface Asked {
  readonly region: string;
  /** `http://<host>` as the caller wrote it. */
  readonly origin: string;
}

/** One operation: takes the request's JSON, gives the answer's. Throws only AwsError. */
export type JsonOperation = (body: unknown, asked: Asked) => Answer;

export interface JsonServiceParts {
  /** As in a signature's scope, and as people call it. */
  readonly name: string;
  readonly title: string;
  /** What stands before the operation in `X-Amz-Target`. */
  readonly target: string;
  readonly version: "1.0" | "1.1";
  readonly operations: Readonly<Record<string, JsonOperation>>;
  readonly randomId: () => string;
  /** The body and the headers of an error, where they are not the usual ones. */
  readonly errorOf?: (error: AwsError) => Required<Pick<FakeResponse, "headers" | "body">>;
}

/** Checks an operation's input against its shape, in the service's name. */
export function jsonOperation<Schema extends z.ZodMiniType>(
  title: string,
  schema: Schema,
  run: (input: z.output<Schema>, asked: Asked) => Answer,
): JsonOperation {
  return (body, asked) => run(parse(schema, body, title), asked);
}

/**
 * Answers the requests of a service that speaks awsJson. The answer names its operation, so that the server writes the
 * journal: the name of the operation, the status, who asked.
 * @see https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
 */
export function jsonHandler(parts: JsonServiceParts): (request: FakeRequest) => FakeResponse {
  const type = `application/x-amz-json-${parts.version}`;
  const errorOf = parts.errorOf ?? usualError;
  return (request) => {
    const named = { route: request.path, operation: "unknown", credential: "" };
    const headers = { "content-type": type, "x-amzn-requestid": parts.randomId() };
    try {
      named.operation = operationIn(request, parts, type);
      const { accessKeyId, region } = callerOf(request, parts.name);
      named.credential = accessKeyId;
      const run = Object.hasOwn(parts.operations, named.operation)
        ? parts.operations[named.operation]
        : undefined;
      if (!run) {
        const known = Object.keys(parts.operations).join(", ");
        throw unknown(`The sandbox's ${parts.title} does not know ${named.operation}. It knows ${known}.`);
      }
      const body = run(jsonOf(request.body), { region, origin: `http://${request.headers["host"] ?? ""}` });
      return { status: 200, headers, body, ...told(named) };
    } catch (thrown) {
      if (!(thrown instanceof AwsError)) throw thrown;
      const said = errorOf(thrown);
      return {
        status: thrown.status,
        body: said.body,
        headers: { ...headers, ...said.headers },
        ...told(named),
      };
    }
  };
}

const told = ({ credential, ...named }: { route: string; operation: string; credential: string }) => ({
  ...named,
  ...(credential !== "" && { credential }),
});

const usualError = ({ code, message }: AwsError) => ({ headers: {}, body: { __type: code, message } });

const unknown = (message: string) => new AwsError("UnknownOperationException", message);

function operationIn({ method, headers }: FakeRequest, parts: JsonServiceParts, type: string): string {
  const target = headers["x-amz-target"] ?? "none";
  const found = headers["content-type"]?.split(";")[0]?.trim().toLowerCase() ?? "none";
  const [before, operation] = target.split(".");
  if (method === "POST" && before === parts.target && operation && found === type) return operation;
  throw unknown(
    `The sandbox's ${parts.title} takes POST with X-Amz-Target ${parts.target}.<operation> and content type ${type}; ` +
      `found ${method} with ${target} and ${found}.`,
  );
}

/** A request's body. @throws AwsError */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AwsError("SerializationException", "The request's body is not JSON.");
  }
}
