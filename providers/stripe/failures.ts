import * as z from "zod/mini";
import { type FailureCode, type ProviderError, vendorFailure } from "../kit/failure.js";
import type { Answer } from "./client.js";

interface Quirk {
  readonly code: FailureCode;
  readonly found: string;
  readonly next?: string;
}

const app = "Check that the Stripe App is approved, installed on this account and holds api_key_write.";

const quirks: ReadonlyMap<string, Quirk> = new Map([
  ["400 api_key_limit_reached", { code: "quota_reached", found: "api_key_limit_reached" }],
  [
    "400 api_key_permissions_invalid",
    {
      code: "config_invalid",
      found: "api_key_permissions_invalid",
      next: "Correct `permissions` in the declaration: Stripe does not know one of them, or grants it to no such key.",
    },
  ],
  [
    "400 api_key_livemode_mismatch",
    {
      code: "config_invalid",
      found: "api_key_livemode_mismatch",
      next: "Use an account and an App key of the same mode: both test.",
    },
  ],
  [
    "400 api_key_direct_operation_not_supported",
    {
      code: "config_invalid",
      found: "api_key_direct_operation_not_supported",
      next: `Stripe lets only an App make keys, on an account that is not its owner's. ${app}`,
    },
  ],
  [
    "409 idempotency_error",
    { code: "unavailable", found: "idempotency_error: another run of this rotation is making the key" },
  ],
  [
    "401",
    {
      code: "admin_rejected",
      found: "HTTP status 401",
      next: "Put the App owner's current secret key into the admin secret.",
    },
  ],
  [
    "403",
    {
      code: "admin_rejected",
      found: "HTTP status 403",
      next: `The App may not manage this account's keys. ${app}`,
    },
  ],
  [
    "404",
    {
      code: "config_invalid",
      found: "HTTP status 404",
      next: "Check the endpoint; Stripe may also have moved or closed this preview API.",
    },
  ],
] satisfies [string, Quirk][]);

/** What an answer that is not the one asked for means. Branches on status and Stripe's code, never on the SDK's class. */
export function failureOf(answer: Answer): ProviderError {
  const { what, status, refusal } = answer;
  const quirk = (refusal?.code && quirks.get(`${status} ${refusal.code}`)) || quirks.get(String(status));
  const found = quirk?.found ?? (status < 300 ? "a success of another shape" : `HTTP status ${status}`);
  return vendorFailure(what, status, { ...quirk, found: `${found}${trace(answer.requestId)}` });
}

/** Names the request for Stripe's support; only what looks like Stripe's own id is printed. */
function trace(requestId: string | undefined): string {
  return requestId && /^req_[A-Za-z0-9]{1,40}$/.test(requestId) ? ` (request ${requestId})` : "";
}

/** The answer's body in the expected shape. @throws ProviderError for a refusal, a bad status or another shape. */
export function bodyOf<Schema extends z.core.$ZodType>(answer: Answer, schema: Schema): z.output<Schema> {
  const parsed = z.safeParse(schema, answer.body);
  if (answer.refusal || answer.status >= 300 || !parsed.success) throw failureOf(answer);
  return parsed.data;
}
