import ssh2 from "ssh2";
import { parsePublicKey } from "./public-key.js";

/** How GitHub's SSH server proves who it is, by one algorithm. */
export interface SshHostKey {
  /** As in `GET /meta`: `ED25519`, `ECDSA`. */
  readonly name: string;
  /** OpenSSH's PEM. */
  readonly privateKey: string;
  /** Type and base64. */
  readonly publicKey: string;
  /** SHA-256, base64 without padding, without a prefix. */
  readonly fingerprint: string;
}

let keys: readonly SshHostKey[] | undefined;

/** The host keys: made at run time, the same for every fake of this process, as a host's are. RSA takes too long to make. */
export function sshHostKeys(): readonly SshHostKey[] {
  keys ??= [
    hostKey("ED25519", ed25519Pair()),
    hostKey("ECDSA", ssh2.utils.generateKeyPairSync("ecdsa", { bits: 256 })),
  ];
  return keys;
}

interface Pair {
  readonly private: string;
  readonly public: string;
}

/** ssh2 1.17.0 loses the first byte of a public ed25519 key where that is zero, and so one pair in 256 is none. */
function ed25519Pair(): Pair {
  const pair = ssh2.utils.generateKeyPairSync("ed25519");
  return ssh2.utils.parseKey(pair.private) instanceof Error ? ed25519Pair() : pair;
}

function hostKey(name: string, pair: Pair): SshHostKey {
  const { text = "", fingerprint = "" } = parsePublicKey(pair.public) ?? {};
  return { name, privateKey: pair.private, publicKey: text, fingerprint: fingerprint.replace("SHA256:", "") };
}
