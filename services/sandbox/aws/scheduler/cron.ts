import { instantOf, localOf } from "./zone.js";

/** A `cron` expression of Scheduler. */
export interface Cron {
  /** The first time later than this at which the clock of the zone shows what the fields say. */
  next(after: Date, zone: string): Date | undefined;
}

interface Field {
  readonly min: number;
  readonly max: number;
  /** Names of the values, from the smallest on. */
  readonly names: readonly string[];
}

const minutes: Field = { min: 0, max: 59, names: [] };
const hours: Field = { min: 0, max: 23, names: [] };
const daysOfMonth: Field = { min: 1, max: 31, names: [] };
const months: Field = {
  min: 1,
  max: 12,
  names: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
};
const daysOfWeek: Field = { min: 1, max: 7, names: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"] };
const years: Field = { min: 1970, max: 2199, names: [] };

/** Whether a day counts. Its UTC fields are local. */
type DayRule = (day: Date) => boolean;

const dayMs = 86_400_000;

/**
 * Reads what stands in `cron(…)`: minutes, hours, day-of-month, month, day-of-week, year; undefined when AWS's page does not
 * allow it. AWS may take some of that: ranges that run backwards, `LW`, `/` in day-of-week.
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
 */
export function parseCron(text: string): Cron | undefined {
  const fields = text.split(" ");
  const [minute = "", hour = "", dayOfMonth = "", month = "", dayOfWeek = "", year = ""] = fields;
  if (fields.length !== 6 || (dayOfMonth === "?") === (dayOfWeek === "?")) return undefined;
  const inMinutes = listOf(minutes, minute);
  const inHours = listOf(hours, hour);
  const inMonths = listOf(months, month);
  const inYears = listOf(years, year);
  const onDay = dayOfWeek === "?" ? dayOfMonthRule(dayOfMonth) : dayOfWeekRule(dayOfWeek);
  if (!inMinutes || !inHours || !inMonths || !inYears || !onDay) return undefined;
  const minutesOfDay = inHours.flatMap((h) => inMinutes.map((m) => h * 60 + m));
  const days = { inMonths: new Set(inMonths), inYears: new Set(inYears), onDay };

  return {
    next(after, zone) {
      const local = localOf(after, zone).getTime();
      const today = Math.floor(local / dayMs) * dayMs;
      for (let day = nextDay(today, days); day !== undefined; day = nextDay(day + dayMs, days)) {
        for (const minuteOfDay of minutesOfDay) {
          const time = day + minuteOfDay * 60_000;
          // What the clock showed before is over, even where it shows it again: the zone need not be asked.
          if (time <= local - 60_000) continue;
          const instant = instantOf(new Date(time), zone);
          if (instant && instant > after) return instant;
        }
      }
      return undefined;
    },
  };
}

/** The first day from this one on that counts: months and years that do not are passed over whole. */
function nextDay(
  from: number,
  {
    inMonths,
    inYears,
    onDay,
  }: {
    readonly inMonths: ReadonlySet<number>;
    readonly inYears: ReadonlySet<number>;
    readonly onDay: DayRule;
  },
): number | undefined {
  let day = new Date(from);
  while (day.getUTCFullYear() <= years.max) {
    const year = day.getUTCFullYear();
    const month = day.getUTCMonth();
    if (!inYears.has(year)) day = new Date(Date.UTC(year + 1, 0, 1));
    else if (!inMonths.has(month + 1)) day = new Date(Date.UTC(year, month + 1, 1));
    else if (onDay(day)) return day.getTime();
    else day = new Date(day.getTime() + dayMs);
  }
  return undefined;
}

/** The values of a field with `,`, `-`, `*` and `/`, ascending. */
function listOf(field: Field, text: string): readonly number[] | undefined {
  const items = text.split(",").map((item) => rangeOf(field, item));
  const values = new Set<number>();
  for (const item of items) {
    if (!item) return undefined;
    for (const value of item) values.add(value);
  }
  return [...values].sort((a, b) => a - b);
}

/** `*`, `a`, `a-b`, and each of these with `/n` behind it. */
function rangeOf(field: Field, text: string): readonly number[] | undefined {
  const [, from = "", to, step] = /^(\*|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(text) ?? [];
  const all = from === "*";
  if (all && to !== undefined) return undefined;
  const first = all ? field.min : numberOf(field, from);
  const toTheEnd = all || (to === undefined && step !== undefined);
  const last = toTheEnd ? field.max : numberOf(field, to ?? from);
  const by = Number(step ?? 1);
  if (first === undefined || last === undefined || last < first || by < 1 || by > field.max) return undefined;
  return Array.from({ length: Math.floor((last - first) / by) + 1 }, (_, index) => first + index * by);
}

function numberOf({ min, max, names }: Field, text: string): number | undefined {
  const named = names.indexOf(text);
  const value = named >= 0 ? named + min : /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : undefined;
}

/** Also `L`, the last day, and `15W`, the working day of the month nearest to the 15th. */
function dayOfMonthRule(text: string): DayRule | undefined {
  return anyOf(text, (item) => {
    if (item === "L") return (day) => day.getUTCDate() === lastDateOf(day);
    const [, near] = /^(\d{1,2})W$/.exec(item) ?? [];
    if (near === undefined) return among(rangeOf(daysOfMonth, item), (day) => day.getUTCDate());
    const date = numberOf(daysOfMonth, near);
    return date === undefined ? undefined : (day) => day.getUTCDate() === workingDateNear(date, day);
  });
}

/** Also `L`, Saturday; `6L`, the month's last Friday; and, alone in the field, `6#3`, its third. */
function dayOfWeekRule(text: string): DayRule | undefined {
  const weekday = (day: Date) => day.getUTCDay() + 1;
  const [, named = "", nth] = /^(\w+)#([1-5])$/.exec(text) ?? [];
  if (nth !== undefined) {
    const value = numberOf(daysOfWeek, named);
    const isNth = (day: Date) => Math.ceil(day.getUTCDate() / 7) === Number(nth);
    return value === undefined ? undefined : (day) => weekday(day) === value && isNth(day);
  }
  return anyOf(text, (item) => {
    if (item.includes("/")) return undefined;
    if (item === "L") return (day) => weekday(day) === daysOfWeek.max;
    const [, last] = /^(\w+)L$/.exec(item) ?? [];
    if (last === undefined) return among(rangeOf(daysOfWeek, item), weekday);
    const value = numberOf(daysOfWeek, last);
    if (value === undefined) return undefined;
    return (day) => weekday(day) === value && day.getUTCDate() > lastDateOf(day) - 7;
  });
}

/** A field's items, separated by commas: a day counts when one of them says so. */
function anyOf(text: string, rule: (item: string) => DayRule | undefined): DayRule | undefined {
  const rules: DayRule[] = [];
  for (const item of text.split(",")) {
    const one = rule(item);
    if (!one) return undefined;
    rules.push(one);
  }
  return (day) => rules.some((one) => one(day));
}

const among = (values: readonly number[] | undefined, of: (day: Date) => number): DayRule | undefined =>
  values && ((day) => values.includes(of(day)));

const lastDateOf = (day: Date) =>
  new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 0)).getUTCDate();

/** Never in another month; where the month has no such date, none. */
function workingDateNear(date: number, day: Date): number | undefined {
  const last = lastDateOf(day);
  if (date > last) return undefined;
  const weekday = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), date)).getUTCDay();
  if (weekday === 6) return date === 1 ? date + 2 : date - 1;
  if (weekday === 0) return date === last ? date - 2 : date + 1;
  return date;
}
