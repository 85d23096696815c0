import type { Answer } from "./answers.js";
import type { StoredEndpoint } from "./endpoints.js";
import { isRetired, type StoredKey } from "./keys.js";
import type { Permissions } from "./permissions.js";
import { Rate } from "./rate.js";
import { Remembered } from "./remembered.js";
import type { EncryptedSecret } from "./seal.js";
import { type Mode, makeToken, randomText } from "./secrets.js";
import { type Settings, settingsAtFirst } from "./settings.js";

/** A key of an account itself, made in the Dashboard. */
export interface OwnKey {
  readonly account: string;
  readonly mode: Mode;
  readonly permissions: Permissions;
}

/** What a POST did under an idempotency key of v2. Holds no answer: v2 shows the object as it is at the replay. */
export interface Done {
  readonly asked: string;
  readonly key: StoredKey;
  readonly sealed: Promise<EncryptedSecret> | undefined;
}

const daySeconds = 86_400;

/** Everything the fake remembers. `reset` makes a new one. */
export class StripeState {
  settings: Settings = { ...settingsAtFirst };
  readonly platform: string;
  readonly application = `ca_${randomText(32)}`;
  readonly appKeys: Readonly<Record<Mode, string>>;
  readonly accounts = new Set<string>();
  /** Accounts that installed the App. */
  readonly installed = new Set<string>();
  readonly ownKeys = new Map<string, OwnKey>();
  readonly keys = new Map<string, StoredKey>();
  readonly endpoints = new Map<string, StoredEndpoint>();
  readonly rate = new Rate();
  /** v1: the first answer, whatever it was, for a day. */
  readonly answers: Remembered<{ readonly path: string; readonly asked: string; readonly answer: Answer }>;
  /** v2: successes, for thirty days. */
  readonly done: Remembered<Done>;

  constructor(readonly now: () => Date) {
    this.platform = this.openAccount();
    this.appKeys = {
      test: this.makeOwnKey(this.platform, "test", null),
      live: this.makeOwnKey(this.platform, "live", null),
    };
    this.answers = new Remembered(now, daySeconds);
    this.done = new Remembered(now, 30 * daySeconds);
  }

  openAccount(): string {
    const account = `acct_1${randomText(16)}`;
    this.accounts.add(account);
    return account;
  }

  makeOwnKey(account: string, mode: Mode, permissions: Permissions): string {
    const token = makeToken(permissions ? "rk" : "sk", mode, account);
    this.ownKeys.set(token, { account, mode, permissions });
    return token;
  }

  keyOfToken(token: string): StoredKey | undefined {
    for (const key of this.keys.values()) if (key.token === token) return key;
    return undefined;
  }

  /** Newest first, as Stripe lists; of equal age the last made first. */
  keysOf(account: string, mode: Mode): StoredKey[] {
    const mine = [...this.keys.values()].filter((key) => key.account === account && key.mode === mode);
    return mine.filter((key) => !key.gone).reverse();
  }

  /** As `keysOf`. */
  endpointsOf(account: string, mode: Mode): StoredEndpoint[] {
    const mine = [...this.endpoints.values()].filter((one) => one.account === account && one.mode === mode);
    return mine.filter((one) => !one.deleted).reverse();
  }

  /** Marks a key expired at once; it keeps working for `deathSeconds`. False when it was expired already. */
  end(key: StoredKey): boolean {
    const now = this.now();
    if (isRetired(key, now)) return false;
    const lag = this.settings.deathSeconds;
    key.endedAt = now;
    key.deadAt = lag === "never" ? lag : later(now, lag);
    return true;
  }
}

export function later(now: Date, seconds: number): Date {
  return new Date(now.getTime() + seconds * 1000);
}
