import {
  EventBridgeClient,
  EventBridgeServiceException,
  PutEventsCommand,
} from "@aws-sdk/client-eventbridge";
import type { AwsConfig } from "../aws-config.js";
import { type EventName, source } from "./event.js";

/** An event on its way. Its name is one of `eventSchemas`, or what goes over a bus of another kind. */
export interface Entry<Name extends string = EventName> {
  readonly name: Name;
  readonly provider: string;
  readonly arn: string;
  readonly at: Date;
  /** JSON. */
  readonly detail: string;
}

/** Why an event did not arrive, as far as is known: what got no answer may have. */
export interface Refusal {
  /** AWS's code, or a few words. */
  readonly why: string;
  readonly retryable: boolean;
}

/** Resolves to one answer an entry, in their order: undefined for what the bus took. Never rejects. */
export type PutEvents = (
  entries: readonly Entry<string>[],
  signal: AbortSignal,
) => Promise<readonly (Refusal | undefined)[]>;

/** How long one try may take at most, so that there is time for another. Milliseconds. */
const longestTry = 1_000;

/**
 * PutEvents on a bus. The one place where EventBridge's client is used.
 * @param timeoutMs how long one try may take; 1 s at most
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 */
export function eventBridge(aws: AwsConfig, bus: string, timeoutMs: number): PutEvents {
  const requestTimeout = Math.min(longestTry, timeoutMs);
  // Without throwOnRequestTimeout the SDK only warns, and waits on.
  const requestHandler = { requestTimeout, connectionTimeout: requestTimeout, throwOnRequestTimeout: true };
  const client = new EventBridgeClient({ requestHandler, maxAttempts: 1, ...aws });
  return async (entries, abortSignal) => {
    const Entries = entries.map(({ name, arn, at, detail }) => ({
      ...{ EventBusName: bus, Source: source, DetailType: name, Detail: detail, Resources: [arn], Time: at },
    }));
    try {
      const answer = await client.send(new PutEventsCommand({ Entries }), { abortSignal });
      return entries.map((_, index) => {
        const result = answer.Entries?.[index];
        return result?.EventId === undefined ? refused(result?.ErrorCode) : undefined;
      });
    } catch (error) {
      const refusal = failed(error);
      return entries.map(() => refusal);
    }
  };
}

/** @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html */
function refused(code = "no answer"): Refusal {
  return { why: named(code), retryable: code === "InternalFailure" || code === "ThrottlingException" };
}

/** Keeps the name of AWS's error and drops the rest: an SDK error holds the request. */
function failed(error: unknown): Refusal {
  if (!(error instanceof EventBridgeServiceException)) return { why: "no answer", retryable: true };
  const status = error.$metadata.httpStatusCode ?? 0;
  const passing = status >= 500 || status === 429 || /Throttl|TooManyRequests|RequestLimit/.test(error.name);
  return { why: named(error.name), retryable: passing };
}

/** A code of AWS's own; what stands between us and AWS may put anything there. */
function named(code: string): string {
  return /^[A-Za-z. ]{1,64}$/.exec(code)?.[0] ?? "an error without a code";
}
