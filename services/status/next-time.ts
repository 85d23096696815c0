import { parseCron } from "../schedules/cron.js";
import { lastBefore } from "../schedules/occurrences.js";
import type { Schedule } from "../schedules/schedules.js";
import { startFrom } from "../schedules/start.js";

/** A cron that does not fire within so long fires no more, as far as anybody cares. Milliseconds. */
const furthest = 366 * 86_400_000;

/** When a schedule fires next, jitter apart; undefined when it does not, or nobody can tell. */
export function nextTime(
  { expression, timezone, start, end, enabled }: Schedule,
  now: Date,
): Date | undefined {
  if (!enabled) return undefined;
  const from = start && start > now ? start : now;
  const next = next1({ expression, timezone, start }, from);
  return next && (!end || next <= end) ? next : undefined;
}

function next1(rhythm: Pick<Schedule, "expression" | "timezone" | "start">, from: Date): Date | undefined {
  const { expression, timezone = "UTC" } = rhythm;
  if (expression.startsWith("rate(")) return startFrom(rhythm, from);
  const [, at] = /^at\((.*)\)$/.exec(expression) ?? [];
  if (at !== undefined) return new Date(`${at}Z`) >= from ? new Date(`${at}Z`) : undefined;
  const [, fields = ""] = /^cron\((.*)\)$/.exec(expression) ?? [];
  const cron = parseCron(fields);
  if (typeof cron === "string") return undefined;
  // The first stretch of time in which it fires at all, from its last firing back to its first.
  for (let ahead = 60_000; ahead <= 2 * furthest; ahead *= 2) {
    let found = lastBefore(cron, timezone, new Date(from.getTime() + ahead));
    if (found === undefined || found < from.getTime()) continue;
    for (let before: number | undefined = found; before !== undefined && before >= from.getTime(); ) {
      found = before;
      before = lastBefore(cron, timezone, new Date(before - 1));
    }
    return new Date(found);
  }
  return undefined;
}
