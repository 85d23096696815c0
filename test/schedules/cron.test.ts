import { describe, expect, it, test } from "vitest";
import { timetableOf } from "../../services/sandbox/aws/scheduler/expression.js";
import { type Cron, parseCron } from "../../services/schedules/cron.js";
import { gapsOf, isTimezone, lastBefore } from "../../services/schedules/occurrences.js";

function cron(text: string): Cron {
  const parsed = parseCron(text);
  if (typeof parsed === "string") throw new Error(parsed);
  return parsed;
}

describe("a cron", () => {
  it.each<[string, string[]]>([
    ["0 0 1 * ? *", ["2026-02-01", "2026-03-01", "2026-04-01"]],
    ["0 0 L * ? *", ["2026-02-28", "2026-03-31", "2026-04-30"]],
    // 1 February and 1 March 2026 are Sundays, 31 January and 28 February Saturdays.
    ["0 0 31W 1,3,5 ? *", ["2026-01-30", "2026-03-31", "2026-05-29"]],
    ["0 0 1W * ? *", ["2026-02-02", "2026-03-02", "2026-04-01"]],
    ["0 0 15W * ? *", ["2026-01-15", "2026-02-16", "2026-03-16"]],
    ["0 0 ? * 2#1 *", ["2026-01-05", "2026-02-02", "2026-03-02"]],
    ["0 0 ? * FRIL *", ["2026-01-30", "2026-02-27", "2026-03-27"]],
    ["0 0 ? JAN,MAR SUN *", ["2026-01-04", "2026-01-11", "2026-01-18"]],
    ["0 0 1/10 1 ? *", ["2026-01-01", "2026-01-11", "2026-01-21", "2026-01-31"]],
  ])("%s fires on its days", (text, days) => {
    const from = Date.parse(`${days[0]?.slice(0, 8)}01`);
    const all = Array.from({ length: 150 }, (_, day) => new Date(from + day * 86_400_000));
    const found = all.filter((day) => cron(text).firesOn(day)).map((day) => day.toISOString().slice(0, 10));
    expect(found.slice(0, days.length)).toEqual(days);
  });

  it.each<[string, number[], number[]]>([
    ["0/20 8-10 * * ? *", [0, 20, 40], [8, 9, 10]],
    ["5,35 */6 * * ? *", [5, 35], [0, 6, 12, 18]],
    ["0 22/1 * * ? *", [0], [22, 23]],
    ["10-20/5 1 * * ? *", [10, 15, 20], [1]],
  ])("%s fires at its times", (text, minutes, hours) => {
    expect(cron(text)).toMatchObject({ minutes, hours });
  });

  it.each<[string, RegExp]>([
    ["0 0 * * ?", /six fields .* found 5/],
    ["0  0 * * ? *", /six fields/],
    ["60 0 * * ? *", /0 to 59.*minutes/],
    ["0 24 * * ? *", /0 to 23.*hours/],
    ["0 0 32 * ? *", /1 to 31.*day-of-month/],
    ["0 0 0W * ? *", /day-of-month/],
    ["0 0 * 13 ? *", /1 to 12.*month/],
    ["0 0 ? * 8 *", /1 to 7.*day-of-week/],
    ["0 0 ? * 2#6 *", /day-of-week/],
    ["0 0 ? * FRI-MON *", /day-of-week/],
    ["0 0 LW * ? *", /day-of-month/],
    ["0 0 ? * MON/2 *", /day-of-week/],
    ["0 0 ? * 2#1,3#1 *", /day-of-week/],
    ["0/61 0 * * ? *", /minutes/],
    ["0 0 * * * *", /exactly one/],
    ["0 0 ? * ? *", /exactly one/],
    ["0 0 * * ? 2027", /\* for the year/],
    ["0/0 0 * * ? *", /minutes/],
    ["0 a * * ? *", /hours/],
  ])("%s is none, and is told why", (text, why) => {
    expect(parseCron(text)).toMatch(why);
  });
});

describe("the times between two firings", () => {
  it.each<[string, string, number, number]>([
    ["0 * * * ? *", "UTC", 3600, 3600],
    ["0/45 * * * ? *", "UTC", 900, 2700],
    ["0 0-8,17-23 ? * MON-FRI *", "UTC", 3600, 49 * 3600],
    ["0 3 ? * MON-FRI *", "UTC", 86_400, 3 * 86_400],
    ["0 0 1 * ? *", "UTC", 28 * 86_400, 31 * 86_400],
    // Noon is never doubled nor left out: a day is 23, 24 or 25 hours.
    ["0 12 * * ? *", "Europe/Berlin", 23 * 3600, 25 * 3600],
    // 02:30 does not come in spring.
    ["30 2 * * ? *", "Europe/Berlin", 86_400, 47 * 3600],
    // The hour that comes twice in autumn counts once.
    ["0 * * * ? *", "Europe/Berlin", 3600, 2 * 3600],
    ["0 * * * ? *", "Asia/Kolkata", 3600, 3600],
  ])("of %s in %s", (text, timezone, smallest, longest) => {
    expect(gapsOf(cron(text), timezone)).toEqual({ smallest, longest });
  });

  it("are unknown when it comes less often than once a year", () => {
    expect(gapsOf(cron("0 0 29 2 ? *"), "UTC")).toBeUndefined();
    expect(gapsOf(cron("0 0 31 2 ? *"), "UTC")).toBeUndefined();
  });
});

test("the last firing before a time is found, in its time zone", () => {
  const last = (text: string, timezone: string, time: string) =>
    new Date(lastBefore(cron(text), timezone, new Date(time)) ?? 0).toISOString();
  expect(last("0 3 * * ? *", "UTC", "2026-06-01T02:59:59Z")).toBe("2026-05-31T03:00:00.000Z");
  expect(last("0 3 * * ? *", "UTC", "2026-06-01T03:00:00Z")).toBe("2026-06-01T03:00:00.000Z");
  expect(last("0 23 * * ? *", "America/New_York", "2026-06-01T03:30:00Z")).toBe("2026-06-01T03:00:00.000Z");
  expect(last("0 0 1 1 ? *", "Asia/Tokyo", "2026-06-01T00:00:00Z")).toBe("2025-12-31T15:00:00.000Z");
});

test("a time zone is one that the machine knows", () => {
  expect(["UTC", "Europe/Berlin", "America/New_York"].every(isTimezone)).toBe(true);
  expect(isTimezone("Europe/Atlantis")).toBe(false);
});

test.each([
  ["0 0-8,17-23 * * ? *", "Europe/Berlin"],
  ["30 2 * * ? *", "Europe/Berlin"],
  ["30 2 * * ? *", "America/New_York"],
  ["0/20 * ? * SUN,SAT *", "Australia/Lord_Howe"],
  ["15 3 L * ? *", "America/Sao_Paulo"],
  ["0 0 15W * ? *", "Asia/Kolkata"],
  ["0 12 ? * 2#5 *", "UTC"],
  ["0 12 ? * 6L *", "Pacific/Auckland"],
  ["5-20/5 */7 1/9 FEB-NOV/3 ? *", "UTC"],
])("the sandbox's Scheduler reads %s in %s as it is read here", (text, timezone) => {
  const timetable = timetableOf(`cron(${text})`, timezone);
  if (timetable.kind !== "cron") throw new Error("it is a cron");
  const ours = cron(text);
  let time = new Date("2026-03-07T00:00:00Z");
  for (let step = 0; step < 60; step++) {
    const next = timetable.next(time);
    if (!next) throw new Error("it has an end");
    expect(new Date(lastBefore(ours, timezone, next) ?? 0)).toEqual(next);
    const before = new Date(next.getTime() - 1000);
    expect(lastBefore(ours, timezone, before) ?? 0).toBeLessThanOrEqual(time.getTime());
    time = next;
  }
});
