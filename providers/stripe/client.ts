import Stripe from "stripe";
import * as z from "zod/mini";
import type { Call } from "../kit/contract.js";
import { ProviderError, providerErrorIn, vendorFailure } from "../kit/failure.js";
import type { Secret } from "../kit/secret.js";

/** The preview that knows `/v2/iam/api_keys`; no released version does. */
export const keysVersion = "2026-09-30.preview";

export type StripeCall = Call<{ readonly account: string }, { readonly appKey: Secret }>;

/** An answer of any HTTP status. `refusal` is there only when the body is an error as Stripe itself writes it. */
export interface Answer {
  readonly what: string;
  readonly status: number;
  /** A JSON object; empty when the answer was a refusal or no JSON object. May hold secrets: never attach it to anything. */
  readonly body: unknown;
  readonly refusal: Refusal | undefined;
  readonly requestId: string | undefined;
}

/** What is taken from Stripe's error object: v2 errors have a code, v1 errors a type and often a code. Never the message. */
export interface Refusal {
  readonly code: string | undefined;
  readonly type: string | undefined;
}

interface Asked {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly idempotencyKey?: string;
}

/** One request to the key API, as the App, on behalf of the declared account. @throws ProviderError when nothing answered. */
export async function askAsApp(call: StripeCall, asked: Asked): Promise<Answer> {
  return ask(call, call.admin.appKey, asked, {
    apiVersion: keysVersion,
    stripeContext: call.config.account,
    ...(asked.idempotencyKey === undefined ? {} : { idempotencyKey: asked.idempotencyKey }),
  });
}

/** One request as a key itself, on its own account. @throws ProviderError when nothing answered. */
export async function askAsKey(call: StripeCall, key: Secret, asked: Asked): Promise<Answer> {
  return ask(call, key, asked, {});
}

async function ask(call: StripeCall, key: Secret, asked: Asked, options: Stripe.RawRequestOptions) {
  refuseLiveMode(call.admin.appKey);
  const what = `${asked.method} ${asked.path.split("?", 1).join()} at Stripe`;
  const { hostname, port, protocol } = new URL(call.endpoint);
  const insecure = protocol === "http:";
  try {
    const stripe = new Stripe(key.reveal(), {
      httpClient: Stripe.createFetchHttpClient(guarded(call.fetch, what)),
      host: hostname,
      port: port || (insecure ? 80 : 443),
      protocol: insecure ? "http" : "https",
      maxNetworkRetries: 0,
      // Telemetry would also write an id below the home directory.
      telemetry: false,
      // Never the first to give up: the lent fetch has its own limit, and no Lambda lives longer than this.
      timeout: 900_000,
    });
    const body: unknown = await stripe.rawRequest(asked.method, asked.path, asked.body, options);
    const { lastResponse } = resolved.parse(body);
    const { statusCode, requestId } = lastResponse;
    return { what, status: statusCode, body, refusal: undefined, requestId } satisfies Answer;
  } catch (thrown) {
    const fault = providerErrorIn(thrown);
    if (fault) throw fault;
    if (thrown instanceof Stripe.errors.StripeError && typeof thrown.statusCode === "number") {
      const { statusCode: status, requestId } = thrown;
      return { what, status, body: {}, refusal: refusalOf(thrown), requestId } satisfies Answer;
    }
    throw vendorFailure(what, 0, { code: "unexpected", found: "a fault inside the stripe package" });
  }
}

const resolved = z.object({
  lastResponse: z.object({ statusCode: z.number(), requestId: z.optional(z.string()) }),
});
const wire = z.looseObject({ error: z.optional(z.record(z.string(), z.unknown())) });
const envelope = z.object({
  message: z.string(),
  code: z.optional(z.string()),
  rawType: z.optional(z.string()),
});

/** Undefined unless it looks like Stripe's: a gateway's `{"error": {"code": 401}}` is not the vendor's word. */
function refusalOf(error: unknown): Refusal | undefined {
  const { data } = envelope.safeParse(error);
  if (!data || data.message === "" || (!data.code && !data.rawType)) return undefined;
  return { code: data.code, type: data.rawType };
}

/**
 * What stripe-node may see. Whatever fails becomes a ProviderError, which has none of the codes (ECONNRESET, EPIPE) that make
 * it send again although retries are off. A body that is no JSON object becomes `{}`: on `"text"` or `5` its promise
 * would never settle, and the parse error of an HTML page would carry the page. Its notices to the console are cut off.
 */
function guarded(lent: typeof globalThis.fetch, what: string): typeof globalThis.fetch {
  return async (input, init) => {
    try {
      const response = await lent(input, init);
      const text = await response.text();
      const requestId = response.headers.get("request-id");
      return new Response(isReadable(text) ? text : "{}", {
        // A 204 could not hold a body; a success without the right one is judged by its shape anyway.
        status: response.ok ? 200 : response.status,
        headers: requestId === null ? {} : { "request-id": requestId },
      });
    } catch (thrown) {
      const found = "a broken connection, or a request that could not be sent";
      throw providerErrorIn(thrown) ?? vendorFailure(what, 0, { code: "unavailable", found });
    }
  };
}

function isReadable(text: string): boolean {
  try {
    const body: unknown = JSON.parse(text);
    return wire.safeParse(body).success;
  } catch {
    return false;
  }
}

function refuseLiveMode(appKey: Secret): void {
  if (!/^(sk|rk)_live_/.test(appKey.reveal())) return;
  throw new ProviderError("config_invalid", {
    expected: "the App owner's secret key for test mode",
    found: "a live mode key",
    next: "This version does not support live mode, where Stripe encrypts new keys (JWE). Nothing was sent.",
  });
}
