import { type Act, actsOf, type Try } from "../acts.js";
import type { Bench, Probe } from "../bench.js";
import { must } from "../check.js";
import { codeIn, outcomeOf, wordOf } from "../outcome.js";

/** How soon is soon, on a loaded machine. Milliseconds. */
const soonMs = 1500;
/** So long that no time-out can be taken for obedience. Milliseconds. */
const timeoutMs = 60_000;

/** At every exchange of every verb nothing comes, and the signal aborts; and once before the first. */
export const obeyed: Probe = async (bench) => {
  for (const act of await actsOf(bench)) {
    const exchanges = await countExchanges(bench, act);
    for (let index = -1; index < exchanges; index++) {
      const ready = await act.ready();
      if (ready) await abortAt(bench, act, ready, index);
    }
  }
};

async function abortAt(bench: Bench, { verb }: Act, ready: Try, index: number): Promise<void> {
  const ending = new AbortController();
  const connection = await bench.connect(ready.customer, { signal: ending.signal, timeoutMs });
  bench.wire.play((_, at) => {
    if (at < index) return undefined;
    setImmediate(() => ending.abort());
    return { kind: "hang" };
  });
  if (index < 0) ending.abort();
  const outcome = await outcomeOf(ready.run(connection), soonMs);
  ending.abort();
  bench.wire.play();
  const when = index < 0 ? "whose signal has aborted before" : `whose signal aborts at exchange ${index + 1}`;
  must(outcome.kind !== "endless", `${verb} ${when} to end soon`, `that it goes on for ${soonMs / 1000} s`);
  const failed = outcome.kind === "thrown" && codeIn(outcome.thrown) === "unavailable";
  must(failed, `${verb} ${when} to be unavailable`, wordOf(outcome));
}

async function countExchanges(bench: Bench, act: Act): Promise<number> {
  const ready = await act.ready();
  if (!ready) return -1;
  const connection = await bench.connect(ready.customer);
  bench.wire.play();
  const outcome = await outcomeOf(ready.run(connection), soonMs);
  return outcome.kind === "value" ? bench.wire.seen.length : -1;
}
