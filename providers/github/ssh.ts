import ssh2, { type Algorithms, type ServerHostKeyAlgorithm } from "ssh2";
import type { Verdict } from "../kit/contract.js";
import { dial } from "../kit/dial.js";
import { ProviderError } from "../kit/failure.js";
import type { Secret } from "../kit/secret.js";
import { blobOf } from "./ssh-key.js";

export interface Login {
  /** `host:port` of the SSH server. */
  readonly address: string;
  readonly privateKey: Secret;
  /** The server must prove that it holds one of these: public keys as "type base64". */
  readonly hostKeys: readonly string[];
  readonly signal: AbortSignal;
  /** For everything together, from the first packet on. Milliseconds. */
  readonly timeoutMs: number;
}

/** How a host may prove each type of key: no SHA-1, no DSA. */
const proofs = new Map<string, readonly ServerHostKeyAlgorithm[]>([
  ["ssh-ed25519", ["ssh-ed25519"]],
  ["ecdsa-sha2-nistp256", ["ecdsa-sha2-nistp256"]],
  ["ecdsa-sha2-nistp384", ["ecdsa-sha2-nistp384"]],
  ["ecdsa-sha2-nistp521", ["ecdsa-sha2-nistp521"]],
  ["ssh-rsa", ["rsa-sha2-512", "rsa-sha2-256"]],
]);
const modern = {
  kex: [
    ...(["curve25519-sha256", "curve25519-sha256@libssh.org"] as const),
    ...(["ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "ecdh-sha2-nistp521"] as const),
  ],
  cipher: ["aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "aes256-ctr", "aes128-ctr"],
  hmac: [
    ...(["hmac-sha2-512-etm@openssh.com", "hmac-sha2-256-etm@openssh.com"] as const),
    ...(["hmac-sha2-512", "hmac-sha2-256"] as const),
  ],
  compress: ["none"],
} satisfies Algorithms;

/**
 * Shows a key to GitHub's SSH server, as the user `git`, and runs nothing there. "rejected" is said only when the server,
 * after proving who it is, refused this very key.
 * Throws ProviderError `unavailable` (no connection, no verdict in time, a connection that broke) or `unexpected`
 * (another host key than expected, or a server that judges no keys).
 * @see https://docs.github.com/authentication/connecting-to-github-with-ssh/testing-your-ssh-connection
 * @see https://datatracker.ietf.org/doc/html/rfc4252#section-7
 */
export async function logIn(login: Login): Promise<Verdict> {
  const { address, privateKey, signal, timeoutMs } = login;
  const serverHostKey = login.hostKeys.flatMap((line) => proofs.get(line.trim().split(/\s+/)[0] ?? "") ?? []);
  if (serverHostKey.length === 0) throw noHostKeys(address);
  const pinned = login.hostKeys.map(blobOf);
  const { socket, over } = await dial({ address, signal, timeoutMs });
  const client = new ssh2.Client();
  try {
    return await new Promise<Verdict>((resolve, reject) => {
      let shown = false;
      // Errors come late too, when nobody asks any more: they end here, and so does what they say.
      client.on("error", () => reject(noVerdict(login, over)));
      client.once("close", () => reject(noVerdict(login, over)));
      client.once("ready", () => resolve("accepted"));
      client.connect({
        sock: socket,
        username: "git",
        readyTimeout: 0,
        algorithms: { ...modern, serverHostKey },
        hostVerifier: (key: Buffer) => {
          const known = pinned.some((pin) => pin.equals(key));
          if (!known) reject(wrongHostKey(address));
          return known;
        },
        authHandler: (methodsLeft, partial, next) => {
          // ssh2 asks first with null: nothing was tried. With null again it did not get to show the key.
          if (methodsLeft === null && !shown) {
            shown = true;
            next({ type: "publickey", username: "git", key: privateKey.reveal() });
          } else if (methodsLeft?.includes("publickey") && !partial) resolve("rejected");
          else reject(noJudge(address));
        },
      });
    });
  } finally {
    client.end();
    socket.destroySoon();
  }
}

function noVerdict({ address, timeoutMs }: Login, over: AbortSignal): ProviderError {
  return new ProviderError("unavailable", {
    expected: `a verdict on the key from ${address} within ${timeoutMs / 1000} s`,
    found: over.aborted ? "none in time" : "a connection that broke before, or no algorithm in common",
    next: "Nothing to do if it passes: the rotation is tried again. Else check the function's route to this SSH server.",
  });
}

function wrongHostKey(address: string): ProviderError {
  return new ProviderError("unexpected", {
    expected: `${address} to prove one of the host keys that GET /meta names`,
    found: "another host key",
    next: "The key was not shown. Check that ssh names a server of this GitHub, and what stands between it and the function.",
  });
}

function noHostKeys(address: string): ProviderError {
  return new ProviderError("unexpected", {
    expected: "GET /meta to name the SSH host keys, in ssh_keys",
    found: `none of a type that is in use, so that ${address} cannot be told from an impostor`,
    next: 'Declare verify: "api" for this secret: GitHub\'s own record of the key is asked then.',
  });
}

function noJudge(address: string): ProviderError {
  return new ProviderError("unexpected", {
    expected: `${address} to judge the key by itself`,
    found: "a server that takes no keys of this type, or wants more than a key",
    next: "Check that ssh names an SSH server of GitHub's.",
  });
}
