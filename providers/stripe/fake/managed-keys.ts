import * as z from "zod/mini";
import type { FakeRequest, FakeResponse } from "../../kit/fake.js";
import { isRetired, keyObject, knownPermissions, makeToken, randomText, type StoredKey } from "./keys.js";
import type { StripeState } from "./state.js";

/** An answer of this resource. The fake's own codes stand where Stripe's are not known: marked `fake_`. */
type Answer = Pick<FakeResponse, "status" | "body">;

const refuse = (status: number, code: string, message: string): Answer => ({
  status,
  body: { error: { code, message, type: "invalid_request_error" } },
});

/** `/v2/iam/api_keys…` but `rotate`, which no route leads to; the caller is authenticated. */
export function managedKeys(
  state: StripeState,
  request: FakeRequest,
  id: string | undefined,
  isApp: boolean,
): Answer {
  const { method, headers, path, body } = request;
  if (!/^\d{4}-\d\d-\d\d\.preview$/.test(headers["stripe-version"] ?? "")) {
    return refuse(400, "fake_version", "This API needs a Stripe-Version that ends in .preview.");
  }
  const account = headers["stripe-context"] ?? "";
  if (!isApp || account === "" || account === state.platform) {
    return refuse(400, "api_key_direct_operation_not_supported", "Only an App can manage keys, for others.");
  }
  if (!state.settings.appInstalled || !state.accounts.has(account)) {
    return refuse(403, "fake_forbidden", "The App is not installed on this account.");
  }
  const key = id === undefined ? undefined : state.keys.get(id);
  if (id !== undefined && key?.account !== account) {
    return refuse(404, "not_found", "No such API key.");
  }
  if (method === "GET" && !path.endsWith("/expire")) {
    return key ? shown(state, key) : list(state, request, account);
  }
  if (method !== "POST") return refuse(404, "not_found", "No such route.");

  const slot = headers["idempotency-key"];
  const asked = `${path}\n${body}`;
  const stored = slot === undefined ? undefined : state.successes.get(`${account} ${slot}`);
  if (stored && stored.asked !== asked) {
    return refuse(409, "idempotency_error", "This Idempotency-Key was used with other parameters.");
  }
  if (stored) return stored.answer;
  const answer = post(state, request, account, key);
  if (slot !== undefined && answer.status < 300) state.successes.set(`${account} ${slot}`, { asked, answer });
  return answer;
}

function post(state: StripeState, { path, body }: FakeRequest, account: string, key?: StoredKey): Answer {
  let fields: unknown;
  try {
    fields = body === "" ? {} : JSON.parse(body);
  } catch {
    return refuse(400, "invalid_fields", "The body is not JSON.");
  }
  if (!key) return create(state, fields, account);
  if (path.endsWith("/expire")) {
    return state.end(key) ? shown(state, key) : alreadyExpired;
  }
  return update(state, fields, key);
}

const alreadyExpired = refuse(400, "api_key_expired", "This API key is already expired.");
const shown = (state: StripeState, key: StoredKey): Answer => ({
  status: 200,
  body: keyObject(key, state.application, state.now()),
});

const editable = {
  name: z.optional(z.string()),
  note: z.optional(z.string()),
  permissions: z.optional(z.array(z.string())),
};
const creation = z.strictObject({
  ...editable,
  type: z.literal("secret_key"),
  expires_at: z.optional(z.string().check(z.refine((text) => !Number.isNaN(Date.parse(text))))),
});
const change = z.strictObject(editable);

function create(state: StripeState, fields: unknown, account: string): Answer {
  const { data, error } = creation.safeParse(fields);
  if (!data) return invalid(error);
  const { permissions = [], expires_at } = data;
  if (permissions.length === 0 || !permissions.every((name) => knownPermissions.has(name))) {
    return refuse(400, "api_key_permissions_invalid", "One or more of the permissions are invalid.");
  }
  const now = state.now();
  const expiresAt = expires_at === undefined ? undefined : new Date(expires_at);
  if (expiresAt && expiresAt <= now) return refuse(400, "invalid_fields", "expires_at: must lie ahead");
  const active = state.keysOf(account).filter((key) => !isRetired(key, now));
  if (active.length >= state.settings.keyLimit) {
    return refuse(400, "api_key_limit_reached", "The limit on the number of API keys is reached.");
  }
  const key: StoredKey = {
    id: `mk_1${randomText(23)}`,
    account,
    token: makeToken("rk", account),
    created: now,
    expiresAt,
    settledAt: new Date(now.getTime() + state.settings.settleSeconds * 1000),
    name: data.name || null,
    note: data.note || null,
    permissions,
    lastUsed: undefined,
    endedAt: undefined,
    deadAt: undefined,
  };
  state.keys.set(key.id, key);
  return shown(state, key);
}

/** Blank texts and an empty list of permissions change nothing and are a success, as measured at Stripe. */
function update(state: StripeState, fields: unknown, key: StoredKey): Answer {
  const { data, error } = change.safeParse(fields);
  if (!data) return invalid(error);
  const { permissions = [] } = data;
  if (isRetired(key, state.now())) return alreadyExpired;
  if (!permissions.every((name) => knownPermissions.has(name))) {
    return refuse(400, "api_key_permissions_invalid", "One or more of the permissions are invalid.");
  }
  key.name = data.name || key.name;
  key.note = data.note || key.note;
  if (permissions.length > 0) key.permissions = permissions;
  return shown(state, key);
}

function invalid(error: z.core.$ZodError): Answer {
  const names = error.issues.flatMap((issue) =>
    issue.code === "unrecognized_keys" ? issue.keys.map((name) => `Unknown field ${name}`) : issue.path,
  );
  return refuse(400, "invalid_fields", `Invalid: ${names.map(String).join(", ") || "the whole body"}`);
}

const pageToken = z.object({ after: z.string(), limit: z.number(), expired: z.boolean() });

function list(state: StripeState, { query }: FakeRequest, account: string): Answer {
  const page = query.get("page");
  const asked = page === null ? startOf(query) : readToken(page);
  if (!asked) return refuse(400, "invalid_fields", "page: unknown");
  if (!Number.isInteger(asked.limit) || asked.limit < 1)
    return refuse(400, "invalid_fields", "limit: invalid");
  if (asked.limit > 100) return refuse(400, "invalid_fields", "limit: The maximum page limit is 100");

  const now = state.now();
  const all = state.keysOf(account);
  const start = asked.after === "" ? 0 : all.findIndex((key) => key.id === asked.after) + 1;
  const rest = all.slice(start).filter((key) => asked.expired || !isRetired(key, now));
  const shownKeys = rest.slice(0, Math.min(asked.limit, state.settings.pageSize));
  const last = shownKeys.at(-1);
  const more = last !== undefined && rest.length > shownKeys.length;
  const token = more ? Buffer.from(JSON.stringify({ ...asked, after: last.id })).toString("base64url") : "";
  return {
    status: 200,
    body: {
      data: shownKeys.map((key) => keyObject(key, state.application, now)),
      // Only a path, as in every sample of Stripe's.
      next_page_url: more ? `/v2/iam/api_keys?page=page_${token}` : null,
      previous_page_url: null,
    },
  };
}

function startOf(query: URLSearchParams): z.output<typeof pageToken> {
  const limit = Number(query.get("limit") ?? "10");
  return { after: "", limit, expired: query.get("include_expired") === "true" };
}

function readToken(page: string): z.output<typeof pageToken> | undefined {
  try {
    return pageToken.parse(JSON.parse(Buffer.from(page.replace(/^page_/, ""), "base64url").toString("utf8")));
  } catch {
    return undefined;
  }
}
