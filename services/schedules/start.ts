import { parseCron } from "./cron.js";
import { lastBefore } from "./occurrences.js";
import type { Schedule } from "./schedules.js";

type Rhythm = Pick<Schedule, "expression" | "timezone" | "start">;

const unitSeconds: Readonly<Record<string, number>> = { minute: 60, hour: 3600, day: 86_400 };
/** A start so near that it has passed once AWS reads it helps nobody. Milliseconds. */
const soonMs = 60_000;

/** Seconds between the occurrences of `rate(…)`; undefined for anything else. */
export function rateSeconds(expression: string): number | undefined {
  const [, count, unit = ""] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const size = unitSeconds[unit];
  return size === undefined ? undefined : Number(count) * size;
}

function rateMs(expression: string): number | undefined {
  const seconds = rateSeconds(expression);
  return seconds === undefined ? undefined : seconds * 1000;
}

/** The start of a new schedule: an interval from now, since `rate(…)` without one fires at once. A cron needs none. */
export function firstStart({ expression }: Rhythm, now: Date): Date | undefined {
  const every = rateMs(expression);
  return every === undefined ? undefined : new Date(now.getTime() + every);
}

/**
 * A start that AWS takes and that keeps the schedule's rhythm: AWS refuses one that lies more than 5 minutes back, so it is put
 * forward by whole intervals. One of a cron that has passed says nothing, and is left out.
 */
export function startFrom({ expression, start }: Rhythm, now: Date): Date | undefined {
  if (!start || start >= now) return start;
  const every = rateMs(expression);
  if (every === undefined) return undefined;
  const passed = Math.ceil((now.getTime() - start.getTime()) / every);
  return new Date(start.getTime() + passed * every);
}

/** The start of a schedule that replaces another: of a new interval, one such interval after the last occurrence, or at once. */
export function nextStart(before: Rhythm, after: Rhythm, now: Date): Date | undefined {
  if (after.expression === before.expression) return startFrom(after, now);
  const every = rateMs(after.expression);
  if (every === undefined) return undefined;
  const last = lastOf(before, now) ?? now.getTime();
  return new Date(Math.max(last + every, now.getTime() + soonMs));
}

/** The last occurrence that has passed; undefined when there was none. */
function lastOf({ expression, timezone, start }: Rhythm, now: Date): number | undefined {
  const every = rateMs(expression);
  if (every !== undefined && start) {
    const passed = Math.floor((now.getTime() - start.getTime()) / every);
    // The first one comes an interval after the schedule was made, which is as if there had been one then.
    return start.getTime() + Math.max(-1, passed) * every;
  }
  const [, fields] = /^cron\((.*)\)$/.exec(expression) ?? [];
  const cron = fields === undefined ? "" : parseCron(fields);
  return typeof cron === "string" ? undefined : lastBefore(cron, timezone ?? "UTC", now);
}
