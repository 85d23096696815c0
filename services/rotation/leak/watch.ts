import { CodedError } from "../../../providers/kit/failure.js";
import type { Clock } from "../../clock.js";
import type { Log } from "../../log.js";
import { secretIdOf, watchName } from "../../schedules/names.js";
import { jobAt, put } from "../../schedules/one-time.js";
import type { SecretRef } from "../event.js";
import type { Scheduled } from "../invocation.js";
import type { Progress, Report } from "./report.js";

/** How soon the watch looks again, for as long as there is no alarm, and then. EventBridge Scheduler is precise to a minute. Seconds. */
const againSeconds = 60;
const laterSeconds = 300;
/** A leak that is not contained by then is an alarm. Milliseconds. */
export const alarmMs = 15 * 60_000;

/**
 * Looks again until a leak is contained, whoever crashed: a one-time schedule that calls the secret's own function with the job
 * and all that is known so far. It stands before anything is marked or ended; that it cannot be set stops nobody.
 */
export interface Watch {
  /** Sets it, or sets it anew: a minute from now, or five once the leak is an alarm. */
  arrange(secret: SecretRef, report: Report, progress: Progress): Promise<void>;
  /** The leak is contained: nothing more to look for. One that comes all the same finds that. */
  end(secret: SecretRef, report: Report): Promise<void>;
  /** @throws KeyturnError `scheduler_…` where it could not be set, not even once */
  mustStand(): void;
}

export function scheduledWatch(
  { schedules, functionArn }: Scheduled,
  clock: Pick<Clock, "now">,
  log: Log,
): Watch {
  let failure: CodedError<string> | undefined;
  let stands = false;
  const unlessItFails = async (act: () => Promise<void>) => {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      failure = error;
      log.error("watch_failed", { code: error.code, message: error.message });
    }
  };
  return {
    async arrange(secret, report, progress) {
      const now = clock.now().getTime();
      const seconds = now < Date.parse(report.at) + alarmMs ? againSeconds : laterSeconds;
      const called = {
        name: nameOf(secret, report),
        description: `Keyturn watches until a leaked key of ${secret.name} is dead`,
      };
      const job = { v: 1, action: "contain", secretId: secret.arn, report, progress };
      const target = { arn: functionArn, retry: { attempts: 20, ageSeconds: 3600 } };
      await unlessItFails(async () => {
        await put(schedules, jobAt(new Date(now + seconds * 1000), called, job, target));
        stands = true;
      });
    },
    end: (secret, report) =>
      unlessItFails(async () => {
        await schedules.remove(nameOf(secret, report));
      }),
    mustStand() {
      if (failure && !stands) throw failure;
    },
  };
}

/** Two reports of the same versions are one watch. */
const nameOf = (secret: SecretRef, { versions }: Report) => watchName(secretIdOf(secret), ...versions);
