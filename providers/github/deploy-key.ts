import type { Call, Key } from "../kit/contract.js";
import { ProviderError } from "../kit/failure.js";
import { defineProvider, type Provider } from "../kit/plug.js";
import type { Secret } from "../kit/secret.js";
import { tokenClient } from "./client.js";
import {
  addKey,
  type ListedKey,
  listKeys,
  mayLag,
  removeKey,
  type Session,
  sshHostKeys,
} from "./deploy-key-api.js";
import { type Config, config, gitHubsOwnSsh } from "./deploy-key-config.js";
import { mintToken, type Signing, wrongShape } from "./installation.js";
import { type Admin, adminWithKey, adminWithSigner } from "./schemas.js";
import { logIn } from "./ssh.js";
import { newPrivateKey, publicHalf, recognition } from "./ssh-key.js";

type DeployKeyCall = Call<Config, Admin>;

const endpoint = "https://api.github.com";

/**
 * GitHub deploy keys: one field `privateKey`, an SSH key of one repository, made here; only its public half leaves.
 *
 * The handle is the fingerprint that `ssh-keygen -l` prints, so that it can be computed from the key. The label is the title
 * at GitHub. A key never ends by itself and cannot be changed.
 *
 * Every step that asks GitHub makes one installation token, which may administer the declared repository and nothing else. It
 * is kept in memory for that step, stored nowhere, and ends after its hour.
 *
 * `settleSeconds` (10) and `deathSeconds` (20) are choices: GitHub does not say how fast its SSH servers learn of a new
 * or a deleted key.
 *
 * @param signing signs App JWTs elsewhere (a KMS key); the admin secret then needs no `privateKey`.
 * @see https://docs.github.com/rest/deploy-keys/deploy-keys
 */
export function createDeployKey(signing?: Signing): Provider {
  const sessions = new WeakMap<DeployKeyCall, Promise<Session>>();

  /** The one session of a step; another one only where that failed to open, or its token ends. */
  async function sessionOf(call: DeployKeyCall): Promise<Session> {
    const opened = sessions.get(call);
    const known = opened && (await opened.catch(() => undefined));
    if (known && call.now() < known.until) return known;
    const opening = open(call);
    sessions.set(call, opening);
    return opening;
  }

  async function open(call: DeployKeyCall): Promise<Session> {
    const { installationId, repository } = call.config;
    const wish = {
      installationId,
      repositories: repository.split("/").slice(1),
      permissions: { administration: "write" },
    };
    const { token, expiresAt } = await mintToken(call, wish, { signing, maker: "createDeployKey" });
    const headers = { authorization: `token ${token}` };
    // A minute early: it must not end on its way.
    const until = new Date(expiresAt.getTime() - 60_000);
    return { client: tokenClient(call), headers, repository, since: call.now(), until };
  }

  return defineProvider<Config, Admin>({
    contract: 1,
    origin: "generated",
    id: "github/deploy-key",
    module: signing?.module ?? import.meta.url,
    endpoint,
    config,
    admin: signing ? adminWithSigner : adminWithKey,
    fields: ["privateKey"],
    facts: { settleSeconds: 10, deathSeconds: 20 },
    recognition,

    async generate(call) {
      if (call.config.verify === "ssh") sshServer(call);
      const privateKey = newPrivateKey();
      return { handle: publicHalf(privateKey).fingerprint, fields: { privateKey } };
    },

    async register(key, label, call) {
      const { line, fingerprint } = publicHalf(privateKeyOf(key.fields));
      const session = await sessionOf(call);
      const made = await addKey(session, { title: label, key: line, read_only: call.config.readOnly });
      if (made !== "in use") {
        if (made.fingerprint === fingerprint) return "created";
        throw wrongShape("POST /repos/{owner}/{repo}/keys", "that made another key than the one sent");
      }
      const known = (await listKeys(session)).find((one) => one.fingerprint === fingerprint);
      if (known?.title === label) return "existed";
      throw inUse(call.config.repository, known, known === undefined && mayLag(session));
    },

    async verify(key, call) {
      const privateKey = privateKeyOf(key.fields);
      const { fingerprint } = publicHalf(privateKey);
      if (call.config.verify === "api") {
        const listed = await listKeys(await sessionOf(call));
        const known = listed.find((one) => one.fingerprint === fingerprint);
        return known?.enabled ? "accepted" : "rejected";
      }
      const address = sshServer(call);
      const hostKeys = await sshHostKeys(await sessionOf(call));
      return logIn({ address, privateKey, hostKeys, signal: call.signal, timeoutMs: call.timeoutMs });
    },

    proof: ({ verify }) => (verify === "ssh" ? "used" : "listed"),

    async retire(key, call) {
      const session = await sessionOf(call);
      for (const { id, fingerprint } of await listKeys(session)) {
        if (fingerprint === key.handle) await removeKey(session, id);
      }
    },

    async find(call) {
      const listed = await listKeys(await sessionOf(call));
      return listed
        .filter(({ title }) => title.startsWith("keyturn:"))
        .map(({ fingerprint, title, createdAt }) => ({
          ...{ handle: fingerprint, label: title, createdAt },
          state: "active",
        }));
    },

    handleOf: (fields) => publicHalf(privateKeyOf(fields)).fingerprint,
  });
}

export default createDeployKey();

/** The declared SSH server. A GitHub of one's own must name its own: GitHub.com's would be asked about keys it never heard of. */
function sshServer(call: DeployKeyCall): string {
  const { ssh } = call.config;
  if (call.endpoint === endpoint || !gitHubsOwnSsh.includes(ssh.toLowerCase())) return ssh;
  throw new ProviderError("config_invalid", {
    expected: `ssh to name the SSH server that belongs to ${call.endpoint}`,
    found: `${ssh}, which belongs to ${endpoint}`,
    next: 'Declare ssh as host:port, or verify: "api" to ask for GitHub\'s record of the key alone.',
  });
}

function privateKeyOf(fields: Key["fields"]): Secret {
  const { privateKey } = fields;
  if (privateKey) return privateKey;
  throw new ProviderError("config_invalid", {
    expected: "a stored key with the field privateKey",
    found: `the fields ${Object.keys(fields).join(", ") || "none"}`,
    next: "Check how the declaration names the fields of this secret.",
  });
}

/** GitHub takes a public key once, everywhere together; and says the same of a key that it cannot read. */
function inUse(repository: string, known: ListedKey | undefined, lagging: boolean): ProviderError {
  return new ProviderError(lagging ? "unavailable" : "config_invalid", {
    expected: `GitHub to take a new public key for ${repository}`,
    found: known
      ? "the same key there already, under another title"
      : "that it is in use elsewhere at GitHub (or unreadable to it)",
    next: "Someone registered this secret's key by hand. Delete it where it is, or abort the rotation: the next one makes another.",
  });
}
