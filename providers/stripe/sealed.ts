import { createPrivateKey, generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { compactDecrypt, decodeProtectedHeader } from "jose";
import * as z from "zod/mini";
import type { ProviderError } from "../kit/failure.js";
import type { Secret } from "../kit/secret.js";
import { strange } from "./failures.js";
import { secretText } from "./shapes.js";

/** The member `encrypted_secret` of a key that was just made in live mode. */
export const sealedSecret = z.object({ format: z.string(), ciphertext: z.string() });

/** Whom Stripe encrypts one new key for. */
export interface Recipient {
  /** The request's member `public_key`. */
  readonly publicKey: { readonly pem_key: { readonly algorithm: "rsa"; readonly data: string } };
  /** The key itself. @throws ProviderError `unexpected`, naming format and algorithms and nothing else of what came. */
  open(sealed: z.output<typeof sealedSecret>): Promise<Secret>;
}

/** `alg`: how the content's own key is encrypted; `enc`: how the content is. */
const algorithms = { alg: ["RSA-OAEP-256", "RSA-OAEP"], enc: ["A256GCM"] };

/**
 * A new key pair of RSA with 2048 bits, the least that Stripe takes. Its private half stays in this closure: who loses the
 * answer, or the process, cannot open it any more.
 * @see https://www.rfc-editor.org/rfc/rfc7516 JSON Web Encryption
 */
export async function newRecipient(): Promise<Recipient> {
  // Encoded, and read again: jose exports a key as a JWK, and when Node 20 collects the job that generated that very key meanwhile,
  // it waits for itself for ever.
  const { publicKey: data, privateKey } = await promisify(generateKeyPair)("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "der" },
  });
  const key = createPrivateKey({ key: privateKey, type: "pkcs8", format: "der" });
  return {
    // Stripe's samples write the algorithm small, its description large; the line breaks that it asks for are in the export.
    publicKey: { pem_key: { algorithm: "rsa", data } },
    open: (sealed) => opened(sealed, key),
  };
}

async function opened({ format, ciphertext }: z.output<typeof sealedSecret>, privateKey: KeyObject) {
  if (format !== "jwe_compact") throw unreadable(`the format ${named(format)}`);
  const { alg, enc } = headerOf(ciphertext);
  if (!algorithms.alg.some((name) => name === alg) || !algorithms.enc.some((name) => name === enc)) {
    throw unreadable(`the algorithms ${named(alg)} and ${named(enc)}`);
  }
  const { data } = secretText("").safeParse(await plaintextOf(ciphertext, privateKey));
  if (!data) throw unreadable("one that this function's key does not open, or that holds no key");
  return data;
}

function headerOf(ciphertext: string): { readonly alg?: unknown; readonly enc?: unknown } {
  try {
    return decodeProtectedHeader(ciphertext);
  } catch {
    throw unreadable("text that is no JWE");
  }
}

/** What goes wrong in between says nothing that could be acted on, and may quote. */
async function plaintextOf(ciphertext: string, privateKey: KeyObject): Promise<string | undefined> {
  try {
    const { plaintext } = await compactDecrypt(ciphertext, privateKey, {
      keyManagementAlgorithms: algorithms.alg,
      contentEncryptionAlgorithms: algorithms.enc,
    });
    return new TextDecoder().decode(plaintext);
  } catch {
    return undefined;
  }
}

/** Printed only when it looks like such a name. */
function named(name: unknown): string {
  return typeof name === "string" && /^[\w+-]{1,20}$/.test(name) ? name : "of another name";
}

function unreadable(found: string): ProviderError {
  const expected = `the new key as JWE in compact form, with ${algorithms.alg.join(" or ")} and ${algorithms.enc.join()}`;
  return strange(expected, found);
}
