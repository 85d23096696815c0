import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Secret } from "./secret.js";

/**
 * A key as it is stored and used: its handle names it at the vendor and may be logged,
 * its fields are what an application needs (one entry for each name in `Provider.fields`).
 */
export interface Key {
  readonly handle: string;
  readonly fields: Readonly<Record<string, Secret>>;
}

/** A key that was just made. Its vendor shows it once, so that whoever loses it cannot ask again. */
export interface MintedKey extends Key {
  /** When the vendor will end it by itself; absent when it never does. */
  readonly expiresAt?: Date;
}

/** A key as the vendor lists it. Never holds a value, even where the vendor's answer does. */
export interface FoundKey {
  readonly handle: string;
  /** The text given as `label` when the key was made; "" when it carries none. */
  readonly label: string;
  readonly createdAt: Date;
  /** `ended`: the vendor's own record says so. It may still be accepted for `deathSeconds`. */
  readonly state: "active" | "ended";
  /** Since when it is ended, where the vendor tells. */
  readonly endedAt?: Date;
  /** True when the list proves that this is not the key with these fields. Absent, or false, when it may be. */
  readonly isOther?: (fields: Key["fields"]) => boolean;
}

/** All that the core lends for one call: no store, no AWS client, no other secret, no staging label. */
export interface Call<Config, Admin> {
  /** As declared for this secret, parsed by `Provider.config`. */
  readonly config: Config;
  /** The credential that manages keys, parsed by `Provider.admin`. Never the key being rotated. */
  readonly admin: Admin;
  /** Where the vendor is reached: https, or a loopback address. Without a trailing slash. */
  readonly endpoint: string;
  /** Reaches `endpoint`'s origin only, follows no redirect, and throws ProviderError for network faults. */
  readonly fetch: typeof globalThis.fetch;
  /** Aborts when the step's time is over. `fetch` obeys it already. */
  readonly signal: AbortSignal;
  /** How long one exchange with the vendor may take. Milliseconds. `fetch` obeys it already. */
  readonly timeoutMs: number;
  readonly now: () => Date;
}

/** What a new key must be made with. */
export interface MintRequest {
  /** The key must carry exactly this text at its vendor, where it can carry any. At most 64 characters. */
  readonly label: string;
  /** Equal for every try of one mint, different for any other: the vendor's idempotency key where it has one. */
  readonly idempotencyKey: string;
  /** Belongs in the request's body: it makes another process's try a conflict instead of a replay. */
  readonly nonce: string;
  /** End of the key's life where the vendor can be told one: bounds what a crash leaves behind. */
  readonly expiresAt: Date;
}

/** What the core must know to act rightly. Declare what the vendor documents or what was measured, never a hope. */
export interface Facts {
  /** How long a new key may still be refused. Seconds. */
  readonly settleSeconds: number;
  /** How long a retired key may still be accepted, at worst. Seconds. */
  readonly deathSeconds: number;
  /** Set when the vendor ends every key by itself after this long. Seconds. */
  readonly lifetimeSeconds?: number;
  /**
   * How many keys of a secret may live at once. Absent: two. `two and lost keys`, declared by every provider that mints and cannot
   * list, and by no other: nobody can find a key whose making was asked for and never answered, or whose version lost its labels to
   * a plain write or an abort before it was ended; and of the keys that several runs of one rotation make at the same moment, each but one is
   * ended a little later. Each is one more, and lives for `lifetimeSeconds` at most, which must be set.
   */
  readonly bound?: "two and lost keys";
}

/**
 * How a key of this kind is told in a text where it should not be. Absent: a leaked one is found by nothing but the secret's name.
 * Only names and shapes: whether a key lives is asked of the vendor.
 */
export interface Recognition {
  /** What such a key is called, for people: "a Stripe restricted key". */
  readonly title: string;
  /** The field of the key that such a text is the value of. */
  readonly field: string;
  /**
   * Fits one whole key wherever it stands, with flag `g` and no other, in time linear in the text. A private key comes as
   * `-----BEGIN …-----`, lines of 64 characters and `-----END …-----`, whatever it was wrapped, quoted or indented like.
   */
  readonly pattern: RegExp;
  /** How much of a key nobody can guess, at least. Bits. Below 128 no fingerprint of it is made. */
  readonly entropyBits: number;
  /**
   * The one text for all forms in which the same key can be written; undefined for what turns out to be no such key.
   * Does not throw. Absent: the text itself.
   */
  canonical?(text: string): string | undefined;
}

/** A kind of key that is told in a text, though no provider rotates it. */
export interface ForeignKey extends Pick<Recognition, "title" | "pattern"> {
  /** `<vendor>/<kind>` */
  readonly id: `${string}/${string}`;
  /** Whether GitHub's public revocation call, which anyone may make, takes it. */
  readonly publiclyRevocable: boolean;
  /** How such a key is ended. */
  readonly advice: string;
}

/** "accepted" means alive: a key that merely lacks a permission is accepted. A network fault is an error, never a verdict. */
export type Verdict = "accepted" | "rejected";

/** What a verdict rests on. `used`: the key itself was presented to its vendor. `listed`, the weaker one: the vendor's record of it. */
export type Proof = "used" | "listed";

/** What `register` found: `created` when this very call made the vendor know the key, `existed` when it knew it before. */
export type Registration = "created" | "existed";

/**
 * What every kind of key has, wherever it is made. Plain object, no state; every verb may be called again at any time,
 * by two callers at once. Throws only ProviderError. Order, overlap, labels, retries and the store are the core's:
 * it repeats every verb but `mint` when that failed with a retryable code, as far as the step's time allows.
 */
interface AnyProvider<Config, Admin> {
  readonly contract: 1;
  /** `<vendor>/<kind>` */
  readonly id: `${string}/${string}`;
  /** Where this provider is loaded from (`import.meta.url`), so that its function bundles it alone. */
  readonly module: string;
  /** The vendor's public API, used when a declaration names no other. */
  readonly endpoint: string;
  readonly config: StandardSchemaV1<unknown, Config>;
  readonly admin: StandardSchemaV1<unknown, Admin>;
  /** Names of the fields a key has; a declaration may rename them for the application. */
  readonly fields: readonly [string, ...string[]];
  readonly facts: Facts;
  readonly recognition?: Recognition;

  /** Asks the vendor whether it accepts this key now. Read-only. */
  verify(key: Key, call: Call<Config, Admin>): Promise<Verdict>;
  /** What `verify` rests on under this config, for logs and events. Absent: `used`. */
  proof?(config: Config): Proof;
  /** Ends a key by the vendor's fastest full kill, by handle where it can, by value where it must. Already gone is success. */
  retire(key: Key, call: Call<Config, Admin>): Promise<void>;
  /**
   * Every key that carries a label, ended ones included as long as the vendor shows them. Absent when the
   * vendor cannot list. The core compares labels; do not filter beyond "carries one".
   */
  find?(call: Call<Config, Admin>): Promise<readonly FoundKey[]>;
  /** The handle, computed from the fields alone. */
  handleOf?(fields: Key["fields"]): string;
}

/**
 * One kind of key that its vendor makes.
 *
 * Either the vendor lists its keys (`find`), or a key's handle can be computed from its value (`handleOf`).
 */
export interface MintingProvider<Config, Admin> extends AnyProvider<Config, Admin> {
  readonly origin: "minted";
  /** Makes one key. Never tries twice by itself unless the vendor's idempotency key makes that one key. */
  mint(request: MintRequest, call: Call<Config, Admin>): Promise<MintedKey>;
}

/**
 * One kind of key that is made here, and whose public part is registered at its vendor. Nothing can be lost between the two: the
 * key is stored before anyone knows it. The vendor lists its keys, and tells the same handle for a key as its value does.
 */
export interface GeneratingProvider<Config, Admin> extends AnyProvider<Config, Admin> {
  readonly origin: "generated";
  /** Makes a key, without the network. */
  generate(call: Call<Config, Admin>): Promise<Key>;
  /** Makes the vendor accept the key, under exactly this label. A key that it knows already is `existed`. */
  register(key: Key, label: string, call: Call<Config, Admin>): Promise<Registration>;
  find(call: Call<Config, Admin>): Promise<readonly FoundKey[]>;
  handleOf(fields: Key["fields"]): string;
}

export type ProviderDefinition<Config, Admin> =
  | MintingProvider<Config, Admin>
  | GeneratingProvider<Config, Admin>;
