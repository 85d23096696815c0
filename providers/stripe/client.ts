import Stripe from "stripe";
import * as z from "zod/mini";
import type { Call } from "../kit/contract.js";
import { providerErrorIn, vendorFailure } from "../kit/failure.js";
import type { Secret } from "../kit/secret.js";

/** The preview that knows `/v2/iam/api_keys`; no released version does. */
export const previewVersion = "2026-09-30.preview";
/** The released version that all else was written for. Stripe would else take the account's own, which anyone may change. */
export const releasedVersion = "2026-10-28.endive";

/** How Stripe is reached. */
export type Reach = Pick<Call<unknown, unknown>, "endpoint" | "fetch">;

/** Who asks. */
export interface Asker {
  readonly key: Secret;
  readonly apiVersion: string;
  /** The account that an App asks for. Absent: the key's own. */
  readonly context?: string;
  /** What its owner must do when Stripe answers this status. */
  readonly advice?: Readonly<Record<number, string>>;
}

export interface Asked {
  readonly method: "GET" | "POST" | "DELETE";
  /** With its query. */
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly idempotencyKey?: string;
}

/** An answer of any HTTP status. `refusal` is there only when the body is an error as Stripe itself writes it. */
export interface Answer extends Pick<Asker, "advice"> {
  readonly what: string;
  readonly status: number;
  /** A JSON object; empty when the answer was a refusal or no JSON object. May hold secrets: never attach it to anything. */
  readonly body: unknown;
  readonly refusal: Refusal | undefined;
  readonly requestId: string | undefined;
  /** From the header `retry-after`, where it is a number. */
  readonly retryAfterSeconds: number | undefined;
}

/** What is taken from Stripe's error object: v2 errors have a code, v1 errors a type and often a code. Never the message. */
export interface Refusal {
  readonly code: string | undefined;
  readonly type: string | undefined;
}

/** Sends one request, once. @throws ProviderError when nothing answered. */
export async function ask({ endpoint, fetch }: Reach, asker: Asker, asked: Asked): Promise<Answer> {
  const what = `${asked.method} ${asked.path.split("?", 1).join()} at Stripe`;
  const { hostname, port, protocol } = new URL(endpoint);
  const insecure = protocol === "http:";
  const { advice } = asker;
  let retryAfterSeconds: number | undefined;
  const lent = guarded(fetch, what, (headers) => {
    retryAfterSeconds = waitOf(headers);
  });
  const told = () => ({ what, retryAfterSeconds, ...(advice ? { advice } : {}) });
  try {
    const stripe = new Stripe(asker.key.reveal(), {
      httpClient: Stripe.createFetchHttpClient(lent),
      host: hostname,
      port: port || (insecure ? 80 : 443),
      protocol: insecure ? "http" : "https",
      maxNetworkRetries: 0,
      // Telemetry would also write an id below the home directory.
      telemetry: false,
      // Never the first to give up: the lent fetch has its own limit, and no Lambda lives longer than this.
      timeout: 900_000,
    });
    const body: unknown = await stripe.rawRequest(asked.method, asked.path, asked.body, {
      apiVersion: asker.apiVersion,
      ...(asker.context === undefined ? {} : { stripeContext: asker.context }),
      ...(asked.idempotencyKey === undefined ? {} : { idempotencyKey: asked.idempotencyKey }),
    });
    const { statusCode: status, requestId } = resolved.parse(body).lastResponse;
    return { ...told(), status, body, refusal: undefined, requestId };
  } catch (thrown) {
    const fault = providerErrorIn(thrown);
    if (fault) throw fault;
    if (thrown instanceof Stripe.errors.StripeError && typeof thrown.statusCode === "number") {
      const { statusCode: status, requestId } = thrown;
      return { ...told(), status, body: {}, refusal: refusalOf(thrown), requestId };
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

/** The header's other form, a date, is not read. */
function waitOf(headers: Headers): number | undefined {
  const text = headers.get("retry-after") ?? "";
  return /^\d{1,5}$/.test(text) ? Number(text) : undefined;
}

/**
 * What stripe-node may see. Whatever fails becomes a ProviderError, which has none of the codes (ECONNRESET, EPIPE) that make
 * it send again although retries are off. A body that is no JSON object becomes `{}`: on `"text"` or `5` its promise
 * would never settle, and the parse error of an HTML page would carry the page. Its notices to the console are cut off.
 */
function guarded(
  lent: typeof globalThis.fetch,
  what: string,
  hear: (headers: Headers) => void,
): typeof globalThis.fetch {
  return async (input, init) => {
    try {
      const response = await lent(input, init);
      const text = await response.text();
      const requestId = response.headers.get("request-id");
      hear(response.headers);
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
