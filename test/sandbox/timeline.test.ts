import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { createTimeline } from "../../services/sandbox/timeline.js";

const start = new Date("2026-03-01T12:00:00.000Z");
const frozen = () => createTimeline({ start, moving: false });
const second = 1000;

/** Real I/O and real turns of the event loop, during which frozen time must not pass. */
async function work(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) {
    if (turn % 3 === 2) await readFile(new URL(import.meta.url));
    else await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A small generator of repeatable numbers. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function elapsed(timeline: { now(): Date }): number {
  return timeline.now().getTime() - start.getTime();
}

/** Promises settle, immediates run, nothing of the wall clock. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe("frozen", () => {
  test.each([1, 2, 3, 4, 5, 6])(
    "many sleepers wake in order of due time, then of going to sleep (%i)",
    async (seed) => {
      const once = async () => {
        const timeline = frozen();
        const random = numbers(seed);
        const wakes: { due: number; order: number; at: number }[] = [];
        let order = 0;
        const lives = Array.from({ length: 40 }, async () => {
          const { clock, leave } = timeline.join();
          for (let sleeps = random(8); sleeps >= 0; sleeps--) {
            const ms = random(6) * 100;
            const turns = random(4);
            const sleep = { due: elapsed(timeline) + ms, order: order++ };
            await clock.sleep(ms);
            wakes.push({ ...sleep, at: elapsed(timeline) });
            await work(turns);
          }
          leave();
        });
        await Promise.all(lives);
        await timeline.idle();
        return wakes;
      };
      const wakes = await once();
      expect(wakes.length).toBeGreaterThan(100);
      expect(wakes.map(({ at }) => at)).toEqual(wakes.map(({ due }) => due));
      expect(wakes).toEqual([...wakes].sort((a, b) => a.due - b.due || a.order - b.order));
      expect(await once()).toEqual(wakes);
    },
  );

  test("time stands still while one runs, and then jumps from sleeper to sleeper", async () => {
    const timeline = frozen();
    const [a, b] = [timeline.join(), timeline.join()];
    const woke = a.clock.sleep(10 * second).then(() => elapsed(timeline));
    await work(10);
    expect(elapsed(timeline)).toBe(0);
    await b.clock.sleep(4 * second);
    expect(elapsed(timeline)).toBe(4 * second);
    await work(10);
    expect(elapsed(timeline)).toBe(4 * second);
    b.leave();
    expect(await woke).toBe(10 * second);
    expect(a.clock.monotonic()).toBe(10 * second);
  });

  test("nobody joined: only advance moves time", async () => {
    const timeline = frozen();
    let ran = false;
    timeline.at(new Date(start.getTime() + 1), () => {
      ran = true;
    });
    await settled();
    expect([ran, elapsed(timeline)]).toEqual([false, 0]);
    await timeline.advance(1);
    expect([ran, elapsed(timeline)]).toEqual([true, 1]);
  });

  test("tasks that fall due before a sleeper, or with it, run first", async () => {
    const timeline = frozen();
    const log: string[] = [];
    const task = (seconds: number, name: string) =>
      timeline.at(new Date(start.getTime() + seconds * second), () => {
        log.push(`${name} ${elapsed(timeline) / second}`);
      });
    const { clock, leave } = timeline.join();
    const asleep = clock.sleep(5 * second).then(() => log.push(`sleeper ${elapsed(timeline) / second}`));
    task(5, "same");
    task(3, "c");
    task(3, "d");
    task(1, "a");
    task(-7, "overdue");
    const cancel = task(2, "cancelled");
    task(6, "later");
    cancel();
    cancel();
    await asleep;
    leave();
    await timeline.idle();
    expect(log).toEqual(["overdue 0", "a 1", "c 3", "d 3", "same 5", "sleeper 5"]);
  });

  test("who leaves no longer holds time, and its sleeps do not end", async () => {
    const timeline = frozen();
    const [a, b] = [timeline.join(), timeline.join()];
    let ended = 0;
    const killed = () => ended++;
    a.clock.sleep(second).then(killed, killed);
    a.leave();
    a.leave();
    a.clock.sleep(0).then(killed, killed);
    await b.clock.sleep(5 * second);
    await settled();
    expect([ended, elapsed(timeline)]).toEqual([0, 5 * second]);
  });

  test("an aborted sleep rejects with the signal's reason and counts as running again", async () => {
    const timeline = frozen();
    const [a, b] = [timeline.join(), timeline.join()];
    const abort = new AbortController();
    const reason = new Error("enough");
    const aborted = a.clock.sleep(second, abort.signal);
    const other = b.clock.sleep(2 * second).then(() => elapsed(timeline));
    abort.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    await expect(a.clock.sleep(second, abort.signal)).rejects.toBe(reason);
    await settled();
    expect(elapsed(timeline)).toBe(0);
    const again = a.clock.sleep(5 * second).then(() => elapsed(timeline));
    expect(await other).toBe(2 * second);
    b.leave();
    expect(await again).toBe(5 * second);
  });

  test("an endless sleep ends by its signal alone, and does not hold the others' time", async () => {
    const timeline = frozen();
    const [parked, other] = [timeline.join(), timeline.join()];
    const abort = new AbortController();
    const end = parked.clock.sleep(Number.POSITIVE_INFINITY, abort.signal).catch(() => "aborted");
    await other.clock.sleep(second);
    other.leave();
    expect((await timeline.advance(second)).now.getTime()).toBe(start.getTime() + 2 * second);
    let idle = false;
    const waiting = timeline.idle().then(() => {
      idle = true;
    });
    await settled();
    expect(idle).toBe(false);
    abort.abort();
    expect(await end).toBe("aborted");
    parked.leave();
    await waiting;
  });

  test("idle waits for who runs and who sleeps, and no longer", async () => {
    const timeline = frozen();
    await timeline.idle();
    const { clock, leave } = timeline.join();
    let idle = false;
    const waiting = timeline.idle().then(() => {
      idle = true;
    });
    await clock.sleep(second);
    await settled();
    expect(idle).toBe(false);
    leave();
    await waiting;
    expect(elapsed(timeline)).toBe(second);
  });
});

describe("advance", () => {
  test("runs what falls due in order, what that sets included, and waits for all of it", async () => {
    const timeline = frozen();
    const log: string[] = [];
    const at = (seconds: number, task: () => void | Promise<void>) =>
      timeline.at(new Date(start.getTime() + seconds * second), task);
    at(30, async () => {
      log.push(`slow begins ${elapsed(timeline) / second}`);
      await work(9);
      log.push(`slow ends ${elapsed(timeline) / second}`);
    });
    at(30, () => void log.push(`same ${elapsed(timeline) / second}`));
    at(10, () => {
      log.push(`first ${elapsed(timeline) / second}`);
      at(20, () => void log.push(`set by first ${elapsed(timeline) / second}`));
    });
    at(61, () => void log.push("beyond"));
    expect(await timeline.advance(60 * second)).toEqual({
      now: new Date(start.getTime() + 60 * second),
      fired: 4,
    });
    expect(log).toEqual(["first 10", "set by first 20", "slow begins 30", "slow ends 30", "same 30"]);
  });

  test("waits for what a task started, and stands past the target when that slept past it", async () => {
    const timeline = frozen();
    const log: number[] = [];
    const hour = 3600 * second;
    const rotate = async () => {
      const { clock, leave } = timeline.join();
      await clock.sleep(20 * second);
      await work(3);
      log.push(elapsed(timeline) / second);
      leave();
    };
    timeline.at(new Date(start.getTime() + hour / 2), rotate);
    timeline.at(new Date(start.getTime() + hour), rotate);
    const { now, fired } = await timeline.advance(hour);
    expect([now.getTime() - start.getTime(), fired]).toEqual([hour + 20 * second, 2]);
    expect(log).toEqual([1820, 3620]);
  });

  test("waits for who runs already; several go one after the other", async () => {
    const timeline = frozen();
    const { clock, leave } = timeline.join();
    const both = Promise.all([timeline.advance(10 * second), timeline.advance(10 * second)]);
    await settled();
    expect(elapsed(timeline)).toBe(0);
    await clock.sleep(3 * second);
    expect(elapsed(timeline)).toBe(3 * second);
    leave();
    expect((await both).map(({ now }) => now.getTime() - start.getTime())).toEqual([
      10 * second,
      20 * second,
    ]);
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])("refuses %d milliseconds", async (ms) => {
    const timeline = frozen();
    await expect(timeline.advance(ms)).rejects.toThrow(RangeError);
    expect(elapsed(timeline)).toBe(0);
  });
});

test("a reset goes back to the start with nothing set, and lets go who waits", async () => {
  const timeline = frozen();
  let ran = false;
  timeline.at(new Date(start.getTime() + 10), () => {
    ran = true;
  });
  const { clock, leave } = timeline.join();
  const advance = timeline.advance(5);
  const idle = timeline.idle();
  timeline.reset(start);
  leave();
  clock.sleep(0).then(
    () => expect.unreachable(),
    () => expect.unreachable(),
  );
  await Promise.all([advance, idle]);
  expect(await timeline.advance(second)).toEqual({ now: new Date(start.getTime() + second), fired: 0 });
  expect(ran).toBe(false);
  const before = timeline.join().clock.monotonic();
  timeline.reset(new Date(0));
  expect([timeline.now(), timeline.join().clock.monotonic()]).toEqual([new Date(0), before]);
});
