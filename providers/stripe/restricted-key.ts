import * as z from "zod/mini";
import { ProviderError } from "../kit/failure.js";
import { defineProvider } from "../kit/plug.js";
import { Secret } from "../kit/secret.js";
import { type Answer, askAsApp, askAsKey } from "./client.js";
import { bodyOf, failureOf } from "./failures.js";
import { listKeys, retiredNote } from "./listing.js";
import { admin, config, keyId, keyObject, keysPath, time } from "./shapes.js";

const anyKey = z.object({ object: keyObject, id: keyId });
const madeKey = z.object({
  object: keyObject,
  id: keyId,
  secret_key: z.object({ token: z.string().check(z.minLength(1)) }),
  expires_at: z.nullish(time),
});
const anyList = z.object({ object: z.literal("list") });

/**
 * Restricted keys of a Stripe account, made and ended by an installed, approved Stripe App ("managed API keys").
 * Test mode only. A key is made with an end of its own, carries its label as `name`, and is ended by its id.
 *
 * `mint` sends one request; Stripe's idempotency key makes it one key, and the nonce in `note` makes another process's
 * try a conflict (`unavailable`). `retire` writes the time into `note` first, because Stripe's object does not tell when
 * a key was ended. `verify` asks for one customer as the key itself: one that lacks the permission (403) is alive.
 *
 * @see https://docs.stripe.com/stripe-apps/api-authentication/managed-api-keys
 * @see https://docs.stripe.com/keys/managed-api-keys
 */
const restrictedKey = defineProvider<z.output<typeof config>, z.output<typeof admin>>({
  contract: 1,
  origin: "minted",
  id: "stripe/restricted-key",
  module: import.meta.url,
  endpoint: "https://api.stripe.com",
  config,
  admin,
  fields: ["apiKey"],
  // Death: "within several minutes". Settling: none documented or seen; ten seconds only bound how long `verify` is repeated.
  facts: { settleSeconds: 10, deathSeconds: 300 },

  async mint(request, call) {
    const answer = await askAsApp(call, {
      method: "POST",
      path: keysPath,
      idempotencyKey: request.idempotencyKey,
      body: {
        type: "secret_key",
        name: request.label,
        note: `keyturn made ${request.nonce}`,
        permissions: call.config.permissions,
        expires_at: request.expiresAt.toISOString(),
      },
    });
    const { id, secret_key, expires_at } = bodyOf(answer, madeKey);
    const key = { handle: id, fields: { apiKey: new Secret(secret_key.token) } };
    return expires_at ? { ...key, expiresAt: expires_at } : key;
  },

  async verify({ fields }, call) {
    const apiKey = fields["apiKey"];
    if (!apiKey || !/^[\x21-\x7e]+$/.test(apiKey.reveal())) throw invalid("a key in the field `apiKey`");
    const answer = await askAsKey(call, apiKey, { method: "GET", path: "/v1/customers?limit=1" });
    const { status, refusal } = answer;
    if (status !== 401 && status !== 403) {
      bodyOf(answer, anyList);
      return "accepted";
    }
    // A v1 error always has such a type; anything else is a proxy's word, and no verdict.
    if (refusal?.type?.endsWith("_error")) return status === 401 ? "rejected" : "accepted";
    throw new ProviderError("unexpected", {
      expected: `Stripe's own verdict from ${answer.what}`,
      found: `HTTP status ${status} without Stripe's error object`,
      next: "Check what stands between this function and Stripe: the key was not judged.",
    });
  },

  async retire({ handle }, call) {
    if (!z.safeParse(keyId, handle).success) throw invalid("the id of a Stripe key as handle");
    const path = `${keysPath}/${handle}`;
    const noted = await askAsApp(call, { method: "POST", path, body: { note: retiredNote(call.now()) } });
    if (isGone(noted)) return;
    // What may succeed later is tried again as a whole; a note that never can be written must not keep the key alive.
    if (failureOf(noted).retryable) throw failureOf(noted);
    const expired = await askAsApp(call, { method: "POST", path: `${path}/expire` });
    if (!isGone(expired)) bodyOf(expired, anyKey);
  },

  find: listKeys,
});

export default restrictedKey;

/** Stripe's own word that there is nothing left to end. A 404 without its code may be a wrong address. */
function isGone({ status, refusal }: Answer): boolean {
  if (status === 404) return refusal?.code === "not_found" || refusal?.code === "resource_missing";
  return status === 400 && refusal?.code === "api_key_expired";
}

function invalid(expected: string): ProviderError {
  const next = "Check what is stored in this secret, or rotate it; nothing was sent.";
  return new ProviderError("config_invalid", { expected, found: "none", next });
}
