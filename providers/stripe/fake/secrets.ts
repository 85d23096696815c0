import { randomBytes } from "node:crypto";

export type Mode = "test" | "live";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Random letters and digits. The slight bias of the modulo is of no interest here. */
export function randomText(length: number): string {
  return [...randomBytes(length)].map((byte) => alphabet[byte % alphabet.length]).join("");
}

/** A secret as long as Stripe's (107 characters), for an account such as `acct_1AbC…`. */
export function makeToken(kind: "sk" | "rk", mode: Mode, account: string): string {
  const start = `${kind}_${mode}_51${account.slice("acct_1".length)}`;
  return start + randomText(107 - start.length);
}

export function makeSigningSecret(): string {
  return `whsec_${randomText(32)}`;
}

/** As Stripe prints a secret in its error messages: prefix, stars, the last six characters. */
export function starred(token: string): string {
  const [prefix = ""] = /^[a-z]+_(test|live)_/.exec(token) ?? [];
  const rest = token.length - prefix.length;
  return rest > 12 ? `${prefix}${"*".repeat(rest - 6)}${token.slice(-6)}` : "*".repeat(token.length);
}
