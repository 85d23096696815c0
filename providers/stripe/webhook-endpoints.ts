import * as z from "zod/mini";
import type { Call, FoundKey, MintRequest } from "../kit/contract.js";
import { ProviderError } from "../kit/failure.js";
import { type Answer, type Asked, ask, releasedVersion } from "./client.js";
import { bodyOf, strange } from "./failures.js";
import { allPages } from "./paging.js";
import { resourceId } from "./shapes.js";
import type { admin, config } from "./webhook-config.js";

export const endpointsPath = "/v1/webhook_endpoints";

export type EndpointsCall = Call<z.output<typeof config>, z.output<typeof admin>>;

/** How many spent idempotency keys are passed over in one mint. Each stands for a try that left nothing, within a day. */
const maxSpent = 20;

const advice = {
  401: "Put a current secret key of the account into the admin secret.",
  403: "The key in the admin secret may not manage webhook endpoints: it needs webhook_write.",
  404: "Check `endpoint` in the declaration, which says where Stripe is reached.",
};
const adviceWhenMaking = {
  ...advice,
  400: "Correct `url`, `enabledEvents` or `apiVersion` in the declaration; at its own cap on endpoints Stripe refuses so, too.",
};

const object = z.literal("webhook_endpoint");
export const anyEndpoint = z.object({ object, id: resourceId, status: z.string() });
export const deletedEndpoint = z.object({ object, id: resourceId, deleted: z.literal(true) });
const madeEndpoint = z.object({ object, id: resourceId, secret: z.string().check(z.minLength(1)) });
const listed = z.object({
  object,
  id: resourceId,
  /** Seconds since 1970. */
  created: z.int().check(z.minimum(0)),
  metadata: z.nullish(z.record(z.string(), z.string())),
});
const page = z.object({ object: z.literal("list"), data: z.array(listed), has_more: z.boolean() });

/** One request to the endpoints of the account whose key the admin secret holds. @throws ProviderError when nothing answered. */
export function askAsOwner(call: EndpointsCall, asked: Asked, told = advice): Promise<Answer> {
  return ask(call, { key: call.admin.apiKey, apiVersion: releasedVersion, advice: told }, asked);
}

/** Every endpoint of the account in the key's mode, all pages: whose label is "" is someone else's. */
export async function listEndpoints(call: EndpointsCall): Promise<readonly FoundKey[]> {
  const all = await allPages(`${endpointsPath}?limit=100`, async (path) => {
    const { data, has_more } = bodyOf(await askAsOwner(call, { method: "GET", path }), page);
    const last = data.at(-1);
    if (has_more && !last) throw strange("a page before others to hold something", "an empty one");
    return {
      items: data,
      next: has_more ? `${endpointsPath}?limit=100&starting_after=${last?.id}` : undefined,
    };
  });
  return all.map(({ id, created, metadata }) => {
    const { keyturn = "" } = metadata ?? {};
    const label = keyturn.startsWith("keyturn:") ? keyturn : "";
    // As long as it is listed it takes a place, disabled or not: the sweep must delete it.
    return { handle: id, label, createdAt: new Date(created * 1000), state: "active" };
  });
}

/**
 * Makes one endpoint. The idempotency key is a mutex between concurrent runs of one mint: the nonce makes another run's request
 * another one, which Stripe refuses for a day, whether the first made something, failed with a 500, or was deleted since.
 * So a refusal means another run as long as an endpoint with this label is listed; else the key is spent, and the next is
 * tried. That is exact if a list shows an endpoint from the moment on that its making is known.
 * @see https://docs.stripe.com/api/idempotent_requests
 */
export async function makeEndpoint(
  { label, nonce, idempotencyKey }: MintRequest,
  call: EndpointsCall,
): Promise<z.output<typeof madeEndpoint>> {
  const { url, enabledEvents, apiVersion, connect } = call.config;
  const body = {
    url,
    enabled_events: enabledEvents,
    ...(apiVersion === undefined ? {} : { api_version: apiVersion }),
    ...(connect === undefined ? {} : { connect }),
    description: "Made by Keyturn",
    metadata: { keyturn: label, nonce },
  };
  for (let spent = 0; spent < maxSpent; spent++) {
    const own = `${idempotencyKey}-${spent}`;
    const post = { method: "POST", path: endpointsPath, idempotencyKey: own, body } as const;
    const answer = await askAsOwner(call, post, adviceWhenMaking);
    if (answer.status !== 400 || answer.refusal?.type !== "idempotency_error") {
      return bodyOf(answer, madeEndpoint);
    }
    if ((await listEndpoints(call)).some((found) => found.label === label)) {
      throw taken("an endpoint that another run of this rotation has made");
    }
  }
  throw taken(`${maxSpent} tries of the last day that left none`);
}

function taken(found: string): ProviderError {
  return new ProviderError("unavailable", {
    expected: `to make a webhook endpoint at Stripe, under an idempotency key of this rotation`,
    found,
    next: "Nothing to do: the rotation is tried again, and ends what nobody stored. Stripe forgets such keys after a day.",
  });
}
