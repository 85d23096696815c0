import { type Cron, weekdayNames } from "./cron.js";
import { meets, type Window } from "./windows.js";

/** A cron's fields with windows left out of them. */
export interface Compiled {
  readonly fields: string;
  /** Whether the expression also leaves out times that no window names: one cron has the same hours on each of its days. */
  readonly more: boolean;
  /** The longest time in a week without a firing. Minutes. */
  readonly longest: number;
}

interface Choice {
  readonly weekdays: readonly number[];
  readonly hours: readonly number[];
  /** The longest time without a firing. Minutes. */
  readonly longest: number;
}

/**
 * Leaves windows out of a cron. No firing of the result, put off by its jitter, begins in a window. A cron fires at the same
 * hours on each of its days, so of all that avoid the windows that one is taken whose longest pause is the shortest, and of
 * these the one that fires most often.
 * @returns undefined when nothing is left
 */
export function notDuring(
  cron: Cron,
  windows: readonly Window[],
  jitterMinutes: number,
): Compiled | undefined {
  const all = cron.weekdays ?? [0, 1, 2, 3, 4, 5, 6];
  const fits = (weekday: number, hour: number) =>
    cron.minutes.every((minute) => !meets(windows, { weekday, minute: hour * 60 + minute, jitterMinutes }));
  const open = new Map(all.map((day) => [day, cron.hours.filter((hour) => fits(day, hour))]));
  // Days of the month, and days such as 2#1, fall on any weekday: none can be left out.
  const mayLeaveOut = cron.weekdays !== undefined && !cron.inMonth;
  const choices = (mayLeaveOut ? subsets(all) : [all])
    .map((weekdays): Choice => {
      const hours = cron.hours.filter((hour) => weekdays.every((day) => open.get(day)?.includes(hour)));
      return { weekdays, hours, longest: longestPause(weekdays, hours, cron.minutes) };
    })
    .filter(({ hours }) => hours.length > 0);
  const [best] = choices.sort(
    (a, b) =>
      a.longest - b.longest || b.weekdays.length * b.hours.length - a.weekdays.length * a.hours.length,
  );
  if (!best) return undefined;
  const kept = [...open.values()].reduce((sum, hours) => sum + hours.length, 0);
  const { weekdays, hours, longest } = best;
  return { fields: fieldsOf(cron, best), more: weekdays.length * hours.length < kept, longest };
}

function fieldsOf(cron: Cron, { weekdays, hours }: Choice): string {
  const [minutes = "", , days = "", months = "", weekdaysText = "", year = ""] = cron.fields.split(" ");
  const sameDays = cron.weekdays === undefined || weekdays.length === cron.weekdays.length;
  const dayFields = sameDays ? [days, months, weekdaysText] : ["?", months, ranges(weekdays, weekdayNames)];
  return [minutes, hours.length === 24 ? "*" : ranges(hours), ...dayFields, year].join(" ");
}

/** `0-8,17-23` for the numbers that it stands for. */
function ranges(values: readonly number[], names: readonly string[] = []): string {
  const runs: [number, number][] = [];
  for (const value of values) {
    const run = runs.at(-1);
    if (run && run[1] + 1 === value) run[1] = value;
    else runs.push([value, value]);
  }
  const name = (value: number) => names[value] ?? String(value);
  return runs.map(([from, to]) => (from === to ? name(from) : `${name(from)}-${name(to)}`)).join(",");
}

function longestPause(
  weekdays: readonly number[],
  hours: readonly number[],
  minutes: readonly number[],
): number {
  const week = 7 * 24 * 60;
  const times = weekdays.flatMap((day) =>
    hours.flatMap((hour) => minutes.map((minute) => (day * 24 + hour) * 60 + minute)),
  );
  const gaps = times.map((time, index) => (times[index + 1] ?? (times[0] ?? 0) + week) - time);
  return Math.max(0, ...gaps);
}

/** Every choice of at least one of them. */
function subsets(values: readonly number[]): readonly (readonly number[])[] {
  const choices = Array.from({ length: 2 ** values.length - 1 }, (_, index) => index + 1);
  return choices.map((bits) => values.filter((_, place) => (bits & (1 << place)) !== 0));
}
