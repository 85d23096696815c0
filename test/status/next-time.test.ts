import { expect, it } from "vitest";
import type { Schedule } from "../../services/schedules/schedules.js";
import { nextTime } from "../../services/status/next-time.js";

const now = new Date("2026-03-28T12:00:30Z");
const schedule = (expression: string, more: Partial<Schedule> = {}): Schedule => ({
  ...{ name: "kt", expression, jitterMinutes: 0, enabled: true, deleteAfter: false },
  target: { arn: "", input: "", retry: { attempts: 0, ageSeconds: 60 } },
  ...more,
});
const date = (text: string) => new Date(text);

it.each<[string, Schedule, string | undefined]>([
  ["an interval", schedule("rate(1 hour)", { start: date("2026-03-28T09:20:00Z") }), "2026-03-28T12:20:00Z"],
  [
    "one that begins later",
    schedule("rate(1 hour)", { start: date("2026-03-29T00:00:00Z") }),
    "2026-03-29T00:00:00Z",
  ],
  ["an interval of which nobody knows the start", schedule("rate(1 hour)"), undefined],
  ["a cron", schedule("cron(0/5 * * * ? *)"), "2026-03-28T12:05:00Z"],
  ["a cron after a night", schedule("cron(0/5 9-11 * * ? *)"), "2026-03-29T09:00:00Z"],
  [
    "a cron that begins later",
    schedule("cron(0 3 * * ? *)", { start: date("2026-04-02T00:00:00Z") }),
    "2026-04-02T03:00:00Z",
  ],
  [
    "an hour that a change of the clocks leaves out",
    schedule("cron(30 2 * * ? *)", { timezone: "Europe/Berlin" }),
    "2026-03-30T00:30:00Z",
  ],
  ["once a year", schedule("cron(0 0 1 1 ? *)"), "2027-01-01T00:00:00Z"],
  ["never again", schedule("cron(0 0 1 1 ? 2025)"), undefined],
  ["after its end", schedule("cron(0 0 1 1 ? *)", { end: date("2026-12-31T00:00:00Z") }), undefined],
  ["once", schedule("at(2026-03-28T13:00:00)"), "2026-03-28T13:00:00Z"],
  ["once, in the past", schedule("at(2026-03-28T12:00:00)"), undefined],
  ["while it is off", schedule("cron(0/5 * * * ? *)", { enabled: false }), undefined],
])("%s", (_, given, expected) => {
  expect(nextTime(given, now)).toEqual(expected === undefined ? undefined : date(expected));
});
