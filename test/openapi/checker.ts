import { createRequire } from "node:module";
import { join } from "node:path";
import type { FakeRequest, FakeResponse } from "../../providers/kit/fake.js";
import type { Description } from "./subset.js";

/** What is used of openapi-backend, which is installed elsewhere: no dependency of the project. */
interface Backend {
  readonly router: { matchOperation(request: AsAsked): Operation | undefined };
  init(): Promise<unknown>;
  validateRequest(request: AsAsked, operation: Operation): Verdict;
  validateResponse(body: unknown, operation: Operation | string, status: number): Verdict;
  validateResponseHeaders(headers: object, operation: Operation, options: { statusCode: number }): Verdict;
}
interface Installed {
  readonly OpenAPIBackend: new (options: object) => Backend;
}
interface AsAsked {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
}
interface Operation {
  readonly method: string;
  readonly path: string;
  readonly responses: Readonly<Record<string, { readonly content?: object; readonly headers?: object }>>;
}
interface Verdict {
  readonly errors?:
    | readonly { instancePath: string; message?: string; params?: Readonly<Record<string, unknown>> }[]
    | null;
}

/** What one exchange was found to be. */
export interface Finding {
  /** `METHOD /path/{part}`; absent when the description has no such operation. */
  readonly operation?: string;
  readonly status: number;
  /** Empty when all is as documented. */
  readonly problems: readonly string[];
}

/** Statuses that GitHub documents once for all operations and leaves out of most operations' descriptions. */
const anywhere: Readonly<Record<number, string>> = {
  400: "an API version it does not have; a body that is not JSON",
  401: "a credential that is missing, wrong or ended",
  403: "rate limits; a permission that is missing; a suspended installation",
  404: "what the caller may not see",
  415: "an `Accept` header without JSON",
  429: "rate limits",
};

/** `folder` is where openapi-backend and ajv-formats are installed. */
export async function createChecker(description: Description, folder: string) {
  const installed = createRequire(join(folder, "package.json"));
  const { OpenAPIBackend }: Installed = installed("openapi-backend");
  const addFormats: (ajv: unknown) => unknown = installed("ajv-formats");
  const backend = new OpenAPIBackend({
    definition: withPlainRefusal(description),
    quick: true,
    ajvOpts: { allErrors: true, formats: { timestamp: /^\d{10}$/ } },
    customizeAjv: (ajv: unknown) => addFormats(ajv),
  });
  await backend.init();

  /** The answer against what is documented for its status; a request that was granted against what is documented. */
  return (request: FakeRequest, response: FakeResponse): Finding => {
    const asked = asAsked(request);
    const { status, body } = response;
    const operation = backend.router.matchOperation(asked);
    const undocumented = () => {
      const refused = Object.hasOwn(anywhere, status);
      const shape = withoutBody(request)
        ? []
        : listed("answer", backend.validateResponse(body, plainRefusal, status));
      return refused ? shape : [`status ${status} is documented nowhere`];
    };
    if (!operation) return { status, problems: undocumented() };

    const name = `${operation.method.toUpperCase()} ${operation.path}`;
    const documented = operation.responses[status];
    if (!documented) return { operation: name, status, problems: undocumented() };
    const problems = [
      ...(withoutBody(request) ? [] : ofBody(body, documented.content !== undefined)),
      ...listed(
        "header",
        backend.validateResponseHeaders(response.headers ?? {}, operation, { statusCode: status }),
      ),
    ];
    if (status < 300) problems.push(...listed("request", backend.validateRequest(asked, operation)));
    return { operation: name, status, problems };

    function ofBody(given: unknown, expected: boolean): readonly string[] {
      if (!operation || !expected) return given === undefined ? [] : ["answer: no body is documented"];
      return listed("answer", backend.validateResponse(given, operation, status));
    }
  };
}

export type Checker = Awaited<ReturnType<typeof createChecker>>;

/** An operation of our own that is answered by nothing but refusals, so that their shape can be checked by itself. */
const plainRefusal = "plain-refusal";

function withPlainRefusal(description: Description): Description {
  const allOf = [
    { $ref: "#/components/schemas/basic-error" },
    { type: "object", required: ["message", "documentation_url", "status"] },
  ];
  const refusal = { description: "", content: { "application/json": { schema: { allOf } } } };
  const operation = { operationId: plainRefusal, responses: { default: refusal } };
  return { ...description, paths: { ...description.paths, [`/${plainRefusal}`]: { get: operation } } };
}

/** HEAD is described nowhere: it is GET whose answer has no body. */
const withoutBody = ({ method }: FakeRequest) => method === "HEAD";

function asAsked(request: FakeRequest): AsAsked {
  const { method, path, headers, query, body } = request;
  return {
    ...{ method: method === "HEAD" ? "GET" : method, path, headers },
    query: Object.fromEntries(query),
    body: body === "" ? undefined : parsed(body),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Places and rules. No value: some are keys. */
function listed(what: string, { errors }: Verdict): readonly string[] {
  return (errors ?? []).map(({ instancePath, message = "", params = {} }) => {
    const more = params["additionalProperty"] ?? params["allowedValues"];
    return `${what}${instancePath}: ${message}${more === undefined ? "" : ` (${JSON.stringify(more)})`}`;
  });
}
