import type { FakeRequest, FakeResponse } from "../../kit/fake.js";
import { badCredentials, refusal, requiresAuthentication, suspendedInstallation } from "./answers.js";
import type { FakeApp } from "./app.js";
import type { FakeInstallation } from "./installation.js";
import { refuseJwt } from "./jwt.js";
import { nobody } from "./limits.js";
import type { PersonalToken } from "./personal-tokens.js";
import type { State } from "./state.js";
import { isAccepted, type TokenRecord } from "./tokens.js";

/**
 * Which credential a route takes. `app`: the App's JWT. `token`: an installation token, or a person's.
 * `any`: one of these or none at all. `none`: none, and whoever sends one is refused.
 */
export type Credential = "app" | "token" | "any" | "none";

/** Who sent a request, as far as the route wants to know; or the answer that this was nobody. */
export interface Caller {
  /** For the journal: "app" or the token's handle. */
  readonly credential?: string;
  /** Whose requests these count as; absent for a wrong credential, which GitHub limits by other means. */
  readonly countedAs?: string;
  readonly refused?: FakeResponse;
  readonly app?: FakeApp;
  readonly token?: TokenRecord;
  readonly installation?: FakeInstallation;
  readonly person?: PersonalToken;
}

export function callerOf(github: State, request: FakeRequest, by: Credential): Caller {
  const header = request.headers["authorization"];
  if (header === undefined) {
    return by === "any" || by === "none"
      ? { countedAs: nobody }
      : { countedAs: nobody, refused: requiresAuthentication() };
  }
  if (by === "none") {
    return { refused: refusal(403, "This endpoint must be called without authentication.") };
  }
  const [, scheme = "", value = ""] = /^(token|bearer) +(\S+)$/i.exec(header) ?? [];
  // GitHub takes a JWT under `bearer` only, and a stateless token is one behind its prefix.
  const jwt = scheme.toLowerCase() === "bearer" ? value : "";
  if (by === "app" || (by === "any" && jwt.includes(".") && !jwt.startsWith("ghs_"))) {
    return appBehind(github, jwt, value);
  }
  return tokenBehind(github, value);
}

function appBehind(github: State, jwt: string, value: string): Caller {
  const { app, tokens, now } = github;
  const refused = refuseJwt(jwt, now(), (issuer) =>
    app && (issuer === String(app.id) || issuer === app.clientId) ? app : undefined,
  );
  const token = tokens.find(value);
  if (refused) return { refused, ...(token && { credential: token.handle }) };
  return { credential: "app", countedAs: "app", ...(app && { app }) };
}

function tokenBehind({ personalTokens, tokens, installations, now }: State, value: string): Caller {
  const person = personalTokens.find(value);
  if (person) return { credential: person.handle, countedAs: `user ${person.owner}`, person };
  const token = tokens.find(value);
  if (!token) return { refused: badCredentials() };
  const credential = token.handle;
  const installation = installations.get(token.installationId);
  if (!installation || installation.uninstalled || !isAccepted(token, now())) {
    return { credential, refused: badCredentials() };
  }
  const known = { credential, countedAs: `installation ID ${token.installationId}` };
  return installation.suspendedAt
    ? { ...known, refused: suspendedInstallation() }
    : { ...known, token, installation };
}
