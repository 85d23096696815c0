import {
  CloudWatchLogsClient,
  CloudWatchLogsServiceException,
  paginateFilterLogEvents,
} from "@aws-sdk/client-cloudwatch-logs";
import * as z from "zod/mini";
import type { AwsConfig } from "../aws-config.js";
import { KeyturnError } from "../errors.js";
import { type EventName, eventSchemas, source } from "../events/event.js";

/** What happened, as it was told: its name, when, and what is said of it. No secret is in any event. */
export interface Happened {
  readonly name: EventName;
  readonly at: Date;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface History {
  /** Oldest first. */
  readonly events: readonly Happened[];
  /** Lines of the log that are none of our events, or that this version does not know. */
  readonly skipped: number;
  /** There was more: the oldest events are left out. */
  readonly truncated: boolean;
}

export interface HistoryParts {
  readonly aws: AwsConfig;
  readonly logGroup: string;
  /** How long one try of a request may take. Milliseconds. */
  readonly requestTimeoutMs: number;
}

/** How far back history goes at most. Milliseconds. */
export const longestHistoryMs = 30 * 86_400_000;
/** Events that are kept at most: the newest. */
const mostEvents = 1_000;
/** Requests at most: a page may be empty, and more may follow it. */
const mostPages = 100;

const envelope = z.object({
  source: z.literal(source),
  "detail-type": z.string(),
  detail: z.looseObject({ v: z.int(), secret: z.string(), at: z.string() }),
});

/**
 * The events of a secret, from the log group that EventBridge writes all events to, each once. The one place where the client of
 * CloudWatch Logs is used. It shows an event a few seconds after it was told.
 * @param since 30 days back at most; what is older is left out
 * @throws KeyturnError `history_missing`, `history_denied`, `history_unavailable`
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
 */
export async function readHistory(
  { aws, logGroup, requestTimeoutMs }: HistoryParts,
  { secret, since }: { readonly secret: string; readonly since: Date },
): Promise<History> {
  // Without throwOnRequestTimeout the SDK only warns, and waits on.
  const requestHandler = { requestTimeout: requestTimeoutMs, throwOnRequestTimeout: true };
  const client = new CloudWatchLogsClient({ requestHandler, maxAttempts: 3, ...aws });
  const found = new Map<string, Happened>();
  let [skipped, pages, truncated] = [0, 0, false];
  try {
    const asked = {
      logGroupName: logGroup,
      startTime: since.getTime(),
      startFromHead: false,
      filterPattern: `{ $.detail.secret = ${JSON.stringify(secret)} }`,
    };
    for await (const { events = [] } of paginateFilterLogEvents({ client }, asked)) {
      for (const { message = "" } of events) {
        const event = parseEvent(message, secret);
        if (event) found.set(event.id, event);
        else skipped++;
      }
      truncated = ++pages >= mostPages || found.size > mostEvents;
      if (truncated) break;
    }
  } catch (error) {
    throw historyError(logGroup, error);
  } finally {
    client.destroy();
  }
  const events = [...found.values()].reverse().sort((a, b) => a.at.getTime() - b.at.getTime());
  const kept = events.slice(-mostEvents).map(({ name, at, detail }) => ({ name, at, detail }));
  return { events: kept, skipped, truncated: truncated || kept.length < events.length };
}

/** Undefined for what is none of our events about this secret. `id`: an event that AWS delivered twice has it twice. */
function parseEvent(message: string, secret: string): (Happened & { readonly id: string }) | undefined {
  const parsed = envelope.safeParse(jsonIn(message));
  const name = eventNames.find((one) => one === parsed.data?.["detail-type"]);
  if (!parsed.success || !name) return undefined;
  const { success, data: detail } = eventSchemas[name].safeParse(parsed.data.detail);
  if (!success || detail.secret !== secret) return undefined;
  return { name, at: new Date(detail.at), detail, id: `${name} ${JSON.stringify(detail)}` };
}

const eventNames = Object.keys(eventSchemas).filter((name): name is EventName => name in eventSchemas);

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Keeps the name of AWS's error and drops the rest: an SDK error holds the request. */
function historyError(logGroup: string, error: unknown): KeyturnError {
  const aws = error instanceof CloudWatchLogsServiceException ? error : undefined;
  // A code of AWS's own; what stands between us and AWS may put anything there.
  const found = aws ? (/^[A-Za-z.]{1,64}$/.exec(aws.name)?.[0] ?? "an error without a code") : "no answer";
  const expected = `FilterLogEvents on ${logGroup} to succeed`;
  if (found === "ResourceNotFoundException") {
    const next = "History begins with the deployment: a stack makes this log group.";
    return new KeyturnError("history_missing", { expected, found, next });
  }
  if (/AccessDenied|UnrecognizedClient|InvalidSignature|ExpiredToken|MissingAuthentication/.test(found)) {
    const next = "Have logs:FilterLogEvents granted on this log group.";
    return new KeyturnError("history_denied", { expected, found, next });
  }
  const next = "Try again. Else check the route to CloudWatch Logs.";
  return new KeyturnError("history_unavailable", { expected, found, next });
}
