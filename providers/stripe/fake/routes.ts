import type { FakeRequest, FakeResponse } from "../../kit/fake.js";
import { type Answer, isV2, refuseV1, refuseV2, unrecognized } from "./answers.js";
import { type Caller, identify, type Refusal } from "./caller.js";
import { managedKeys } from "./managed-keys.js";
import { randomText } from "./secrets.js";
import type { StripeState } from "./state.js";
import { answerV1, isVersion, type Resource } from "./v1.js";
import { webhookEndpoint, webhookEndpoints } from "./webhook-endpoints.js";

/** The version of whoever sends none. */
const defaultVersion = "2026-10-28.endive";

interface Route {
  readonly template: string;
  readonly pattern: RegExp;
  readonly answer: (
    state: StripeState,
    caller: Caller,
    request: FakeRequest,
    id: string | undefined,
  ) => Answer | Promise<Answer>;
}

const routes: readonly Route[] = [
  keysRoute(""),
  keysRoute("/{id}"),
  keysRoute("/{id}/expire", "expire"),
  keysRoute("/{id}/rotate", "rotate"),
  v1Route("webhook_endpoints", webhookEndpoints),
  v1Route("webhook_endpoints/{id}", webhookEndpoint),
  // Nothing was ever bought in this Stripe. Prices are called `plan` where permissions are named.
  emptyList("customers", "customer"),
  emptyList("charges", "charge"),
  emptyList("plans", "plan"),
  emptyList("prices", "plan"),
  emptyList("products", "product"),
];

/** Answers one request: who asks, how often, which resource. */
export async function route(state: StripeState, request: FakeRequest): Promise<FakeResponse> {
  const { path } = request;
  const found = routes.find(({ pattern }) => pattern.test(path));
  const { credential, outcome: caller } = identify(state, request.headers["authorization"]);
  const answer = () => {
    if ("message" in caller) return unauthenticated(path, caller);
    if (exceeds(state, caller)) return tooMany(path);
    return found?.answer(state, caller, request, found.pattern.exec(path)?.[1]) ?? unrecognized(request);
  };
  const { status, body, headers } = await answer();
  const version = request.headers["stripe-version"] ?? defaultVersion;
  return {
    status,
    body,
    headers: {
      "request-id": `req_${randomText(14)}`,
      ...(isVersion(version) && { "stripe-version": version }),
      ...headers,
    },
    route: found?.template ?? "(unknown)",
    ...(credential !== undefined && { credential }),
  };
}

function routeOf(template: string, answer: Route["answer"]): Route {
  return { template, pattern: new RegExp(`^${template.replace("{id}", "(\\w+)")}$`), answer };
}

function keysRoute(rest: string, action?: "expire" | "rotate"): Route {
  return routeOf(`/v2/iam/api_keys${rest}`, (state, caller, request, id) =>
    managedKeys(state, caller, request, { id, action }),
  );
}

function v1Route(name: string, resource: Resource): Route {
  return routeOf(`/v1/${name}`, (state, caller, request, id) =>
    answerV1(state, caller, request, resource, id),
  );
}

function emptyList(name: string, permission: string): Route {
  const body = { object: "list", data: [], has_more: false, url: `/v1/${name}` };
  return v1Route(name, { permission, methods: { GET: () => ({ status: 200, body }) } });
}

function unauthenticated(path: string, { code, message }: Refusal): Answer {
  if (isV2(path)) return refuseV2(401, code ?? "fake_unauthenticated", message);
  return refuseV1(401, code === undefined ? { message } : { code, message });
}

function exceeds(state: StripeState, { account, mode }: Caller): boolean {
  return !state.rate.take(`${account} ${mode}`, state.now(), state.settings.requestsPerSecond);
}

/** v1 as seen in public, v2 as the SDK knows its errors; the texts are ours. */
function tooMany(path: string): Answer {
  const message = "Request rate limit exceeded.";
  const answer = isV2(path)
    ? refuseV2(429, "rate_limit", message, "rate_limit")
    : refuseV1(429, { code: "rate_limit", message });
  return { ...answer, headers: { "stripe-rate-limited-reason": "global-rate" } };
}
