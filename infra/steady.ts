import { createHash } from "node:crypto";
import { weekdayNames } from "../services/schedules/cron.js";
import type { Schedule } from "../services/schedules/schedules.js";

const minutesOf = { minute: 1, hour: 60, day: 24 * 60 };
const day = minutesOf.day;

/**
 * A schedule as a template can hold it: without a start date. AWS refuses one that is more than 5 minutes old, so a
 * fixed date could never be deployed again, and a new one at each synthesis would set every schedule back at each
 * deployment. But `rate()` without one fires as soon as it is created.
 *
 * So an interval that divides an hour or a day, and the week, becomes the cron expression (UTC) that comes just as
 * often. Its minute, hour and day come from the schedule's name: always the same for one secret, and spread over the
 * interval for many. Any other interval, such as 45 minutes, stays `rate()`: its first rotation comes with the
 * deployment that creates the schedule, and the others are counted from there.
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
export function steady({ start: _, ...schedule }: Schedule): Schedule {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(schedule.expression) ?? [];
  if (unit !== "minute" && unit !== "hour" && unit !== "day") return schedule;
  const expression = asCron(Number(count) * minutesOf[unit], schedule.name);
  return expression === undefined ? schedule : { ...schedule, expression, timezone: "UTC" };
}

/** Undefined where cron cannot come every so many minutes. */
function asCron(every: number, name: string): string | undefined {
  const phase = createHash("sha256").update(name).digest().readUInt32BE() % every;
  const minute = phase % 60;
  const hour = Math.floor(phase / 60) % 24;
  if (every < 60) return 60 % every === 0 ? `cron(${phase}/${every} * * * ? *)` : undefined;
  if (every === 60) return `cron(${minute} * * * ? *)`;
  if (every < day)
    return day % every === 0 && every % 60 === 0
      ? `cron(${minute} ${hour}/${every / 60} * * ? *)`
      : undefined;
  if (every === day) return `cron(${minute} ${hour} * * ? *)`;
  if (every === 7 * day) return `cron(${minute} ${hour} ? * ${weekdayNames[Math.floor(phase / day)]} *)`;
  return undefined;
}
