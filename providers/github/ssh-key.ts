import { createHash, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import ssh2 from "ssh2";
import { ProviderError } from "../kit/failure.js";
import { Secret } from "../kit/secret.js";

/** The public half of an SSH key. */
export interface PublicHalf {
  /** Type and base64, as in a `.pub` file, without a comment. */
  readonly line: string;
  /** `SHA256:` and 43 characters, as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
}

/** A new Ed25519 private key in OpenSSH's own format, which every OpenSSH since 6.5 reads. */
export function newPrivateKey(): Secret {
  return new Secret(openSshPrivateKey(generateKeyPairSync("ed25519").privateKey));
}

/**
 * An Ed25519 private key as ssh-keygen writes it: not encrypted, no comment. Not ssh2's own generator: of one pair in
 * 256, those whose public key begins with a zero byte, it drops that byte, and the pair opens nothing.
 * Not PKCS#8 either, which OpenSSH reads since 9.6 only.
 * @see https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key
 * @see https://github.com/mscdex/ssh2/issues/1513
 */
export function openSshPrivateKey(key: KeyObject): string {
  const { x = "", d = "" } = key.export({ format: "jwk" });
  const [type, point, seed] = [Buffer.from("ssh-ed25519"), fromUrl(x), fromUrl(d)];
  const check = randomBytes(4);
  const secret = Buffer.concat([
    ...[check, check, field(type), field(point), field(Buffer.concat([seed, point])), field(nothing)],
  ]);
  const whole = Buffer.concat([
    ...[Buffer.from("openssh-key-v1\0"), field(none), field(none), field(nothing), one],
    ...[field(Buffer.concat([field(type), field(point)])), field(Buffer.concat([secret, padding]))],
  ]);
  const lines = whole.toString("base64").match(/.{1,70}/g) ?? [];
  const frame = (word: string) => `-----${word} OPENSSH PRIVATE KEY-----`;
  return [frame("BEGIN"), ...lines, frame("END"), ""].join("\n");
}

const nothing = Buffer.alloc(0);
const none = Buffer.from("none");
const one = Buffer.from([0, 0, 0, 1]);
/** To whole blocks of 8: what comes before it is always 131 bytes long. */
const padding = Buffer.from([1, 2, 3, 4, 5]);
const fromUrl = (text: string) => Buffer.from(text, "base64url");

/** A `string` of SSH: its length, then itself. */
function field(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** @throws ProviderError `config_invalid` for a text that is no SSH private key, or an encrypted one; it shows none of it. */
export function publicHalf(privateKey: Secret): PublicHalf {
  const key = parsed(privateKey.reveal());
  if (key?.isPrivateKey()) {
    const blob = key.getPublicSSH();
    return { line: `${key.type} ${blob.toString("base64")}`, fingerprint: fingerprintOf(blob) };
  }
  throw new ProviderError("config_invalid", {
    expected: "the field privateKey to hold an SSH private key that is not encrypted",
    found: "a text that cannot be read as one",
    next: "Check what was written into this secret by hand, and how the declaration names its fields.",
  });
}

function parsed(text: string) {
  try {
    const key = ssh2.utils.parseKey(text);
    return key instanceof Error ? undefined : key;
  } catch {
    return undefined;
  }
}

/** The key itself of a line "type base64 comment", without looking into it. */
export function blobOf(line: string): Buffer {
  return Buffer.from(line.trim().split(/\s+/)[1] ?? "", "base64");
}

export function fingerprintOf(blob: Buffer): string {
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}
