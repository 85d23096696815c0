import { describe, expect, test } from "vitest";
import { backstopDays } from "../../infra/backstop.js";
import { steady } from "../../infra/steady.js";
import { timetableOf } from "../../services/sandbox/aws/scheduler/expression.js";
import { parseCron } from "../../services/schedules/cron.js";
import { gapsOf } from "../../services/schedules/occurrences.js";

describe("a schedule without a start date", () => {
  const schedule = (expression: string, name = "kt-abcdefghijklmnop") => ({
    ...{ name, expression, jitterMinutes: 0, enabled: true, deleteAfter: false },
    target: { arn: "", input: "", retry: { attempts: 1, ageSeconds: 60 } },
  });
  const minutes = { minute: 1, hour: 60, day: 1440 };

  test.each([
    ...[1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60, 120, 360, 1440].map((n): [number, "minute"] => [
      n,
      "minute",
    ]),
    ...[1, 2, 3, 4, 6, 8, 12, 24, 168].map((n): [number, "hour"] => [n, "hour"]),
    ...[1, 7].map((n): [number, "day"] => [n, "day"]),
  ])("every %d %s(s) comes exactly so often by cron", (count, unit) => {
    for (let index = 0; index < 20; index++) {
      const one = schedule(`rate(${count} ${count === 1 ? unit : `${unit}s`})`, `kt-${index}`);
      const { expression, timezone } = steady({ ...one, start: new Date(0) });
      const cron = parseCron(/^cron\((.*)\)$/.exec(expression)?.[1] ?? "");
      if (typeof cron === "string") throw new Error(`${expression}: ${cron}`);
      expect(() => timetableOf(expression, timezone)).not.toThrow();
      const gap = count * minutes[unit] * 60;
      expect([timezone, gapsOf(cron, "UTC")]).toEqual(["UTC", { smallest: gap, longest: gap }]);
    }
  });

  test.each([
    "rate(45 minutes)",
    "rate(90 minutes)",
    "rate(5 hours)",
    "rate(36 hours)",
    "rate(2 days)",
    "rate(30 days)",
    "cron(0 3 * * ? *)",
  ])("%s stays as it is, but for the date", (expression) => {
    expect(steady({ ...schedule(expression), start: new Date(0) })).toEqual(schedule(expression));
  });

  test("keeps everything else, is the same each time, and spreads over the interval", () => {
    const one = schedule("rate(1 day)");
    const { expression: _, timezone: __, ...rest } = steady(one);
    const { expression: ___, ...given } = one;
    expect(rest).toEqual(given);
    expect(steady(one)).toEqual(steady(one));
    const many = Array.from({ length: 200 }, (_one, index) => steady(schedule("rate(1 day)", `kt-${index}`)));
    expect(new Set(many.map(({ expression }) => expression)).size).toBeGreaterThan(150);
  });
});

test.each([
  ["45m", 45 * 60, 2],
  ["an hour", 3600, 2],
  ["23 hours", 23 * 3600, 2],
  ["23 hours and a second", 23 * 3600 + 1, 3],
  ["a day", 86_400, 3],
  ["a week", 7 * 86_400, 9],
  ["a thousand days", 1000 * 86_400, 1000],
])("AWS's own rule waits days enough for a schedule that comes every %s", (_what, seconds, days) => {
  expect(backstopDays(seconds)).toBe(days);
  // It opens at a midnight, so up to a day earlier than so many days after the last rotation.
  if (days < 1000) expect((days - 1) * 86_400).toBeGreaterThanOrEqual(seconds + 3600);
});
