import { setTimeout as realTime } from "node:timers/promises";
import { expect, test } from "vitest";
import { createTimeline } from "../../services/sandbox/timeline.js";

const start = new Date("2026-03-01T12:00:00.000Z");
const second = 1000;

function elapsed(timeline: { now(): Date }): number {
  return timeline.now().getTime() - start.getTime();
}

test("follows real time; tasks and sleeps end by it", async () => {
  // Taken first, so that no pause of this process makes what follows look early.
  const before = performance.now();
  const timeline = createTimeline({ start, moving: true });
  const { clock, leave } = timeline.join();
  const task = new Promise<number>((resolve) => {
    timeline.at(new Date(start.getTime() + 60), () => resolve(performance.now() - before));
  });
  await clock.sleep(30);
  expect(performance.now() - before).toBeGreaterThanOrEqual(25);
  expect(await task).toBeGreaterThanOrEqual(55);
  leave();
  expect(elapsed(timeline)).toBeGreaterThanOrEqual(60);
  expect(elapsed(timeline)).toBeLessThan(10 * second);
});

test("an advance adds to it and fires in order, without waiting for real time", async () => {
  const timeline = createTimeline({ start, moving: true });
  const log: string[] = [];
  const { clock, leave } = timeline.join();
  const asleep = clock.sleep(40 * 60 * second).then(() => {
    log.push("sleeper");
    leave();
  });
  for (const minutes of [50, 10, 30]) {
    timeline.at(new Date(start.getTime() + minutes * 60 * second), () => void log.push(`${minutes}`));
  }
  const began = performance.now();
  const { fired } = await timeline.advance(3600 * second);
  await asleep;
  expect([fired, log]).toEqual([3, ["10", "30", "sleeper", "50"]]);
  expect(performance.now() - began).toBeLessThan(2 * second);
  expect(elapsed(timeline)).toBeGreaterThanOrEqual(3600 * second);
  expect(elapsed(timeline)).toBeLessThan(3610 * second);
});

test("can be stopped and let go again, without a leap", async () => {
  const timeline = createTimeline({ start, moving: false });
  timeline.setMoving(true);
  await realTime(20);
  timeline.setMoving(false);
  const stopped = elapsed(timeline);
  await realTime(20);
  expect(stopped).toBeGreaterThanOrEqual(15);
  expect(elapsed(timeline)).toBe(stopped);
  timeline.setMoving(true);
  expect(elapsed(timeline)).toBeLessThan(stopped + second);
});
