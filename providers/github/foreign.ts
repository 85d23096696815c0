import type { ForeignKey } from "../kit/contract.js";

const publicCall =
  "Anyone may end it by POST /credentials/revoke, without signing in; its owner is told, and nothing brings it back.";

/** The five kinds that GitHub's public revocation call takes; their patterns are GitHub's own. */
function revocable(kind: string, title: string, pattern: RegExp, besides = ""): ForeignKey {
  return { id: `github/${kind}`, title, pattern, publiclyRevocable: true, advice: `${publicCall}${besides}` };
}

/** Deploy keys are told to go with what they were made with. */
const cascade = " Deploy keys that were made with it end with it.";

/**
 * Credentials of GitHub that no provider rotates.
 * @see https://docs.github.com/rest/credentials/revoke
 * @see https://docs.github.com/authentication/keeping-your-account-and-data-secure/about-authentication-to-github
 */
export const foreign: readonly ForeignKey[] = [
  revocable(
    "classic-personal-access-token",
    "a classic personal access token of GitHub",
    /(?<![A-Za-z0-9])ghp_[A-Za-z0-9]{36,255}(?![A-Za-z0-9])/g,
    cascade,
  ),
  revocable(
    "fine-grained-personal-access-token",
    "a fine-grained personal access token of GitHub",
    /(?<![A-Za-z0-9])github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}(?![A-Za-z0-9])/g,
    cascade,
  ),
  revocable(
    "oauth-token",
    "an OAuth app's token of GitHub",
    /(?<![A-Za-z0-9])gho_[A-Za-z0-9]{36,255}(?![A-Za-z0-9])/g,
    cascade,
  ),
  revocable(
    "app-user-token",
    "a GitHub App's user token",
    /(?<![A-Za-z0-9])ghu_[A-Za-z0-9]{36,255}(?![A-Za-z0-9])/g,
  ),
  revocable(
    "app-refresh-token",
    "a GitHub App's refresh token",
    /(?<![A-Za-z0-9])ghr_[A-Za-z0-9]{36,255}(?![A-Za-z0-9])/g,
  ),
];
