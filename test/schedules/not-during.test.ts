import { describe, expect, it, test } from "vitest";
import { parseCron } from "../../services/schedules/cron.js";
import { isProblem, timingOf, type Written } from "../../services/schedules/timing.js";
import { meets, parseWindow, type Window } from "../../services/schedules/windows.js";

describe("a window", () => {
  it.each<[string, number[], number, number]>([
    ["09:00-17:00", [0, 1, 2, 3, 4, 5, 6], 9, 17],
    ["Mon-Fri 09:00-17:00", [1, 2, 3, 4, 5], 9, 17],
    ["sat,SUN 22:00-06:00", [0, 6], 22, 6],
    ["Fri-Mon 00:00-24:00", [0, 1, 5, 6], 0, 24],
  ])("%s is understood", (text, weekdays, from, until) => {
    expect(parseWindow(text)).toEqual({ text, weekdays, from, until });
  });

  it.each([
    ...["09:00", "9:00-17:00", "09:30-17:00", "09:00-25:00", "24:00-06:00", "09:00-09:00", "Mo 09:00-17:00"],
    ...["Mon-Fri", "Mon-Wed-Fri 09:00-17:00", "Mon Fri 09:00-17:00", ""],
  ])("%j is none", (text) => {
    expect(parseWindow(text)).toBeUndefined();
  });

  test("is met from its first minute to the one before its last, from the day before and over the week's end", () => {
    const at = (text: string, weekday: number, time: string, jitterMinutes = 0) => {
      const [hour = 0, minute = 0] = time.split(":").map(Number);
      const window = parseWindow(text);
      return window && meets([window], { weekday, minute: hour * 60 + minute, jitterMinutes });
    };
    expect(at("09:00-17:00", 3, "08:59")).toBe(false);
    expect(at("09:00-17:00", 3, "09:00")).toBe(true);
    expect(at("09:00-17:00", 3, "16:59")).toBe(true);
    expect(at("09:00-17:00", 3, "17:00")).toBe(false);
    expect(at("09:00-17:00", 3, "08:50", 9)).toBe(false);
    expect(at("09:00-17:00", 3, "08:50", 10)).toBe(true);
    expect(at("Fri 22:00-06:00", 6, "05:59")).toBe(true);
    expect(at("Fri 22:00-06:00", 5, "05:59")).toBe(false);
    expect(at("Sat 22:00-06:00", 0, "05:59")).toBe(true);
    expect(at("Sun 00:00-01:00", 6, "23:50", 10)).toBe(true);
    expect(at("Sun 00:00-01:00", 6, "23:50", 9)).toBe(false);
  });
});

describe("windows are compiled into the expression", () => {
  it.each<[Written, string]>([
    [{ every: "1h", notDuring: ["09:00-17:00"] }, "cron(0 0-8,17-23 * * ? *)"],
    [{ every: "1h", notDuring: ["22:00-06:00"] }, "cron(0 6-21 * * ? *)"],
    [{ every: "30m", notDuring: ["09:00-17:00"], jitter: "45m" }, "cron(0/30 0-7,17-23 * * ? *)"],
    [{ every: "6h", notDuring: ["05:00-07:00"] }, "cron(0 0,12,18 * * ? *)"],
    // A day's and a week's rotation come at the first hour that is free.
    [{ every: "1d", notDuring: ["22:00-06:00"] }, "cron(0 6 * * ? *)"],
    [{ every: "1d", notDuring: ["Mon-Fri 00:00-24:00"] }, "cron(0 0 ? * SUN,SAT *)"],
    [{ every: "7d", notDuring: ["Sat,Sun 00:00-24:00", "Mon-Fri 08:00-18:00"] }, "cron(0 0 ? * MON *)"],
    // One cron has the same hours on each day: of the two ways, the one with the shorter pause.
    [{ every: "1h", notDuring: ["Mon-Fri 09:00-17:00"] }, "cron(0 0-8,17-23 * * ? *)"],
    [{ cron: "0 9-17 ? * MON-SAT *", notDuring: ["Mon-Fri 00:00-24:00"] }, "cron(0 9-17 ? * SAT *)"],
    [{ cron: "0 2 ? * MON-FRI *", notDuring: ["Mon 00:00-06:00"] }, "cron(0 2 ? * TUE-FRI *)"],
    // A day of the month may be any weekday.
    [{ cron: "30 2,8 1 * ? *", notDuring: ["Mon 00:00-06:00"] }, "cron(30 8 1 * ? *)"],
    [{ cron: "0 2,8 ? * 2#1 *", notDuring: ["Mon 00:00-06:00"] }, "cron(0 8 ? * 2#1 *)"],
    [{ cron: "0 3 * * ? *" }, "cron(0 3 * * ? *)"],
    [{ cron: "0 3 ? * mon *" }, "cron(0 3 ? * MON *)"],
    [{ every: "45m" }, "rate(45 minutes)"],
    [{ every: "1h" }, "rate(1 hour)"],
    [{ every: "36h" }, "rate(36 hours)"],
    [{ every: "2d" }, "rate(2 days)"],
  ])("%j is %s", (written, expression) => {
    expect(timingOf(written)).toMatchObject({ expression });
  });

  it.each<[Written, RegExp, RegExp]>([
    [{ every: "45m", notDuring: ["09:00-17:00"] }, /45m around 09:00-17:00/, /every 30m or every 1h/],
    [{ every: "5d", notDuring: ["09:00-17:00"] }, /5d around/, /every 1d or every 7d/],
    [{ every: "1h", notDuring: ["Mon-Sun 00:00-24:00"] }, /nothing is left/, /shorter windows/],
    [
      { every: "1h", notDuring: ["00:00-20:00"], jitter: "5h" },
      /jitter of 5h.*nothing is left|nothing is left/,
      /shorter/,
    ],
    [{ every: "1h", notDuring: ["9-17"] }, /9-17/, /whole hours/],
    [{ every: "90s" }, /90s/, /whole minutes/],
    [{ every: "1h", jitter: "90s" }, /jitter 90s/, /whole minutes, from 1m to 24h/],
    [{ every: "1d", jitter: "25h" }, /jitter 25h/, /24h/],
    [{ every: "1d", timezone: "Europe/Berlin" }, /time zone/, /cron/],
    [{ cron: "0 0 29 2 ? *" }, /once a year/, /once a year/],
    [{ cron: "0 0 * * * *" }, /cron 0 0/, /exactly one/],
  ])("%j is refused with what works", (written, found, next) => {
    const result = timingOf(written);
    expect(isProblem(result)).toBe(true);
    expect(result).toMatchObject({
      found: expect.stringMatching(found),
      next: expect.stringMatching(next),
    });
  });

  test("what is left out beside the windows is known", () => {
    const more = (notDuring: string[]) => timingOf({ every: "1h", notDuring });
    expect(more(["Mon-Fri 09:00-17:00"])).toMatchObject({ leavesOutMore: true });
    expect(more(["09:00-17:00"])).toMatchObject({ leavesOutMore: false });
  });
});

test("nothing fires in a window, whatever the jitter, and something always fires", () => {
  const random = randomFrom(7);
  const pick = <Item>(items: readonly Item[]) => items[Math.floor(random() * items.length)];
  const twoDigits = (hour: number) => String(hour).padStart(2, "0");
  const days = ["", "Mon-Fri ", "Sat,Sun ", "Fri-Mon ", "Wed "];
  let compiled = 0;
  for (let round = 0; round < 150; round++) {
    const notDuring = Array.from({ length: 1 + Math.floor(random() * 3) }, () => {
      const from = Math.floor(random() * 24);
      const until = (from + 1 + Math.floor(random() * 10)) % 24;
      return `${pick(days)}${twoDigits(from)}:00-${twoDigits(until)}:00`;
    });
    const jitter = pick([undefined, "1m", "10m", "59m", "2h"]);
    const base = pick<Written>([
      ...[{ every: "15m" }, { every: "1h" }, { every: "4h" }, { every: "1d" }, { every: "7d" }],
      ...[{ cron: "0/20 6-20 ? * MON-FRI *" }, { cron: "59 * 1 * ? *" }, { cron: "7 5,13 ? * 3#2 *" }],
    ]);
    const timing = timingOf({ ...base, jitter, notDuring });
    if (isProblem(timing)) continue;
    compiled++;
    const windows = notDuring.map(parseWindow).filter((window): window is Window => window !== undefined);
    expect(firstInside(timing.expression, timing.jitterSeconds / 60, windows), JSON.stringify(timing)).toBe(
      "none",
    );
  }
  expect(compiled).toBeGreaterThan(75);
});

/** Every minute of the year in which it may fire, by its own reading of the expression. */
function firstInside(expression: string, jitterMinutes: number, windows: readonly Window[]): string {
  const cron = parseCron(expression.slice(5, -1));
  if (typeof cron === "string") return cron;
  let fired = false;
  for (let day = Date.parse("2026-01-01"); day < Date.parse("2026-02-08"); day += 86_400_000) {
    if (!cron.firesOn(new Date(day))) continue;
    for (const hour of cron.hours) {
      for (const minute of cron.minutes) {
        fired = true;
        // Windows last an hour at least: both ends and steps of ten minutes meet every one.
        for (const late of [
          ...Array.from({ length: jitterMinutes / 10 + 1 }, (_, step) => step * 10),
          jitterMinutes,
        ]) {
          const time = new Date(day + (hour * 60 + minute + late) * 60_000);
          if (windows.some((window) => isInside(time, window))) return time.toISOString();
        }
      }
    }
  }
  return fired ? "none" : "never fires";
}

function isInside(time: Date, { weekdays, from, until }: Window): boolean {
  const hour = time.getUTCHours();
  if (until > from) return weekdays.includes(time.getUTCDay()) && hour >= from && hour < until;
  return (
    (weekdays.includes(time.getUTCDay()) && hour >= from) ||
    (weekdays.includes((time.getUTCDay() + 6) % 7) && hour < until)
  );
}

/** Numbers from 0 to 1, the same ones for a seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
