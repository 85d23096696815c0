/** How many requests a credential may still make this hour. */
export interface Allowance {
  readonly limit: number;
  readonly used: number;
  readonly remaining: number;
  /** When the count starts anew. Seconds since 1970. */
  readonly reset: number;
}

const hour = 3600;

/** GitHub's primary limit: so many requests an hour, counted per installation, per App, or per nobody. */
export class RateLimits {
  readonly #windows = new Map<string, { reset: number; used: number }>();

  /** Counts one request, unless `count` is false. Over the limit, `used` exceeds `limit` and nothing remains. */
  take(who: string, now: Date, count: boolean): Allowance {
    const seconds = Math.floor(now.getTime() / 1000);
    let window = this.#windows.get(who);
    if (!window || window.reset <= seconds) {
      window = { reset: seconds + hour, used: 0 };
      this.#windows.set(who, window);
    }
    if (count) window.used++;
    const limit = who === "nobody" ? 60 : 5000;
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
