import * as z from "zod/mini";
import type { Call } from "../kit/contract.js";
import { ProviderError, vendorFailure } from "../kit/failure.js";
import { type Answer, appClient, ask, type CreateJwt } from "./client.js";
import type { Admin } from "./schemas.js";
import { ownSigner, pemSigner } from "./signer.js";

/** Where App JWTs are signed when not with a PEM from the admin secret. */
export interface Signing {
  readonly createJwt: CreateJwt;
  /** `import.meta.url` of the module that makes the provider and exports it by default: its function bundles that. */
  readonly module: string;
}

/** What a token may do: everything that was granted, where it is not said. */
export interface TokenWish {
  readonly installationId: number;
  readonly repositories?: readonly string[] | undefined;
  readonly repositoryIds?: readonly number[] | undefined;
  readonly permissions?: Readonly<Record<string, string>> | undefined;
}

const minted = z.object({
  token: z.string().check(z.minLength(1)),
  expires_at: z.iso.datetime({ offset: true }),
});
const mintRoute = "POST /app/installations/{installation_id}/access_tokens";

/**
 * Makes one installation token, as the App.
 * Throws ProviderError: `admin_rejected` (the App's JWT, or a suspended installation), `config_invalid` (no such
 * installation, or more than it was granted), and what `ask` throws.
 * @param maker the function that takes a signer, for whoever has no `privateKey`.
 * @see https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app
 */
export async function mintToken(
  call: Pick<Call<unknown, Admin>, "admin" | "endpoint" | "fetch" | "now">,
  wish: TokenWish,
  signer: { readonly signing: Signing | undefined; readonly maker: string },
): Promise<{ readonly token: string; readonly expiresAt: Date }> {
  const { installationId, repositories, repositoryIds, permissions } = wish;
  const client = appClient(call, call.admin.appId, signerOf(call, signer));
  const answer = await ask(client, mintRoute, {
    installation_id: installationId,
    ...(repositories && { repositories }),
    ...(repositoryIds && { repository_ids: repositoryIds }),
    ...(permissions && { permissions }),
  });
  if (answer.status >= 400) throw mintFailure(answer, installationId);
  const made = minted.safeParse(answer.data);
  if (!made.success) throw wrongShape(mintRoute, "without a token and when it expires");
  return { token: made.data.token, expiresAt: new Date(made.data.expires_at) };
}

function signerOf(
  { admin, now }: Pick<Call<unknown, Admin>, "admin" | "now">,
  { signing, maker }: { readonly signing: Signing | undefined; readonly maker: string },
): CreateJwt {
  if (signing) return ownSigner(signing.createJwt);
  if (admin.privateKey) return pemSigner(admin.privateKey, now);
  throw new ProviderError("admin_rejected", {
    expected: "a privateKey in the admin secret",
    found: "none",
    next: `Add the App's private key, or sign elsewhere with ${maker}({ createJwt, module }).`,
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

export function suspended(route: string): ProviderError {
  return vendorFailure(`GitHub's ${route}`, 403, {
    code: "admin_rejected",
    found: "a suspended installation",
    next: "Lift the suspension at GitHub (or with DELETE /app/installations/{installation_id}/suspended).",
  });
}

export function wrongShape(route: string, what: string): ProviderError {
  return vendorFailure(`GitHub's ${route}`, 200, { code: "unexpected", found: `a success ${what}` });
}
