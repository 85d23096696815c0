import type { FakeResponse } from "../../kit/fake.js";
import { isRetired, makeToken, randomText, type StoredKey } from "./keys.js";

/** What can be switched while it runs. */
export interface Settings {
  /** How long a key that is ended from now on still works. Seconds, or "never" refused. Measured at Stripe: about 9. */
  deathSeconds: number | "never";
  /** How long a key made from now on is refused at first. Seconds. */
  settleSeconds: number;
  /** Keys that are not ended an account may hold; Stripe has such a limit and does not say which. */
  keyLimit: number;
  /** False: the App was uninstalled, or lost its approval. */
  appInstalled: boolean;
  /** No page holds more, whatever `limit` asks for. 1 to 100. */
  pageSize: number;
}

const whole = (value: unknown, min: number, max: number): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= min && value <= max;

/** Checks a setting and returns the settings with it. @throws RangeError for an unknown name or a wrong value. */
export function withSetting(settings: Settings, name: string, value: unknown): Settings {
  const seconds = typeof value === "number" && Number.isFinite(value) && value >= 0;
  if (name === "deathSeconds" && value === "never") return { ...settings, deathSeconds: value };
  if (name === "deathSeconds" && seconds) return { ...settings, deathSeconds: value };
  if (name === "settleSeconds" && seconds) return { ...settings, settleSeconds: value };
  if (name === "keyLimit" && whole(value, 0, Number.MAX_SAFE_INTEGER))
    return { ...settings, keyLimit: value };
  if (name === "appInstalled" && typeof value === "boolean") return { ...settings, appInstalled: value };
  if (name === "pageSize" && whole(value, 1, 100)) return { ...settings, pageSize: value };
  throw new RangeError(
    `stripe: no setting ${name} with this value; known: deathSeconds (seconds or "never"), settleSeconds (seconds), ` +
      "keyLimit (whole number), appInstalled (true or false), pageSize (1 to 100)",
  );
}

/** Everything the fake remembers. `reset` makes a new one. */
export class StripeState {
  settings: Settings = {
    deathSeconds: 9,
    settleSeconds: 0,
    keyLimit: 100,
    appInstalled: true,
    pageSize: 100,
  };
  readonly platform = `acct_1${randomText(16)}`;
  readonly application = `ca_${randomText(32)}`;
  readonly appKey = makeToken("sk", this.platform);
  /** Accounts that installed the App. */
  readonly accounts = new Set<string>();
  readonly keys = new Map<string, StoredKey>();
  /** What succeeded under an idempotency key: v2 answers it again, and runs a failure anew. */
  readonly successes = new Map<string, { readonly asked: string; readonly answer: FakeResponse }>();

  constructor(readonly now: () => Date) {}

  install(): string {
    const account = `acct_1${randomText(16)}`;
    this.accounts.add(account);
    return account;
  }

  keyOfToken(token: string): StoredKey | undefined {
    for (const key of this.keys.values()) if (key.token === token) return key;
    return undefined;
  }

  /** Newest first, as Stripe lists; of equal age the last made first. */
  keysOf(account: string): StoredKey[] {
    return [...this.keys.values()].filter((key) => key.account === account).reverse();
  }

  /** Marks a key expired at once; it keeps working for `deathSeconds`. False when it was expired already. */
  end(key: StoredKey): boolean {
    const now = this.now();
    if (isRetired(key, now)) return false;
    const lag = this.settings.deathSeconds;
    key.endedAt = now;
    key.deadAt = lag === "never" ? lag : new Date(now.getTime() + lag * 1000);
    return true;
  }
}
