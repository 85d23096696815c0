import { createAppAuth } from "@octokit/auth-app";
// Not @octokit/rest: its table of every route makes the function 86 kB larger, and four routes are used.
import { Octokit } from "@octokit/core";
import * as z from "zod/mini";
import type { Call } from "../kit/contract.js";
import { failureCodes, failureOfStatus, providerErrorIn, vendorFailure } from "../kit/failure.js";

/** Signs an App JWT; what `createAppAuth` of @octokit/auth-app takes under the same name. */
export type CreateJwt = (
  appId: string,
  /** Seconds to add to the system clock to get GitHub's time; given only when GitHub refused the clock. */
  timeDifference?: number,
) => Promise<{ jwt: string; expiresAt?: string }>;

/** GitHub's own answer: a success, or a 4xx with an error body of its shape that is no rate limit. */
export interface Answer {
  readonly status: number;
  readonly data: unknown;
  /** A 403 because someone suspended the installation. */
  readonly suspended: boolean;
  /** What else GitHub said that decides; its words go no further. */
  readonly reason?: Reason;
  /** There is another page of this list. */
  readonly more: boolean;
}

export type Reason = "key_in_use" | "deploy_keys_disabled";

/** Octokit on the lent route and clock. */
export interface Client {
  readonly octokit: Octokit;
  readonly now: () => Date;
}

type Route = Pick<Call<unknown, unknown>, "endpoint" | "fetch" | "now">;

const silent = () => undefined;
const log = { debug: silent, info: silent, warn: silent, error: silent };

/** Octokit with no credential of its own: the caller sends the header. */
export function tokenClient(call: Route): Client {
  return { octokit: new Octokit(optionsFor(call)), now: call.now };
}

/** Octokit that authenticates as the App, and tries once more with GitHub's time when GitHub refuses the clock. */
export function appClient(call: Route, appId: string, createJwt: CreateJwt): Client {
  const sign = async (_: string | number, timeDifference?: number) => {
    const { jwt, expiresAt } = await createJwt(appId, timeDifference);
    return { jwt, expiresAt: expiresAt ?? "" };
  };
  const auth = { authStrategy: createAppAuth, auth: { appId, createJwt: sign } };
  return { octokit: new Octokit({ ...optionsFor(call), ...auth }), now: call.now };
}

function optionsFor(call: Route) {
  return {
    baseUrl: call.endpoint,
    userAgent: "keyturn",
    log,
    // `log` twice: a `deprecation` header is reported to the request's own, which is the console by default.
    request: { fetch: call.fetch, retries: 0, log },
  };
}

/**
 * Sends one request. Throws ProviderError `rate_limited`, `unavailable` or `unexpected`; every other refusal is
 * returned, for its meaning depends on the request. Nothing of GitHub's text, and no SDK error, gets out of here.
 */
export async function ask(
  { octokit, now }: Client,
  route: string,
  parameters: Readonly<Record<string, unknown>> & {
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): Promise<Answer> {
  const headers = { "x-github-api-version": "2022-11-28", ...parameters.headers };
  try {
    const { status, data, headers: answered } = await octokit.request(route, { ...parameters, headers });
    return { status, data, suspended: false, more: hasNext(answered.link) };
  } catch (thrown) {
    const ours = providerErrorIn(thrown);
    if (ours) throw ours;
    return refusal(route, thrown, now());
  }
}

const httpError = z.object({
  status: z.number(),
  response: z.object({ headers: z.record(z.string(), z.unknown()), data: z.unknown() }),
});
const errorBody = z.object({
  message: z.string(),
  documentation_url: z.optional(z.unknown()),
  errors: z.optional(z.unknown()),
});

/** GitHub tells these 422s apart by their English alone. */
const reasons: readonly (readonly [Reason, RegExp])[] = [
  ["key_in_use", /\bkey is already in use\b/i],
  ["deploy_keys_disabled", /\bdeploy keys are disabled\b/i],
];

function refusal(route: string, thrown: unknown, now: Date): Answer {
  const error = httpError.safeParse(thrown);
  if (!error.success) {
    throw vendorFailure(`GitHub's ${route}`, 0, {
      code: "unexpected",
      found: "a request or an answer that the GitHub SDK could not handle",
    });
  }
  const { status, response } = error.data;
  const body = errorBody.safeParse(response.data);
  const text = body.success ? `${body.data.message} ${String(body.data.documentation_url ?? "")}` : "";
  if (status === 429 || (status === 403 && isRateLimit(response.headers, text))) {
    throw vendorFailure(`GitHub's ${route}`, status, {
      code: "rate_limited",
      found: `a rate limit (HTTP status ${status})`,
      retryAfterSeconds: retryAfter(response.headers, now),
    });
  }
  if (failureCodes[failureOfStatus(status)].retryable) throw vendorFailure(`GitHub's ${route}`, status);
  // A 401 or 403 of a proxy says nothing about the credential, so only GitHub's own may decide.
  if (!body.success) {
    throw vendorFailure(`GitHub's ${route}`, status, {
      code: "unexpected",
      found: `HTTP status ${status} without GitHub's error body, as a proxy would send`,
    });
  }
  const said = `${body.data.message} ${JSON.stringify(body.data.errors ?? "")}`;
  const [reason] = status === 422 ? (reasons.find(([, words]) => words.test(said)) ?? []) : [];
  const suspended = status === 403 && /\bsuspended\b/i.test(body.data.message);
  return { status, data: undefined, suspended, ...(reason && { reason }), more: false };
}

/** GitHub also answers 403, to every credential, after several wrong ones; that is no verdict either. */
function isRateLimit(headers: Readonly<Record<string, unknown>>, text: string): boolean {
  return (
    headers["retry-after"] !== undefined ||
    String(headers["x-ratelimit-remaining"]) === "0" ||
    /(secondary|abuse)[-_ ]rate[-_ ]limit|login attempts/i.test(text)
  );
}

/**
 * How long GitHub wants to be left alone. Seconds: `retry-after`, or until the hour's count starts anew, or the minute that it
 * asks for where it says nothing.
 * @see https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
 */
function retryAfter(headers: Readonly<Record<string, unknown>>, now: Date): number {
  const number = (name: string) =>
    /^\d{1,12}$/.test(String(headers[name])) ? Number(headers[name]) : undefined;
  const reset = number("x-ratelimit-remaining") === 0 ? number("x-ratelimit-reset") : undefined;
  const untilReset = reset && Math.max(0, Math.ceil(reset - now.getTime() / 1000));
  return number("retry-after") ?? untilReset ?? 60;
}

/** @see https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api#using-link-headers */
function hasNext(link: string | undefined): boolean {
  return /;\s*rel="?next\b/i.test(link ?? "");
}
