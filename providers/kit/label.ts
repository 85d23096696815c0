import { createHash } from "node:crypto";

/**
 * What a key carries at its vendor so that we know it as ours:
 * `keyturn:<installation>:<secret>:<rotation>.<attempt>`, at most 64 characters. It reveals no name.
 * It is known before the call that makes the key, so it is the journal of intent.
 */
export interface Label {
  /** A random id made once per environment: 8 to 16 characters `[a-z2-7]`. */
  readonly installation: string;
  /** 16 base32 characters of SHA-256(account, region, secret name). */
  readonly secret: string;
  /** 12 base32 characters of SHA-256(account, region, secret ARN, rotation token). */
  readonly rotation: string;
  /** Which key of this rotation it is, from 0: counts those of lost tries. */
  readonly attempt: number;
}

const shape = /^keyturn:([a-z2-7]{8,16}):([a-z2-7]{16}):([a-z2-7]{12})\.(\d{1,3})$/;

export function formatLabel(label: Label): string {
  return `keyturn:${label.installation}:${label.secret}:${label.rotation}.${label.attempt}`;
}

/** The label that `text` is, or undefined when it is anything else: no prefix, no near miss. */
export function parseLabel(text: string): Label | undefined {
  const [, installation, secret, rotation, attempt] = shape.exec(text) ?? [];
  if (!installation || !secret || !rotation || attempt === undefined) return undefined;
  return { installation, secret, rotation, attempt: Number(attempt) };
}

/** True when both name the same secret of the same installation; whole fields are compared. */
export function sameSecret(
  a: Pick<Label, "installation" | "secret">,
  b: Pick<Label, "installation" | "secret">,
): boolean {
  return a.installation === b.installation && a.secret === b.secret;
}

/** The first `length` base32 characters (RFC 4648, lower case) of SHA-256 over the parts, each length-prefixed. */
export function hash32(length: number, ...parts: readonly string[]): string {
  const sum = createHash("sha256");
  for (const part of parts) sum.update(`${Buffer.byteLength(part)}:${part}`);
  let text = "";
  let bits = 0;
  let value = 0;
  for (const byte of sum.digest()) {
    value = ((value << 8) | byte) & 0xffff;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += "abcdefghijklmnopqrstuvwxyz234567"[(value >> (bits - 5)) & 31];
  }
  return text.slice(0, length);
}
