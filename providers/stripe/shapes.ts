import * as z from "zod/mini";
import { Secret } from "../kit/secret.js";

export const keyObject = z.literal("v2.iam.api_key");

/** Goes into paths, so that it is held to word characters; otherwise opaque. */
export const resourceId = z.string().check(z.regex(/^\w+$/));

/** RFC 3339 in, Date out. Where Stripe documents a field as absent when empty, it sends null: take both. */
export const time = z.pipe(
  z.string().check(z.refine((text) => !Number.isNaN(Date.parse(text)))),
  z.transform((text) => new Date(text)),
);

const permission = z
  .string()
  .check(z.regex(/^[a-z_]+_(read|write)$/, "must be <resource>_read or <resource>_write"));

/** What a declaration says. Holds no secret. */
export const config = z.strictObject(
  {
    account: z.string().check(z.regex(/^acct_[A-Za-z0-9]+$/, "must be the account's id, acct_…")),
    permissions: z.array(permission).check(
      z.minLength(1, "must name at least one: without any, Stripe may make an unrestricted key"),
      z.refine((names) => new Set(names).size === names.length, "must not name one twice"),
    ),
  },
  "must be an object with exactly `account` and `permissions`",
);

/** A value that fits into a header: printable, no space. */
export function secretText(otherwise: string) {
  return z.pipe(
    z.string().check(z.regex(/^[\x21-\x7e]+$/, otherwise)),
    z.transform((text) => new Secret(text)),
  );
}

/** What the admin secret holds. */
export const admin = z.strictObject(
  {
    appKey: secretText("must be the secret key of the Stripe App's owner"),
  },
  "must be an object with exactly `appKey`",
);
