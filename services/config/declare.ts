import { en } from "zod/locales";
import * as z from "zod/mini";
import { parseDuration } from "../duration.js";
import { KeyturnError } from "../errors.js";
import { problemsOf } from "../problems.js";

// zod/mini has no words of its own: without this every message, a provider's too, is "Invalid input".
z.config(en());

const duration = z.string().check(
  z.refine((text) => parseDuration(text) !== undefined, {
    error: "expected a duration such as 45m, 12h or 1d",
  }),
);

const endpoint = z
  .string()
  .check(
    z.refine((text) => isReachable(text), { error: "expected an https URL, or http on a loopback address" }),
  );

const secretName = z.string().check(
  z.regex(/^[A-Za-z0-9/_+=.@!-]{1,512}$/, {
    error: "expected a Secrets Manager name: 1 to 512 of A-Z a-z 0-9 /_+=.@!-",
  }),
);

const declaredSecret = z.strictObject({
  /** Id of the provider that knows this kind of key. */
  provider: z.string().check(z.regex(/^[a-z0-9-]+\/[a-z0-9-]+$/, { error: "expected <vendor>/<kind>" })),
  /** What the provider needs to know to make the key; its own schema checks it. Holds no secret. */
  config: z.record(z.string(), z.unknown()),
  /** Name of the secret that holds the admin credential. */
  admin: secretName,
  /** How often the secret is rotated. */
  every: duration,
  /** How long the previous key lives on. Default: 65 minutes, or 10 minutes less than `every` where that is shorter. */
  overlap: z.optional(duration),
  /** The application's names for the provider's fields. */
  fields: z.optional(z.record(z.string(), z.string().check(z.minLength(1)))),
  /** Where the vendor is reached, when it is not its public API (GitHub Enterprise Server, a sandbox). */
  endpoint: z.optional(endpoint),
});

const declarations = z.strictObject({
  /** A random id made once per environment: 8 to 16 characters a-z 2-7. Live and test environments differ in it. */
  installation: z
    .string()
    .check(z.regex(/^[a-z2-7]{8,16}$/, { error: "expected 8 to 16 characters of a-z 2-7" })),
  secrets: z.record(secretName, declaredSecret),
});

export type Declaration = z.infer<typeof declaredSecret>;
/** What `keyturn.config.ts` exports and `keyturn.json` holds: plain JSON, no secret in it. */
export type Declarations = z.infer<typeof declarations>;

/**
 * Checks declarations and returns them unchanged. Use it as the default export of `keyturn.config.ts`.
 * @throws KeyturnError `declaration_invalid`, naming every offending path.
 */
export function defineConfig(input: Declarations): Declarations {
  return parseDeclarations(input);
}

/** @throws KeyturnError `declaration_invalid`, naming every offending path. */
export function parseDeclarations(input: unknown): Declarations {
  const result = declarations.safeParse(input);
  if (result.success) return result.data;
  throw declarationInvalid(problemsOf(result.error));
}

/** What is deployed with one provider's function: the declarations of its secrets, and of no other. */
export function declarationsOf(providerId: string, { installation, secrets }: Declarations): Declarations {
  const own = Object.entries(secrets).filter(([, { provider }]) => provider === providerId);
  return { installation, secrets: Object.fromEntries(own) };
}

export function declarationInvalid(
  found: string,
  next = "Correct keyturn.config.ts and deploy again.",
): KeyturnError {
  return new KeyturnError("declaration_invalid", { expected: "valid declarations", found, next });
}

function isReachable(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password, search, hash } = new URL(text);
  if (username || password || search || hash) return false;
  return (
    protocol === "https:" || (protocol === "http:" && ["127.0.0.1", "localhost", "[::1]"].includes(hostname))
  );
}
