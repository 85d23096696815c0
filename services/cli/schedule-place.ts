import { type Declarations, environmentOf } from "../config/declare.js";
import { groupOf } from "../environment-names.js";
import { KeyturnError } from "../errors.js";
import { secretRef } from "../rotation/event.js";
import { awsSchedules } from "../schedules/aws-schedules.js";
import { awsTime } from "../schedules/aws-time.js";
import { resumeRoleOf, routineName, routineSecretId, secretIdOf } from "../schedules/names.js";
import type { Place } from "../schedules/request.js";
import { ownerOf } from "../schedules/routine.js";
import type { Schedule, Schedules } from "../schedules/schedules.js";
import { secretsManagerStore } from "../store/secrets-manager.js";
import type { Store } from "../store/store.js";
import { requestTimeoutMs } from "./declared-here.js";
import { loadConfig } from "./load-config.js";

export interface PlaceOrder {
  /** Name of a secret. */
  readonly secret: string;
  /** The file that names the environment. */
  readonly config: string;
  /** ARN; default: for a pause the environment's role for that, else as the queue. */
  readonly role?: string | undefined;
  /** ARN; default: that of the secret's schedule, else of another secret's of the same provider. */
  readonly deadLetters?: string | undefined;
}

/** Where a command finds the schedule of a secret, and what it writes with. */
export interface FoundPlace {
  readonly declarations: Declarations;
  readonly arn: string;
  readonly schedules: Schedules;
  readonly store: Store;
  readonly place: Required<Place>;
  /** AWS's time. */
  readonly now: Date;
}

/** The schedules of an environment, with the AWS SDK's own credentials and Region. */
export function schedulesOf(declarations: Declarations): Schedules {
  return awsSchedules({}, { scheduleGroup: groupOf(environmentOf(declarations)) }, requestTimeoutMs);
}

/**
 * @param what is to be written: a routine schedule, or what a pause remembers
 * @throws KeyturnError
 */
export async function findPlace(order: PlaceOrder, what: "routine" | "pause"): Promise<FoundPlace> {
  const declarations = await loadConfig(order.config);
  const store = secretsManagerStore({}, requestTimeoutMs);
  const { arn } = await store.describe(order.secret);
  const group = groupOf(environmentOf(declarations));
  const reading = schedulesOf(declarations);
  const own = await reading.get(routineName(secretIdOf(secretRef(arn))));
  const given = order.role ?? (what === "pause" ? resumeRoleOf(arn, environmentOf(declarations)) : undefined);
  const near =
    own ?? (given && order.deadLetters ? undefined : await neighbour(reading, declarations, order));
  const role = given ?? near?.target.role;
  const deadLetters = order.deadLetters ?? near?.target.deadLetters;
  if (role === undefined || deadLetters === undefined) {
    throw new KeyturnError("scheduler_refused", {
      expected: `a schedule in ${group} to take the role and the dead-letter queue from`,
      found: `none of ${order.secret}, and none of another secret of its provider`,
      next: "Name both: --role <arn> --dead-letters <arn>. A deployed stack shows them. Nothing was changed.",
    });
  }
  const place = { scheduleGroup: group, schedulerRole: role, deadLetters };
  const schedules = awsSchedules({}, place, requestTimeoutMs);
  return { declarations, arn, schedules, store, place, now: await awsTime(schedules, place) };
}

/** A schedule of another secret that is declared for the same provider: role and queue belong to its function. */
async function neighbour(
  schedules: Schedules,
  { secrets }: Declarations,
  { secret }: PlaceOrder,
): Promise<Schedule | undefined> {
  const provider = secrets[secret]?.provider;
  if (provider === undefined) return undefined;
  const all = await schedules.list("kt-");
  return all.find(
    (schedule) =>
      routineSecretId(schedule.name) !== undefined &&
      secrets[ownerOf(schedule)?.secret ?? ""]?.provider === provider,
  );
}

/** AWS fires a one-time schedule within a minute of its time. Milliseconds. */
const soonestMs = 60_000;

/**
 * The time that `--until` names, a duration from now or a time, to the second.
 * @throws KeyturnError `time_passed` when it is not a minute off
 */
export function untilOf(text: number | Date, now: Date): Date {
  const named = typeof text === "number" ? now.getTime() + text * 1000 : text.getTime();
  const until = new Date(Math.floor(named / 1000) * 1000);
  if (until.getTime() >= now.getTime() + soonestMs) return until;
  throw new KeyturnError("time_passed", {
    expected: `an end of the pause a minute later than ${now.toISOString()}, AWS's time, at least`,
    found: until.toISOString(),
    next: "Name a later time. Nothing was changed.",
  });
}
