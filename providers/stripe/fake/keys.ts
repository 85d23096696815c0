import type { Permissions } from "./permissions.js";
import type { EncryptedSecret } from "./seal.js";
import type { Mode } from "./secrets.js";

/** A managed key as the fake keeps it. `token` is made at run time and leaves only in answers, as at Stripe. */
export interface StoredKey {
  readonly id: string;
  readonly account: string;
  readonly mode: Mode;
  readonly token: string;
  readonly created: Date;
  /** Not accepted before this moment. */
  readonly settledAt: Date;
  /** What it may do from which moment on, in order. */
  readonly grants: { readonly from: Date; readonly permissions: Permissions }[];
  expiresAt: Date | undefined;
  connectPermissions: readonly string[] | null;
  name: string | null;
  note: string | null;
  lastUsed: Date | undefined;
  /** Since when the record says `expired` because someone ended it. */
  endedAt: Date | undefined;
  /** From when an ended key is refused; "never" models a vendor that forgot. */
  deadAt: Date | "never" | undefined;
  /** Another key took its place. */
  rotated: boolean;
  /** Rotated without grace: the API does not know its id any more. */
  gone: boolean;
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

/** What its record says it may do: that was granted last, whether or not it counts already. */
export function permissionsOf(key: StoredKey): Permissions {
  const last = key.grants.at(-1);
  return last ? last.permissions : null;
}

/** What it may do now. */
export function permissionsAt(key: StoredKey, now: Date): Permissions {
  const counting = key.grants.findLast(({ from }) => from <= now);
  return counting ? counting.permissions : null;
}

/** The object `v2.iam.api_key`, with explicit nulls; of test mode with its secret, whoever asks. */
export function keyObject(key: StoredKey, application: string, now: Date, sealed: EncryptedSecret | null) {
  const expired = isRetired(key, now);
  return {
    id: key.id,
    object: "v2.iam.api_key",
    connect_permissions: key.connectPermissions,
    created: key.created.toISOString(),
    expires_at: key.expiresAt?.toISOString() ?? null,
    ip_allowlist: [],
    last_used: key.lastUsed?.toISOString() ?? null,
    livemode: key.mode === "live",
    managed_by: { type: "application", application: { id: application } },
    name: key.name,
    note: key.note,
    permissions: permissionsOf(key),
    publishable_key: null,
    secret_key: {
      encrypted_secret: sealed,
      secret_token_redacted: expired ? null : `${key.token.slice(0, 8)}...${key.token.slice(-4)}`,
      token: key.mode === "test" ? key.token : null,
    },
    status: expired ? "expired" : "active",
    type: "secret_key",
  };
}
