import * as z from "zod/mini";
import { KeyturnError } from "../errors.js";
import { atExpression } from "./one-time.js";
import { type Place, requestOf, scheduleOf } from "./request.js";
import type { Schedule } from "./schedules.js";
import { startFrom } from "./start.js";

/** Calls RotateSecret, with no Lambda in between. */
export const rotateSecret = "arn:aws:scheduler:::aws-sdk:secretsmanager:rotateSecret";
/** Calls UpdateSchedule. */
const updateSchedule = "arn:aws:scheduler:::aws-sdk:scheduler:updateSchedule";

/** Long after everything: when a schedule fires that is not to fire. It is disabled as well. */
export const never = "at(2099-12-31T00:00:00)";

/** What a memory acts with, and where it goes when nobody takes it. */
export type Lent = Pick<Schedule["target"], "role" | "deadLetters">;

/** Whoever wakes a paused secret is to be tried for a day. */
const retry = { attempts: 185, ageSeconds: 86_400 };

/**
 * A one-time schedule that calls an operation of AWS at the end of a pause: what it holds is the memory of what was there.
 * Without an end it never fires.
 */
export function memorySchedule(
  name: string,
  call: { readonly arn: string; readonly request: object; readonly about: string },
  { role, deadLetters }: Lent,
  until: Date | undefined,
): Schedule {
  return {
    ...{ name, jitterMinutes: 0, deleteAfter: true, timezone: "UTC", ...timeOf(until) },
    description: `Keyturn resumes ${call.about}`.slice(0, 512),
    // AWS puts its context attributes into this text, and those of the schedule that it holds are not meant.
    target: { arn: call.arn, input: escaped(JSON.stringify(call.request)), retry, role, deadLetters },
  };
}

/** The memory of a routine schedule: the UpdateSchedule that brings it back. */
export function memoryOf(
  name: string,
  routine: Schedule,
  place: Place,
  { lent, until }: { readonly lent: Lent; readonly until: Date | undefined },
): Schedule {
  // The request's own start may have been put forward to the end of the pause, which may yet come earlier.
  const started = routine.start ? ` from ${routine.start.toISOString()} on` : "";
  const about = `${routine.name}${started}`;
  const call = { arn: updateSchedule, request: asJson(routine, place, until), about };
  return memorySchedule(name, call, lent, until);
}

/** A memory with another end of the pause. */
export function moved(memory: Schedule, place: Place, until: Date | undefined): Schedule {
  if (memory.target.arn !== updateSchedule) return { ...memory, ...timeOf(until) };
  return memoryOf(memory.name, remembered(memory), place, { lent: memory.target, until });
}

/** A memory of the schedule as it is to be now. */
export function rewritten(memory: Schedule, routine: Schedule, place: Place): Schedule {
  return memoryOf(memory.name, routine, place, { lent: memory.target, until: endOf(memory) });
}

/** When the pause ends by itself. */
export function endOf({ enabled, expression }: Schedule): Date | undefined {
  const [, time] = /^at\((.*)\)$/.exec(expression) ?? [];
  return enabled && time !== undefined ? new Date(`${time}Z`) : undefined;
}

/**
 * The schedule that a memory holds.
 * @throws KeyturnError `scheduler_refused` when it holds none
 */
export function remembered({ name, description = "", target }: Schedule): Schedule {
  const parsed = requestSchema.safeParse(parseJson(target.input));
  if (parsed.success) {
    const { StartDate: _, EndDate, ...rest } = parsed.data;
    const [, start] = / from (\d{4}-\S+Z) on$/.exec(description) ?? [];
    const StartDate = start === undefined ? undefined : new Date(start);
    return scheduleOf({ ...rest, StartDate, EndDate: dateOf(EndDate) });
  }
  throw new KeyturnError("scheduler_refused", {
    expected: `the schedule ${name} to hold what a pause remembers`,
    found: "something else",
    next: "Someone changed it: set the paused schedule right by hand, and delete this one.",
  });
}

const requestSchema = z.object({
  Name: z.string(),
  Description: z.optional(z.string()),
  ScheduleExpression: z.string(),
  ScheduleExpressionTimezone: z.optional(z.string()),
  StartDate: z.optional(z.number()),
  EndDate: z.optional(z.number()),
  KmsKeyArn: z.optional(z.string()),
  State: z.enum(["ENABLED", "DISABLED"]),
  FlexibleTimeWindow: z.object({
    Mode: z.enum(["OFF", "FLEXIBLE"]),
    MaximumWindowInMinutes: z.optional(z.number()),
  }),
  ActionAfterCompletion: z.enum(["NONE", "DELETE"]),
  Target: z.object({
    Arn: z.string(),
    RoleArn: z.string(),
    Input: z.string(),
    RetryPolicy: z.object({ MaximumRetryAttempts: z.number(), MaximumEventAgeInSeconds: z.number() }),
    DeadLetterConfig: z.optional(z.object({ Arn: z.string() })),
  }),
});

/** Dates as in the API's own JSON: seconds. The start must not lie in the past when the schedule is written. */
function asJson(routine: Schedule, place: Place, until: Date | undefined): object {
  const start = until ? startFrom(routine, until) : routine.start;
  const { StartDate, EndDate, ...rest } = requestOf({ ...routine, start }, place);
  const seconds = (date: Date | undefined) => date && date.getTime() / 1000;
  return { ...rest, StartDate: seconds(StartDate), EndDate: seconds(EndDate) };
}

const dateOf = (seconds: number | undefined) =>
  seconds === undefined ? undefined : new Date(seconds * 1000);

const timeOf = (until: Date | undefined) => ({
  expression: until ? atExpression(until) : never,
  enabled: until !== undefined,
});

/** The same JSON without the characters that a context attribute of AWS begins and ends with. */
const escaped = (json: string) => json.replaceAll("<", "\\u003c").replaceAll(">", "\\u003e");

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
