import type { Clock } from "../clock.js";
import { createHands } from "./hands.js";
import { createHeap } from "./heap.js";
import type { Timeline } from "./parts.js";

/** The timeline and what only the sandbox itself may do with it. */
export interface MovableTimeline extends Timeline {
  /** True when time follows real time; an advance under way does not change it. */
  readonly moving: boolean;
  setMoving(moving: boolean): void;
  /**
   * Back to `start`, with nothing set and nobody joined: tasks are dropped, and whoever was joined has left.
   * Advances under way and waits for `idle` resolve.
   */
  reset(start: Date): void;
}

/** Something that falls due: a task, or the end of a sleep. */
interface Due {
  readonly time: number;
  /** Of those due together, tasks come first (0), then sleepers (1). */
  readonly rank: 0 | 1;
  readonly order: number;
  fire(): void;
}

interface Participant {
  /** Sleeps that are open. */
  sleeps: number;
  /** Their ends, where they end by themselves. */
  readonly ends: Set<Due>;
}

interface Advance {
  readonly ms: number;
  fired: number;
  readonly resolve: (result: { now: Date; fired: number }) => void;
}

/** Longer waits than this overflow a Node timer. Milliseconds. */
const longestTimer = 2 ** 31 - 1;

/**
 * The sandbox's one clock, a discrete-event clock.
 *
 * **Who runs.** A participant runs from `join` to `leave`, except while at least one of its sleeps is open. So code
 * that waits for an HTTP answer runs, and time stands still for it.
 *
 * **Frozen.** While a participant runs, time stands still and nothing fires. When none runs, whatever is due now
 * fires; and when one sleeps, time jumps to the next thing due, a task or the end of a sleep, and that alone fires.
 * Then all this is looked at again, one turn of the event loop later. Things due together fire tasks first, in the
 * order they were set, then sleepers, in the order they fell asleep. When nobody is joined only `advance` moves time.
 *
 * **Advance.** Works the same with a target: one after the other, everything due up to the target fires; the target
 * becomes the time; then whoever still sleeps goes on as above until none is left and every task is finished.
 * So the `now` it resolves with lies past the target when a sleep ended past it. `fired` counts tasks. Several
 * advances run one after the other. It waits for those who run, so none of them may wait for it.
 *
 * **Moving.** Time follows real time and things fire when due, without waiting for one another. During an advance it
 * is frozen, and goes on from where the advance ends.
 *
 * Sleeps of `Infinity` end only by their signal, and nothing waits for them but `idle`. After `leave`, sleeps open
 * or begun never end by themselves, as those of a killed function. A task may be async: while it is unfinished and
 * nobody sleeps, nothing else fires. A task that throws is a bug, and surfaces as an unhandled rejection.
 */
export function createTimeline(options: { start: Date; moving: boolean }): MovableTimeline {
  const hands = createHands(options.start.getTime());
  let moving = options.moving;
  if (moving) hands.run();
  const agenda = createHeap(compare);
  let orders = 0;
  const participants = new Set<Participant>();
  // How many of them run, and how many things on the agenda are ends of sleeps: both are asked for at every look.
  let running = 0;
  let wakings = 0;
  const unfinished = new Set<object>();
  let advances: Advance[] = [];
  let goal = Number.NEGATIVE_INFINITY;
  let idlers: (() => void)[] = [];
  let looking = false;
  let timer: NodeJS.Timeout | undefined;

  const someoneRuns = () => running > 0;
  const someoneWillWake = () => wakings > 0;

  /** Looks again in the next turn of the event loop, after everything that follows from what just happened has begun. */
  function look(): void {
    if (looking) return;
    looking = true;
    setImmediate(() => {
      looking = false;
      clearTimeout(timer);
      if (moving && advances.length === 0) follow();
      else jump();
    });
  }

  function follow(): void {
    const next = agenda.first();
    if (next && next.time <= hands.now()) {
      fire(next);
      return;
    }
    if (next) timer = setTimeout(look, Math.min(Math.max(1, next.time - hands.now()), longestTimer));
    rest();
  }

  function jump(): void {
    const sleeping = someoneWillWake();
    if (someoneRuns() || (unfinished.size > 0 && !sleeping)) return;
    const next = agenda.first();
    const dueNow = next && next.time <= Math.max(goal, hands.now());
    if (!dueNow) hands.forward(goal);
    if (next && (dueNow || sleeping)) {
      fire(next);
      return;
    }
    finishAdvance();
    rest();
  }

  function fire(due: Due): void {
    remove(due);
    hands.forward(due.time);
    due.fire();
    look();
  }

  function rest(): void {
    if (participants.size > 0 || unfinished.size > 0 || advances.length > 0) return;
    const resting = idlers;
    idlers = [];
    for (const resolve of resting) resolve();
  }

  function beginAdvance(): void {
    const [current] = advances;
    if (!current) return;
    hands.stop();
    goal = hands.now() + current.ms;
    look();
  }

  function finishAdvance(): void {
    const done = advances.shift();
    if (!done) return;
    goal = Number.NEGATIVE_INFINITY;
    done.resolve({ now: new Date(hands.now()), fired: done.fired });
    if (moving) hands.run();
    beginAdvance();
    look();
  }

  function add(time: number, rank: 0 | 1, fireIt: () => void): Due {
    const due: Due = { time: Math.ceil(time), rank, order: orders++, fire: fireIt };
    agenda.add(due);
    wakings += rank;
    look();
    return due;
  }

  function remove(due: Due): void {
    if (agenda.remove(due)) wakings -= due.rank;
  }

  async function run(task: () => void | Promise<void>): Promise<void> {
    const mark = {};
    unfinished.add(mark);
    const [current] = advances;
    if (current) current.fired++;
    try {
      await task();
    } finally {
      unfinished.delete(mark);
      look();
    }
  }

  function sleep(participant: Participant, ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const end = () => {
        signal?.removeEventListener("abort", abort);
        if (due) participant.ends.delete(due);
        participant.sleeps--;
        if (participant.sleeps === 0 && participants.has(participant)) running++;
        look();
      };
      const abort = () => {
        if (due) remove(due);
        end();
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", abort);
      if (participant.sleeps === 0 && participants.has(participant)) running--;
      participant.sleeps++;
      look();
      const endless = ms === Number.POSITIVE_INFINITY || !participants.has(participant);
      const due = endless
        ? undefined
        : add(hands.now() + (ms > 0 ? ms : 0), 1, () => {
            end();
            resolve();
          });
      if (due) participant.ends.add(due);
    });
  }

  return {
    now: () => new Date(hands.now()),
    get moving() {
      return moving;
    },
    at(due, task) {
      const entry = add(due.getTime(), 0, () => void run(task));
      return () => {
        remove(entry);
        look();
      };
    },
    join() {
      const participant: Participant = { sleeps: 0, ends: new Set() };
      participants.add(participant);
      running++;
      const clock: Clock = {
        now: () => new Date(hands.now()),
        monotonic: () => hands.monotonic(),
        sleep: (ms, signal) => sleep(participant, ms, signal),
      };
      return {
        clock,
        leave() {
          if (!participants.delete(participant)) return;
          if (participant.sleeps === 0) running--;
          for (const end of participant.ends) remove(end);
          look();
        },
      };
    },
    advance(ms) {
      if (!(ms >= 0 && Number.isFinite(ms)))
        return Promise.reject(new RangeError(`expected milliseconds of 0 or more to advance; found ${ms}`));
      return new Promise((resolve) => {
        advances.push({ ms: Math.ceil(ms), fired: 0, resolve });
        if (advances.length === 1) beginAdvance();
      });
    },
    idle: () =>
      new Promise((resolve) => {
        idlers.push(resolve);
        look();
      }),
    setMoving(next) {
      moving = next;
      if (advances.length > 0) return;
      if (moving) hands.run();
      else hands.stop();
      look();
    },
    reset(start) {
      hands.put(start.getTime());
      agenda.clear();
      participants.clear();
      running = 0;
      wakings = 0;
      unfinished.clear();
      goal = Number.NEGATIVE_INFINITY;
      const stopped = advances;
      advances = [];
      for (const advance of stopped) advance.resolve({ now: start, fired: advance.fired });
      if (moving) hands.run();
      look();
    },
  };
}

function compare(a: Due, b: Due): number {
  return a.time - b.time || a.rank - b.rank || a.order - b.order;
}
