import type { FakeRequest, FakeResponse } from "../../providers/kit/fake.js";
import type { Clock } from "../clock.js";

/** The parts of the sandbox, as they see one another. */

/** Anything that answers requests behind the sandbox's HTTP server. */
export interface Service {
  handle(request: FakeRequest): FakeResponse | Promise<FakeResponse>;
}

/** What a registered rotation function is given beside the event. */
export interface InvocationContext {
  readonly clock: Clock;
  readonly awsRequestId: string;
  readonly invokedFunctionArn: string;
  getRemainingTimeInMillis(): number;
}

/** What it resolves to is ignored, as AWS ignores it. */
export type Invoke = (event: unknown, context: InvocationContext) => Promise<unknown>;

/** One line of what the sandbox saw. No value of a key, no body. `at` is the sandbox's clock, ISO 8601. */
export type JournalEntry = { readonly seq: number; readonly at: string } & (
  | {
      readonly kind: "request";
      readonly service: string;
      /** AWS operation, or "METHOD /route/{template}". */
      readonly operation: string;
      readonly status: number;
      /** AWS error code, or the fault that was injected. */
      readonly error?: string;
      /** AWS: name of the secret the request names. */
      readonly secret?: string;
      readonly versionId?: string;
      /** Vendors: handle of the key, or "app", that authenticated. AWS: the access key id. */
      readonly credential?: string;
      /** Vendors: handles of all keys that it would accept now, after this exchange. */
      readonly live?: readonly string[];
    }
  | {
      readonly kind: "invocation";
      readonly phase: "start" | "end";
      readonly secret: string;
      readonly token: string;
      readonly step: string;
      /** On `end`: name and message of what the function threw. */
      readonly error?: { readonly name: string; readonly message: string };
    }
  | {
      readonly kind: "rotation";
      readonly secret: string;
      readonly token: string;
      readonly outcome: "started" | "succeeded" | "failed" | "abandoned";
      /** AWS's words for a failure that no step threw. */
      readonly reason?: string;
    }
  | {
      /** One attempt of EventBridge Scheduler to call a target. */
      readonly kind: "delivery";
      readonly group: string;
      readonly schedule: string;
      /** Of the occurrence: when it should have come, ISO 8601 to the second. */
      readonly scheduledTime: string;
      /** From 1 on. */
      readonly attempt: number;
      /** `retried`: it failed and comes again. `lost`: it was given up, and no queue took it. */
      readonly outcome: "delivered" | "retried" | "dead letter" | "lost";
      /** The target's code for its refusal. */
      readonly error?: string;
    }
);
type WithoutStamp<Entry> = Entry extends unknown ? Omit<Entry, "seq" | "at"> : never;
export type JournalLine = WithoutStamp<JournalEntry>;

/**
 * The sandbox's one clock. Frozen, it moves only by `advance`, or by itself from sleeper to sleeper while
 * something that was joined sleeps and nothing that was joined runs; moving, it follows real time plus what was advanced.
 */
export interface Timeline {
  now(): Date;
  /** Runs `task` at `due`. Tasks that fall due together run in the order they were set. Returns what cancels it. */
  at(due: Date, task: () => void | Promise<void>): () => void;
  /** Joins a participant (an invocation): while it runs, frozen time stands still; while it sleeps, time may pass. */
  join(): { readonly clock: Clock; leave(): void };
  /** Moves time forward, running what falls due in order of due time; resolves when all of it, and what it started, is finished. */
  advance(ms: number): Promise<{ now: Date; fired: number }>;
  /** Resolves when nothing that was joined is running or asleep. */
  idle(): Promise<void>;
}
