import { randomUUID } from "node:crypto";
import { CreateScheduleGroupCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import { declaredSecret } from "../../services/config/declared.js";
import { parseDuration } from "../../services/duration.js";
import { groupOf } from "../../services/environment-names.js";
import { createLambda } from "../../services/sandbox/aws/lambda.js";
import { createQueues } from "../../services/sandbox/aws/queues/queues.js";
import { createScheduler } from "../../services/sandbox/aws/scheduler/scheduler.js";
import { createFaults } from "../../services/sandbox/faults.js";
import { loopbackOnly } from "../../services/sandbox/guard.js";
import type { JournalLine } from "../../services/sandbox/parts.js";
import { sandboxAccount, sandboxCredentials, sandboxRegion } from "../../services/sandbox/place.js";
import { sandboxInstallation } from "../../services/sandbox/seed.js";
import { serve } from "../../services/sandbox/server.js";
import { createTimeline } from "../../services/sandbox/timeline.js";
import { awsSchedules } from "../../services/schedules/aws-schedules.js";
import { ensureRoutine } from "../../services/schedules/routine.js";
import { begin, type Wish } from "./plan.js";
import { providerOf } from "./secrets.js";

/** What schedules alone do: nothing is rotated. */
export interface Timetable {
  readonly schedules: number;
  /** What the interval says. */
  readonly occurrences: number;
  /** Those that no call of RotateSecret followed. */
  readonly missed: number;
  /** The most calls in one second of the clock. */
  readonly largestBurst: number;
  readonly wallSeconds: number;
}

const environment = "simulated";

/**
 * Makes so many routine schedules with the shipped code, all at one moment, and lets the sandbox's Scheduler deliver them. RotateSecret is
 * answered at once, and counted.
 */
export async function timetable(wish: Wish, secrets: number, seconds: number): Promise<Timetable> {
  const started = performance.now();
  const timeline = createTimeline({ start: begin, moving: false });
  const until = begin.getTime() + seconds * 1000;
  const burst = { second: 0, calls: 0, largest: 0 };
  let delivered = 0;
  const record = (line: JournalLine) => {
    if (line.kind !== "delivery" || line.outcome !== "delivered") return;
    if (Date.parse(line.scheduledTime) > until) return;
    const second = Math.floor(timeline.now().getTime() / 1000);
    if (second !== burst.second) Object.assign(burst, { second, calls: 0 });
    burst.largest = Math.max(burst.largest, ++burst.calls);
    delivered++;
  };
  const done = () => ({ status: 200, headers: {}, body: {} });
  const lent = { timeline, record, randomId: randomUUID };
  const lambda = createLambda(lent);
  const queues = createQueues({ ...lent, lambda });
  const scheduler = createScheduler({ ...lent, lambda, queues, secretsManager: { handle: done } });
  const server = await serve(scheduler, {
    ...{ name: "scheduler", port: 0, faults: createFaults(["scheduler"]) },
    ...{ record: () => undefined, guard: loopbackOnly, now: () => new Date() },
  });
  try {
    const aws = { endpoint: server.url, region: sandboxRegion, credentials: sandboxCredentials };
    const scheduleGroup = groupOf(environment);
    const schedulerRole = `arn:aws:iam::${sandboxAccount}:role/${scheduleGroup}`;
    const client = new SchedulerClient(aws);
    await client.send(new CreateScheduleGroupCommand({ Name: scheduleGroup }));
    client.destroy();
    const schedules = awsSchedules(aws, { scheduleGroup, schedulerRole }, 10_000);
    const provider = providerOf(wish.provider);
    const place = { owner: "cli", now: timeline.now(), place: { scheduleGroup, schedulerRole } } as const;
    for (let number = 1; number <= secrets; number++) {
      const name = `app/secret-${number}`;
      const { every, jitter } = wish;
      const declaration = {
        provider: wish.provider,
        config: {},
        admin: "admin",
        every,
        ...(jitter && { jitter }),
      };
      const declarations = {
        installation: sandboxInstallation,
        environment,
        secrets: { [name]: declaration },
      };
      const arn = `arn:aws:secretsmanager:${sandboxRegion}:${sandboxAccount}:secret:${name}-${"a".repeat(6)}`;
      await ensureRoutine(schedules, declaredSecret(declarations, name, provider), arn, place);
    }
    const late = parseDuration(wish.jitter ?? "0s") ?? 0;
    await timeline.advance((seconds + late) * 1000);
    const occurrences = secrets * Math.floor(seconds / (parseDuration(wish.every) ?? 1));
    const wallSeconds = (performance.now() - started) / 1000;
    return {
      schedules: secrets,
      occurrences,
      missed: occurrences - delivered,
      largestBurst: burst.largest,
      wallSeconds,
    };
  } finally {
    scheduler.reset();
    timeline.reset(timeline.now());
    await server.close();
  }
}
