import type { Admission, FakeRequest, FakeResponse, FakeVendor, VendorKey } from "../../kit/fake.js";
import { installationTokenId } from "../token.js";
import { badCredentials, notFound, refusal, secondaryLimit, suspendedInstallation } from "./answers.js";
import { type FakeApp, makeApp, refuseJwt } from "./app.js";
import {
  appBody,
  type FakeInstallation,
  installationBody,
  rateLimitBody,
  repositoriesBody,
  tokenBody,
} from "./bodies.js";
import { grant } from "./grant.js";
import { type Allowance, limitHeaders, RateLimits } from "./limits.js";
import { changed, settingsAtFirst } from "./settings.js";
import { isAccepted, isRetired, TokenLedger, type TokenRecord } from "./tokens.js";

/** Who sent a request, as far as the route wants to know; or the answer that this was nobody. */
interface Caller {
  /** For the journal: "app" or the token's handle. */
  readonly credential?: string;
  /** Whose requests these count as. */
  readonly countedAs: string;
  readonly refused?: FakeResponse;
  readonly app?: FakeApp;
  readonly token?: TokenRecord;
  readonly installation?: FakeInstallation;
}

interface Asked {
  readonly request: FakeRequest;
  readonly caller: Caller;
  /** The number in the path, where the template has one. */
  readonly id: number;
  readonly allowance: Allowance;
}

interface Route {
  readonly template: string;
  readonly by: "app" | "token" | "either" | "anyone";
  readonly methods: Readonly<Record<string, (asked: Asked) => FakeResponse>>;
}

const versions = ["2022-11-28", "2026-03-10"];
const noContent: FakeResponse = { status: 204 };

/**
 * api.github.com as far as installation tokens go, in memory: one App, an installation for each `admit`, tokens that
 * end on the given clock. Settings: see `Settings`. What it leaves out: `link` headers, secrets of the App's owner,
 * conditional requests, and every other route, which is a 404.
 */
export function createFakeGitHub({ now }: { readonly now: () => Date }): FakeVendor {
  let app: FakeApp | undefined;
  let installations = new Map<number, FakeInstallation>();
  let tokens = new TokenLedger();
  let limits = new RateLimits();
  let settings = { ...settingsAtFirst };
  let admitted = 0;

  const routes: readonly Route[] = [
    {
      template: "/app",
      by: "app",
      methods: {
        GET: ({ caller }) => (caller.app ? ok(appBody(caller.app, installations.size)) : notFound()),
      },
    },
    { template: "/app/installations/{installation_id}", by: "app", methods: { GET: showInstallation } },
    {
      template: "/app/installations/{installation_id}/access_tokens",
      by: "app",
      methods: { POST: makeToken },
    },
    {
      template: "/app/installations/{installation_id}/suspended",
      by: "app",
      methods: { PUT: suspend(true), DELETE: suspend(false) },
    },
    { template: "/installation/repositories", by: "token", methods: { GET: listRepositories } },
    { template: "/installation/token", by: "token", methods: { DELETE: revokeToken } },
    {
      template: "/rate_limit",
      by: "either",
      methods: { GET: ({ allowance }) => ok(rateLimitBody(allowance)) },
    },
    {
      template: "/meta",
      by: "anyone",
      methods: { GET: () => ok({ verifiable_password_authentication: false, hooks: [], api: [] }) },
    },
  ];

  function showInstallation({ caller, id }: Asked): FakeResponse {
    const installation = installations.get(id);
    return caller.app && installation ? ok(installationBody(caller.app, installation)) : notFound();
  }

  function makeToken({ request, caller, id }: Asked): FakeResponse {
    const installation = installations.get(id);
    if (!caller.app || !installation) return notFound();
    if (installation.suspendedAt) return suspendedInstallation();
    const granted = grant(request.body, installation);
    if ("status" in granted) return granted;
    const wish = request.headers["x-github-stateless-s2s-token"];
    const format = wish === "enabled" ? "stateless" : wish === "disabled" ? "classic" : settings.tokenFormat;
    const made = { appId: caller.app.id, installationId: id, grant: granted };
    const { token, record } = tokens.make(made, now(), { format, settleSeconds: settings.settleSeconds });
    return { status: 201, body: tokenBody(token, record.expiresAt, installation, granted) };
  }

  function suspend(yes: boolean): (asked: Asked) => FakeResponse {
    return ({ id }) => {
      const installation = installations.get(id);
      if (!installation) return notFound();
      installation.suspendedAt = yes ? now() : undefined;
      return noContent;
    };
  }

  function listRepositories({ request, caller }: Asked): FakeResponse {
    if (!caller.token || !caller.installation) return notFound();
    return ok(repositoriesBody(request.query, caller.installation, caller.token.grant));
  }

  function revokeToken({ caller }: Asked): FakeResponse {
    if (!caller.token) return notFound();
    caller.token.deadAt ??= new Date(now().getTime() + settings.deathSeconds * 1000);
    return noContent;
  }

  function callerOf(request: FakeRequest, by: Route["by"]): Caller {
    const nobody = { countedAs: "nobody" };
    const header = request.headers["authorization"];
    if (header === undefined) {
      return by === "anyone" || by === "either"
        ? nobody
        : { ...nobody, refused: refusal(401, "Requires authentication") };
    }
    const [, scheme = "", value = ""] = /^(token|bearer) +(\S+)$/i.exec(header) ?? [];
    const token = tokens.find(value);
    if (by === "app" || (by === "either" && !value.startsWith("ghs_"))) {
      // GitHub takes a JWT under `bearer` only.
      const jwt = scheme.toLowerCase() === "bearer" ? value : "";
      const refused = refuseJwt(jwt, now(), (issuer) =>
        app && (issuer === String(app.id) || issuer === app.clientId) ? app : undefined,
      );
      if (refused) return { ...nobody, refused, ...(token && { credential: token.handle }) };
      return { credential: "app", countedAs: "app", ...(app && { app }) };
    }
    if (!token || !isAccepted(token, now())) {
      return { ...nobody, refused: badCredentials(), ...(token && { credential: token.handle }) };
    }
    const installation = installations.get(token.installationId);
    const known = { credential: token.handle, countedAs: `installation ID ${token.installationId}` };
    if (!installation || installation.suspendedAt) return { ...known, refused: suspendedInstallation() };
    return { ...known, token, installation };
  }

  function handle(request: FakeRequest): FakeResponse {
    const { route, id, answer } = find(routes, request);
    const caller: Caller = route ? callerOf(request, route.by) : { countedAs: "nobody" };
    // Asking for the limit is free of it.
    const counts = route?.template !== "/rate_limit";
    const allowance = limits.take(caller.countedAs, now(), counts);
    const exceeded = counts && caller.countedAs !== "nobody" && allowance.used > allowance.limit;
    const response =
      general(request) ??
      (exceeded ? refusal(403, `API rate limit exceeded for ${caller.countedAs}.`) : caller.refused) ??
      answer?.({ request, caller, id, allowance }) ??
      notFound();
    return {
      ...response,
      headers: {
        date: now().toUTCString(),
        "x-github-api-version-selected": request.headers["x-github-api-version"] ?? "2022-11-28",
        "x-github-media-type": "github.v3; format=json",
        ...limitHeaders(allowance),
        ...response.headers,
      },
      ...(route && { route: route.template }),
      ...(caller.credential && { credential: caller.credential }),
    };
  }

  /** Refusals that have nothing to do with the route. */
  function general(request: FakeRequest): FakeResponse | undefined {
    const version = request.headers["x-github-api-version"];
    if (version !== undefined && !versions.includes(version)) {
      return refusal(400, `Version '${version}' is not a supported API version.`);
    }
    if (settings.secondaryLimit !== "off") return secondaryLimit(settings.secondaryLimit === "retry-after");
    return undefined;
  }

  function admit(provider: string): Admission {
    if (provider !== installationTokenId) {
      throw new RangeError(`GitHub's fake has no ${provider}; it has ${installationTokenId}`);
    }
    app ??= makeApp(1_000_001);
    const id = 50_000_001 + admitted++;
    const repositories = ["service", "website", "infrastructure"].map((name, index) => ({
      id: id * 10 + index,
      name,
    }));
    installations.set(id, {
      id,
      login: `customer-${admitted}`,
      repositories,
      permissions: { administration: "read", contents: "write", issues: "write", metadata: "read" },
      createdAt: now(),
      suspendedAt: undefined,
    });
    return {
      config: { installationId: id, repositories: ["service"], permissions: { contents: "read" } },
      admin: { appId: app.id, privateKey: app.privateKeyPem },
    };
  }

  function keys(): readonly VendorKey[] {
    return tokens.all().map((record) => ({
      provider: installationTokenId,
      handle: record.handle,
      label: "",
      live: isAccepted(record, now()) && !installations.get(record.installationId)?.suspendedAt,
      retired: isRetired(record, now()),
    }));
  }

  return {
    vendor: "github",
    handle,
    admit,
    keys,
    reset: () => {
      app = undefined;
      installations = new Map();
      tokens = new TokenLedger();
      limits = new RateLimits();
      settings = { ...settingsAtFirst };
      admitted = 0;
    },
    set: (name, value) => {
      settings = changed(settings, name, value);
      if (name !== "suspended") return;
      for (const installation of installations.values()) {
        installation.suspendedAt = settings.suspended ? now() : undefined;
      }
    },
  };
}

function ok(body: unknown): FakeResponse {
  return { status: 200, body };
}

/** The route of a request's path, and what answers its method there. */
function find(routes: readonly Route[], request: FakeRequest) {
  const parts = request.path.split("/");
  for (const route of routes) {
    const wanted = route.template.split("/");
    const fits = (part: string, index: number) =>
      part.startsWith("{") ? /^\d{1,12}$/.test(parts[index] ?? "") : part === parts[index];
    if (wanted.length === parts.length && wanted.every(fits)) {
      return { route, id: Number(parts[3] ?? 0), answer: route.methods[request.method] };
    }
  }
  return { route: undefined, id: 0, answer: undefined };
}
