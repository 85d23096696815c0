import * as z from "zod/mini";

const wholeFrom = (min: number) => z.int().check(z.minimum(min));
/** Ten years: later times than these could leave the range of dates. */
const seconds = z.number().check(z.minimum(0), z.maximum(315_360_000));

const shape = z.strictObject({
  /** How long a key that is ended from now on still works; "never" refused. Measured at Stripe: about 9 s. */
  deathSeconds: z.union([seconds, z.literal("never")]),
  /** How long a key made from now on is refused at first. */
  settleSeconds: seconds,
  /** How long a key goes on with the permissions it had before they are changed from now on. Measured: about 1 s. */
  narrowSeconds: seconds,
  /** How long the list of keys does not show a key. Stripe calls such lists "eventually consistent", and no more. */
  listLagSeconds: seconds,
  /** Keys that are not ended an account may hold; Stripe has such a limit and does not say which. */
  keyLimit: wholeFrom(0),
  /** False: the App was uninstalled, or lost its approval. Keys stay: whether they do is the account owner's choice. */
  appInstalled: z.boolean(),
  /** No page of a list holds more, whatever `limit` asks for. */
  pageSize: z.int().check(z.minimum(1), z.maximum(100)),
  /** For whom is admitted from now on, and for keys that an owner makes. */
  mode: z.enum(["test", "live"]),
  /** How secrets of live mode are encrypted. Stripe's samples have the first; the last is one that nobody announced. */
  jweAlg: z.enum(["RSA-OAEP-256", "RSA-OAEP", "RSA-OAEP-512"]),
  /** Whether an idempotent replay in live mode holds the encrypted secret again. Not known. */
  replayRepeatsSecret: z.boolean(),
  /** Webhook endpoints an account may hold in a mode, disabled ones included. */
  endpointLimit: wholeFrom(0),
  /** Whether making a webhook endpoint succeeds. */
  webhookCreation: z.enum(["works", "500 before commit", "500 after commit"]),
  /** Requests of one account, in a mode, that are answered in a second of the clock; beyond that 429. Stripe: 25 or 100. */
  requestsPerSecond: z.union([wholeFrom(1), z.literal("off")]),
});

/** What can be switched while it runs. */
export type Settings = z.output<typeof shape>;

export const settingsAtFirst: Readonly<Settings> = {
  deathSeconds: 9,
  settleSeconds: 0,
  narrowSeconds: 1,
  listLagSeconds: 0,
  keyLimit: 100,
  appInstalled: true,
  pageSize: 100,
  mode: "test",
  jweAlg: "RSA-OAEP-256",
  replayRepeatsSecret: true,
  endpointLimit: 16,
  webhookCreation: "works",
  requestsPerSecond: "off",
};

const wanted: Readonly<Record<keyof Settings, string>> = {
  deathSeconds: 'seconds or "never"',
  settleSeconds: "seconds",
  narrowSeconds: "seconds",
  listLagSeconds: "seconds",
  keyLimit: "a whole number, 0 or more",
  appInstalled: "true or false",
  pageSize: "1 to 100",
  mode: '"test" or "live"',
  jweAlg: '"RSA-OAEP-256", "RSA-OAEP" or "RSA-OAEP-512"',
  replayRepeatsSecret: "true or false",
  endpointLimit: "a whole number, 0 or more",
  webhookCreation: '"works", "500 before commit" or "500 after commit"',
  requestsPerSecond: 'a whole number, 1 or more, or "off"',
};

/** A copy of `settings` with one changed. @throws RangeError for an unknown name or a wrong value; names the known ones. */
export function withSetting(settings: Readonly<Settings>, name: string, value: unknown): Settings {
  const { data } = shape.safeParse({ ...settings, [name]: value });
  if (data) return data;
  const known = Object.entries(wanted).map(([one, says]) => `${one} (${says})`);
  throw new RangeError(`stripe: no setting ${name} with this value; known: ${known.join(", ")}`);
}
