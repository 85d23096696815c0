import * as z from "zod/mini";
import { type Board, createBoard } from "../board.js";

const whole = (least: number, most: number) => z.int().check(z.gte(least), z.lte(most));

/** What each switch takes, and what it decides. What is known of each stands in docs/sandbox-scheduler.md. */
export const switchSchemas = {
  /** Every so many-th occurrence of a schedule is delivered twice; 0: none. */
  duplicates: whole(0, 10_000),
  /** From a delivery that is made twice to the second one. */
  duplicateAfterSeconds: whole(0, 86_400),
  /** Every occurrence comes so much later than it should. */
  delaySeconds: whole(0, 86_400),
  /** So many attempts to come fail in a way that is tried again. Counts down. */
  targetFailures: whole(0, 1_000_000),
  /** A one-time schedule whose time is over when it is made. */
  atInThePast: z.enum(["fires at once", "never fires", "refused"]),
  /** ActionAfterCompletion: once the last occurrence is delivered or given up, or once it was attempted. */
  deleteWaitsForRetries: z.boolean(),
  /** From DeleteScheduleGroup until group and schedules are gone. */
  groupDeletionSeconds: whole(0, 3600),
} as const;

type Schemas = typeof switchSchemas;

/** What is not published about AWS, or not confirmed, and can therefore be set. */
export type Switches = { readonly [Name in keyof Schemas]: z.infer<Schemas[Name]> };

export const switchDefaults: Switches = {
  duplicates: 0,
  duplicateAfterSeconds: 5,
  delaySeconds: 0,
  targetFailures: 0,
  atInThePast: "fires at once",
  deleteWaitsForRetries: true,
  groupDeletionSeconds: 5,
};

export type SwitchBoard = Board<Switches>;

export const createSwitches = (): SwitchBoard => createBoard("Scheduler", switchSchemas, switchDefaults);
