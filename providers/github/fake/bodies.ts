import { timestamp } from "./answers.js";
import type { FakeApp } from "./app.js";
import type { FakeRepository, Grant, Granted } from "./grant.js";
import type { Allowance } from "./limits.js";

export interface FakeInstallation extends Granted {
  readonly id: number;
  readonly login: string;
  readonly createdAt: Date;
  suspendedAt: Date | undefined;
}

const api = "https://api.github.com";
const web = "https://github.com";

function account(installation: FakeInstallation) {
  const { id, login } = installation;
  return {
    login,
    id: id + 100_000_000,
    node_id: Buffer.from(`Organization${id}`).toString("base64"),
    url: `${api}/users/${login}`,
    html_url: `${web}/${login}`,
    type: "Organization",
    site_admin: false,
  };
}

export function appBody(app: FakeApp, installations: number) {
  return {
    id: app.id,
    slug: `app-${app.id}`,
    node_id: Buffer.from(`Integration${app.id}`).toString("base64"),
    client_id: app.clientId,
    name: `App ${app.id}`,
    description: null,
    external_url: "https://example.com",
    html_url: `${web}/apps/app-${app.id}`,
    permissions: { metadata: "read" },
    events: [],
    installations_count: installations,
  };
}

export function installationBody(app: FakeApp, installation: FakeInstallation) {
  return {
    id: installation.id,
    account: account(installation),
    repository_selection: "selected",
    access_tokens_url: `${api}/app/installations/${installation.id}/access_tokens`,
    repositories_url: `${api}/installation/repositories`,
    html_url: `${web}/organizations/${installation.login}/settings/installations/${installation.id}`,
    app_id: app.id,
    app_slug: `app-${app.id}`,
    target_type: "Organization",
    permissions: installation.permissions,
    events: [],
    created_at: timestamp(installation.createdAt),
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

/** One page: `per_page` 1 to 100, 30 when it is not said. */
export function repositoriesBody(query: URLSearchParams, installation: FakeInstallation, grant: Grant) {
  const size = Math.min(100, wholeNumber(query.get("per_page")) ?? 30);
  const first = ((wholeNumber(query.get("page")) ?? 1) - 1) * size;
  return {
    total_count: grant.repositories.length,
    repository_selection: "selected",
    repositories: grant.repositories
      .slice(first, first + size)
      .map((repository) => repositoryBody(repository, installation)),
  };
}

function repositoryBody(repository: FakeRepository, installation: FakeInstallation) {
  const fullName = `${installation.login}/${repository.name}`;
  return {
    id: repository.id,
    node_id: Buffer.from(`Repository${repository.id}`).toString("base64"),
    name: repository.name,
    full_name: fullName,
    private: true,
    owner: account(installation),
    html_url: `${web}/${fullName}`,
    description: null,
    fork: false,
    url: `${api}/repos/${fullName}`,
    default_branch: "main",
    created_at: timestamp(installation.createdAt),
    archived: false,
    disabled: false,
    visibility: "private",
  };
}

export function rateLimitBody(allowance: Allowance) {
  const { limit, remaining, reset } = allowance;
  const core = { limit, used: Math.min(allowance.used, limit), remaining, reset };
  return { resources: { core }, rate: core };
}

function wholeNumber(text: string | null): number | undefined {
  return text !== null && /^[1-9]\d{0,5}$/.test(text) ? Number(text) : undefined;
}
