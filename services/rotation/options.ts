import type { AwsConfig } from "../aws-config.js";
import type { Clock } from "../clock.js";
import type { Surroundings } from "../surroundings.js";

/** What a rotation function is made with. On Lambda all of it comes from the function's own deployment. */
export interface FunctionOptions {
  /** The declarations deployed with the function, not yet parsed: `keyturn.json`. */
  readonly declarations: unknown;
  readonly clock: Clock;
  /** Endpoint, region and credentials of AWS; empty on Lambda. */
  readonly aws: AwsConfig;
  /** What stands around it. Without: the next rotation ends the previous key, and nobody is told of anything. */
  readonly surroundings?: Surroundings | undefined;
  /** How long one request may take, to a vendor or (3 s at most) to AWS. Milliseconds. */
  readonly requestTimeoutMs: number;
  /** Receives one JSON line an event. */
  readonly log: (line: string) => void;
}

/** What is used of Lambda's context. */
export interface FunctionContext {
  getRemainingTimeInMillis(): number;
  readonly invokedFunctionArn?: string;
}

/**
 * Resolves to what a job did (JobResult), or which messages of a queue are to come again; a step of a rotation resolves to
 * nothing.
 */
export type RotationFunction = (event: unknown, context: FunctionContext) => Promise<unknown>;
