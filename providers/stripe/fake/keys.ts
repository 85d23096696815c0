import { randomBytes } from "node:crypto";

/** A managed key as the fake keeps it. `token` is made at run time and leaves only in answers, as at Stripe. */
export interface StoredKey {
  readonly id: string;
  readonly account: string;
  readonly token: string;
  readonly created: Date;
  readonly expiresAt: Date | undefined;
  /** Not accepted before this moment. */
  readonly settledAt: Date;
  name: string | null;
  note: string | null;
  permissions: readonly string[];
  lastUsed: Date | undefined;
  /** Since when the record says `expired` because someone ended it. */
  endedAt: Date | undefined;
  /** From when an ended key is refused; "never" models a vendor that forgot. */
  deadAt: Date | "never" | undefined;
}

/**
 * Names that are known from Stripe's error messages and Dashboard links. Stripe has about 160 and publishes no list, so
 * the fake refuses more names than Stripe does.
 */
const resources = [
  ...["api_key", "application_fee", "balance_transaction_source", "charge", "checkout_session"],
  ...["connected_account", "credit_note", "customer", "dispute", "ephemeral_key", "invoice"],
  ...["payment_intent", "payment_method", "payout", "plan", "product", "secret", "setup_intent"],
  ...["subscription", "transfer", "webhook"],
];
export const knownPermissions: ReadonlySet<string> = new Set(
  resources.flatMap((name) => [`${name}_read`, `${name}_write`]),
);

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Random letters and digits. The slight bias of the modulo is of no interest here. */
export function randomText(length: number): string {
  return [...randomBytes(length)].map((byte) => alphabet[byte % alphabet.length]).join("");
}

/** A secret as long as Stripe's (107 characters), for an account such as `acct_1AbC…`. */
export function makeToken(kind: "sk" | "rk", account: string): string {
  const start = `${kind}_test_51${account.slice("acct_1".length)}`;
  return start + randomText(107 - start.length);
}

/** As Stripe prints a secret in its error messages: prefix, stars, the last six characters. */
export function starred(token: string): string {
  const [prefix = ""] = /^[a-z]+_(test|live)_/.exec(token) ?? [];
  const rest = token.length - prefix.length;
  return rest > 12 ? `${prefix}${"*".repeat(rest - 6)}${token.slice(-6)}` : "*".repeat(token.length);
}

export function isRetired(key: StoredKey, now: Date): boolean {
  return key.endedAt !== undefined || isPastItsEnd(key, now);
}

function isPastItsEnd(key: StoredKey, now: Date): boolean {
  return key.expiresAt !== undefined && key.expiresAt <= now;
}

/** Whether it authenticates now: settled, not past its own end, and not seen dead yet if it was ended. */
export function isLive(key: StoredKey, now: Date): boolean {
  if (now < key.settledAt || isPastItsEnd(key, now)) return false;
  return key.deadAt === undefined || key.deadAt === "never" || now < key.deadAt;
}

/** The object `v2.iam.api_key`, with explicit nulls, and in test mode with its secret, whoever asks. */
export function keyObject(key: StoredKey, application: string, now: Date): Record<string, unknown> {
  const expired = isRetired(key, now);
  return {
    id: key.id,
    object: "v2.iam.api_key",
    connect_permissions: null,
    created: key.created.toISOString(),
    expires_at: key.expiresAt?.toISOString() ?? null,
    ip_allowlist: [],
    last_used: key.lastUsed?.toISOString() ?? null,
    livemode: false,
    managed_by: { type: "application", application: { id: application } },
    name: key.name,
    note: key.note,
    permissions: key.permissions,
    publishable_key: null,
    secret_key: {
      encrypted_secret: null,
      secret_token_redacted: expired ? null : `${key.token.slice(0, 8)}...${key.token.slice(-4)}`,
      token: key.token,
    },
    status: expired ? "expired" : "active",
    type: "secret_key",
  };
}
