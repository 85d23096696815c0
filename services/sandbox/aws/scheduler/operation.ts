import type * as z from "zod/mini";
import type { Agenda } from "../agenda.js";
import type { Answer } from "../operation.js";
import { parse } from "../validate.js";
import type { ScheduleRecord, ScheduleStore } from "./records.js";
import type { SwitchBoard } from "./switches.js";

/** Brings schedules to fire. */
export interface Planner {
  /** It is new, or changed: plans its next occurrence from now on, and forgets what was planned. */
  plan(schedule: ScheduleRecord): void;
  /** It is gone: what has not been attempted yet does not happen. */
  forget(schedule: ScheduleRecord): void;
}

/** What an operation works on. All operations are synchronous, so each is atomic. */
export interface Context {
  readonly region: string;
  readonly now: Date;
  readonly store: ScheduleStore;
  readonly planner: Planner;
  readonly switches: SwitchBoard;
  readonly agenda: Agenda;
  /** Client tokens of what was deleted: the same deletion again is a success. */
  readonly deletions: Set<string>;
}

/** Takes the request's members, gives the answer's. Throws only AwsError. */
export type Operation = (input: unknown, context: Context) => Answer;

export function operation<Schema extends z.ZodMiniType>(
  schema: Schema,
  run: (input: z.output<Schema>, context: Context) => Answer,
): Operation {
  return (input, context) => run(parse(schema, input, "Scheduler"), context);
}
