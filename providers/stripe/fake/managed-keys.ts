import type { FakeRequest } from "../../kit/fake.js";
import { type Answer, refuseV2, unrecognized } from "./answers.js";
import type { Caller } from "./caller.js";
import { create, expire, type Outcome, rotate, update } from "./key-actions.js";
import { listKeys } from "./key-list.js";
import { isRetired, keyObject, type StoredKey } from "./keys.js";
import type { Done, StripeState } from "./state.js";

/** What the path names: `/v2/iam/api_keys`, or one of them, or what is to be done with it. */
export interface Named {
  readonly id: string | undefined;
  readonly action: "expire" | "rotate" | undefined;
}

/** `/v2/iam/api_keys…`; the caller is authenticated. What a POST does is done before this returns; encryption takes longer. */
export async function managedKeys(
  state: StripeState,
  caller: Caller,
  request: FakeRequest,
  { id, action }: Named,
): Promise<Answer> {
  const { method, headers } = request;
  if (!/^\d{4}-\d\d-\d\d\.preview$/.test(headers["stripe-version"] ?? "")) {
    return refuseV2(400, "fake_version", "This API needs a Stripe-Version that ends in .preview.");
  }
  const account = headers["stripe-context"] ?? "";
  if (!caller.isApp || account === "" || account === state.platform) {
    return refuseV2(
      400,
      "api_key_direct_operation_not_supported",
      "Only an App can manage keys, for others.",
    );
  }
  if (!state.settings.appInstalled || !state.installed.has(account)) {
    return refuseV2(403, "fake_forbidden", "The App is not installed on this account.");
  }
  if (method === "GET" && action === undefined) {
    if (id === undefined) return listKeys(state, request, account, caller.mode);
    const found = find(state, caller, account, id);
    return "refused" in found ? found.refused : shown(state, found.key);
  }
  if (method !== "POST") return unrecognized(request);
  return once(state, request, account, caller, () => act(state, caller, request, account, { id, action }));
}

/**
 * Under an Idempotency-Key nothing is done twice: the key is shown again, as it is by now. What failed is tried anew. A key
 * counts for one path, as Stripe says "the same API".
 */
async function once(
  state: StripeState,
  { path, headers, body }: FakeRequest,
  account: string,
  { mode }: Caller,
  run: () => Outcome,
): Promise<Answer> {
  const name = headers["idempotency-key"];
  if (name !== undefined && name.length > 255) {
    return refuseV2(400, "invalid_fields", "Idempotency-Key: 255 characters at most.");
  }
  const slot = `${account} ${mode} ${path} ${name}`;
  const before = name === undefined ? undefined : state.done.get(slot);
  if (before && before.asked !== body) {
    return refuseV2(409, "idempotency_error", "This Idempotency-Key was used with other parameters.");
  }
  if (before) return shown(state, before.key, state.settings.replayRepeatsSecret ? before.sealed : undefined);
  const outcome = run();
  if ("refused" in outcome) return outcome.refused;
  const done: Done = { asked: body, key: outcome.key, sealed: outcome.sealed };
  if (name !== undefined) state.done.set(slot, done);
  return shown(state, done.key, done.sealed);
}

function act(
  state: StripeState,
  caller: Caller,
  { body }: FakeRequest,
  account: string,
  { id, action }: Named,
): Outcome {
  let fields: unknown;
  try {
    fields = body === "" ? {} : JSON.parse(body);
  } catch {
    return { refused: refuseV2(400, "invalid_fields", "The body is not JSON.") };
  }
  if (id === undefined) return create(state, fields, account, caller.mode);
  const found = find(state, caller, account, id);
  if ("refused" in found) return found;
  const { key } = found;
  if (action === "rotate") return rotate(state, fields, key);
  if (isRetired(key, state.now())) {
    return { refused: refuseV2(400, "api_key_expired", "This API key is already expired.") };
  }
  return action === "expire" ? expire(state, fields, key) : update(state, fields, key);
}

function find(
  state: StripeState,
  { mode }: Caller,
  account: string,
  id: string,
): { readonly key: StoredKey } | { readonly refused: Answer } {
  const key = state.keys.get(id);
  if (key?.account !== account || key.gone) {
    return { refused: refuseV2(404, "not_found", "No such API key.") };
  }
  if (key.mode === mode) return { key };
  const message = `This is a key of ${key.mode} mode, and yours is one of ${mode} mode.`;
  return { refused: refuseV2(400, "api_key_livemode_mismatch", message) };
}

async function shown(state: StripeState, key: StoredKey, sealed?: Done["sealed"]): Promise<Answer> {
  const answer = (secret: Awaited<typeof sealed>) => ({
    status: 200,
    body: keyObject(key, state.application, state.now(), secret ?? null),
  });
  return sealed ? answer(await sealed) : answer(undefined);
}
