import type { FakeResponse } from "../../kit/fake.js";
import { refusal } from "./answers.js";

/** How many requests a credential may still make this hour. */
export interface Allowance {
  readonly limit: number;
  readonly used: number;
  readonly remaining: number;
  /** When the count starts anew. Seconds since 1970. */
  readonly reset: number;
}

export const nobody = "127.0.0.1";
const hour = 3600;
const nobodysLimit = 60;
const docs = "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api";

/** GitHub's primary limit: so many requests an hour, counted per installation, App or person, or per address. */
export class RateLimits {
  readonly #windows = new Map<string, { reset: number; used: number }>();

  /** Counts one request, unless `count` is false. Over the limit, `used` exceeds `limit` and nothing remains. */
  take(who: string, now: Date, count: boolean, perHour: number): Allowance {
    const seconds = Math.floor(now.getTime() / 1000);
    let window = this.#windows.get(who);
    if (!window || window.reset <= seconds) {
      window = { reset: seconds + hour, used: 0 };
      this.#windows.set(who, window);
    }
    if (count) window.used++;
    const limit = who === nobody ? nobodysLimit : perHour;
    return { limit, used: window.used, remaining: Math.max(0, limit - window.used), reset: window.reset };
  }
}

export function limitHeaders(allowance: Allowance): Readonly<Record<string, string>> {
  return {
    "x-ratelimit-limit": String(allowance.limit),
    "x-ratelimit-remaining": String(allowance.remaining),
    "x-ratelimit-reset": String(allowance.reset),
    "x-ratelimit-resource": "core",
    "x-ratelimit-used": String(Math.min(allowance.used, allowance.limit)),
  };
}

/** The refusal of a request beyond the hour's number. The headers say when to come back. */
export function primaryLimit(who: string, status: 403 | 429): FakeResponse {
  return refusal(status, `API rate limit exceeded for ${who}.`, `${docs}#about-primary-rate-limits`);
}

/** A limit on how fast, not how much; GitHub says with or without `retry-after` when to come back. */
export function secondaryLimit(retryAfter: boolean, status: 403 | 429): FakeResponse {
  const answer = refusal(
    status,
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
    `${docs}#about-secondary-rate-limits`,
  );
  return retryAfter ? { ...answer, headers: { "retry-after": "60" } } : answer;
}
