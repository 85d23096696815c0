import * as z from "zod/mini";
import { ProviderError, vendorFailure } from "../kit/failure.js";
import { type Answer, ask, type Client } from "./client.js";
import { suspended, wrongShape } from "./installation.js";
import { blobOf, fingerprintOf } from "./ssh-key.js";

/** A repository, and a token that may administer it. */
export interface Session {
  readonly client: Client;
  readonly headers: { readonly authorization: string };
  /** `owner/name` */
  readonly repository: string;
  /** When the token was made, by the function's clock. */
  readonly since: Date;
  /** Not used from then on: the token is about to end. */
  readonly until: Date;
}

/** A deploy key as GitHub lists it. */
export interface ListedKey {
  readonly id: number;
  readonly fingerprint: string;
  readonly title: string;
  readonly createdAt: Date;
  /** False while the organisation's policy forbids deploy keys. */
  readonly enabled: boolean;
}

const deployKey = z.pipe(
  z.object({
    id: z.int(),
    key: z.string(),
    title: z.string(),
    created_at: z.iso.datetime({ offset: true }),
    enabled: z.optional(z.nullable(z.boolean())),
  }),
  z.transform(
    ({ id, key, title, created_at, enabled }): ListedKey => ({
      ...{ id, title, fingerprint: fingerprintOf(blobOf(key)) },
      createdAt: new Date(created_at),
      enabled: enabled ?? true,
    }),
  ),
);
const meta = z.object({ ssh_keys: z.optional(z.array(z.string())) });

const listRoute = "GET /repos/{owner}/{repo}/keys";
const addRoute = "POST /repos/{owner}/{repo}/keys";
const removeRoute = "DELETE /repos/{owner}/{repo}/keys/{key_id}";
const metaRoute = "GET /meta";

const perPage = 100;
const maxPages = 50;

/** How long after a token, or a key, was made GitHub's servers may disagree about it: what its own SDK grants a token. Milliseconds. */
const replicationMs = 5000;

/** @see https://docs.github.com/rest/deploy-keys/deploy-keys#create-a-deploy-key */
export async function addKey(
  session: Session,
  wish: { readonly title: string; readonly key: string; readonly read_only: boolean },
): Promise<ListedKey | "in use"> {
  const answer = await request(session, addRoute, { ...wish });
  if (answer.reason === "key_in_use") return "in use";
  if (answer.status >= 400) throw failure(session, addRoute, answer);
  const made = deployKey.safeParse(answer.data);
  if (made.success) return made.data;
  throw wrongShape(addRoute, "without the key that was made");
}

/**
 * All deploy keys of the repository, 5000 at most. More than one page is read until it reads the same twice: a key that
 * someone deletes in between moves the others up, and one of them across the edge of a page, unseen.
 * @see https://docs.github.com/rest/deploy-keys/deploy-keys#list-deploy-keys
 */
export async function listKeys(session: Session): Promise<readonly ListedKey[]> {
  let seen = "";
  for (let tries = 0; tries < 3; tries++) {
    const { keys, pages } = await readPages(session);
    const ids = keys.map(({ id }) => id).join();
    if (pages === 1 || ids === seen) return keys;
    seen = ids;
  }
  throw vendorFailure(`GitHub's ${listRoute}`, 200, {
    code: "unavailable",
    found: "a list that changed each time it was read",
  });
}

async function readPages(session: Session): Promise<{ keys: readonly ListedKey[]; pages: number }> {
  const keys: ListedKey[] = [];
  for (let page = 1; page <= maxPages; page++) {
    const answer = await request(session, listRoute, { per_page: perPage, page });
    if (answer.status >= 400) throw failure(session, listRoute, answer);
    const listed = z.array(deployKey).safeParse(answer.data);
    if (!listed.success) throw wrongShape(listRoute, "without a list of deploy keys");
    keys.push(...listed.data);
    if (!answer.more && listed.data.length < perPage) return { keys, pages: page };
  }
  throw vendorFailure(`GitHub's ${listRoute}`, 200, {
    code: "unexpected",
    found: `more than ${maxPages * perPage} deploy keys`,
    next: "Delete deploy keys that nobody needs: with more than that none can be told from missing.",
  });
}

/** Already gone is success. @see https://docs.github.com/rest/deploy-keys/deploy-keys#delete-a-deploy-key */
export async function removeKey(session: Session, id: number): Promise<void> {
  const answer = await request(session, removeRoute, { key_id: id });
  if (answer.status === 204 || answer.status === 404) return;
  if (answer.status >= 400) throw failure(session, removeRoute, answer);
  throw wrongShape(removeRoute, `of HTTP status ${answer.status} instead of 204`);
}

/**
 * Public keys of GitHub's SSH servers, as "type base64". Asked with the token: without one the limit is 60 an hour for
 * everybody behind the same address.
 * @see https://docs.github.com/rest/meta/meta#get-github-meta-information
 */
export async function sshHostKeys(session: Session): Promise<readonly string[]> {
  const answer = await ask(session.client, metaRoute, { headers: session.headers });
  if (answer.status >= 400) throw failure(session, metaRoute, answer);
  const known = meta.safeParse(answer.data);
  if (!known.success) throw wrongShape(metaRoute, "without a list of SSH host keys");
  return known.data.ssh_keys ?? [];
}

/** True as long as GitHub's answers may be those of a server that has not heard of the token, or of a key made since, yet. */
export function mayLag({ client, since }: Session): boolean {
  return client.now().getTime() - since.getTime() < replicationMs;
}

function request(session: Session, route: string, parameters: Readonly<Record<string, unknown>>) {
  const [owner = "", repo = ""] = session.repository.split("/");
  return ask(session.client, route, { ...parameters, owner, repo, headers: session.headers });
}

function failure(session: Session, route: string, answer: Answer): ProviderError {
  const { status } = answer;
  if (answer.suspended) return suspended(route);
  if (answer.reason === "deploy_keys_disabled") return disabled(session.repository);
  const quirks: Readonly<Record<number, Parameters<typeof vendorFailure>[2]>> = {
    401: mayLag(session)
      ? { code: "unavailable", found: "a new token that this server of GitHub's does not know yet" }
      : { found: "the installation's token refused: it was revoked, or the App was uninstalled" },
    403: {
      found: `that the App may not administer ${session.repository}, or that nobody may change it`,
      next: "Grant the App the repository permission Administration: write, and accept that for the installation.",
    },
    404: {
      found: `no repository ${session.repository} that this installation reaches`,
      next: "Check repository (owner/name), and that the App is installed on it.",
    },
  };
  return vendorFailure(`GitHub's ${route}`, status, quirks[status]);
}

function disabled(repository: string): ProviderError {
  return new ProviderError("config_invalid", {
    expected: `${repository} to allow deploy keys`,
    found: "that its organisation, or enterprise, forbids them",
    next: "Allow them (organisation settings, Member privileges, Deploy keys), or use github/installation-token instead.",
  });
}
