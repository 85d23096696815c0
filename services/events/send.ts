import type { Clock } from "../clock.js";
import { batchesOf } from "./batches.js";
import type { EventName } from "./event.js";
import type { Entry, PutEvents } from "./eventbridge.js";

export interface Lost<Name extends string = EventName> {
  readonly entry: Entry<Name>;
  readonly why: string;
}

/** Before each try of what the bus did not take, but may yet. Milliseconds. */
const pauses = [0, 100, 300];

/**
 * Sends events, and resolves to those that did not arrive as far as is known. What got no answer is sent again, so an event may
 * arrive twice.
 * @param until when it gives up, by the monotonic clock and by real time. Milliseconds
 */
export async function send<Name extends string>(
  put: PutEvents,
  entries: readonly Entry<Name>[],
  clock: Clock,
  until: number,
): Promise<readonly Lost<Name>[]> {
  const inTime = (pause: number) => clock.monotonic() + pause < until;
  const signal = AbortSignal.timeout(Math.max(0, Math.floor(until - clock.monotonic())));
  const lost: Lost<Name>[] = [];
  let waiting: readonly Lost<Name>[] = entries.map((entry) => ({ entry, why: "no time" }));
  for (const pause of pauses) {
    if (waiting.length === 0 || !inTime(pause)) break;
    if (pause > 0) await clock.sleep(pause);
    const again: Lost<Name>[] = [];
    for (const batch of batchesOf(waiting)) {
      const sent = batch.map(({ entry }) => entry);
      const unsent = () => batch.map(({ why }) => ({ why, retryable: true }));
      const refusals = inTime(0) ? await put(sent, signal) : unsent();
      for (const [index, entry] of sent.entries()) {
        const refusal = refusals[index];
        if (refusal) (refusal.retryable ? again : lost).push({ entry, why: refusal.why });
      }
    }
    waiting = again;
  }
  return [...lost, ...waiting];
}
