import { weekdayNames } from "./cron.js";

/** A time of each week in which no rotation may start, by the schedule's time zone. */
export interface Window {
  /** As it was written. */
  readonly text: string;
  /** The days on which it begins, 0 for Sunday. */
  readonly weekdays: readonly number[];
  /** Hours of the day, 0 to 24; the window ends before `until`, the next day where that is not later than `from`. */
  readonly from: number;
  readonly until: number;
}

const weekMinutes = 7 * 24 * 60;

/**
 * Reads a window such as `09:00-17:00`, `Mon-Fri 09:00-17:00` or `Sat,Sun 22:00-06:00`. Days are those on which it begins;
 * without days it is every day's. Whole hours only.
 * @returns undefined when it is none
 */
export function parseWindow(text: string): Window | undefined {
  const [, days, from, until] =
    /^(?:([a-z,-]+) )?([01]\d|2[0-3]):00-([01]\d|2[0-4]):00$/i.exec(text.trim()) ?? [];
  if (from === undefined || until === undefined) return undefined;
  const weekdays = days === undefined ? [0, 1, 2, 3, 4, 5, 6] : weekdaysOf(days);
  if (!weekdays || from === until) return undefined;
  return { text: text.trim(), weekdays, from: Number(from), until: Number(until) };
}

/** Days and ranges of days, which may run over the week's end. */
function weekdaysOf(text: string): readonly number[] | undefined {
  const found = new Set<number>();
  for (const item of text.toUpperCase().split(",")) {
    const [first = "", last = first, ...more] = item.split("-");
    const [from, to] = [weekdayNames.indexOf(first), weekdayNames.indexOf(last)];
    if (from < 0 || to < 0 || more.length > 0) return undefined;
    for (let day = from; ; day = (day + 1) % 7) {
      found.add(day);
      if (day === to) break;
    }
  }
  return [...found].sort((a, b) => a - b);
}

/**
 * Whether a firing meets a window: from the minute for which it is scheduled, for as long as it may be put off, and for
 * the minute within which AWS fires.
 */
export function meets(
  windows: readonly Window[],
  { weekday, minute, jitterMinutes }: { weekday: number; minute: number; jitterMinutes: number },
): boolean {
  const starts = weekday * 24 * 60 + minute;
  const ends = starts + jitterMinutes;
  return windows.some(({ weekdays, from, until }) => {
    const length = ((until - from + 24) % 24 || 24) * 60;
    return weekdays.some((day) => {
      const opens = (day * 24 + from) * 60;
      return [opens - weekMinutes, opens, opens + weekMinutes].some(
        (open) => starts < open + length && ends >= open,
      );
    });
  });
}
