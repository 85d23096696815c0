import { expect, test } from "vitest";
import { timetableOf } from "../../../services/sandbox/aws/scheduler/expression.js";

/** A minute as a wall shows it. */
interface Local {
  readonly minute: number;
  readonly hour: number;
  readonly date: number;
  readonly month: number;
  readonly weekday: number;
  readonly last: number;
}
type Part = readonly [text: string, holds: (at: Local) => boolean];

const minutes: readonly Part[] = [
  ["*/20", ({ minute }) => minute % 20 === 0],
  ["30", ({ minute }) => minute === 30],
  ["7-40/11", ({ minute }) => [7, 18, 29, 40].includes(minute)],
  ["59,0", ({ minute }) => minute === 59 || minute === 0],
];
const hours: readonly Part[] = [
  ["*", () => true],
  ["1-3", ({ hour }) => hour >= 1 && hour <= 3],
  ["2", ({ hour }) => hour === 2],
  ["1/2", ({ hour }) => hour % 2 === 1],
  ["23,0", ({ hour }) => hour === 23 || hour === 0],
];
const months: readonly Part[] = [
  ["*", () => true],
  ["FEB-MAR,OCT", ({ month }) => [2, 3, 10].includes(month)],
  ["1/3", ({ month }) => [1, 4, 7, 10].includes(month)],
];
const working = ({ weekday }: Local) => weekday >= 1 && weekday <= 5;
const days: readonly Part[] = [
  ["* ?", () => true],
  ["L ?", ({ date, last }) => date === last],
  ["1,29-31 ?", ({ date }) => date === 1 || date >= 29],
  [
    "28W ?",
    (at) =>
      working(at) &&
      (at.date === 28 ||
        (at.date === 27 && at.weekday === 5) ||
        (at.date === 29 && at.weekday === 1 && at.last >= 29) ||
        (at.date === 26 && at.last === 28 && at.weekday === 5)),
  ],
  ["? SUN", ({ weekday }) => weekday === 0],
  ["? 2-6", working],
  ["? L", ({ weekday }) => weekday === 6],
  ["? 1L", ({ weekday, date, last }) => weekday === 0 && date + 7 > last],
  ["? SUN#1", ({ weekday, date }) => weekday === 0 && date <= 7],
];

/** Days on which clocks change, months end, years end. */
const windows: readonly (readonly [zone: string, from: string])[] = [
  ["Europe/Berlin", "2026-03-27T20:00:00Z"],
  ["Europe/Berlin", "2026-10-23T20:00:00Z"],
  ["America/New_York", "2026-03-06T20:00:00Z"],
  ["America/New_York", "2026-10-30T20:00:00Z"],
  ["Australia/Lord_Howe", "2026-04-03T08:00:00Z"],
  ["Australia/Lord_Howe", "2026-10-02T08:00:00Z"],
  ["America/Santiago", "2026-04-03T20:00:00Z"],
  ["Asia/Kolkata", "2028-02-27T08:00:00Z"],
  ["UTC", "2026-12-30T00:00:00Z"],
];
const daysAWindow = 3;

/** Each minute of a window that its clock shows for the first time. */
function minutesOf(zone: string, from: Date): readonly (Local & { readonly at: Date })[] {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" });
  const seen = new Set<string>();
  return Array.from(
    { length: daysAWindow * 1440 },
    (_, index) => new Date(from.getTime() + index * 60_000),
  ).flatMap((at) => {
    const shown = format.format(at);
    if (seen.has(shown)) return [];
    seen.add(shown);
    const [year = 0, month = 0, date = 0, hour = 0, minute = 0] = shown.split(/\D/).map(Number);
    const weekday = new Date(Date.UTC(year, month - 1, date)).getUTCDay();
    return [
      { at, minute, hour, date, month, weekday, last: new Date(Date.UTC(year, month, 0)).getUTCDate() },
    ];
  });
}

test.each(windows)(
  "%s from %s: every combination of fields, against each minute looked at by itself",
  (zone, begin) => {
    const from = new Date(begin);
    const until = new Date(from.getTime() + daysAWindow * 86_400_000);
    const all = minutesOf(zone, from);
    for (const [dayFields, onDay] of days) {
      const [date = "", weekday = ""] = dayFields.split(" ");
      for (const [month, inMonth] of months) {
        const dated = all.filter((one) => onDay(one) && inMonth(one));
        for (const [minute, inMinute] of minutes) {
          for (const [hour, inHour] of hours) {
            const expression = `cron(${minute} ${hour} ${date} ${month} ${weekday} *)`;
            const timetable = timetableOf(expression, zone);
            if (timetable.kind !== "cron") throw new Error("no cron");
            const expected = dated
              .filter((one) => inMinute(one) && inHour(one))
              .map(({ at }) => at.getTime());
            const found: number[] = [];
            let next = timetable.next(new Date(from.getTime() - 1));
            for (; next && next < until && found.length <= expected.length; next = timetable.next(next)) {
              found.push(next.getTime());
            }
            expect(found, expression).toEqual(expected);
          }
        }
      }
    }
  },
);
