import { isLive, isRetired, permissionsAt } from "./keys.js";
import type { Permissions } from "./permissions.js";
import { type Mode, starred } from "./secrets.js";
import type { StripeState } from "./state.js";

/** Who sent a request. */
export interface Caller {
  readonly token: string;
  readonly account: string;
  readonly mode: Mode;
  readonly permissions: Permissions;
  /** The secret key of the account that owns the App. */
  readonly isApp: boolean;
}

/** Why nobody is asking. */
export interface Refusal {
  readonly message: string;
  readonly code?: string;
}

interface Identified {
  /** For the journal: "app", "account" for an account's own key, or a managed key's id, dead ones included. */
  readonly credential?: string;
  readonly outcome: Caller | Refusal;
}

/** Tells who asks. A managed key that is accepted is marked as used now. */
export function identify(state: StripeState, authorization: string | undefined): Identified {
  const token = tokenOf(authorization);
  if (token === undefined) {
    return { outcome: { message: "You did not provide an API key." } };
  }
  const own = state.ownKeys.get(token);
  if (own) {
    const isApp = own.account === state.platform;
    return { credential: isApp ? "app" : "account", outcome: { ...own, token, isApp } };
  }
  const key = state.keyOfToken(token);
  const now = state.now();
  const credential = key && { credential: key.id };
  if (!key || !isLive(key, now)) {
    const expired = key !== undefined && isRetired(key, now);
    const message = `${expired ? "Expired" : "Invalid"} API Key provided: ${starred(token)}`;
    return { ...credential, outcome: expired ? { code: "api_key_expired", message } : { message } };
  }
  key.lastUsed = now;
  const { account, mode } = key;
  const permissions = permissionsAt(key, now);
  return { ...credential, outcome: { token, account, mode, permissions, isApp: false } };
}

/** Bearer, or basic with the key as user name and no password. */
function tokenOf(header = ""): string | undefined {
  const [, scheme = "", value = ""] = /^(bearer|basic) (.+)$/i.exec(header) ?? [];
  if (scheme.toLowerCase() === "bearer") return value;
  const [user = "", password] = Buffer.from(value, "base64").toString("utf8").split(":");
  return user && !password ? user : undefined;
}
