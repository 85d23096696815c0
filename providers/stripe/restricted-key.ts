import * as z from "zod/mini";
import type { MintedKey } from "../kit/contract.js";
import { ProviderError } from "../kit/failure.js";
import { defineProvider } from "../kit/plug.js";
import { Secret } from "../kit/secret.js";
import type { Answer } from "./client.js";
import { bodyOf, failureOf, isSuccess, strange, unsendable } from "./failures.js";
import { listKeys, retiredNote } from "./listing.js";
import { askAsApp, askAsKey, isLiveKey, type KeysCall, keysPath } from "./managed-keys.js";
import { newRecipient, type Recipient, sealedSecret } from "./sealed.js";
import { admin, config, keyObject, resourceId, time } from "./shapes.js";

const anyKey = z.object({ object: keyObject, id: resourceId });
const madeKey = z.object({
  object: keyObject,
  id: resourceId,
  secret_key: z.object({ token: z.nullish(z.string()), encrypted_secret: z.nullish(sealedSecret) }),
  expires_at: z.nullish(time),
});
const anyList = z.object({ object: z.literal("list") });

/** What a key may do from the moment on that it is retired: read prices. An empty list would change nothing. */
const harmless = ["plan_read"];

/**
 * Restricted keys of a Stripe account, made and ended by an installed, approved Stripe App ("managed API keys").
 * A key is made with an end of its own, carries its label as `name`, and is ended by its id. It is of the App key's mode:
 * in live mode Stripe encrypts it to a key pair that exists for this one request.
 *
 * `mint` sends one request; Stripe's idempotency key makes it one key, and the nonce in `note` makes another process's
 * try a conflict (`unavailable`); in live mode any other try, since the public key differs. `retire` takes the key's permissions
 * first, which acts in about a second, and writes the time into `note`, because Stripe's object does not tell when a key was
 * ended; then it ends the key. `verify` asks for one customer as the key itself: one that lacks the permission (403) is alive.
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
  // Keys have 107 characters now; the shortest known have 24 letters and digits behind their prefix, and those are the bits.
  recognition: {
    title: "a Stripe restricted key",
    field: "apiKey",
    pattern: /(?<![A-Za-z0-9])rk_(?:test|live)_[A-Za-z0-9]{24,247}(?![A-Za-z0-9])/g,
    entropyBits: 142,
  },

  async mint(request, call) {
    const recipient = isLiveKey(call.admin.appKey) ? await newRecipient() : undefined;
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
        ...(recipient ? { public_key: recipient.publicKey } : {}),
      },
    });
    return mintedKey(bodyOf(answer, madeKey), recipient);
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
    if (!z.safeParse(resourceId, handle).success) throw invalid("the id of a Stripe key as handle");
    const path = `${keysPath}/${handle}`;
    if ((await disarm(path, call)) === "gone") return;
    const expired = await askAsApp(call, { method: "POST", path: `${path}/expire` });
    if (!isGone(expired)) bodyOf(expired, anyKey);
  },

  find: listKeys,
});

export default restrictedKey;

/** A key that cannot be read out of the answer is an orphan, and its label tells the next sweep. */
async function mintedKey(
  { id, secret_key, expires_at }: z.output<typeof madeKey>,
  recipient: Recipient | undefined,
): Promise<MintedKey> {
  const { token, encrypted_secret: sealed } = secret_key;
  let apiKey: Secret;
  if (recipient) {
    if (!sealed) throw strange("a live mode key in `encrypted_secret`", "none");
    apiKey = await recipient.open(sealed);
  } else {
    if (!token) throw strange("a test mode key in `token`", "none");
    apiKey = new Secret(token);
  }
  const key = { handle: id, fields: { apiKey } };
  return expires_at ? { ...key, expiresAt: expires_at } : key;
}

/**
 * Narrows a key to what harms nobody and notes the time, in one request. What may succeed later is tried again as a whole; what
 * Stripe refuses for good must not keep the key alive: the note is written alone then, or not at all.
 */
async function disarm(path: string, call: KeysCall): Promise<"gone" | "there"> {
  const note = retiredNote(call.now());
  for (const body of [{ note, permissions: harmless }, { note }]) {
    const answer = await askAsApp(call, { method: "POST", path, body });
    if (isGone(answer)) return "gone";
    if (isSuccess(answer)) break;
    if (failureOf(answer).retryable) throw failureOf(answer);
  }
  return "there";
}

/** Stripe's own word that there is nothing left to end. A 404 without its code may be a wrong address. */
function isGone({ status, refusal }: Answer): boolean {
  if (status === 404) return refusal?.code === "not_found" || refusal?.code === "resource_missing";
  return status === 400 && refusal?.code === "api_key_expired";
}

function invalid(expected: string): ProviderError {
  return unsendable(expected, "Check what is stored in this secret, or rotate it.");
}
