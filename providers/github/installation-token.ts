import * as z from "zod/mini";
import type { Call } from "../kit/contract.js";
import { ProviderError, vendorFailure } from "../kit/failure.js";
import { defineProvider, type Provider } from "../kit/plug.js";
import { Secret } from "../kit/secret.js";
import { type Answer, appClient, ask, type CreateJwt, tokenClient } from "./client.js";
import { type Admin, adminWithKey, adminWithSigner, type Config, config } from "./schemas.js";
import { ownSigner, pemSigner } from "./signer.js";
import { authorization, installationTokenId, tokenHandle, tokenOf } from "./token.js";

const minted = z.object({
  token: z.string().check(z.minLength(1)),
  expires_at: z.iso.datetime({ offset: true }),
});
const repositories = z.object({ total_count: z.number(), repositories: z.array(z.unknown()) });

const mintRoute = "POST /app/installations/{installation_id}/access_tokens";
const verifyRoute = "GET /installation/repositories";
const retireRoute = "DELETE /installation/token";

/** Where App JWTs are signed when not with a PEM from the admin secret. */
export interface Signing {
  readonly createJwt: CreateJwt;
  /** `import.meta.url` of the module that makes the provider and exports it by default: its function bundles that. */
  readonly module: string;
}

/**
 * GitHub App installation access tokens: one field `token`, alive for exactly one hour, any number at a time.
 *
 * GitHub gives a token no id, carries no label, takes no idempotency key and cannot list: the handle is a hash of
 * the token, a token is retired by holding it, and one that was made but never stored lives until its hour is over.
 *
 * `deathSeconds` is 60 because nothing says how fast a revoked token is refused: since April 2026 tokens are signed
 * statements that a server may check without a look-up, and GitHub documents no bound. A minute is a choice, not a
 * measurement. `settleSeconds` is the time GitHub's own SDK grants a new token to reach every server.
 *
 * `verify` gives no verdict on a suspended installation but fails with `admin_rejected`: the token works for nothing
 * now and may work again when the suspension is lifted, so that both answers would be untrue.
 *
 * @param signing signs App JWTs elsewhere (a KMS key); the admin secret then needs no `privateKey`.
 * @see https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app
 * @see https://docs.github.com/rest/apps/installations#revoke-an-installation-access-token
 */
export function createInstallationToken(signing?: Signing): Provider {
  return defineProvider<Config, Admin>({
    contract: 1,
    origin: "minted",
    id: installationTokenId,
    module: signing?.module ?? import.meta.url,
    endpoint: "https://api.github.com",
    config,
    admin: signing ? adminWithSigner : adminWithKey,
    fields: ["token"],
    facts: { settleSeconds: 5, deathSeconds: 60, lifetimeSeconds: 3600 },

    async mint(_request, call) {
      const { installationId, repositories, repositoryIds, permissions } = call.config;
      const client = appClient(call, call.admin.appId, signerOf(call, signing));
      const answer = await ask(client, mintRoute, {
        installation_id: installationId,
        ...(repositories && { repositories }),
        ...(repositoryIds && { repository_ids: repositoryIds }),
        ...(permissions && { permissions }),
      });
      if (answer.status >= 400) throw mintFailure(answer, installationId);
      const made = minted.safeParse(answer.data);
      if (!made.success) throw wrongShape(mintRoute, "without a token and when it expires");
      const { token, expires_at } = made.data;
      return {
        handle: tokenHandle(token),
        fields: { token: new Secret(token) },
        expiresAt: new Date(expires_at),
      };
    },

    async verify(key, call) {
      const headers = authorization(key.fields);
      if (!headers) return "rejected";
      const answer = await ask(tokenClient(call), verifyRoute, { per_page: 1, headers });
      if (answer.status === 401) return "rejected";
      if (answer.suspended) throw suspended(verifyRoute);
      if (answer.status === 403) return "accepted";
      if (answer.status >= 400) throw vendorFailure(`GitHub's ${verifyRoute}`, answer.status);
      if (!repositories.safeParse(answer.data).success)
        throw wrongShape(verifyRoute, "without a list of repositories");
      return "accepted";
    },

    async retire(key, call) {
      const headers = authorization(key.fields);
      if (!headers) return;
      const answer = await ask(tokenClient(call), retireRoute, { headers });
      if (answer.status === 204 || answer.status === 401) return;
      if (answer.suspended) throw suspended(retireRoute);
      if (answer.status >= 400) throw vendorFailure(`GitHub's ${retireRoute}`, answer.status);
      throw wrongShape(retireRoute, `of HTTP status ${answer.status} instead of 204`);
    },

    handleOf: (fields) => tokenHandle(tokenOf(fields)),
  });
}

export default createInstallationToken();

function signerOf(call: Call<Config, Admin>, signing: Signing | undefined): CreateJwt {
  if (signing) return ownSigner(signing.createJwt);
  if (call.admin.privateKey) return pemSigner(call.admin.privateKey, call.now);
  throw new ProviderError("admin_rejected", {
    expected: "a privateKey in the admin secret",
    found: "none",
    next: "Add the App's private key, or sign elsewhere with createInstallationToken({ createJwt, module }).",
  });
}

function mintFailure({ status, suspended: byOwner }: Answer, installationId: number): ProviderError {
  if (byOwner) return suspended(mintRoute);
  const quirks: Readonly<Record<number, Parameters<typeof vendorFailure>[2]>> = {
    401: {
      found: "the App's JWT refused: appId and private key do not belong together, or the clock is wrong",
    },
    403: { found: "the App refused: it may not do this" },
    404: { found: `no App of this appId, or no installation ${installationId} of it` },
    422: { found: "repositories or permissions that this installation was not granted" },
  };
  return vendorFailure(`GitHub's ${mintRoute}`, status, quirks[status]);
}

function suspended(route: string): ProviderError {
  return vendorFailure(`GitHub's ${route}`, 403, {
    code: "admin_rejected",
    found: "a suspended installation",
    next: "Lift the suspension at GitHub (or with DELETE /app/installations/{installation_id}/suspended).",
  });
}

function wrongShape(route: string, what: string): ProviderError {
  return vendorFailure(`GitHub's ${route}`, 200, { code: "unexpected", found: `a success ${what}` });
}
