import type { FakeRequest, FakeResponse } from "../../kit/fake.js";
import { isLive, isRetired, randomText, type StoredKey, starred } from "./keys.js";
import { managedKeys } from "./managed-keys.js";
import type { StripeState } from "./state.js";

/** Answers one request: who asks, which resource, and Stripe's own way to refuse. */
export function route(state: StripeState, request: FakeRequest): FakeResponse {
  const answer = dispatch(state, request);
  return { ...answer, headers: { ...answer.headers, "request-id": `req_${randomText(14)}` } };
}

function dispatch(state: StripeState, request: FakeRequest): FakeResponse {
  const token = tokenOf(request.headers["authorization"]);
  const key = token === undefined ? undefined : state.keyOfToken(token);
  const isApp = token === state.appKey;
  const credential = isApp ? { credential: "app" } : key ? { credential: key.id } : {};
  return { ...credential, ...answerAs(state, request, { token, key, isApp }) };
}

interface Caller {
  readonly token: string | undefined;
  readonly key: StoredKey | undefined;
  readonly isApp: boolean;
}

function answerAs(state: StripeState, request: FakeRequest, { token, key, isApp }: Caller): FakeResponse {
  const { method, path } = request;
  const resource = /^\/v1\/(customers|charges)$/.exec(path)?.[1];
  const managed = /^\/v2\/iam\/api_keys(?:\/(\w+)(?:\/(expire))?)?$/.exec(path);
  const template = resource ? path : managed ? templateOf(managed) : "(unknown)";
  const refuse = (status: number, error: object) => ({ status, route: template, body: { error } });

  if (token === undefined) {
    return refuse(401, { message: "You did not provide an API key.", type: "invalid_request_error" });
  }
  const now = state.now();
  if (!isApp && !(key && isLive(key, now))) {
    const expired = key && isRetired(key, now);
    return refuse(401, {
      ...(expired ? { code: "api_key_expired" } : {}),
      message: `${expired ? "Expired" : "Invalid"} API Key provided: ${starred(token)}`,
      type: "invalid_request_error",
    });
  }
  if (key) key.lastUsed = now;
  if (managed) return { ...managedKeys(state, request, managed[1], isApp), route: template };
  if (resource && method === "GET") {
    const singular = resource === "customers" ? "customer" : "charge";
    const allowed = !key || key.permissions.some((name) => name.startsWith(`${singular}_`));
    if (allowed) {
      return { status: 200, route: path, body: { object: "list", data: [], has_more: false, url: path } };
    }
    return refuse(403, {
      message:
        `The provided key '${starred(token)}' does not have the required permissions for this endpoint on account ` +
        `'${key.account}'. Having the 'rak_${singular}_read' permission would allow this request to continue.`,
      type: "invalid_request_error",
    });
  }
  return refuse(404, {
    message: `Unrecognized request URL (${method}: ${path}).`,
    type: "invalid_request_error",
  });
}

function templateOf([, id, action]: RegExpExecArray): string {
  return ["/v2/iam/api_keys", ...(id ? ["{id}"] : []), ...(action ? [action] : [])].join("/");
}

/** Bearer, or basic with the key as user name and no password. */
function tokenOf(header = ""): string | undefined {
  const [, scheme = "", value = ""] = /^(bearer|basic) (.+)$/i.exec(header) ?? [];
  if (scheme.toLowerCase() === "bearer") return value;
  const [user = "", password] = Buffer.from(value, "base64").toString("utf8").split(":");
  return user && !password ? user : undefined;
}
