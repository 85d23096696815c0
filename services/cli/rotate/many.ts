import { CodedError } from "../../../providers/kit/failure.js";
import type { ContainResult } from "../../rotation/leak/result.js";
import { type Containment, openContainment, type Reporting } from "./containment.js";
import type { Here } from "./place.js";
import type { Target } from "./targets.js";
import { isContained } from "./until-contained.js";

/** What became of one secret of many. */
export type Contained = { readonly secret: string; readonly provider: string; readonly seconds: number } & (
  | {
      readonly outcome: ContainResult["outcome"];
      readonly result: ContainResult | undefined;
      readonly containment: Containment | undefined;
    }
  | { readonly outcome: "failed"; readonly code: string; readonly message: string }
);

export interface ManyOrder {
  readonly targets: readonly Target[];
  readonly reportingOf: (secret: string) => Reporting;
  readonly concurrency: number;
  /** How long what is not contained after its first run is looked at again. Seconds; 0: not at all. */
  readonly followSeconds: number;
}

/** One secret's turns. */
interface Turn {
  readonly target: Target;
  readonly begunAt: number;
  containment?: Containment | undefined;
  result?: ContainResult;
  /** Not before this, by the monotonic clock. */
  notBefore: number;
  failures: number;
}

/** A secret's first run; it comes again later, so that one that waits keeps nobody waiting. Seconds. */
const runSeconds = 30;
const lookAgainMs = 15_000;
/** A secret that was throttled, or whose vendor cannot be reached, waits this long, twice as long each time. Milliseconds. */
const backOffMs = 5_000;
const longestBackOffMs = 60_000;
const mostFailures = 8;

/**
 * Contains the leaks of many secrets, so many at once. What fails for one stops none of the others; what may pass (throttled, unreachable)
 * is tried again later, eight times. Run again, it goes on with what carries a mark.
 * @returns one for each target, in their order
 */
export async function containMany(here: Here, order: ManyOrder): Promise<readonly Contained[]> {
  const { targets, concurrency } = order;
  const done = new Map<Target, Contained>();
  const start = here.clock.monotonic();
  const queue: Turn[] = targets.map((target) => ({ target, begunAt: start, notBefore: 0, failures: 0 }));
  const work = async () => {
    for (;;) {
      const turn = await nextOf(here, queue);
      if (!turn) return;
      const contained = await taken(here, order, turn, start);
      if (!contained) {
        queue.push(turn);
        continue;
      }
      done.set(turn.target, contained);
      here.say(`${done.size}/${targets.length} ${lineOf(contained)}`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, targets.length) }, work));
  return targets.flatMap((target) => done.get(target) ?? []);
}

/** `app/key: contained in 7 s` */
function lineOf(contained: Contained): string {
  const { secret, outcome, seconds } = contained;
  const words = outcome.replaceAll("_", " ");
  return contained.outcome === "failed"
    ? `${secret}: failed (${contained.code})`
    : `${secret}: ${words}, ${seconds} s`;
}

async function nextOf({ clock }: Here, queue: Turn[]): Promise<Turn | undefined> {
  for (;;) {
    const now = clock.monotonic();
    const ready = queue.findIndex(({ notBefore }) => notBefore <= now);
    if (ready >= 0) return queue.splice(ready, 1)[0];
    if (queue.length === 0) return undefined;
    await clock.sleep(Math.max(1, Math.min(...queue.map(({ notBefore }) => notBefore)) - now));
  }
}

/** One turn; undefined when the secret is to come again. */
async function taken(
  here: Here,
  order: ManyOrder,
  turn: Turn,
  start: number,
): Promise<Contained | undefined> {
  const { clock } = here;
  const { target } = turn;
  const { secret, provider } = target;
  const told = () => ({ secret, provider, seconds: Math.round((clock.monotonic() - start) / 1000) });
  const failed = ({ code, message }: CodedError<string>): Contained => ({
    ...told(),
    outcome: "failed",
    code,
    message,
  });
  if ("error" in target) return failed(target.error);
  try {
    turn.containment ??= await openContainment(here, target.place, order.reportingOf(secret));
    if (!turn.containment)
      return { ...told(), outcome: "nothing_to_do", result: undefined, containment: undefined };
    turn.result = await turn.containment.run(runSeconds);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    if (error.code === "version_missing")
      return { ...told(), outcome: "nothing_to_do", result: undefined, containment: undefined };
    turn.failures++;
    if (!error.retryable || turn.failures >= mostFailures) return failed(error);
    turn.notBefore = clock.monotonic() + Math.min(longestBackOffMs, backOffMs * 2 ** (turn.failures - 1));
    return undefined;
  }
  turn.failures = 0;
  const { result, containment } = turn;
  const isOver = isContained(result) || clock.monotonic() - start >= order.followSeconds * 1000;
  if (isOver) return { ...told(), outcome: result.outcome, result, containment };
  turn.notBefore = clock.monotonic() + lookAgainMs;
  return undefined;
}
