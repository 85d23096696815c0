import { boundFetch } from "../../../providers/kit/bound-fetch.js";
import { vendorFailure } from "../../../providers/kit/failure.js";
import type { Secret } from "../../../providers/kit/secret.js";

/** GitHub's public API. */
export const publicApi = "https://api.github.com";
/** GitHub takes as many in one request. */
const mostAtOnce = 1000;
const timeoutMs = 15_000;

/**
 * Ends credentials of GitHub that anyone may end, without signing in: any `Authorization` is refused. Nothing brings them back, and
 * their owners are told by mail. GitHub's answer does not say which of them lived.
 * @param endpoint where GitHub's API is; GitHub Enterprise Server has no such call
 * @throws ProviderError `rate_limited` (60 requests an hour for each address that asks), `unavailable`, `unexpected`
 * @see https://docs.github.com/rest/credentials/revoke#revoke-a-list-of-credentials
 */
export async function revokeAtGitHub(credentials: readonly Secret[], endpoint: string): Promise<void> {
  const base = endpoint.replace(/\/+$/, "");
  const request = boundFetch({ endpoint: base, signal: new AbortController().signal, timeoutMs });
  for (let from = 0; from < credentials.length; from += mostAtOnce) {
    const some = credentials.slice(from, from + mostAtOnce);
    const answer = await request(`${base}/credentials/revoke`, {
      method: "POST",
      headers: {
        ...{ accept: "application/vnd.github+json", "content-type": "application/json" },
        ...{ "user-agent": "keyturn", "x-github-api-version": "2022-11-28" },
      },
      body: JSON.stringify({ credentials: some.map((one) => one.reveal()) }),
    });
    if (answer.status === 202) continue;
    const isLimit = answer.status === 429 || answer.status === 403;
    throw vendorFailure("POST /credentials/revoke", answer.status, {
      ...(isLimit && { code: "rate_limited" as const }),
      next: isLimit
        ? "Try again from another address or in an hour: GitHub takes 60 such requests an hour from one."
        : "End them by hand: https://github.com/settings/tokens. Those of requests before this one were taken.",
    });
  }
}
