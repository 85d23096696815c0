import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from "node:crypto";
import ssh2 from "ssh2";
import type { Recognition } from "../kit/contract.js";
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
  const type = Buffer.from("ssh-ed25519");
  // Both forms end with the key itself (RFC 8410). As a JWK a key that was just generated must not be exported: when Node 20 collects
  // the job that made it meanwhile, it waits for itself for ever.
  const seed = key.export({ format: "der", type: "pkcs8" }).subarray(-32);
  const point = createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32);
  const check = randomBytes(4);
  const secret = Buffer.concat([
    ...[check, check, field(type), field(point), field(Buffer.concat([seed, point])), field(nothing)],
  ]);
  const whole = Buffer.concat([
    ...[magic, field(none), field(none), field(nothing), one],
    ...[field(Buffer.concat([field(type), field(point)])), field(Buffer.concat([secret, padding]))],
  ]);
  const lines = whole.toString("base64").match(/.{1,70}/g) ?? [];
  const frame = (word: string) => `-----${word} OPENSSH PRIVATE KEY-----`;
  return [frame("BEGIN"), ...lines, frame("END"), ""].join("\n");
}

const magic = Buffer.from("openssh-key-v1\0");
const nothing = Buffer.alloc(0);
const none = Buffer.from("none");
const one = Buffer.from([0, 0, 0, 1]);
/** To whole blocks of 8: what comes before it is always 131 bytes long. */
const padding = Buffer.from([1, 2, 3, 4, 5]);

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

/**
 * Any SSH private key, in OpenSSH's format, PKCS#1, SEC1 or PKCS#8. However it is wrapped, it is its public key, which is no secret:
 * the bits are those of the keys made here. An encrypted key is recognised where its format leaves the public key in the clear
 * (OpenSSH's own).
 */
export const recognition: Recognition = {
  title: "an SSH private key, such as a deploy key has",
  field: "privateKey",
  pattern:
    /-----BEGIN ((?:OPENSSH |RSA |EC )?PRIVATE KEY)-----\n(?:[A-Za-z0-9+/=]{1,76}\n)+-----END \1-----/g,
  entropyBits: 256,
  canonical: publicLine,
};

function publicLine(text: string): string | undefined {
  const key = parsed(text) ?? parsed(ofPkcs8(text));
  const blob = key?.isPrivateKey() ? matched(key) : clearPublicKey(text);
  return blob && `${typeOf(blob)} ${blob.toString("base64")}`;
}

/** ssh2 takes the public half as it is written; in a damaged key it may be another one's. */
function matched(key: ssh2.ParsedKey): Buffer | undefined {
  try {
    const signature = key.sign("keyturn");
    return Buffer.isBuffer(signature) && key.verify("keyturn", signature) === true
      ? key.getPublicSSH()
      : undefined;
  } catch {
    return undefined;
  }
}

/** PKCS#8, which ssh2 does not read, as what it reads. "" when it is none, or another kind of key than SSH has. */
function ofPkcs8(text: string): string {
  if (!text.includes("BEGIN PRIVATE KEY")) return "";
  try {
    const key = createPrivateKey(text);
    const { asymmetricKeyType: type } = key;
    if (type === "ed25519") return openSshPrivateKey(key);
    if (type === "rsa") return key.export({ format: "pem", type: "pkcs1" }).toString();
    return type === "ec" ? key.export({ format: "pem", type: "sec1" }).toString() : "";
  } catch {
    return "";
  }
}

/** The public key that OpenSSH's format shows before what is encrypted. */
function clearPublicKey(text: string): Buffer | undefined {
  if (!text.includes("BEGIN OPENSSH PRIVATE KEY")) return undefined;
  const bytes = Buffer.from(text.split("-----")[2] ?? "", "base64");
  let at = magic.length;
  const next = () => {
    const from = at + 4;
    at = from + (from <= bytes.length ? bytes.readUInt32BE(at) : bytes.length);
    return bytes.subarray(from, at);
  };
  if (!bytes.subarray(0, at).equals(magic) || next().equals(none)) return undefined;
  // How it is encrypted: the key's derivation and its options; then how many keys follow.
  next();
  next();
  at += 4;
  const blob = next();
  return at < bytes.length && typeOf(blob) !== "" ? blob : undefined;
}

/** What kind of key a blob says it is; "" for what is no blob. */
function typeOf(blob: Buffer): string {
  if (blob.length < 8) return "";
  const end = 4 + blob.readUInt32BE(0);
  const type = blob.toString("latin1", 4, end);
  return end < blob.length && /^[a-z0-9@.-]{1,64}$/.test(type) ? type : "";
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
