import * as z from "zod/mini";
import { type FailureCode, ProviderError, vendorFailure } from "../kit/failure.js";
import type { Answer } from "./client.js";

interface Quirk {
  readonly code: FailureCode;
  readonly found: string;
  readonly next?: string;
}

/** By status, and Stripe's code or, where v1 gives none, its type. */
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
      next: "Use an account and an App key of the same mode: both test, or both live.",
    },
  ],
  [
    "400 api_key_direct_operation_not_supported",
    {
      code: "config_invalid",
      found: "api_key_direct_operation_not_supported",
      next:
        "Stripe lets only an App make keys, on an account that is not its owner's. Check that it is approved, " +
        "installed on this account and holds api_key_write.",
    },
  ],
  ["400 rate_limit", { code: "rate_limited", found: "rate_limit" }],
  ...["400", "404"].map((status): [string, Quirk] => [
    `${status} resource_missing`,
    {
      code: "unavailable",
      found: "resource_missing: what a page was to begin after has been deleted meanwhile",
    },
  ]),
  ...["400", "409"].map((status): [string, Quirk] => [
    `${status} idempotency_error`,
    { code: "unavailable", found: "idempotency_error: another run of this rotation is making the key" },
  ]),
] satisfies [string, Quirk][]);

/** By its status alone. An error under a good status has an empty body, which is never the one asked for. */
export function isSuccess({ status }: Answer): boolean {
  return status < 300;
}

/** What an answer that is not the one asked for means. Branches on status and Stripe's code, never on the SDK's class. */
export function failureOf(answer: Answer): ProviderError {
  const { what, status, refusal, retryAfterSeconds } = answer;
  const quirk = [refusal?.code, refusal?.type].flatMap((word) => quirks.get(`${status} ${word}`) ?? [])[0];
  const found = quirk?.found ?? (status < 300 ? "a success of another shape" : `HTTP status ${status}`);
  const next = quirk ? quirk.next : answer.advice?.[status];
  return vendorFailure(what, status, {
    ...(quirk ? { code: quirk.code } : {}),
    found: `${found}${trace(answer.requestId)}`,
    ...(next === undefined ? {} : { next }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}

/** Names the request for Stripe's support; only what looks like Stripe's own id is printed. */
function trace(requestId: string | undefined): string {
  return requestId && /^req_[A-Za-z0-9]{1,40}$/.test(requestId) ? ` (request ${requestId})` : "";
}

/** The answer's body in the expected shape. @throws ProviderError for a refusal, a bad status or another shape. */
export function bodyOf<Schema extends z.core.$ZodType>(answer: Answer, schema: Schema): z.output<Schema> {
  const parsed = z.safeParse(schema, answer.body);
  if (!isSuccess(answer) || !parsed.success) throw failureOf(answer);
  return parsed.data;
}

/** What no status tells: an answer that cannot be worked with, or a list that leads nowhere. */
export function strange(expected: string, found: string): ProviderError {
  const next = "Check what stands between this function and Stripe, and report this if nothing does.";
  return new ProviderError("unexpected", { expected, found, next });
}

/** What must not be sent. */
export function unsendable(expected: string, next: string): ProviderError {
  return new ProviderError("config_invalid", { expected, found: "none", next: `${next} Nothing was sent.` });
}
