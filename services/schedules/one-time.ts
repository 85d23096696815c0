import type { Schedule, Schedules } from "./schedules.js";

/** The expression of a time. Seconds, UTC; what is finer is cut off. */
export const atExpression = (time: Date) => `at(${time.toISOString().slice(0, 19)})`;

/** A schedule that calls a function with a job once, at a time that is rounded up to the second, and is gone then. */
export function jobAt(
  time: Date,
  called: Pick<Schedule, "name"> & { readonly description: string },
  job: object,
  target: Pick<Schedule["target"], "arn" | "retry">,
): Schedule {
  return {
    name: called.name,
    description: called.description.slice(0, 512),
    expression: atExpression(new Date(Math.ceil(time.getTime() / 1000) * 1000)),
    ...{ jitterMinutes: 0, enabled: true, deleteAfter: true },
    target: { ...target, input: JSON.stringify({ keyturn: job }) },
  };
}

/**
 * Makes the schedule, or gives the one of its name this content: one that has fired may be there still, or be deleted at
 * any moment.
 */
export async function put(
  schedules: Pick<Schedules, "create" | "replace">,
  schedule: Schedule,
): Promise<void> {
  if ((await schedules.create(schedule)) === "exists") await schedules.replace(schedule);
}
