import { setTimeout as wait } from "node:timers/promises";

/** The only source of time. The sandbox lends one that can be frozen and moved. */
export interface Clock {
  now(): Date;
  /** Milliseconds since some fixed moment; never goes back. */
  monotonic(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** A clock that is another one at each call. */
export const clockBehind = (current: () => Clock): Clock => ({
  now: () => current().now(),
  monotonic: () => current().monotonic(),
  sleep: (ms, signal) => current().sleep(ms, signal),
});

export const systemClock: Clock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  sleep: async (ms, signal) => {
    await wait(ms, undefined, signal ? { signal } : {});
  },
};
