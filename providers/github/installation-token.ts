import * as z from "zod/mini";
import { vendorFailure } from "../kit/failure.js";
import { defineProvider, type Provider } from "../kit/plug.js";
import { Secret } from "../kit/secret.js";
import { ask, tokenClient } from "./client.js";
import { mintToken, type Signing, suspended, wrongShape } from "./installation.js";
import { type Admin, adminWithKey, adminWithSigner, type Config, config } from "./schemas.js";
import { authorization, installationTokenId, recognition, tokenHandle, tokenOf } from "./token.js";

const repositories = z.object({ total_count: z.number(), repositories: z.array(z.unknown()) });

const verifyRoute = "GET /installation/repositories";
const retireRoute = "DELETE /installation/token";

export type { Signing } from "./installation.js";

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
    facts: { settleSeconds: 5, deathSeconds: 60, lifetimeSeconds: 3600, bound: "two and lost keys" },
    recognition,

    async mint(_request, call) {
      const signer = { signing, maker: "createInstallationToken" };
      const { token, expiresAt } = await mintToken(call, call.config, signer);
      return {
        handle: tokenHandle(token),
        fields: { token: new Secret(token) },
        expiresAt,
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
