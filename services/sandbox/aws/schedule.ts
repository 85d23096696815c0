import { type Cron, fewestHours, parseCron, refused } from "./cron.js";
import { invalidParameter } from "./errors.js";

export interface RotationRules {
  readonly AutomaticallyAfterDays?: number | undefined;
  readonly Duration?: string | undefined;
  readonly ScheduleExpression?: string | undefined;
}

/** When a secret may be rotated by itself. */
export interface Window {
  readonly opens: Date;
  /** Its last second: so NextRotationDate was recorded. */
  readonly closes: Date;
}

/** What a schedule counts from. */
export interface Anchors {
  /** When the rules were set. */
  readonly since: Date;
  /** The last rotation, or the last value that was written by hand. */
  readonly rotated: Date;
}

/** A secret's rotation rules, understood. */
export interface Schedule {
  readonly kind: "days" | "hours" | "cron";
  /** The first window that opens later than `after`, which is not before `anchors.rotated`. */
  next(after: Date, anchors: Anchors): Window;
  /** The days that DescribeSecret tells, given the window that comes next. */
  daysTold(next: Window): number;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** AWS's page says 999 of `rate()`, though AutomaticallyAfterDays goes to 1000. */
const longestRateDays = 999;
/** A fifth Sunday of February comes again after 40 years at most. Days. */
const longestSearch = 41 * 366;

/**
 * The schedule that rules stand for; undefined for rules that say nothing.
 * @throws AwsError InvalidParameterException
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html
 */
export function scheduleOf(rules: RotationRules): Schedule | undefined {
  const { AutomaticallyAfterDays: days, ScheduleExpression: expression, Duration: duration } = rules;
  if (days !== undefined && expression !== undefined) {
    throw invalidParameter("You cannot specify both rotation frequency and schedule expression together.");
  }
  if (days !== undefined) return everyDays(days, duration);
  if (expression !== undefined) return ofExpression(expression, duration);
  if (duration !== undefined) throw tooLong("a Duration needs a schedule");
  return undefined;
}

function ofExpression(expression: string, duration: string | undefined): Schedule {
  const [, count, unit] = /^rate\(([1-9]\d{0,5}) (hour|day)s?\)$/.exec(expression) ?? [];
  const [, fields] = /^cron\((.*)\)$/.exec(expression) ?? [];
  if (fields !== undefined) return ofCron(parseCron(fields), duration);
  if (count === undefined) throw refused("it must be rate(n hours), rate(n days) or cron(...)");
  const hours = Number(count) * (unit === "day" ? 24 : 1);
  if (hours < fewestHours) throw refused(`it must not come more often than every ${fewestHours} hours`);
  if (hours > longestRateDays * 24) throw refused(`it must come at least every ${longestRateDays} days`);
  return unit === "day" ? everyDays(Number(count), duration) : everyHours(hours, duration);
}

/** Counted from the day of the last rotation. The window is that day, from midnight on. */
function everyDays(days: number, duration: string | undefined): Schedule {
  const length = lengthOf(duration, { usual: 24, longest: 24 });
  return {
    kind: "days",
    next: (after, { rotated }) => windowAt(nextPeriod(rotated, days * dayMs, after), length),
    daysTold: () => days,
  };
}

/** Counted from the midnight before the rules were set; rotations in between move nothing. */
function everyHours(hours: number, duration: string | undefined): Schedule {
  const length = lengthOf(duration, { usual: 1, longest: greatestDivisor(hours, 24) });
  return {
    kind: "hours",
    next: (after, { since }) => windowAt(nextPeriod(since, hours * hourMs, after), length),
    daysTold: () => Math.max(1, Math.round(hours / 24)),
  };
}

/** When the first of equal periods begins that begins later than `after`, counted from the midnight before `from`. Milliseconds. */
function nextPeriod(from: Date, periodMs: number, after: Date): number {
  const start = midnight(from);
  return start + (Math.floor((after.getTime() - start) / periodMs) + 1) * periodMs;
}

function ofCron(cron: Cron, duration: string | undefined): Schedule {
  const { hours, inHours } = cron;
  // Midnight is never further off than the next window.
  const untilMidnight = 24 - (hours.at(-1) ?? 0);
  const usual = inHours ? 1 : untilMidnight;
  const length = lengthOf(duration, { usual, longest: untilMidnight });

  const next = (after: Date): Window => {
    for (let day = midnight(after), tries = 0; tries < longestSearch; day += dayMs, tries++) {
      const hour = hours.find((candidate) => day + candidate * hourMs > after.getTime());
      if (hour !== undefined && cron.countsOn(new Date(day))) return windowAt(day + hour * hourMs, length);
    }
    throw refused("no day ever matches it");
  };
  next(new Date(0));
  return {
    kind: "cron",
    next,
    daysTold: ({ opens }) => Math.max(1, Math.round((next(opens).opens.getTime() - opens.getTime()) / dayMs)),
  };
}

/** Hours. A window must not reach into the next one, nor into the next UTC day. */
function lengthOf(
  duration: string | undefined,
  { usual, longest }: { usual: number; longest: number },
): number {
  if (duration === undefined) return usual;
  const hours = Number(duration.slice(0, -1));
  if (hours >= 1 && hours <= longest) return hours;
  throw tooLong(
    `a window of this schedule lasts 1h to ${longest}h, so that it reaches neither the next window nor the next UTC day`,
  );
}

/** AWS's own text is not known. */
const tooLong = (problem: string) =>
  invalidParameter(`The Duration of the rotation rules isn't valid: ${problem}.`);

const midnight = (time: Date) => Math.floor(time.getTime() / dayMs) * dayMs;

const windowAt = (opens: number, hours: number): Window => ({
  opens: new Date(opens),
  closes: new Date(opens + hours * hourMs - 1000),
});

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b));
