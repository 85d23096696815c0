import type { Clock } from "../clock.js";
import { endName, secretIdOf } from "../schedules/names.js";
import { jobAt, put } from "../schedules/one-time.js";
import type { Schedule, Schedules } from "../schedules/schedules.js";
import { type Ending, type EndOfOverlap, nextRotationEndsIt } from "./end-of-overlap.js";
import { secretRef } from "./event.js";

/** What AWS does with a time that has passed is not known; by then the call has arrived. Milliseconds. */
const leastAheadMs = 60_000;
/** That the function could not be called is tried again this often, this long; after that recovery ends the key. */
const retry = { attempts: 10, ageSeconds: 1800 };

/**
 * One-time schedules of EventBridge Scheduler, which call the function itself with the job `end-overlap`. One for each version of a
 * secret whose key is to end, deleted when it has fired. Late, double and lost firings are harmless: the job decides by the labels,
 * and recovery does what was not done.
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-delete.html
 */
export function endOfOverlapBy(
  by: { readonly schedules: Schedules; readonly functionArn: string } | undefined,
  clock: Pick<Clock, "now">,
): EndOfOverlap {
  if (!by) return nextRotationEndsIt;
  const { schedules, functionArn } = by;
  const scheduleOf = ({ secretArn, versionId, at }: Ending, handle: string): Schedule => {
    const ref = secretRef(secretArn);
    const time = Math.max(at.getTime(), clock.now().getTime() + leastAheadMs);
    const called = {
      name: endName(secretIdOf(ref), versionId),
      description: `Keyturn: ends the previous key of ${ref.name} when its overlap is over`,
    };
    const job = { v: 1, action: "end-overlap", secretId: secretArn, versionId, handle };
    return jobAt(new Date(time), called, job, { arn: functionArn, retry });
  };
  const through =
    (put: (schedules: Schedules, schedule: Schedule) => Promise<void>) => async (ending: Ending) => {
      const handle = await ending.handle();
      if (handle === undefined) return undefined;
      await put(schedules, scheduleOf(ending, handle));
      return { handle, at: ending.at };
    };
  return { arrange: through(putEarlier), rearrange: through(put) };
}

/** What was arranged before, by a try of this rotation or by one that never came to its flip, stands if it is earlier. */
async function putEarlier(schedules: Schedules, schedule: Schedule): Promise<void> {
  if ((await schedules.create(schedule)) === "created") return;
  const standing = await schedules.get(schedule.name);
  if (!standing || timeOf(standing) > timeOf(schedule)) await put(schedules, schedule);
}

/** Milliseconds; a schedule that somebody has made into another one counts as the latest. */
function timeOf({ expression, enabled }: Schedule): number {
  const [, time] = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/.exec(expression) ?? [];
  return time && enabled ? Date.parse(`${time}Z`) : Number.POSITIVE_INFINITY;
}
