import { describe, expect, test } from "vitest";
import { timetableOf } from "../../../services/sandbox/aws/scheduler/expression.js";
import { refusal } from "../refusal.js";
import { openBench } from "./bench.js";

/** The first `count` occurrences later than `after`, to the minute. */
function occurrences(expression: string, after: string, count: number, zone?: string): string[] {
  const timetable = timetableOf(expression, zone);
  if (timetable.kind !== "cron") throw new Error(`${expression} is no cron expression`);
  const found: string[] = [];
  for (let at: Date | undefined = new Date(after); at && found.length <= count; at = timetable.next(at)) {
    found.push(`${at.toISOString().slice(0, 16)}Z`);
  }
  return found.slice(1);
}

test.each<[string, string, readonly string[]]>([
  ["0 10 * * ? *", "2026-03-01T10:00:00Z", ["2026-03-02T10:00Z", "2026-03-03T10:00Z"]],
  ["15 12 * * ? *", "2026-03-01T10:00:00Z", ["2026-03-01T12:15Z", "2026-03-02T12:15Z"]],
  ["0/10 * ? * MON-FRI *", "2026-03-06T23:45:00Z", ["2026-03-06T23:50Z", "2026-03-09T00:00Z"]],
  [
    "*/25 8-17/9 ? * * *",
    "2026-03-06T08:20:00Z",
    ["2026-03-06T08:25Z", "2026-03-06T08:50Z", "2026-03-06T17:00Z"],
  ],
  [
    "59,0 23 1,31 * ? *",
    "2026-03-31T23:00:30Z",
    ["2026-03-31T23:59Z", "2026-04-01T23:00Z", "2026-04-01T23:59Z", "2026-05-01T23:00Z"],
  ],
  ["0 0 31 * ? *", "2026-01-31T00:00:00Z", ["2026-03-31T00:00Z", "2026-05-31T00:00Z"]],
  ["0 0 L * ? *", "2028-01-31T00:00:00Z", ["2028-02-29T00:00Z", "2028-03-31T00:00Z"]],
  ["0 0 29 FEB ? *", "2026-01-01T00:00:00Z", ["2028-02-29T00:00Z", "2032-02-29T00:00Z"]],
  ["0 0 15W * ? *", "2026-01-31T00:00:00Z", ["2026-02-16T00:00Z", "2026-03-16T00:00Z", "2026-04-15T00:00Z"]],
  ["0 0 1W * ? *", "2026-01-31T00:00:00Z", ["2026-02-02T00:00Z", "2026-03-02T00:00Z", "2026-04-01T00:00Z"]],
  ["0 0 1W 8 ? *", "2026-01-31T00:00:00Z", ["2026-08-03T00:00Z", "2027-08-02T00:00Z"]],
  ["0 0 31W * ? *", "2026-01-01T00:00:00Z", ["2026-01-30T00:00Z", "2026-03-31T00:00Z", "2026-05-29T00:00Z"]],
  ["0 0 ? * L *", "2026-03-01T00:00:00Z", ["2026-03-07T00:00Z", "2026-03-14T00:00Z"]],
  [
    "15 10 ? * 6L 2026-2027",
    "2026-11-01T00:00:00Z",
    ["2026-11-27T10:15Z", "2026-12-25T10:15Z", "2027-01-29T10:15Z"],
  ],
  ["0 0 ? * TUE#5 *", "2026-03-01T00:00:00Z", ["2026-03-31T00:00Z", "2026-06-30T00:00Z"]],
  ["0 0 ? 1/4 2#1 2026/2", "2026-09-08T00:00:00Z", ["2028-01-03T00:00Z"]],
  ["0 0 30 2 ? *", "2026-01-01T00:00:00Z", []],
  ["0 0 1 1 ? 2025", "2026-01-01T00:00:00Z", []],
])("cron(%s) after %s", (fields, after, expected) => {
  expect(occurrences(`cron(${fields})`, after, expected.length || 1)).toEqual(expected);
});

describe("where the clocks change", () => {
  test.each<[string, string, string, string, readonly string[]]>([
    [
      "a time left out is passed over",
      "Europe/Berlin",
      "30 2 * * ? *",
      "2026-03-28T00:00:00Z",
      ["2026-03-28T01:30Z", "2026-03-30T00:30Z"],
    ],
    [
      "a time that comes twice counts once",
      "Europe/Berlin",
      "30 2 * * ? *",
      "2026-10-24T12:00:00Z",
      ["2026-10-25T00:30Z", "2026-10-26T01:30Z"],
    ],
    [
      "… asked between the two",
      "Europe/Berlin",
      "10,40 2 * * ? *",
      "2026-10-25T00:50:00Z",
      ["2026-10-26T01:10Z"],
    ],
    [
      "hours go on",
      "America/New_York",
      "0 * * * ? *",
      "2026-11-01T04:30:00Z",
      ["2026-11-01T05:00Z", "2026-11-01T07:00Z"],
    ],
    [
      "half an hour",
      "Australia/Lord_Howe",
      "15 2 * * ? *",
      "2026-10-02T12:00:00Z",
      ["2026-10-02T15:45Z", "2026-10-04T15:15Z"],
    ],
    [
      "a zone of half hours",
      "Asia/Kolkata",
      "0 0 L * ? *",
      "2028-02-01T00:00:00Z",
      ["2028-02-28T18:30Z", "2028-03-30T18:30Z"],
    ],
    [
      "midnight itself",
      "America/Santiago",
      "0 0 * * ? *",
      "2026-09-05T00:00:00Z",
      ["2026-09-05T04:00Z", "2026-09-07T03:00Z"],
    ],
  ])("%s: %s, cron(%s)", (_what, zone, fields, after, expected) => {
    expect(occurrences(`cron(${fields})`, after, expected.length, zone)).toEqual(expected);
  });

  test.each([
    ["2026-07-01T12:00:00", "Asia/Kolkata", "2026-07-01T06:30:00Z"],
    ["2026-03-29T02:30:00", "Europe/Berlin", "2026-03-29T01:30:00Z"],
    ["2026-10-25T02:30:00", "Europe/Berlin", "2026-10-25T00:30:00Z"],
    ["2028-02-29T23:59:59", undefined, "2028-02-29T23:59:59Z"],
  ])("at(%s) in %s is %s", (written, zone, expected) => {
    expect(timetableOf(`at(${written})`, zone)).toEqual({ kind: "at", at: new Date(expected) });
  });
});

test("rates are hours of the clock, days too", () => {
  const every = (expression: string) => timetableOf(expression, "Europe/Berlin");
  expect(every("rate(1 minute)")).toEqual({ kind: "rate", everyMs: 60_000 });
  expect(every("rate(12 hours)")).toEqual({ kind: "rate", everyMs: 43_200_000 });
  expect(every("rate(2 days)")).toEqual({ kind: "rate", everyMs: 172_800_000 });
});

const { create, scheduler } = await openBench();

test("what AWS refuses is refused in its words", async () => {
  const refused = [
    ...[
      "rate(10 seconds)",
      "rate(10 years)",
      "rate(10)",
      "rate( 10 minutes )",
      " rate(10 minutes)",
      "rate(0 days)",
    ],
    ...["rate(1.5 hours)", "rate(-1 hours)", "Rate(1 hour)", "every day", "cron()", "cron(0 10 * * ?)"],
    ...[
      "cron(0 10 * * * *)",
      "cron(0 10 ? * ? *)",
      "cron(0 10 1 * MON *)",
      "cron(60 * * * ? *)",
      "cron(0 24 * * ? *)",
    ],
    ...[
      "cron(0 0 32 * ? *)",
      "cron(0 0 0 * ? *)",
      "cron(0 0 * 13 ? *)",
      "cron(0 0 ? * 8 *)",
      "cron(0 0 ? * FUN *)",
    ],
    ...[
      "cron(0 0 * * ? 1969)",
      "cron(0 0 * * ? 2200)",
      "cron(5-1 * * * ? *)",
      "cron(*/0 * * * ? *)",
      "cron(0 0 ? * 2#6 *)",
    ],
    ...[
      "cron(0 0 ? * 3#1,6#3 *)",
      "cron(0 0 ? * */2 *)",
      "cron(0 0 1-5W * ? *)",
      "cron(0  0 * * ? *)",
      "cron(, * * * ? *)",
    ],
    ...[
      "cron(*-5 * * * ? *)",
      "at(2027-01-01T00:00:00Z)",
      "at(2027-12-31)",
      "at(2027-02-29T00:00:00)",
      "at(2027-01-01T24:00:00)",
    ],
  ];
  const said = await Promise.all(refused.map((expression) => refusal(create("refused", expression))));
  expect(said).toEqual(
    refused.map((expression) => `ValidationException: Invalid Schedule Expression ${expression}.`),
  );
  expect((await scheduler.listSchedules({})).Schedules).toEqual([]);
});
