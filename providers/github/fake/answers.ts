import type { FakeResponse } from "../../kit/fake.js";

const docs = "https://docs.github.com/rest";

/** A refusal with the body GitHub sends. */
export function refusal(status: number, message: string, documentation: string = docs): FakeResponse {
  return { status, body: { message, documentation_url: documentation, status: String(status) } };
}

/** A limit on how fast, not how much; GitHub says with or without `retry-after` when to come back. */
export function secondaryLimit(retryAfter: boolean): FakeResponse {
  const documentation = `${docs}/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits`;
  const answer = refusal(
    403,
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
    documentation,
  );
  return retryAfter ? { ...answer, headers: { "retry-after": "60" } } : answer;
}

export const badCredentials = () => refusal(401, "Bad credentials");
export const notFound = () => refusal(404, "Not Found");
export const suspendedInstallation = () =>
  refusal(403, "This installation has been suspended", `${docs}/apps/apps#suspend-an-app-installation`);

/** GitHub's timestamps have no fraction of a second. */
export function timestamp(at: Date): string {
  return at.toISOString().replace(/\.\d{3}Z$/, "Z");
}

/** The JSON object that `body` is; `undefined` when it is anything else. Empty counts as `{}`, as at GitHub. */
export function objectIn(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = body === "" ? {} : JSON.parse(body);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    return Object.fromEntries(Object.entries(value));
  } catch {
    return undefined;
  }
}
