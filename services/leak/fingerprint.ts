import { createHash, timingSafeEqual } from "node:crypto";
import type { Key } from "../../providers/kit/contract.js";
import type { Provider } from "../../providers/kit/plug.js";
import { keyOf } from "./canonical.js";

/** What cannot be found by trying must be no easier to guess than this. Bits. */
const leastEntropyBits = 128;

/**
 * What names a key without revealing it: 128 bits, 32 hex characters, of SHA-256 over `keyturn/1`, the provider's id and the key's
 * canonical form, each preceded by its length in bytes and a colon. It is in tags, so that whoever may read those learns whether a
 * key that they hold already is ours, and nothing else.
 */
export function fingerprint(providerId: string, canonical: string): string {
  const sum = createHash("sha256");
  for (const part of ["keyturn/1", providerId, canonical]) sum.update(`${Buffer.byteLength(part)}:${part}`);
  return sum.digest("hex").slice(0, 32);
}

/**
 * The fingerprint of a key as it is stored. Undefined where it must not be made or would say nothing: the provider declares
 * no recognition or less than 128 bits, or the field holds a text that this provider's keys do not look like.
 */
export function fingerprintOf(
  { id, recognition }: Pick<Provider, "id" | "recognition">,
  fields: Key["fields"],
): string | undefined {
  if (!recognition || !isFingerprinted({ recognition })) return undefined;
  const stored = fields[recognition.field]?.reveal();
  const canonical = stored === undefined ? undefined : keyOf(recognition, stored);
  return canonical === undefined ? undefined : fingerprint(id, canonical);
}

/** Whether keys of this provider may have fingerprints at all. */
export function isFingerprinted({ recognition }: Pick<Provider, "recognition">): boolean {
  return recognition !== undefined && recognition.entropyBits >= leastEntropyBits;
}

/** Compares in constant time; a text that is no fingerprint is the same as none. */
export function sameFingerprint(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)];
  return one.length === 32 && other.length === 32 && timingSafeEqual(one, other);
}
