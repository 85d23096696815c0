import { en } from "zod/locales";
import * as z from "zod/mini";
import { parseDuration } from "../duration.js";
import { KeyturnError } from "../errors.js";
import { problemsOf } from "../problems.js";
import { parseCron } from "../schedules/cron.js";
import { isTimezone } from "../schedules/occurrences.js";
import { parseWindow } from "../schedules/windows.js";

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

const cron = z.string().check(
  z.refine((text) => typeof parseCron(text) !== "string", {
    error: ({ input }) => String(parseCron(String(input))),
  }),
);

const declaredSecretFields = z.strictObject({
  /** Id of the provider that knows this kind of key. */
  provider: z.string().check(z.regex(/^[a-z0-9-]+\/[a-z0-9-]+$/, { error: "expected <vendor>/<kind>" })),
  /** What the provider needs to know to make the key; its own schema checks it. Holds no secret. */
  config: z.record(z.string(), z.unknown()),
  /** Name of the secret that holds the admin credential. */
  admin: secretName,
  /** How often the secret is rotated. Either this or `cron`. */
  every: z.optional(duration),
  /**
   * When the secret is rotated: the six fields of EventBridge Scheduler's cron (minutes hours day-of-month month day-of-week
   * year), such as `0 3 ? * MON-FRI *`. Either this or `every`.
   */
  cron: z.optional(cron),
  /** Of the clock on the wall that `cron` and `notDuring` go by, such as `Europe/Berlin`. Default: UTC. */
  timezone: z.optional(
    z.string().check(z.refine(isTimezone, { error: "expected a time zone such as Europe/Berlin" })),
  ),
  /** Each rotation may be put off by up to so much, so that not all come at once: `1m` to `24h`. */
  jitter: z.optional(duration),
  /** When no rotation may start: whole hours, such as `Mon-Fri 09:00-17:00` or `22:00-06:00`. */
  notDuring: z.optional(
    z
      .array(
        z.string().check(
          z.refine((text) => parseWindow(text) !== undefined, {
            error: "expected whole hours such as Mon-Fri 09:00-17:00 or 22:00-06:00",
          }),
        ),
      )
      .check(z.minLength(1)),
  ),
  /** How long the previous key lives on. Default: 65 minutes, or 10 minutes less than two rotations are apart where that is shorter. */
  overlap: z.optional(duration),
  /** The application's names for the provider's fields. */
  fields: z.optional(z.record(z.string(), z.string().check(z.minLength(1)))),
  /** Where the vendor is reached, when it is not its public API (GitHub Enterprise Server, a sandbox). */
  endpoint: z.optional(endpoint),
  /** What a report of a leak does: contain it, or ask a human first. Default: `act`. */
  onReport: z.optional(z.enum(["act", "ask"])),
  /** What becomes of a leaked key that cannot be replaced. Default: `keep serving`. */
  whenNotReplaced: z.optional(z.enum(["keep serving", "kill anyway"])),
});

const declaredSecret = declaredSecretFields.check(
  z.refine(({ every, cron: given }) => (every === undefined) !== (given === undefined), {
    error: "expected a duration such as 45m here, or cron in its place",
    path: ["every"],
  }),
);

const declarations = z.strictObject({
  /** A random id made once per environment: 8 to 16 characters a-z 2-7. Live and test environments differ in it. */
  installation: z
    .string()
    .check(z.regex(/^[a-z2-7]{8,16}$/, { error: "expected 8 to 16 characters of a-z 2-7" })),
  /** The environment's name, such as `live`: 1 to 20 of a-z 0-9 and hyphens. Its schedules stand in the group `keyturn-<environment>`. Default: `default`. */
  environment: z.optional(
    z.string().check(z.regex(/^[a-z0-9-]{1,20}$/, { error: "expected 1 to 20 characters of a-z 0-9 -" })),
  ),
  /** Whether a schedule's rotation has a token made of its time, so that one that AWS delivers twice is one rotation. Default: true. */
  scheduledTokens: z.optional(z.boolean()),
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
export function declarationsOf(providerId: string, declarations: Declarations): Declarations {
  const own = Object.entries(declarations.secrets).filter(([, { provider }]) => provider === providerId);
  return { ...declarations, secrets: Object.fromEntries(own) };
}

/** The environment that declarations are for. */
export const environmentOf = ({ environment }: Declarations): string => environment ?? "default";

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
