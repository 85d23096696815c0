import { createHash } from "node:crypto";
import type { JournalLine, Timeline } from "../../parts.js";
import type { Agenda } from "../agenda.js";
import type { Queues } from "../queues/queues.js";
import { accountId } from "../secret-record.js";
import type { ScheduleRecord } from "./records.js";
import type { SwitchBoard } from "./switches.js";
import { callTarget, type Reach, type Refusal, targetOf } from "./targets.js";

export interface DeliveryParts {
  readonly timeline: Timeline;
  readonly record: (line: JournalLine) => void;
  readonly agenda: Agenda;
  readonly switches: SwitchBoard;
  readonly queues: Pick<Queues, "send">;
  readonly reach: Reach;
}

/** One occurrence on its way to the target. What the schedule said when it began holds to the end. */
export interface Delivery extends Pick<ScheduleRecord, "region" | "group" | "name" | "arn" | "settings"> {
  readonly occurrence: Date;
  /** After the first attempt, however it ended. */
  readonly attempted: () => void;
  /** It was delivered, or given up. */
  readonly ended: () => void;
}

/** Seconds before the first retry; twice as long before each further one, up to the most. */
const firstRetrySeconds = 1;
const mostRetrySeconds = 600;

/**
 * Makes the first attempt at once. What may pass is tried again within the retry policy, the rest goes to the dead-letter
 * queue right away.
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
 */
export function deliver(delivery: Delivery, parts: DeliveryParts): void {
  const began = parts.timeline.now().getTime();
  attempt(delivery, 1, began, parts);
  delivery.attempted();
}

function attempt(delivery: Delivery, number: number, began: number, parts: DeliveryParts): void {
  const { timeline, agenda, reach } = parts;
  const { Target: target } = delivery.settings;
  const { MaximumRetryAttempts = 0, MaximumEventAgeInSeconds = 0 } = target.RetryPolicy ?? {};
  const executionId = createHash("sha256").update(reach.randomId()).digest("hex").slice(0, 16);
  const input = inputOf(delivery, number, executionId, parts);
  const refusal = scripted(parts) ?? call(delivery, input, parts);
  const record = (outcome: "delivered" | "retried" | "dead letter" | "lost") =>
    parts.record({
      ...{ kind: "delivery", group: delivery.group, schedule: delivery.name },
      ...{ scheduledTime: written(delivery.occurrence), attempt: number, outcome },
      ...(refusal && { error: refusal.code }),
    });

  if (!refusal) {
    record("delivered");
    delivery.ended();
    return;
  }
  const wait = Math.min(firstRetrySeconds * 2 ** (number - 1), mostRetrySeconds);
  const exhausted = exhaustedBy({
    ...{ retries: number - 1, MaximumRetryAttempts, MaximumEventAgeInSeconds },
    age: (timeline.now().getTime() - began) / 1000 + wait,
  });
  if (refusal.again && !exhausted) {
    record("retried");
    agenda.after(wait, () => attempt(delivery, number + 1, began, parts));
    return;
  }
  const attributes = {
    ...{ ERROR_CODE: refusal.code, ERROR_MESSAGE: refusal.message, EXECUTION_ID: executionId },
    ...{ RETRY_ATTEMPTS: String(number - 1), SCHEDULED_TIME: written(delivery.occurrence) },
    ...{ SCHEDULE_ARN: delivery.arn, TARGET_ARN: target.Arn, IS_PAYLOAD_TRUNCATED: "false" },
    ...(refusal.again && exhausted && { EXHAUSTED_RETRY_CONDITION: exhausted }),
  };
  const queue = target.DeadLetterConfig?.Arn;
  const kept = queue !== undefined && parts.queues.send(queue, { body: input, attributes });
  record(kept ? "dead letter" : "lost");
  delivery.ended();
}

function exhaustedBy(policy: {
  readonly retries: number;
  readonly age: number;
  readonly MaximumRetryAttempts: number;
  readonly MaximumEventAgeInSeconds: number;
}) {
  if (policy.retries >= policy.MaximumRetryAttempts) return "MaximumRetryAttempts";
  return policy.age > policy.MaximumEventAgeInSeconds ? "MaximumEventAgeInSeconds" : undefined;
}

function scripted({ switches }: DeliveryParts): Refusal {
  const { targetFailures } = switches.now;
  if (targetFailures === 0) return undefined;
  switches.set("targetFailures", targetFailures - 1);
  return { code: "ThrottlingException", message: "The sandbox was told to fail", again: true };
}

function call({ region, settings }: Delivery, input: string, { timeline, reach }: DeliveryParts): Refusal {
  const target = targetOf(settings.Target.Arn);
  if (!target) throw new Error("A schedule without a target was stored.");
  const roleArn = settings.Target.RoleArn;
  return callTarget({ target, input, region, roleArn, now: timeline.now() }, reach);
}

/** @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html */
function inputOf(delivery: Delivery, number: number, executionId: string, { reach }: DeliveryParts): string {
  const { arn, occurrence, settings } = delivery;
  const { Input: input, Arn: target } = settings.Target;
  if (input === undefined) {
    return targetOf(target)?.kind === "lambda" ? notification(delivery, reach.randomId()) : "{}";
  }
  return input
    .replaceAll("<aws.scheduler.schedule-arn>", arn)
    .replaceAll("<aws.scheduler.scheduled-time>", written(occurrence))
    .replaceAll("<aws.scheduler.execution-id>", executionId)
    .replaceAll("<aws.scheduler.attempt-number>", String(number));
}

/** What a function gets that nothing was said for. */
const notification = ({ arn, region, occurrence }: Delivery, id: string) =>
  JSON.stringify({
    ...{ version: "0", id, "detail-type": "Scheduled Event", source: "aws.scheduler", account: accountId },
    ...{ time: written(occurrence), region, resources: [arn], detail: "{}" },
  });

const written = (time: Date) => `${time.toISOString().slice(0, 19)}Z`;
