import type { Admission, FakeRequest, FakeResponse, FakeVendor, VendorKey } from "../../kit/fake.js";
import { installationTokenId } from "../token.js";
import { notFound, refusal } from "./answers.js";
import { makeApp } from "./app.js";
import { appRoutes } from "./app-routes.js";
import { callerOf } from "./caller.js";
import { credentialRoutes, deletePersonalToken } from "./credential-routes.js";
import { deployKeyRoutes } from "./deploy-key-routes.js";
import { deployKeyId } from "./deploy-keys.js";
import { newInstallation, permissionsFor } from "./installation.js";
import { limitHeaders, nobody, primaryLimit, secondaryLimit } from "./limits.js";
import { openRoutes, rateLimitTemplate } from "./open-routes.js";
import type { PersonalTokenKind } from "./personal-tokens.js";
import { parsePublicKey } from "./public-key.js";
import { find } from "./route.js";
import { changed } from "./settings.js";
import { type SshHostKey, sshHostKeys } from "./ssh-host.js";
import { type State, stateAtFirst } from "./state.js";
import { tokenRoutes } from "./token-routes.js";
import { isAccepted, isRetired, type TokenRecord } from "./tokens.js";
import { firstVersion, versions } from "./versions.js";

const routes = [...appRoutes, ...tokenRoutes, ...deployKeyRoutes, ...credentialRoutes, ...openRoutes];

/** GitHub, and what happens there by other ways than its REST API. */
export interface FakeGitHub extends FakeVendor {
  /**
   * What GitHub's SSH server asks: which repository a public key opens now, if any. `line`: type, base64, and perhaps a
   * comment. It counts as a use of the key unless `proven` is false: whoever only asks whether a key would do holds none.
   */
  sshAccess(
    line: string,
    proven?: boolean,
  ): { readonly repository: string; readonly readOnly: boolean } | undefined;
  /** By which the SSH server proves who it is; `GET /meta` names them. They outlive `reset`. */
  readonly sshHostKeys: readonly SshHostKey[];
  /** Someone makes a token by hand that may do everything in the repositories of `owner`, and may delete it by hand. */
  makePersonalAccessToken(
    owner: string,
    kind?: PersonalTokenKind,
  ): { readonly token: string; delete(): void };
  /** Every installation token, those included that only manage deploy keys: `keys` leaves them out. */
  tokens(): readonly VendorKey[];
}

/**
 * api.github.com as far as Apps, installation tokens and deploy keys go, in memory: one App, an installation for each
 * `admit`, keys that live on the given clock. Settings: see `Settings`. Every route that is not there is a 404.
 */
export function createFakeGitHub({ now }: { readonly now: () => Date }): FakeGitHub {
  const github: State = { now, ...stateAtFirst() };

  function handle(request: FakeRequest): FakeResponse {
    const { settings, limits } = github;
    const { route, answer, part } = find(routes, request);
    const caller = route ? callerOf(github, request, route.by) : { countedAs: nobody };
    const { countedAs = nobody } = caller;
    const counts = caller.countedAs !== undefined && route?.template !== rateLimitTemplate;
    const allowance = limits.take(countedAs, now(), counts, settings.requestsPerHour);
    const response =
      general(request) ??
      (counts && allowance.used > allowance.limit
        ? primaryLimit(countedAs, settings.limitStatus)
        : caller.refused) ??
      answer?.({ github, request, caller, allowance, part }) ??
      notFound();
    return {
      ...response,
      headers: {
        date: now().toUTCString(),
        "x-github-api-version-selected": request.headers["x-github-api-version"] ?? firstVersion,
        "x-github-media-type": "github.v3; format=json",
        ...limitHeaders(allowance),
        ...response.headers,
      },
      ...(route && { route: route.template }),
      ...(caller.credential && { credential: caller.credential }),
    };
  }

  /** Refusals that have nothing to do with the route. */
  function general({ headers }: FakeRequest): FakeResponse | undefined {
    const { secondaryLimit: limited, limitStatus } = github.settings;
    const version = headers["x-github-api-version"];
    if (version !== undefined && !versions.includes(version)) {
      return refusal(400, `Version '${version}' is not a supported API version.`);
    }
    const accept = headers["accept"];
    if (accept !== undefined && !/json|application\/vnd\.github|\*\/\*|application\/\*/.test(accept)) {
      return refusal(415, `Unsupported 'Accept' header: '${accept}'. Must accept 'application/json'.`);
    }
    return limited === "off" ? undefined : secondaryLimit(limited === "retry-after", limitStatus);
  }

  function admit(provider: string, urls?: Readonly<Record<string, string>>): Admission {
    if (!(provider in permissionsFor)) {
      const known = Object.keys(permissionsFor).join(", ");
      throw new RangeError(`GitHub's fake has no ${provider}; it has ${known}`);
    }
    github.app ??= makeApp(1_000_001, now());
    const { id, login } = newcomer(provider);
    const config =
      provider === deployKeyId
        ? { repository: `${login}/service`, readOnly: true, ...(urls?.["ssh"] && { ssh: urls["ssh"] }) }
        : { repositories: ["service"], permissions: { contents: "read" } };
    return {
      config: { installationId: id, ...config },
      admin: { appId: github.app.id, privateKey: github.app.privateKeyPem },
    };
  }

  function newcomer(provider: string) {
    const { installations, settings } = github;
    const installation = newInstallation(installations.size + 1, provider, now());
    installation.suspendedAt = settings.suspended ? now() : undefined;
    installation.uninstalled = !settings.installed;
    installations.set(installation.id, installation);
    return installation;
  }

  function vendorKey(record: TokenRecord): VendorKey {
    const installation = github.installations.get(record.installationId);
    const works = installation !== undefined && !installation.suspendedAt && !installation.uninstalled;
    return {
      ...{ provider: installationTokenId, handle: record.handle, label: "" },
      live: works && isAccepted(record, now()),
      retired: isRetired(record, now()) || installation?.uninstalled === true,
    };
  }

  return {
    vendor: "github",
    handle,
    admit,
    sshHostKeys: sshHostKeys(),
    keys() {
      const { tokens, installations, deployKeys, settings } = github;
      const rotated = tokens
        .all()
        .filter(({ installationId }) => installations.get(installationId)?.provider === installationTokenId);
      return [...rotated.map(vendorKey), ...deployKeys.keys(now(), settings.deployKeys === "allowed")];
    },
    tokens: () => github.tokens.all().map(vendorKey),
    sshAccess(line, proven = true) {
      const { deployKeys, settings } = github;
      const publicKey = parsePublicKey(line);
      const key = publicKey && deployKeys.accepted(publicKey, now());
      if (!key || settings.deployKeys === "forbidden") return undefined;
      if (proven) key.lastUsed = now();
      return { repository: key.repository, readOnly: key.readOnly };
    },
    makePersonalAccessToken(owner, kind = "classic") {
      const token = github.personalTokens.make(owner, kind);
      const record = github.personalTokens.find(token);
      return { token, delete: () => record && deletePersonalToken(github, record) };
    },
    reset: () => void Object.assign(github, stateAtFirst()),
    set(name, value) {
      github.settings = changed(github.settings, name, value);
      for (const installation of github.installations.values()) {
        if (name === "suspended") installation.suspendedAt = value === true ? now() : undefined;
        if (name === "installed") installation.uninstalled = value === false;
      }
    },
  };
}
