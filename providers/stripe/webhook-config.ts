import * as z from "zod/mini";
import { secretText } from "./shapes.js";

const event = z
  .string()
  .check(z.regex(/^(\*|[a-z][a-z0-9_]*(\.[a-z0-9_]+)+)$/, 'must be a type of event, or "*" alone'));

/** What a declaration says. Holds no secret. */
export const config = z.strictObject(
  {
    url: z
      .string()
      .check(z.refine(isReceiver, "must be an https URL without user and fragment; http on loopback only")),
    enabledEvents: z.array(event).check(
      z.minLength(1, 'must name at least one type of event, or "*"'),
      z.refine((names) => new Set(names).size === names.length, "must not name one twice"),
      z.refine((names) => names.length === 1 || !names.includes("*"), '"*" must stand alone'),
    ),
    apiVersion: z.optional(
      z.string().check(z.regex(/^\d{4}-\d\d-\d\d(\.[a-z_]+)?$/, "must be a version of Stripe's API")),
    ),
    connect: z.optional(z.boolean()),
    maxEndpoints: z._default(z.int().check(z.minimum(2), z.maximum(10_000)), 16),
  },
  "must be an object with `url` and `enabledEvents`, and with no others than `apiVersion`, `connect`, `maxEndpoints`",
);

/** What the admin secret holds. */
export const admin = z.strictObject(
  {
    apiKey: secretText("must be a secret or restricted key of the account"),
  },
  "must be an object with exactly `apiKey`",
);

function isReceiver(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password, hash } = new URL(text);
  if (username || password || hash) return false;
  return (
    protocol === "https:" || (protocol === "http:" && ["127.0.0.1", "localhost", "[::1]"].includes(hostname))
  );
}
