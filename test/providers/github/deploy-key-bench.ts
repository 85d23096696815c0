import { generateKeyPairSync } from "node:crypto";
import deployKey from "../../../providers/github/deploy-key.js";
import { createFakeGitHub, type FakeGitHub } from "../../../providers/github/fake/fake.js";
import { openSshPrivateKey, publicHalf } from "../../../providers/github/ssh-key.js";
import { boundFetch } from "../../../providers/kit/bound-fetch.js";
import type { Key } from "../../../providers/kit/contract.js";
import type { Connection, Provider } from "../../../providers/kit/plug.js";
import { Secret } from "../../../providers/kit/secret.js";
import { createFaults, type Faults } from "../../../services/sandbox/faults.js";
import type { JournalLine } from "../../../services/sandbox/parts.js";
import { serveSsh } from "../../../services/sandbox/ssh.js";
import { type ServedFake, serveFake } from "../serve-fake.js";

export interface Deployer extends Omit<Connection, "register" | "find"> {
  readonly register: NonNullable<Connection["register"]>;
  readonly find: NonNullable<Connection["find"]>;
}

/** GitHub's fake behind HTTP and SSH on its own clock, and a customer of it. */
export interface Bench {
  readonly github: FakeGitHub;
  readonly served: ServedFake;
  readonly faults: Faults;
  /** Keys that the SSH server judged: status and fingerprint. */
  readonly logins: readonly JournalLine[];
  readonly config: Readonly<Record<string, unknown>>;
  readonly admin: Readonly<Record<string, unknown>>;
  /** Moves GitHub's clock, which is the function's as well. Seconds. */
  advance(seconds: number): void;
  connect(options?: ConnectOptions): Promise<Deployer>;
  /** Makes deploy keys past the provider, as someone does by hand. Their fingerprints. */
  plant(titles: readonly string[], owner?: string): readonly string[];
  /** The declared repository, and how the requests look that make a token for it and list its keys. */
  readonly repository: string;
  readonly mint: string;
  readonly list: string;
  /** Fingerprints of the deploy keys that GitHub accepts now. */
  live(): readonly string[];
  /** "METHOD path" of every request since the last call. */
  asked(): readonly string[];
  close(): Promise<void>;
}

export interface ConnectOptions {
  readonly provider?: Provider;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly endpoint?: string;
  readonly fetch?: typeof globalThis.fetch;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

export async function openBench(): Promise<Bench> {
  // Far from the system's clock, so that nothing passes by using that by mistake.
  let time = Date.UTC(2031, 4, 17, 8, 30, 12, 345);
  const now = () => new Date(time);
  const github = createFakeGitHub({ now });
  const served = await serveFake(github);
  const faults = createFaults(["ssh"]);
  const logins: JournalLine[] = [];
  const ssh = await serveSsh(github, { port: 0, faults, record: (line) => logins.push(line) });
  const { config, admin } = github.admit("github/deploy-key", { ssh: ssh.address });
  const repository = String(config["repository"]);
  return {
    ...{ github, served, faults, logins, config, admin, repository },
    mint: `POST /app/installations/${config["installationId"]}/access_tokens`,
    list: `GET /repos/${repository}/keys?per_page=100&page=1`,
    live: () => github.keys().flatMap(({ handle, live }) => (live ? [handle] : [])),
    advance: (seconds) => {
      time += seconds * 1000;
    },
    async connect(options = {}) {
      const { provider = deployKey, endpoint = served.url, timeoutMs = 5000 } = options;
      const signal = options.signal ?? new AbortController().signal;
      const fetch = options.fetch ?? boundFetch({ endpoint, signal, timeoutMs });
      const changed = Object.entries({ ...config, ...options.config }).filter(
        ([, value]) => value !== undefined,
      );
      const lent = { config: Object.fromEntries(changed), admin, endpoint, fetch, signal, timeoutMs, now };
      const { register, find, ...connection } = await provider.connect(lent);
      if (!register || !find) throw new TypeError("a provider of keys that are made here has both");
      return { ...connection, register, find };
    },
    plant(titles, owner = repository.split("/")[0]) {
      const { token } = github.makePersonalAccessToken(owner ?? "");
      return titles.map((title) => {
        const { line, fingerprint } = publicHalf(aPrivateKey());
        const body = JSON.stringify({ title, key: line, read_only: true });
        const path = `/repos/${owner}/service/keys`;
        const headers = { authorization: `token ${token}`, "content-type": "application/json" };
        const answer = github.handle({ method: "POST", path, query: new URLSearchParams(), headers, body });
        if (!("status" in answer) || answer.status !== 201) throw new Error("the key was not planted");
        return fingerprint;
      });
    },
    asked: () => served.requests.splice(0).map(({ method, path }) => `${method} ${path}`),
    close: async () => {
      faults.clear();
      await Promise.all([served.close(), ssh.close()]);
    },
  };
}

export const aPrivateKey = () => new Secret(openSshPrivateKey(generateKeyPairSync("ed25519").privateKey));

export function keyOf(privateKey: Secret): Key {
  return { handle: publicHalf(privateKey).fingerprint, fields: { privateKey } };
}
export const aKey = () => keyOf(aPrivateKey());

/** A label as the core writes them; whose it is does not matter to a provider. */
export const labelOf = (attempt: number) => `keyturn:abcdefgh:abcdefghijklmnop:abcdefghijkl.${attempt}`;

export const request = { label: labelOf(0), idempotencyKey: "", nonce: "", expiresAt: new Date(0) };

/** "accepted", "created" and the like, "ok", or the code of what was thrown. */
export { outcome } from "./bench.js";
