import { noContent, notFound, ok, suspendedInstallation } from "./answers.js";
import { appBody, installationBody, tokenBody } from "./bodies.js";
import { grant } from "./grant.js";
import type { FakeInstallation } from "./installation.js";
import type { Answer, Asked, Route } from "./route.js";
import { newestVersion } from "./versions.js";

/** What an App does with its JWT: look at itself and its installations, make tokens, suspend, uninstall. */
export const appRoutes: readonly Route[] = [
  {
    template: "/app",
    by: "app",
    methods: {
      GET: ({ github, caller }) =>
        caller.app
          ? ok(appBody(caller.app, [...github.installations.values()].filter(exists).length))
          : notFound(),
    },
  },
  {
    template: "/app/installations/{installation_id}",
    by: "app",
    methods: { GET: showInstallation, DELETE: uninstall },
  },
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
];

function exists(installation: FakeInstallation): boolean {
  return !installation.uninstalled;
}

function installationOf({ github, part }: Asked): FakeInstallation | undefined {
  const installation = github.installations.get(Number(part("installation_id")));
  return installation && exists(installation) ? installation : undefined;
}

function showInstallation(asked: Asked) {
  const installation = installationOf(asked);
  const { app } = asked.caller;
  return app && installation ? ok(installationBody(app, installation)) : notFound();
}

function uninstall(asked: Asked) {
  const installation = installationOf(asked);
  if (!installation) return notFound();
  installation.uninstalled = true;
  return asked.request.headers["x-github-api-version"] === newestVersion
    ? { status: 202, body: {} }
    : noContent;
}

function makeToken(asked: Asked) {
  const { github, request, caller } = asked;
  const { settings, now } = github;
  const installation = installationOf(asked);
  if (!caller.app || !installation) return notFound();
  if (installation.suspendedAt) return suspendedInstallation();
  const granted = grant(request.body, installation);
  if ("status" in granted) return granted;
  const wish = request.headers["x-github-stateless-s2s-token"];
  const format = wish === "enabled" ? "stateless" : wish === "disabled" ? "classic" : settings.tokenFormat;
  const made = { appId: caller.app.id, installationId: installation.id, grant: granted };
  const how = { format, settleSeconds: settings.settleSeconds } as const;
  const { token, record } = github.tokens.make(made, now(), how);
  return { status: 201, body: tokenBody(token, record.expiresAt, installation, granted) };
}

function suspend(yes: boolean): Answer {
  return (asked) => {
    const installation = installationOf(asked);
    if (!installation) return notFound();
    installation.suspendedAt = yes ? asked.github.now() : undefined;
    return noContent;
  };
}
