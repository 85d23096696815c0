import {
  CreateScheduleCommand,
  DeleteScheduleCommand,
  GetScheduleCommand,
  paginateListSchedules,
  SchedulerClient,
  SchedulerServiceException,
  UpdateScheduleCommand,
} from "@aws-sdk/client-scheduler";
import type { AwsConfig } from "../aws-config.js";
import { KeyturnError } from "../errors.js";
import { schedulerError } from "./failure.js";
import { type Place, requestOf, scheduleOf } from "./request.js";
import type { Schedule, Schedules } from "./schedules.js";

/** How long one try of a request may take at most. Milliseconds. */
const longestTry = 3_000;
/** Tries of one request: AWS and the core try again as well, and a step must end before its function's time is over. */
const maxAttempts = 2;
/** GetSchedule at once, when many are listed. */
const atOnce = 10;

/**
 * Schedules on EventBridge Scheduler. The one place where its client is used. Every call may be repeated when its answer
 * was lost. Throws only KeyturnError: `scheduler_unavailable` when the outcome is unknown (network, time, 5xx, throttling),
 * else `scheduler_denied`, `scheduler_missing` (the group, or what `replace` should replace), `scheduler_refused` or
 * `store_unconfigured`, which mean that nothing was changed.
 * @param place without a role only schedules that name their own can be written
 * @param timeoutMs how long one try of a request may take; 3 s at most
 * @see https://docs.aws.amazon.com/scheduler/latest/APIReference/API_UpdateSchedule.html
 */
export function awsSchedules(aws: AwsConfig, place: Place, timeoutMs: number): Schedules {
  const requestTimeout = Math.min(longestTry, timeoutMs);
  // Without throwOnRequestTimeout the SDK only warns, and waits on.
  const requestHandler = { requestTimeout, connectionTimeout: requestTimeout, throwOnRequestTimeout: true };
  const client = new SchedulerClient({ requestHandler, maxAttempts, ...aws });
  const group = place.scheduleGroup;
  const key = (name: string) => ({ Name: name, GroupName: group });

  const get: Schedules["get"] = (name) =>
    translated("GetSchedule", `${group}/${name}`, async () => {
      const answer = await unless(
        "ResourceNotFoundException",
        client.send(new GetScheduleCommand(key(name))),
      );
      return answer && scheduleOf(answer);
    });

  return {
    get,

    list: async (prefix) => {
      const names = await translated("ListSchedules", group, async () => {
        const found: string[] = [];
        const pages = paginateListSchedules(
          { client },
          { GroupName: group, ...(prefix !== undefined && { NamePrefix: prefix }) },
        );
        for await (const page of pages) {
          for (const { Name } of page.Schedules ?? []) if (Name !== undefined) found.push(Name);
        }
        return found.sort();
      });
      const schedules: Schedule[] = [];
      for (let from = 0; from < names.length; from += atOnce) {
        const some = await Promise.all(names.slice(from, from + atOnce).map(get));
        // One may have ended in between.
        schedules.push(...some.filter((one) => one !== undefined));
      }
      return schedules;
    },

    create: (schedule) =>
      translated("CreateSchedule", `${group}/${schedule.name}`, async () => {
        const request = new CreateScheduleCommand(requestOf(withRole(schedule, place), place));
        return (await unless("ConflictException", client.send(request))) ? "created" : "exists";
      }),

    replace: (schedule) =>
      translated("UpdateSchedule", `${group}/${schedule.name}`, async () => {
        await client.send(new UpdateScheduleCommand(requestOf(withRole(schedule, place), place)));
      }),

    remove: (name) =>
      translated("DeleteSchedule", `${group}/${name}`, async () => {
        const request = client.send(new DeleteScheduleCommand(key(name)));
        return (await unless("ResourceNotFoundException", request)) !== undefined;
      }),
  };
}

function withRole(schedule: Schedule, { schedulerRole }: Place): Schedule {
  if (schedule.target.role ?? schedulerRole) return schedule;
  throw new KeyturnError("scheduler_refused", {
    expected: `a role that the schedule ${schedule.name} acts with`,
    found: "none",
    next: "Name the role of the environment's schedules, which a deployed stack makes.",
  });
}

/** Undefined when AWS answers with this error. */
async function unless<Answer>(name: string, answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof SchedulerServiceException && error.name === name) return undefined;
    throw error;
  }
}

async function translated<Result>(
  operation: string,
  what: string,
  call: () => Promise<Result>,
): Promise<Result> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof KeyturnError) throw error;
    throw schedulerError(operation, what, error);
  }
}
