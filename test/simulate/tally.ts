import type { Journal } from "../../services/sandbox/journal.js";
import { routineName } from "../../services/schedules/names.js";
import type { Planted } from "./secrets.js";

/** One tick of a routine schedule. Times are milliseconds since the epoch. */
export interface Tick {
  /** When it should have come, ISO 8601 to the second. */
  readonly time: string;
  /** When it was delivered first. */
  readonly at: number;
  /** How often it was delivered, retries apart. */
  deliveries: number;
}

/** A step or a job that failed. */
export interface Failed {
  readonly at: number;
  readonly what: string;
  readonly code: string;
}

/** What happened to one secret. */
export interface Happened {
  readonly ticks: readonly Tick[];
  /** When its rotations succeeded. */
  readonly succeeded: readonly number[];
  /** How often AWS gave a rotation up; it may have been taken up again. */
  readonly failed: number;
  readonly abandoned: number;
  /** Further tries of rotations. */
  readonly retried: number;
  readonly failures: readonly Failed[];
}

type Counting = { -readonly [Name in keyof Happened]: Happened[Name] } & {
  readonly byTime: Map<string, Tick>;
  readonly tried: Set<string>;
};

/** Reads journal and log of the functions as they grow. */
export class Tally {
  readonly #counting: ReadonlyMap<string, Counting>;
  readonly #bySchedule: ReadonlyMap<string, Counting>;
  readonly #now: () => number;
  readonly #events = new Map<string, number>();
  #read: number;

  constructor(journal: Pick<Journal, "last">, secrets: readonly Planted[], now: () => number) {
    this.#now = now;
    this.#read = journal.last;
    const all = secrets.map(({ name, id }) => {
      const nothing = { failed: 0, abandoned: 0, retried: 0 };
      const counting: Counting = {
        ...{ ...nothing, ticks: [], succeeded: [], failures: [], byTime: new Map(), tried: new Set() },
      };
      return { name, schedule: routineName(id), counting };
    });
    this.#counting = new Map(all.map(({ name, counting }) => [name, counting]));
    this.#bySchedule = new Map(all.map(({ schedule, counting }) => [schedule, counting]));
  }

  /** A line of a function's log. */
  line(text: string): void {
    const { event, secret, step, job, code } = JSON.parse(text);
    if (typeof event !== "string") return;
    this.#events.set(event, (this.#events.get(event) ?? 0) + 1);
    const one = this.#counting.get(secret);
    if (!one || typeof code !== "string") return;
    one.failures = [...one.failures, { at: this.#now(), what: String(step ?? job ?? event), code }];
  }

  /** Of names of lines in the functions' logs. */
  count(...events: readonly string[]): number {
    return events.reduce((sum, event) => sum + (this.#events.get(event) ?? 0), 0);
  }

  /** What was written since it was read last. To be called before the journal forgets. */
  drain(journal: Journal): void {
    for (const entry of journal.since(this.#read)) {
      this.#read = entry.seq;
      if (entry.kind === "delivery" && entry.attempt === 1) {
        const one = this.#bySchedule.get(entry.schedule);
        if (one) delivered(one, entry.scheduledTime, Date.parse(entry.at));
      } else if (entry.kind === "rotation") {
        const one = this.#counting.get(entry.secret);
        if (!one) continue;
        if (entry.outcome === "succeeded") one.succeeded = [...one.succeeded, Date.parse(entry.at)];
        if (entry.outcome === "failed") one.failed++;
        if (entry.outcome === "abandoned") one.abandoned++;
      } else if (entry.kind === "invocation" && entry.phase === "start" && entry.step === "createSecret") {
        const one = this.#counting.get(entry.secret);
        if (one?.tried.has(entry.token)) one.retried++;
        one?.tried.add(entry.token);
      }
    }
  }

  happened(secret: string): Happened | undefined {
    return this.#counting.get(secret);
  }
}

function delivered(one: Counting, time: string, at: number): void {
  const known = one.byTime.get(time);
  if (known) {
    known.deliveries++;
    return;
  }
  const tick = { time, at, deliveries: 1 };
  one.byTime.set(time, tick);
  one.ticks = [...one.ticks, tick];
}
