import * as z from "zod/mini";
import { CodedError } from "../../providers/kit/failure.js";
import { KeyturnError } from "../errors.js";
import { problemsOf } from "../problems.js";
import { secretArn } from "./event.js";
import { isJob, type Job, parseJob } from "./jobs/job.js";
import type { LostTick } from "./jobs/lost-tick.js";
import type { JobParts } from "./jobs/parts.js";
import { hasLabel, leakMark } from "./labels.js";

/** What one batch holds at most here. AWS sends ten unless it is told otherwise. */
const mostRecords = 100;
/** The jobs that schedules ask for. Any other is a human's, and whoever may write into a queue need not be one. */
const fromSchedules: readonly Job["action"][] = ["recover", "end-overlap", "contain"];

const recordSchema = z.object({
  messageId: z.string().check(z.minLength(1), z.maxLength(100)),
  eventSource: z.literal("aws:sqs"),
  body: z.string(),
  messageAttributes: z.optional(
    z.object({
      SCHEDULED_TIME: z.optional(z.object({ stringValue: z.string() })),
      ERROR_CODE: z.optional(z.object({ stringValue: z.string() })),
    }),
  ),
});
const fromQueue = z.looseObject({ Records: z.array(z.looseObject({ eventSource: z.literal("aws:sqs") })) });
const batchSchema = z.object({ Records: z.array(recordSchema).check(z.maxLength(mostRecords)) });

/** One message of a dead-letter queue. */
export type DeadLetter = z.infer<typeof recordSchema>;

/** What a message is about. */
export type Letter =
  | { readonly about: "job"; readonly job: Job }
  | { readonly about: "tick"; readonly tick: LostTick };

/** Whether an event is what an event source mapping hands over: messages of a queue. */
export function isBatch(event: unknown): event is { Records: unknown } {
  return fromQueue.safeParse(event).success;
}

/** @throws KeyturnError `event_invalid` */
export function parseBatch(event: unknown): readonly DeadLetter[] {
  const result = batchSchema.safeParse(event);
  if (result.success) return result.data.Records;
  throw new KeyturnError("event_invalid", {
    expected: "messages of the dead-letter queue, as SQS hands them over",
    found: problemsOf(result.error),
    next: "Let nothing but this function's own dead-letter queue call it. Nothing was done.",
  });
}

/** A routine schedule's, and no more: another's that changes the rules of a rotation, such as a resumption's, is not a tick. */
const tickSchema = z.strictObject({
  SecretId: secretArn,
  ClientRequestToken: z.optional(z.string().check(z.minLength(32), z.maxLength(64))),
});
const time = z.string().check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/));

/**
 * What a message is about: its body is the Input of the schedule that could not be delivered.
 * @throws KeyturnError `event_invalid`
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
 */
export function parseLetter({ body, messageAttributes }: DeadLetter): Letter {
  const input = parsed(body);
  if (isJob(input)) {
    const job = parseJob(input);
    if (fromSchedules.includes(job.action)) return { about: "job", job };
    throw notOurs(`the job ${job.action}, which no schedule asks for`);
  }
  const tick = tickSchema.safeParse(input);
  if (!tick.success) throw notOurs(problemsOf(tick.error));
  const due = time.safeParse(messageAttributes?.SCHEDULED_TIME?.stringValue);
  if (!due.success || Number.isNaN(Date.parse(due.data))) throw notOurs("no SCHEDULED_TIME");
  const { SecretId: secretId, ClientRequestToken: token } = tick.data;
  return { about: "tick", tick: { secretId, token, time: new Date(due.data) } };
}

/**
 * A containment goes on from a queue only where the labels say already that these versions leaked: nobody reports a leak through it.
 * @throws KeyturnError `event_invalid`
 */
export async function mustBeMarked({ store }: Pick<JobParts, "store">, job: Job): Promise<void> {
  if (job.action !== "contain") return;
  const view = await store.describe(job.secretId);
  if (!job.report.versions.every((version) => hasLabel(view, leakMark(version))))
    throw notOurs("a leak of versions that are not marked");
}

/** Which messages SQS is to hand over again. */
export interface BatchResult {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** With less time left a message is left for later. Milliseconds. */
const leastMs = 30_000;

/**
 * Does what each message calls for, one after the other. What may pass comes again; what failed for good does not, so that the next
 * message need not wait for it for ever.
 * @param left how much time there is. Milliseconds
 */
export async function eachLetter(
  letters: readonly DeadLetter[],
  left: () => number,
  act: (letter: DeadLetter) => Promise<void>,
  dropped: (error: unknown) => void,
): Promise<BatchResult> {
  const again: { itemIdentifier: string }[] = [];
  for (const letter of letters) {
    const comesAgain = () => again.push({ itemIdentifier: letter.messageId });
    if (left() < leastMs) comesAgain();
    else
      await act(letter).catch((error: unknown) => {
        if (error instanceof CodedError && error.retryable) comesAgain();
        else dropped(error);
      });
  }
  return { batchItemFailures: again };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function notOurs(found: string): KeyturnError {
  return new KeyturnError("event_invalid", {
    expected: "the Input of one of Keyturn's schedules, and when it was due",
    found,
    next: "It was dropped, and nothing was done. See who writes into this function's dead-letter queue.",
  });
}
