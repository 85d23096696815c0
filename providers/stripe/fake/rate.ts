/** Counts requests by whose they are, in whole seconds of the clock. */
export class Rate {
  readonly #counts = new Map<string, { second: number; used: number }>();

  /** Counts one request. False when `who` had `limit` of them in this second already. */
  take(who: string, now: Date, limit: number | "off"): boolean {
    const second = Math.floor(now.getTime() / 1000);
    const before = this.#counts.get(who);
    const used = before?.second === second ? before.used + 1 : 1;
    this.#counts.set(who, { second, used });
    return limit === "off" || used <= limit;
  }
}
