import type { AwsService } from "../aws-service.js";
import type { Lambda, LambdaParts } from "../lambda.js";

/** A message to a queue. */
export interface Message {
  readonly body: string;
  /** String attributes, by name. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** SQS, as far as it is used here: what could not be delivered lands in a queue, and a function takes it from there. */
export interface Queues extends AwsService {
  /** Puts a message in; false when there is no such queue. */
  send(queueArn: string, message: Message): boolean;
  /** Has a function take what lands in a queue, as an event source mapping does. */
  map(queueArn: string, functionArn: string): void;
}

export interface QueuesParts extends LambdaParts {
  readonly lambda: Lambda;
}

export function createQueues(_parts: QueuesParts): Queues {
  return {
    name: "sqs",
    send: () => false,
    map: () => undefined,
    handle: () => ({ status: 501 }),
    set: () => undefined,
    reset: () => undefined,
  };
}
