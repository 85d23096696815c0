import * as z from "zod/mini";
import type { FoundKey } from "../kit/contract.js";
import { ProviderError } from "../kit/failure.js";
import { defineProvider } from "../kit/plug.js";
import { Secret } from "../kit/secret.js";
import type { Answer } from "./client.js";
import { bodyOf, failureOf, isSuccess, unsendable } from "./failures.js";
import { resourceId } from "./shapes.js";
import { admin, config } from "./webhook-config.js";
import {
  anyEndpoint,
  askAsOwner,
  deletedEndpoint,
  endpointsPath,
  listEndpoints,
  makeEndpoint,
} from "./webhook-endpoints.js";

/**
 * Signing secrets of webhook endpoints. Stripe rolls none by API, so a new secret is a new endpoint for the same URL and events, and
 * its handle is the endpoint's id. While two endpoints stand, each event is delivered twice, once signed with each secret, under one
 * `event.id`: receivers must accept both secrets, and handle an id once.
 *
 * `mint` makes nothing when the account holds `maxEndpoints` already (`quota_reached`). Concurrent runs of one rotation make one
 * endpoint, by an idempotency key that a request of another nonce cannot share. If Stripe's list lagged behind, two keys plus the
 * concurrent createSecret runs less one would be the bound, and the loser ends its own at once. `retire` disables the endpoint first:
 * that stops deliveries even if it cannot be deleted. `verify` asks for the endpoint's record, for Stripe cannot be asked whether
 * a signing secret is right.
 *
 * @see https://docs.stripe.com/api/webhook_endpoints
 * @see https://docs.stripe.com/webhooks
 */
const webhookSecret = defineProvider<z.output<typeof config>, z.output<typeof admin>>({
  contract: 1,
  origin: "minted",
  id: "stripe/webhook-secret",
  module: import.meta.url,
  endpoint: "https://api.stripe.com",
  config,
  admin,
  fields: ["signingSecret"],
  // The record is immediate. Settling: only bounds how long `verify` is repeated. Death: a delivery that is under way when its endpoint
  // is ended still carries its signature, for as long as Stripe waits for an answer; it does not say how long. A choice.
  facts: { settleSeconds: 10, deathSeconds: 30 },
  // The bits of 32 letters and digits.
  recognition: {
    title: "a Stripe webhook signing secret",
    field: "signingSecret",
    pattern: /(?<![A-Za-z0-9])whsec_[A-Za-z0-9]{32,247}(?![A-Za-z0-9])/g,
    entropyBits: 190,
  },

  async mint(request, call) {
    mustHaveRoom(await listEndpoints(call), call.config.maxEndpoints);
    const { id, secret } = await makeEndpoint(request, call);
    return { handle: id, fields: { signingSecret: new Secret(secret) } };
  },

  async verify({ handle }, call) {
    const answer = await askAsOwner(call, { method: "GET", path: pathOf(handle) });
    if (isGone(answer)) return "rejected";
    return bodyOf(answer, anyEndpoint).status === "enabled" ? "accepted" : "rejected";
  },

  proof: () => "listed",

  async retire({ handle }, call) {
    const path = pathOf(handle);
    const disabled = await askAsOwner(call, { method: "POST", path, body: { disabled: true } });
    if (isGone(disabled)) return;
    if (!isSuccess(disabled) && failureOf(disabled).retryable) throw failureOf(disabled);
    const deleted = await askAsOwner(call, { method: "DELETE", path });
    if (!isGone(deleted)) bodyOf(deleted, deletedEndpoint);
  },

  find: async (call) => (await listEndpoints(call)).filter(({ label }) => label !== ""),
});

export default webhookSecret;

function pathOf(handle: string): string {
  if (z.safeParse(resourceId, handle).success) return `${endpointsPath}/${handle}`;
  throw unsendable(
    "the id of a webhook endpoint as handle",
    "A signing secret does not tell its endpoint. If this one was brought along, delete its endpoint at Stripe once nothing uses it, " +
      "and remove AWSPREVIOUS from its version (aws secretsmanager update-secret-version-stage).",
  );
}

/** Stripe's own word that there is no such endpoint. A 404 without its code may be a wrong address. */
function isGone({ status, refusal }: Answer): boolean {
  return status === 404 && refusal?.code === "resource_missing";
}

function mustHaveRoom(listed: readonly FoundKey[], most: number): void {
  if (listed.length < most) return;
  const ours = listed.filter(({ label }) => label !== "").length;
  throw new ProviderError("quota_reached", {
    expected: `fewer than ${most} webhook endpoints on the account`,
    found: `${listed.length}, of which ${ours} were made by Keyturn`,
    next: "Nothing was made. Delete endpoints that nothing uses, or have Stripe raise its cap and declare `maxEndpoints`.",
  });
}
