import { createHash } from "node:crypto";
import ssh2 from "ssh2";

/** The public half of an SSH key. */
export interface PublicKey {
  /** Type and base64, as GitHub shows a key: one text for one key. */
  readonly text: string;
  readonly comment: string;
  /** `SHA256:` and unpadded base64 of SHA-256 of the key, as ssh-keygen prints it. */
  readonly fingerprint: string;
}

const types = ["ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"];

/** The key on a line of a `.pub` file; undefined when there is none of a type that GitHub takes. */
export function parsePublicKey(line: string): PublicKey | undefined {
  const key = ssh2.utils.parseKey(line.trim());
  // A private key is parsed as well, and has the same types.
  if (key instanceof Error || key.isPrivateKey() || !types.includes(key.type)) return undefined;
  const blob = key.getPublicSSH();
  return {
    text: `${key.type} ${blob.toString("base64")}`,
    comment: key.comment,
    fingerprint: `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`,
  };
}
