import { createPublicKey, type KeyObject } from "node:crypto";
import { CompactEncrypt } from "jose";

/** What a caller sent as `public_key`. */
export interface PublicKey {
  readonly id?: string | undefined;
  readonly pem_key: { readonly algorithm: string; readonly data: string };
}

/** Whom a secret is encrypted for. */
export interface Recipient {
  readonly key: KeyObject;
  readonly id: string | null;
}

export interface EncryptedSecret {
  readonly ciphertext: string;
  readonly format: "jwe_compact";
  readonly recipient_key_id: string | null;
}

/**
 * The recipient that a PEM names: RSA, 2048 bits or more, a newline after its header and before its footer, newlines between
 * optional. Undefined for anything else. The algorithm is taken in any case: Stripe's samples say "rsa", its text "RSA".
 */
export function recipientOf({ id, pem_key }: PublicKey): Recipient | undefined {
  const [, kind, base64 = ""] =
    /^\s*-----BEGIN (RSA )?PUBLIC KEY-----\r?\n([A-Za-z0-9+/=\s]+)\r?\n-----END \1?PUBLIC KEY-----\s*$/.exec(
      pem_key.data,
    ) ?? [];
  if (base64 === "" || pem_key.algorithm.toLowerCase() !== "rsa") return undefined;
  try {
    const der = Buffer.from(base64, "base64");
    const key = createPublicKey({ key: der, format: "der", type: kind === undefined ? "spki" : "pkcs1" });
    const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
    return key.asymmetricKeyType === "rsa" && bits >= 2048 ? { key, id: id ?? null } : undefined;
  } catch {
    return undefined;
  }
}

export async function seal(token: string, recipient: Recipient, alg: string): Promise<EncryptedSecret> {
  const ciphertext = await new CompactEncrypt(new TextEncoder().encode(token))
    .setProtectedHeader({ alg, enc: "A256GCM" })
    .encrypt(recipient.key);
  return { ciphertext, format: "jwe_compact", recipient_key_id: recipient.id };
}
