import { expect, test } from "vitest";
import { AwsError } from "../../../services/sandbox/aws/errors.js";
import { type RotationRules, scheduleOf } from "../../../services/sandbox/aws/schedule.js";

/** A Saturday. */
const now = "2026-11-21T10:00:00Z";

const rulesOf = (rules: RotationRules | string, Duration?: string): RotationRules =>
  typeof rules === "string" ? { ScheduleExpression: rules, ...(Duration && { Duration }) } : rules;

interface Given {
  readonly from?: string;
  readonly since?: string;
  readonly count?: number;
  readonly Duration?: string;
}

/** The windows that come one after the other, as "day hour-hour"; the secret is rotated in each. */
function windows(
  rules: RotationRules | string,
  { from = now, since = from, count = 4, Duration }: Given = {},
) {
  const schedule = scheduleOf(rulesOf(rules, Duration));
  let after = new Date(from);
  return Array.from({ length: count }, () => {
    const window = schedule?.next(after, { since: new Date(since), rotated: after });
    after = window?.opens ?? after;
    // The last second of a window is the hour before the one at which it closes.
    const closes =
      ((window?.closes.getTime() ?? 0) + 1000 - after.getTime()) / 3_600_000 + after.getUTCHours();
    return `${after.toISOString().slice(0, 10)} ${after.getUTCHours()}-${closes}`;
  });
}

test.each<[RotationRules | string, string, Given?]>([
  // Examples of AWS's own page, with what it says they mean.
  ["rate(4 hours)", "2026-11-21 12-13, 2026-11-21 16-17, 2026-11-21 20-21, 2026-11-22 0-1"],
  ["rate(1 day)", "2026-11-22 0-24, 2026-11-23 0-24, 2026-11-24 0-24, 2026-11-25 0-24"],
  ["rate(10 days)", "2026-12-01 0-24, 2026-12-11 0-24, 2026-12-21 0-24, 2026-12-31 0-24"],
  ["cron(0 4/12 * * ? *)", "2026-11-21 16-17, 2026-11-22 4-5, 2026-11-22 16-17, 2026-11-23 4-5"],
  ["cron(0 /8 * * ? *)", "2026-11-21 16-17, 2026-11-22 0-1, 2026-11-22 8-9, 2026-11-22 16-17"],
  ["cron(0 8/8 * * ? *)", "2026-11-21 16-17, 2026-11-22 8-9, 2026-11-22 16-17, 2026-11-23 8-9"],
  ["cron(0 2/10 * * ? *)", "2026-11-21 12-13, 2026-11-21 22-23, 2026-11-22 2-3, 2026-11-22 12-13"],
  ["cron(0 10 * * ? *)", "2026-11-22 10-24, 2026-11-23 10-24, 2026-11-24 10-24, 2026-11-25 10-24"],
  ["cron(0 18 ? * SAT *)", "2026-11-21 18-24, 2026-11-28 18-24, 2026-12-05 18-24, 2026-12-12 18-24"],
  ["cron(0 8 1 * ? *)", "2026-12-01 8-24, 2027-01-01 8-24, 2027-02-01 8-24, 2027-03-01 8-24"],
  ["cron(0 1 ? 1/3 SUN#1 *)", "2027-01-03 1-24, 2027-04-04 1-24, 2027-07-04 1-24, 2027-10-03 1-24"],
  ["cron(0 17 L * ? *)", "2026-11-30 17-24, 2026-12-31 17-24, 2027-01-31 17-24, 2027-02-28 17-24"],
  ["cron(0 8 ? * MON-FRI *)", "2026-11-23 8-24, 2026-11-24 8-24, 2026-11-25 8-24, 2026-11-26 8-24"],
  ["cron(0 16 1,15 * ? *)", "2026-12-01 16-24, 2026-12-15 16-24, 2027-01-01 16-24, 2027-01-15 16-24"],
  ["cron(0 0 ? * SUN#1 *)", "2026-12-06 0-24, 2027-01-03 0-24, 2027-02-07 0-24, 2027-03-07 0-24"],
  ["cron(0 0 ? 1/11 2#1 *)", "2026-12-07 0-24, 2027-01-04 0-24, 2027-12-06 0-24, 2028-01-03 0-24"],
  // Every wildcard in every field that takes it.
  [{ AutomaticallyAfterDays: 30 }, "2026-12-21 0-24, 2027-01-20 0-24, 2027-02-19 0-24, 2027-03-21 0-24"],
  ["rate(10 hours)", "2026-11-21 20-21, 2026-11-22 6-7, 2026-11-22 16-17, 2026-11-23 2-3"],
  ["rate(36 hours)", "2026-11-22 12-13, 2026-11-24 0-1, 2026-11-25 12-13, 2026-11-27 0-1"],
  ["cron(0 */12 * * ? *)", "2026-11-21 12-13, 2026-11-22 0-1, 2026-11-22 12-13, 2026-11-23 0-1"],
  ["cron(0 10/20 * * ? *)", "2026-11-22 10-11, 2026-11-23 10-11, 2026-11-24 10-11, 2026-11-25 10-11"],
  ["cron(0 0 1-2 * ? *)", "2026-12-01 0-24, 2026-12-02 0-24, 2027-01-01 0-24, 2027-01-02 0-24"],
  ["cron(0 0 1/10 * ? *)", "2026-12-01 0-24, 2026-12-11 0-24, 2026-12-21 0-24, 2026-12-31 0-24"],
  ["cron(0 0 */15 * ? *)", "2026-12-01 0-24, 2026-12-16 0-24, 2026-12-31 0-24, 2027-01-01 0-24"],
  ["cron(0 0 10-20/5 * ? *)", "2026-12-10 0-24, 2026-12-15 0-24, 2026-12-20 0-24, 2027-01-10 0-24"],
  ["cron(0 0 SUNL * ? *)", "2026-11-29 0-24, 2026-12-27 0-24, 2027-01-31 0-24, 2027-02-28 0-24"],
  ["cron(0 0 SUNL * ? *)", "2027-07-25 0-24, 2027-08-29 0-24", { from: "2027-07-01T00:00:00Z", count: 2 }],
  ["cron(0 0 1,L * ? *)", "2026-11-30 0-24, 2026-12-01 0-24, 2026-12-31 0-24, 2027-01-01 0-24"],
  ["cron(0 0 31 * ? *)", "2026-12-31 0-24, 2027-01-31 0-24, 2027-03-31 0-24, 2027-05-31 0-24"],
  ["cron(0 0 29 FEB ? *)", "2028-02-29 0-24, 2032-02-29 0-24, 2036-02-29 0-24, 2040-02-29 0-24"],
  ["cron(0 0 1 JAN,APR ? *)", "2027-01-01 0-24, 2027-04-01 0-24, 2028-01-01 0-24, 2028-04-01 0-24"],
  ["cron(0 0 1 3-4 ? *)", "2027-03-01 0-24, 2027-04-01 0-24, 2028-03-01 0-24, 2028-04-01 0-24"],
  ["cron(0 0 1 */6 ? *)", "2027-01-01 0-24, 2027-07-01 0-24, 2028-01-01 0-24, 2028-07-01 0-24"],
  ["cron(0 0 ? * * *)", "2026-11-22 0-24, 2026-11-23 0-24, 2026-11-24 0-24, 2026-11-25 0-24"],
  ["cron(0 0 ? * L *)", "2026-11-28 0-24, 2026-12-05 0-24, 2026-12-12 0-24, 2026-12-19 0-24"],
  ["cron(0 0 ? * 1,4 *)", "2026-11-22 0-24, 2026-11-25 0-24, 2026-11-29 0-24, 2026-12-02 0-24"],
  ["cron(0 0 ? * 1/2 *)", "2026-11-22 0-24, 2026-11-24 0-24, 2026-11-26 0-24, 2026-11-28 0-24"],
  ["cron(0 0 ? * TUE#3 *)", "2026-12-15 0-24, 2027-01-19 0-24, 2027-02-16 0-24, 2027-03-16 0-24"],
  ["cron(0 0 ? * MON#5 *)", "2026-11-30 0-24, 2027-03-29 0-24, 2027-05-31 0-24, 2027-08-30 0-24"],
  ["cron(0 0 ? FEB SUN#5 *)", "2032-02-29 0-24, 2060-02-29 0-24, 2088-02-29 0-24, 2128-02-29 0-24"],
  // With a length.
  [
    { AutomaticallyAfterDays: 7, Duration: "2h" },
    "2026-11-28 0-2, 2026-12-05 0-2, 2026-12-12 0-2, 2026-12-19 0-2",
  ],
  [
    "rate(4 hours)",
    "2026-11-21 12-16, 2026-11-21 16-20, 2026-11-21 20-24, 2026-11-22 0-4",
    { Duration: "4h" },
  ],
  [
    "cron(0 16 1,15 * ? *)",
    "2026-12-01 16-18, 2026-12-15 16-18, 2027-01-01 16-18, 2027-01-15 16-18",
    { Duration: "2h" },
  ],
  // Counted from a rotation at another hour of the day, and in hours from when the rules were set.
  ["rate(2 days)", "2026-11-23 0-24, 2026-11-25 0-24", { from: "2026-11-21T00:00:00Z", count: 2 }],
  ["rate(2 days)", "2026-11-23 0-24, 2026-11-25 0-24", { from: "2026-11-21T23:59:59Z", count: 2 }],
  ["rate(10 hours)", "2026-11-21 12-13, 2026-11-21 22-23", { since: "2026-11-19T09:00:00Z", count: 2 }],
  ["cron(0 10 * * ? *)", "2026-11-21 10-24", { from: "2026-11-21T09:59:59Z", count: 1 }],
])("%o opens %s", (rules, expected, options) => {
  expect(windows(rules, options)).toEqual(expected.split(", "));
});

test.each([
  // Answers of AWS that are public: rotated, written by hand, the rules, NextRotationDate, AutomaticallyAfterDays.
  ["2024-02-22T07:16:15.807Z", { AutomaticallyAfterDays: 30 }, "2024-03-23T23:59:59.000Z", 30],
  ["2026-02-03T17:34:02Z", { AutomaticallyAfterDays: 30 }, "2026-03-05T23:59:59.000Z", 30],
  ["2023-10-16T07:18:02.417Z", { ScheduleExpression: "cron(0 0 ? * 2 *)" }, "2023-10-23T23:59:59.000Z", 7],
  ["2026-11-21T10:00:00Z", { ScheduleExpression: "rate(10 hours)" }, "2026-11-21T20:59:59.000Z", 1],
  [
    "2026-11-21T10:00:00Z",
    { ScheduleExpression: "cron(0 16 1,15 * ? *)", Duration: "2h" },
    "2026-12-01T17:59:59.000Z",
    14,
  ],
])("rotated at %s, %o: by %s, told as %i days", (at, rules, closes, days) => {
  const schedule = scheduleOf(rules);
  const rotated = new Date(at);
  const next = schedule?.next(rotated, { since: rotated, rotated });
  expect(next?.closes.toISOString()).toBe(closes);
  expect(next && schedule?.daysTold(next)).toBe(days);
});

function refusalOf(rules: RotationRules): string {
  try {
    scheduleOf(rules);
  } catch (error) {
    if (error instanceof AwsError) return `${error.code}: ${error.message}`;
  }
  return "none";
}

const minutes = "the minutes must be 0";
const hourly = "it must not come more often than every 4 hours";
const form = "it must be rate(n hours), rate(n days) or cron(...)";
const hour = "the hours must be one hour, or an increment such as 2/10";
const hours = "its field hours is not understood; values go from 0 to 23";
const one = "exactly one of day-of-month and day-of-week must be ?";
const dates = "its field day-of-month is not understood; values go from 1 to 31";
const months = "its field month is not understood; values go from 1 to 12";
const weekdays = "its field day-of-week is not understood; values go from 1 to 7";
const fields = (count: number) => `it takes six fields; found ${count}`;
const upTo = (longest: number) =>
  `a window of this schedule lasts 1h to ${longest}h, so that it reaches neither the next window nor the next UTC day`;

test.each<[string, string, string?]>([
  ...["", "every day", "rate()", "rate(4hours)", "rate(0 days)", "rate(-1 days)", "rate(1.5 days)"].map(
    (text): [string, string] => [text, form],
  ),
  ...[
    "rate(2 weeks)",
    "rate(60 minutes)",
    "Rate(1 day)",
    "rate(4 Hours)",
    " rate(1 day)",
    "at(2027-01-01)",
  ].map((text): [string, string] => [text, form]),
  ...[
    "rate(1 hour)",
    "rate(3 hours)",
    "cron(0 /3 * * ? *)",
    "cron(0 0/1 * * ? *)",
    "cron(0 5/0 * * ? *)",
  ].map((text): [string, string] => [text, hourly]),
  ["rate(1000 days)", "it must come at least every 999 days"],
  ["rate(23977 hours)", "it must come at least every 999 days"],
  ["cron()", fields(1)],
  ["cron(0 10 * * ?)", fields(5)],
  ["cron(0 10 * * ? * *)", fields(7)],
  ["cron(0  10 * * ? *)", fields(7)],
  ...["*", "30", "0/5", "00"].map((text): [string, string] => [`cron(${text} 10 * * ? *)`, minutes]),
  ...["2026", "?", "2026-2027", ""].map((text): [string, string] => [
    `cron(0 10 * * ? ${text})`,
    "the year must be *",
  ]),
  ...["*", "8,20", "8-20", "?", "L", "-1"].map((text): [string, string] => [`cron(0 ${text} * * ? *)`, hour]),
  ...["24", "24/4", "99"].map((text): [string, string] => [`cron(0 ${text} * * ? *)`, hours]),
  ...["* * *", "? * ?", "1 * MON"].map((text): [string, string] => [`cron(0 10 ${text} *)`, one]),
  ...["0", "32", "MON", "1W", "LW", "L-3", "5-1", "1,", "1,?", "1/0", "1-", "XL", "1#1"].map(
    (text): [string, string] => [`cron(0 10 ${text} * ? *)`, dates],
  ),
  ...["0", "13", "?", "L", "JANUARY", "jan", "DEC-JAN", "1/0", "SUN"].map((text): [string, string] => [
    `cron(0 10 1 ${text} ? *)`,
    months,
  ]),
  ...["0", "8", "SUNDAY", "sun", "FRI-MON", "SUN#0", "SUN#6", "#1", "SUN#", "6L", "SUNL", "MON#1#2"].map(
    (text): [string, string] => [`cron(0 10 ? * ${text} *)`, weekdays],
  ),
  ["cron(0 0 30 FEB ? *)", "no day ever matches it"],
  ["cron(0 0 31 4,6,9,11 ? *)", "no day ever matches it"],
  // Lengths: the longest that fits, and one more.
  ...(
    [
      ["rate(4 hours)", 4],
      ["rate(10 hours)", 2],
      ["rate(36 hours)", 12],
      ["rate(1 day)", 24],
      ["rate(10 days)", 24],
      ["cron(0 10 * * ? *)", 14],
      ["cron(0 23 1 * ? *)", 1],
      ["cron(0 2/10 * * ? *)", 2],
      ["cron(0 0/6 * * ? *)", 6],
      ["cron(0 0/9 * * ? *)", 6],
      ["cron(0 8/8 * * ? *)", 8],
      ["cron(0 0/7 * * ? *)", 3],
    ] satisfies [string, number][]
  ).map(([text, longest]): [string, string, string] => [text, upTo(longest), `${longest + 1}h`]),
  ["rate(1 day)", upTo(24), "0h"],
  ["rate(1 day)", upTo(24), "99h"],
])("%s is refused: %s (%s)", (expression, problem, Duration) => {
  const what = Duration === undefined ? "ScheduleExpression" : "Duration";
  expect(refusalOf(rulesOf(expression, Duration))).toBe(
    `InvalidParameterException: The ${what} of the rotation rules isn't valid: ${problem}.`,
  );
});

test("the longest length that fits is taken", () => {
  for (const [expression, longest] of [
    ...([
      ["rate(4 hours)", 4],
      ["rate(10 hours)", 2],
      ["rate(1 day)", 24],
      ["rate(999 days)", 24],
    ] as const),
    ...([
      ["cron(0 10 * * ? *)", 14],
      ["cron(0 2/10 * * ? *)", 2],
      ["cron(0 0/7 * * ? *)", 3],
    ] as const),
  ]) {
    const [window = ""] = windows(expression, { Duration: `${longest}h`, count: 1 });
    const [from, to] = (window.split(" ")[1] ?? "").split("-").map(Number);
    expect([expression, (to ?? 0) - (from ?? 0)]).toEqual([expression, longest]);
  }
});

test("rules that say nothing are no schedule; a length alone, or both ways at once, is refused", () => {
  expect(scheduleOf({})).toBeUndefined();
  expect(() => scheduleOf({ Duration: "2h" })).toThrow("a Duration needs a schedule");
  expect(() => scheduleOf({ AutomaticallyAfterDays: 1, ScheduleExpression: "rate(1 day)" })).toThrow(
    "You cannot specify both rotation frequency and schedule expression together.",
  );
});

test("the window after a time long past is found without walking there", () => {
  const schedule = scheduleOf({ AutomaticallyAfterDays: 3 });
  const rotated = new Date("2020-01-01T05:00:00Z");
  const next = schedule?.next(new Date(now), { since: rotated, rotated });
  expect(next?.opens.toISOString()).toBe("2026-11-22T00:00:00.000Z");
});
