import { accountBody, api, nodeId, web } from "./account-body.js";
import { timestamp } from "./answers.js";
import type { FakeApp } from "./app.js";
import type { DeployKey } from "./deploy-keys.js";
import type { Grant } from "./grant.js";
import { accountOf, type FakeInstallation, permissionsFor } from "./installation.js";
import type { Allowance } from "./limits.js";
import { repositoryBody } from "./repository-body.js";

export function appBody(app: FakeApp, installations: number) {
  const created = timestamp(app.createdAt);
  return {
    id: app.id,
    slug: slugOf(app),
    node_id: nodeId("Integration", app.id),
    client_id: app.clientId,
    owner: accountBody({ id: 100_000_001, login: "app-owner", type: "Organization" }),
    name: `App ${app.id}`,
    description: null,
    external_url: "https://example.com",
    html_url: `${web}/apps/${slugOf(app)}`,
    created_at: created,
    updated_at: created,
    permissions: Object.assign({}, ...Object.values(permissionsFor)),
    events: [],
    installations_count: installations,
  };
}

export function installationBody(app: FakeApp, installation: FakeInstallation) {
  const account = accountOf(installation);
  const created = timestamp(installation.createdAt);
  return {
    id: installation.id,
    client_id: app.clientId,
    account: accountBody(account),
    repository_selection: "selected",
    access_tokens_url: `${api}/app/installations/${installation.id}/access_tokens`,
    repositories_url: `${api}/installation/repositories`,
    html_url: `${web}/organizations/${installation.login}/settings/installations/${installation.id}`,
    app_id: app.id,
    app_slug: slugOf(app),
    target_id: account.id,
    target_type: account.type,
    permissions: installation.permissions,
    events: [],
    created_at: created,
    updated_at: installation.suspendedAt ? timestamp(installation.suspendedAt) : created,
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by: null,
    suspended_at: installation.suspendedAt ? timestamp(installation.suspendedAt) : null,
  };
}

export function tokenBody(token: string, expiresAt: Date, installation: FakeInstallation, grant: Grant) {
  return {
    token,
    expires_at: timestamp(expiresAt),
    permissions: grant.permissions,
    repository_selection: "selected",
    ...(grant.selected && {
      repositories: grant.repositories.map((one) => repositoryBody(one, installation)),
    }),
  };
}

export function deployKeyBody(key: DeployKey, allowed: boolean) {
  return {
    id: key.id,
    key: key.publicKey.text,
    url: deployKeyUrl(key),
    title: key.title,
    verified: true,
    created_at: timestamp(key.createdAt),
    read_only: key.readOnly,
    added_by: key.addedBy,
    last_used: key.lastUsed ? timestamp(key.lastUsed) : null,
    enabled: allowed,
  };
}

export function deployKeyUrl({ repository, id }: DeployKey): string {
  return `${api}/repos/${repository}/keys/${id}`;
}

/** `rate` is gone from API version 2026-03-10 on. */
export function rateLimitBody({ limit, used, remaining, reset }: Allowance, withRate: boolean) {
  const core = { limit, used: Math.min(used, limit), remaining, reset };
  const search = { limit: 30, used: 0, remaining: 30, reset };
  return { resources: { core, search }, ...(withRate && { rate: core }) };
}

export function slugOf(app: Pick<FakeApp, "id">): string {
  return `app-${app.id}`;
}
