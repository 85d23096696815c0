import { randomBytes } from "node:crypto";
import { never, rotateSecret } from "./memory.js";
import type { Place } from "./request.js";
import type { Schedules } from "./schedules.js";

/**
 * AWS's time, which alone decides whether a start has passed: a schedule that never fires is made, looked at and deleted.
 * @throws KeyturnError as `Schedules` do
 */
export async function awsTime(schedules: Schedules, { schedulerRole, deadLetters }: Place): Promise<Date> {
  const name = `kt-clock-${randomBytes(6).toString("hex")}`;
  await schedules.create({
    ...{ name, description: "Keyturn asks for the time" },
    ...{ expression: never, jitterMinutes: 0, enabled: false, deleteAfter: true },
    target: {
      ...{ arn: rotateSecret, input: "{}", retry: { attempts: 0, ageSeconds: 60 } },
      ...{ role: schedulerRole, deadLetters },
    },
  });
  try {
    return (await schedules.get(name))?.changedAt ?? new Date();
  } finally {
    await schedules.remove(name);
  }
}
