import { invalidParameter } from "./errors.js";

/** When windows open by a `cron()` expression. All of it is UTC. */
export interface Cron {
  /** The hours at which a window opens on a day that counts, ascending. */
  readonly hours: readonly number[];
  /** True when the hours are an increment: a schedule in hours, which resets each day. */
  readonly inHours: boolean;
  /** Whether the day of this time counts. */
  countsOn(time: Date): boolean;
}

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names of the values, from the smallest on. */
  readonly names: readonly string[];
}

const weekdayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const monthNames = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

const hour: Field = { name: "hours", min: 0, max: 23, names: [] };
const dayOfMonth: Field = { name: "day-of-month", min: 1, max: 31, names: [] };
const month: Field = { name: "month", min: 1, max: 12, names: monthNames };
const dayOfWeek: Field = { name: "day-of-week", min: 1, max: 7, names: weekdayNames };

/** Rotation may not come more often. Hours. */
export const fewestHours = 4;

type Rule = (time: Date) => boolean;

/**
 * Parses what stands in `cron(...)`: minutes (0), hours, day-of-month, month, day-of-week, year (*). What AWS's page does
 * not list is refused, though AWS may take some of it: lists and ranges of hours, `W`, ranges that run backwards.
 * @throws AwsError InvalidParameterException
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html
 */
export function parseCron(fields: string): Cron {
  const parts = fields.split(" ");
  const [minutes, hours = "", days = "", months = "", weekdays = "", year] = parts;
  if (parts.length !== 6) throw refused(`it takes six fields; found ${parts.length}`);
  if (minutes !== "0") throw refused("the minutes must be 0");
  if (year !== "*") throw refused("the year must be *");
  if ((days === "?") === (weekdays === "?"))
    throw refused("exactly one of day-of-month and day-of-week must be ?");

  const inMonth = anyOf(
    month,
    months,
    inItem(month, (time) => time.getUTCMonth() + 1),
  );
  const onDay =
    days === "?" ? anyOf(dayOfWeek, weekdays, weekdayItem) : anyOf(dayOfMonth, days, dayOfMonthItem);
  return { ...hoursOf(hours), countsOn: (time) => inMonth(time) && onDay(time) };
}

function hoursOf(text: string): Pick<Cron, "hours" | "inHours"> {
  const inHours = text.includes("/");
  const [, step] = text.split("/");
  if (!/^(\d+|(\d+|\*)?\/\d+)$/.test(text))
    throw refused("the hours must be one hour, or an increment such as 2/10");
  if (inHours && Number(step) < fewestHours)
    throw refused(`it must not come more often than every ${fewestHours} hours`);
  return { hours: valuesOf(hour, text) ?? outOf(hour), inHours };
}

/** A field's items, separated by commas: a day counts when one of them says so. */
function anyOf(field: Field, text: string, item: (text: string) => Rule | undefined): Rule {
  const rules = text.split(",").map((part) => item(part) ?? outOf(field));
  return (time) => rules.some((rule) => rule(time));
}

const inItem = (field: Field, of: (time: Date) => number) => (text: string) => {
  const values = valuesOf(field, text);
  return values && ((time: Date) => values.includes(of(time)));
};

/** `SUNL` stands here, and not at the day of the week: so AWS's page has it. */
function dayOfMonthItem(text: string): Rule | undefined {
  if (text === "L") return (time) => time.getUTCDate() === lastDay(time);
  const weekday = weekdayNames.indexOf(text.slice(0, -1));
  if (text.endsWith("L") && weekday >= 0) {
    return (time) => time.getUTCDay() === weekday && time.getUTCDate() > lastDay(time) - 7;
  }
  return inItem(dayOfMonth, (time) => time.getUTCDate())(text);
}

function weekdayItem(text: string): Rule | undefined {
  const [, named, nth] = /^(\w+)#([1-5])$/.exec(text) ?? [];
  const weekday = (time: Date) => time.getUTCDay() + 1;
  if (named === undefined) return inItem(dayOfWeek, weekday)(text === "L" ? "SAT" : text);
  const value = numberOf(dayOfWeek, named);
  if (value === undefined) return undefined;
  return (time) => weekday(time) === value && Math.ceil(time.getUTCDate() / 7) === Number(nth);
}

const lastDay = (time: Date) =>
  new Date(Date.UTC(time.getUTCFullYear(), time.getUTCMonth() + 1, 0)).getUTCDate();

/** The numbers that `*`, `a`, `a-b`, and any of these (or nothing) with `/n` behind it, stand for. */
function valuesOf(field: Field, text: string): number[] | undefined {
  const match = /^(?:\*|(\w+)(?:-(\w+))?)?(?:\/(\d+))?$/.exec(text);
  if (!match || text === "") return undefined;
  const [, from, to, step] = match;
  const toTheEnd = from === undefined || step !== undefined;
  const first = from === undefined ? field.min : numberOf(field, from);
  const last = to === undefined ? (toTheEnd ? field.max : first) : numberOf(field, to);
  const by = Number(step ?? 1);
  if (first === undefined || last === undefined || last < first || by < 1) return undefined;
  return Array.from({ length: Math.floor((last - first) / by) + 1 }, (_, index) => first + index * by);
}

function numberOf({ min, max, names }: Field, text: string): number | undefined {
  const named = names.indexOf(text);
  const value = named >= 0 ? named + min : /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : undefined;
}

function outOf({ name, min, max }: Field): never {
  throw refused(`its field ${name} is not understood; values go from ${min} to ${max}`);
}

/** AWS's own text is not known. */
export const refused = (problem: string) =>
  invalidParameter(`The ScheduleExpression of the rotation rules isn't valid: ${problem}.`);
