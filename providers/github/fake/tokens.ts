import { randomBytes } from "node:crypto";
import { tokenHandle } from "../token.js";
import type { Grant } from "./grant.js";
import { classicText } from "./token-text.js";

export type TokenFormat = "stateless" | "classic";

/** A token as GitHub's record has it: everything but its value. */
export interface TokenRecord {
  readonly handle: string;
  readonly installationId: number;
  readonly grant: Grant;
  /** Refused before this moment. */
  readonly usableAt: Date;
  readonly expiresAt: Date;
  /** Since it was revoked: refused from this moment on. */
  deadAt: Date | undefined;
}

const lifetimeMs = 3600 * 1000;

/** All installation tokens ever made, found by the hash of their value; no value is kept. */
export class TokenLedger {
  readonly #byHandle = new Map<string, TokenRecord>();

  make(
    made: { readonly appId: number; readonly installationId: number; readonly grant: Grant },
    now: Date,
    how: { readonly format: TokenFormat; readonly settleSeconds: number },
  ): { readonly token: string; readonly record: TokenRecord } {
    const token = how.format === "classic" ? classicText("ghs_") : statelessToken(made.appId, now);
    // GitHub counts in whole seconds.
    const second = Math.floor(now.getTime() / 1000) * 1000;
    const record: TokenRecord = {
      handle: tokenHandle(token),
      installationId: made.installationId,
      grant: made.grant,
      usableAt: new Date(now.getTime() + how.settleSeconds * 1000),
      expiresAt: new Date(second + lifetimeMs),
      deadAt: undefined,
    };
    this.#byHandle.set(record.handle, record);
    return { token, record };
  }

  /** The record of a presented token; undefined for one this ledger never made. */
  find(token: string): TokenRecord | undefined {
    return this.#byHandle.get(tokenHandle(token));
  }

  all(): readonly TokenRecord[] {
    return [...this.#byHandle.values()];
  }
}

export function isAccepted(record: TokenRecord, now: Date): boolean {
  return (
    record.usableAt <= now && now < record.expiresAt && (record.deadAt === undefined || now < record.deadAt)
  );
}

export function isRetired(record: TokenRecord, now: Date): boolean {
  return record.deadAt !== undefined || record.expiresAt <= now;
}

/** The format since April 2026, about 520 characters: a signed statement, opaque to everyone but GitHub. */
function statelessToken(appId: number, now: Date): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const header = part({ alg: "RS256", typ: "JWT" });
  const iat = Math.floor(now.getTime() / 1000);
  const claims = part({ jti: randomBytes(16).toString("hex"), iat, exp: iat + lifetimeMs / 1000 });
  return `ghs_${appId}_${header}.${claims}.${randomBytes(256).toString("base64url")}`;
}
