/** When a `cron()` expression of EventBridge Scheduler fires, by the clock on the wall of its time zone. */
export interface Cron {
  /** The six fields in capitals, one blank between them. */
  readonly fields: string;
  /** Minutes of the hour, ascending. */
  readonly minutes: readonly number[];
  /** Hours of the day, ascending. */
  readonly hours: readonly number[];
  /** The days of the week it is bound to, 0 for Sunday, ascending; all seven where it is bound to none; undefined for days such as `2#1` or `5L`. */
  readonly weekdays: readonly number[] | undefined;
  /** Whether it is bound to days of the month or to months. */
  readonly inMonth: boolean;
  /** Whether it fires on a day, told as midnight of that day in UTC. */
  firesOn(day: Date): boolean;
}

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names of the values, from the smallest on. */
  readonly names: readonly string[];
}

export const weekdayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const monthNames = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

const minute: Field = { name: "minutes", min: 0, max: 59, names: [] };
const hour: Field = { name: "hours", min: 0, max: 23, names: [] };
const dayOfMonth: Field = { name: "day-of-month", min: 1, max: 31, names: [] };
const month: Field = { name: "month", min: 1, max: 12, names: monthNames };
const dayOfWeek: Field = { name: "day-of-week", min: 1, max: 7, names: weekdayNames };

type Rule = (day: Date) => boolean;

/**
 * Reads what stands in `cron(…)`: minutes, hours, day-of-month, month, day-of-week, year. The year must be `*`: keys are
 * rotated for ever. What AWS's page does not list is not taken: ranges that run backwards, `LW`, `/` in day-of-week.
 * @returns what is wrong with it, as text, when it is none
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
 */
export function parseCron(text: string): Cron | string {
  const fields = text.toUpperCase();
  const parts = fields.split(" ");
  const [minutesText = "", hoursText = "", days = "", monthsText = "", weekdaysText = "", year] = parts;
  if (parts.length !== 6) {
    return `expected six fields with one blank between them: minutes hours day-of-month month day-of-week year; found ${parts.length}`;
  }
  if (year !== "*") return "expected * for the year, the sixth field: keys are rotated for ever";
  if ((days === "?") === (weekdaysText === "?")) {
    return "expected ? in exactly one of day-of-month and day-of-week, the third and fifth field";
  }
  const minutes = valuesOf(minute, minutesText);
  const hours = valuesOf(hour, hoursText);
  const months = valuesOf(month, monthsText);
  const simple = weekdaysText === "?" ? valuesOf(dayOfWeek, "*") : valuesOf(dayOfWeek, weekdaysText);
  const onDay =
    days === "?"
      ? anyOf(weekdaysText, (item) => weekdayItem(item, item === weekdaysText))
      : anyOf(days, (item) => dayItem(item));
  if (!minutes) return outOf(minute);
  if (!hours) return outOf(hour);
  if (!months) return outOf(month);
  if (!onDay) return outOf(days === "?" ? dayOfWeek : dayOfMonth);
  return {
    ...{ fields, minutes, hours },
    weekdays: simple?.map((value) => value - 1),
    inMonth: monthsText !== "*" || (days !== "?" && days !== "*"),
    firesOn: (day) => months.includes(day.getUTCMonth() + 1) && onDay(day),
  };
}

/** A field's items, separated by commas: a day counts when one of them says so. */
function anyOf(text: string, item: (text: string) => Rule | undefined): Rule | undefined {
  const rules = text.split(",").map(item);
  const known = rules.filter((rule) => rule !== undefined);
  return known.length === rules.length ? (day) => known.some((rule) => rule(day)) : undefined;
}

function dayItem(text: string): Rule | undefined {
  if (text === "L") return (day) => day.getUTCDate() === lastDay(day);
  const nearest = /^(\d{1,2})W$/.exec(text)?.[1];
  if (nearest !== undefined) {
    const wanted = Number(nearest);
    if (wanted < 1 || wanted > 31) return undefined;
    return (day) => wanted <= lastDay(day) && isWeekdayNearest(day, wanted);
  }
  const values = valuesOf(dayOfMonth, text);
  return values && ((day) => values.includes(day.getUTCDate()));
}

/** Whether it is the working day nearest to a date, without leaving the month. */
function isWeekdayNearest(day: Date, date: number): boolean {
  const weekday = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), date)).getUTCDay();
  const moved = { 6: date > 1 ? -1 : 2, 0: date < lastDay(day) ? 1 : -2 }[weekday] ?? 0;
  return day.getUTCDate() === date + moved;
}

function weekdayItem(text: string, alone: boolean): Rule | undefined {
  const last = /^(\w+)L$/.exec(text)?.[1];
  const [, named, nth] = /^(\w+)#([1-5])$/.exec(text) ?? [];
  if (text === "L") return (day) => day.getUTCDay() === 6;
  if (last !== undefined) {
    const value = numberOf(dayOfWeek, last);
    if (value === undefined) return undefined;
    return (day) => day.getUTCDay() + 1 === value && day.getUTCDate() > lastDay(day) - 7;
  }
  if (named !== undefined) {
    if (!alone) return undefined;
    const value = numberOf(dayOfWeek, named);
    if (value === undefined) return undefined;
    return (day) => day.getUTCDay() + 1 === value && Math.ceil(day.getUTCDate() / 7) === Number(nth);
  }
  const values = text.includes("/") ? undefined : valuesOf(dayOfWeek, text);
  return values && ((day) => values.includes(day.getUTCDay() + 1));
}

const lastDay = (day: Date) =>
  new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 0)).getUTCDate();

/** The values that a list of `*`, `a`, `a-b`, and any of these with `/n` behind it, stands for; ascending. */
function valuesOf(field: Field, text: string): readonly number[] | undefined {
  const lists = text.split(",").map((item) => itemOf(field, item));
  const known = lists.filter((list) => list !== undefined);
  if (known.length < lists.length) return undefined;
  return [...new Set(known.flat())].sort((a, b) => a - b);
}

function itemOf(field: Field, text: string): number[] | undefined {
  const match = /^(?:\*|(\w+)(?:-(\w+))?)(?:\/(\d{1,2}))?$/.exec(text);
  if (!match) return undefined;
  const [, from, to, step] = match;
  const toTheEnd = from === undefined || step !== undefined;
  const first = from === undefined ? field.min : numberOf(field, from);
  const last = to === undefined ? (toTheEnd ? field.max : first) : numberOf(field, to);
  const by = Number(step ?? 1);
  if (first === undefined || last === undefined || last < first || by < 1 || by > field.max) return undefined;
  return Array.from({ length: Math.floor((last - first) / by) + 1 }, (_, index) => first + index * by);
}

function numberOf({ min, max, names }: Field, text: string): number | undefined {
  const named = names.indexOf(text);
  const value = named >= 0 ? named + min : /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : undefined;
}

function outOf({ name, min, max }: Field): string {
  return `expected values from ${min} to ${max}, ranges, lists or steps in the field ${name}`;
}
