import type { Cron } from "./cron.js";

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** True for a name of the time zone database that this machine knows. */
export function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/**
 * The times of one day, in order. A local time that a change of the clocks leaves out is skipped, one that comes twice
 * counts once, as at AWS.
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time
 */
function timesOn(day: number, cron: Cron, offset: Offset): readonly number[] {
  if (!cron.firesOn(new Date(day))) return [];
  const [before, after] = around(day, offset);
  const local = cron.hours.flatMap((hour) =>
    cron.minutes.map((minute) => day + (hour * 60 + minute) * minuteMs),
  );
  if (before === after) return local.map((time) => time - before);
  return local.map((time) => timeOf(time, offset, before, after)).filter((time) => time !== undefined);
}

/** The last firing at or before a time; undefined when there was none within a year. */
export function lastBefore(cron: Cron, timezone: string, time: Date): number | undefined {
  const offset = offsets(timezone);
  const today = Math.floor((time.getTime() + offset(time.getTime())) / dayMs) * dayMs;
  for (let day = today; day > today - lookedAt.days * dayMs; day -= dayMs) {
    const found = timesOn(day, cron, offset).findLast((one) => one <= time.getTime());
    if (found !== undefined) return found;
  }
  return undefined;
}

type Offset = (time: number) => number;

/** How far ahead of UTC the wall clock is at noon of the day before, and of the day after. */
const around = (day: number, offset: Offset): readonly [number, number] => [
  offset(day - dayMs / 2),
  offset(day + 1.5 * dayMs),
];

/** When a clock on the wall shows `local` on a day on which it may be changed; undefined when it never does. */
function timeOf(local: number, offset: Offset, before: number, after: number): number | undefined {
  return [before, after].map((one) => local - one).find((time) => offset(time) === local - time);
}

/** How far the wall clock of a zone is ahead of UTC at a time. Milliseconds. */
function offsets(timezone: string): Offset {
  if (timezone === "UTC") return () => 0;
  const format = new Intl.DateTimeFormat("en", {
    ...{ timeZone: timezone, hourCycle: "h23", era: "short" },
    ...{ year: "numeric", month: "numeric", day: "numeric" },
    ...{ hour: "numeric", minute: "numeric", second: "numeric" },
  });
  return (time) => {
    const parts = new Map(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
    const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? 0;
    const date = Date.UTC(part("year"), part("month") - 1, part("day"));
    return date + (part("hour") * 60 + part("minute")) * minuteMs + part("second") * 1000 - time;
  };
}

/** A year and a day, and a second year with a leap day in it: enough to meet every change of the clocks twice. */
const lookedAt = { from: new Date("2027-01-01T00:00:00Z"), days: 731 };
/** A rotation rarer than that is none. Seconds. */
const longestGap = 366 * 86_400;

interface Gaps {
  readonly smallest: number;
  readonly longest: number;
}

/** The smallest and the largest time between two firings, in seconds; undefined when it fires less often than once a year. */
export function gapsOf(cron: Cron, timezone: string): Gaps | undefined {
  const offset = remembered(offsets(timezone));
  // Days without a change of the clocks are alike.
  const usual = within(
    cron.hours.flatMap((hour) => cron.minutes.map((minute) => (hour * 60 + minute) * minuteMs)),
  );
  const found: Gaps[] = [];
  let last: number | undefined;
  for (let index = 0; index < lookedAt.days; index++) {
    const day = lookedAt.from.getTime() + index * dayMs;
    if (!cron.firesOn(new Date(day))) continue;
    const [before, after] = around(day, offset);
    const changed = before === after ? undefined : timesOn(day, cron, offset);
    const edge = (which: 0 | -1) =>
      changed
        ? changed.at(which)
        : day + ((cron.hours.at(which) ?? 0) * 60 + (cron.minutes.at(which) ?? 0)) * minuteMs - before;
    const first = edge(0);
    if (first === undefined) continue;
    found.push(changed ? within(changed) : usual, ...(last === undefined ? [] : [within([last, first])]));
    last = edge(-1);
  }
  const smallest = Math.min(...found.map((gaps) => gaps.smallest));
  const longest = Math.max(0, ...found.map((gaps) => gaps.longest));
  return longest > 0 && longest <= longestGap ? { smallest, longest } : undefined;
}

/** Seconds between neighbours. */
function within(times: readonly number[]): Gaps {
  const gaps = times.slice(1).map((time, index) => (time - (times[index] ?? 0)) / 1000);
  return { smallest: Math.min(...gaps), longest: Math.max(0, ...gaps) };
}

function remembered(offset: Offset): Offset {
  const known = new Map<number, number>();
  return (time) => {
    const value = known.get(time) ?? offset(time);
    known.set(time, value);
    return value;
  };
}
