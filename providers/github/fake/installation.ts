import type { Account } from "./account-body.js";
import type { FakeRepository, Granted } from "./grant.js";

/** An App in an organisation's account, and that account's repositories. */
export interface FakeInstallation extends Granted {
  readonly id: number;
  /** The account's name. */
  readonly login: string;
  /** Which provider's keys it was admitted for. */
  readonly provider: string;
  readonly createdAt: Date;
  suspendedAt: Date | undefined;
  /** The repositories, and their deploy keys, outlive it. */
  uninstalled: boolean;
}

/** What installations are granted, by the provider whose keys they are to manage. */
export const permissionsFor: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "github/installation-token": {
    administration: "read",
    contents: "write",
    issues: "write",
    metadata: "read",
  },
  "github/deploy-key": { administration: "write", metadata: "read" },
};

/** An organisation with three private repositories that has just installed the App. */
export function newInstallation(count: number, provider: string, now: Date): FakeInstallation {
  const id = 50_000_000 + count;
  return {
    id,
    login: `customer-${count}`,
    provider,
    repositories: ["service", "website", "infrastructure"].map((name, index) => ({
      id: id * 10 + index,
      name,
    })),
    permissions: permissionsFor[provider] ?? {},
    createdAt: now,
    suspendedAt: undefined,
    uninstalled: false,
  };
}

export function accountOf({ id, login }: FakeInstallation): Account {
  return { id: id + 100_000_000, login, type: "Organization" };
}

/** A repository by owner and name, whose case does not matter. */
export function repositoryNamed(
  { login, repositories }: Pick<FakeInstallation, "login" | "repositories">,
  owner: string,
  name: string,
): FakeRepository | undefined {
  if (login.toLowerCase() !== owner.toLowerCase()) return undefined;
  return repositories.find((one) => one.name.toLowerCase() === name.toLowerCase());
}
