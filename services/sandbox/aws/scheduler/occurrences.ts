import { createHash } from "node:crypto";
import type { ScheduleRecord } from "./records.js";

/** From when on a rate without StartDate counts, beside the schedule itself. */
export type Due = Pick<ScheduleRecord, "arn" | "settings" | "timetable">;

/**
 * The first occurrence at `from` or later; of a rate without StartDate that is counted from `since`. None while it is
 * disabled. One-time schedules know neither StartDate nor EndDate, and their time may be past.
 */
export function occurrenceFrom(from: Date, since: Date, { settings, timetable }: Due): Date | undefined {
  if (settings.State === "DISABLED") return undefined;
  if (timetable.kind === "at") return timetable.at;
  const { StartDate: start, EndDate: end } = settings;
  const begin = start === undefined ? from : laterOf(from, new Date(start * 1000));
  const found =
    timetable.kind === "cron"
      ? timetable.next(new Date(begin.getTime() - 1))
      : inStep(begin, start === undefined ? since : new Date(start * 1000), timetable.everyMs);
  return found && (end === undefined || found.getTime() <= end * 1000) ? found : undefined;
}

/** How long after its time an occurrence comes, within its flexible window: the same each time it is asked. Seconds. */
export function jitterSeconds(occurrence: Date, { arn, settings }: Due): number {
  const { Mode, MaximumWindowInMinutes: minutes = 0 } = settings.FlexibleTimeWindow;
  if (Mode === "OFF") return 0;
  const hash = createHash("sha256").update(`${arn} ${occurrence.toISOString()}`).digest();
  return hash.readUInt32BE() % (minutes * 60);
}

const laterOf = (a: Date, b: Date) => (a > b ? a : b);

function inStep(from: Date, since: Date, everyMs: number): Date {
  const steps = Math.max(0, Math.ceil((from.getTime() - since.getTime()) / everyMs));
  return new Date(since.getTime() + steps * everyMs);
}
