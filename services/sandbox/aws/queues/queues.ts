import * as z from "zod/mini";
import type { FakeRequest, FakeResponse } from "../../../../providers/kit/fake.js";
import { createAgenda } from "../agenda.js";
import type { AwsService } from "../aws-service.js";
import { createBoard } from "../board.js";
import { jsonHandler } from "../json-service.js";
import { type Lambda, type LambdaParts, timeoutSeconds } from "../lambda.js";
import { Mapping } from "./mapping.js";
import { queueError, queueOperations, title } from "./operations.js";
import { type Message, Queue, type QueueSettings, queueDefaults } from "./queue.js";

export type { Message, QueueSettings } from "./queue.js";

/** SQS, as far as it is used here: what could not be delivered lands in a queue, and a function takes it from there. */
export interface Queues extends AwsService {
  /** Makes a standard queue; one that is there stays as it is. Whatever is left out has AWS's default. */
  create(queueArn: string, settings?: Partial<QueueSettings>): void;
  /** Puts a message in; false when there is no such queue. */
  send(queueArn: string, message: Message): boolean;
  /** Has a function take what lands in a queue, as an event source mapping does; once, however often it is said. @throws RangeError without such a queue, or for one whose messages come again before the function's time is over */
  map(queueArn: string, functionArn: string): void;
}

export interface QueuesParts extends LambdaParts {
  readonly lambda: Lambda;
}

export const queueSwitches = {
  /** Every so-manieth message is delivered twice; 0: none. Standard queues deliver at least once. */
  duplicates: z.int().check(z.gte(0), z.lte(1000)),
};
export const queueSwitchDefaults = { duplicates: 0 };

/** Requests are answered and messages delivered on the sandbox's clock; what is sent is there at once. */
export function createQueues({ timeline, randomId, lambda }: QueuesParts): Queues {
  const { now } = timeline;
  const agenda = createAgenda(timeline);
  const board = createBoard(title, queueSwitches, queueSwitchDefaults);
  const queues = new Map<string, Queue>();
  const mappings = new Map<string, Map<string, Mapping>>();
  let sent = 0;

  const changed = ({ arn }: Queue) => {
    for (const mapping of mappings.get(arn)?.values() ?? []) mapping.sync();
  };
  const create = (arn: string, settings: QueueSettings) => {
    const queue = new Queue({ arn, settings, now, randomId });
    queues.set(arn, queue);
    return queue;
  };
  const send = (queue: Queue, message: Message, delaySeconds: number) => {
    const id = queue.send(message, delaySeconds);
    const { duplicates } = board.now;
    sent++;
    if (duplicates > 0 && sent % duplicates === 0) queue.send(message, delaySeconds, id);
    changed(queue);
    return id;
  };
  const operations = queueOperations({
    ...{ create, send, changed, find: (arn) => queues.get(arn), all: () => queues.values() },
    remove: (queue) => {
      queue.purge();
      changed(queue);
      mappings.delete(queue.arn);
      queues.delete(queue.arn);
    },
  });

  const handle = jsonHandler({
    ...{ name: "sqs", title, target: "AmazonSQS", version: "1.0", randomId, operations },
    errorOf: queueError,
  });

  return {
    name: "sqs",
    create: (arn, settings = {}) => {
      if (!queues.has(arn)) create(arn, { ...queueDefaults, ...settings });
    },
    send: (arn, message) => {
      const queue = queues.get(arn);
      if (queue) send(queue, message, 0);
      return queue !== undefined;
    },
    map: (queueArn, functionArn) => {
      const queue = queues.get(queueArn);
      if (!queue) throw new RangeError(`the sandbox has no queue ${queueArn}`);
      // As AWS says it: else a message would come again while the function still works on it.
      const { VisibilityTimeout: visibility } = queue.settings;
      if (visibility < timeoutSeconds) {
        throw new RangeError(
          `Queue visibility timeout: ${visibility} seconds is less than Function timeout: ${timeoutSeconds} seconds`,
        );
      }
      const here = mappings.get(queueArn) ?? new Map<string, Mapping>();
      if (here.has(functionArn)) return;
      here.set(functionArn, new Mapping({ queue, functionArn, lambda, agenda, now }));
      mappings.set(queueArn, here);
    },
    handle: (request) => (isOlderClient(request) ? forOlderClients : handle(request)),
    set: board.set,
    reset: () => {
      agenda.drop();
      queues.clear();
      mappings.clear();
      board.reset();
      sent = 0;
    },
  };
}

/** Clients from before 2024 send forms, and read nothing but XML. */
const isOlderClient = ({ headers }: FakeRequest) =>
  headers["content-type"]?.startsWith("application/x-www-form-urlencoded") === true;

const forOlderClients: FakeResponse = {
  status: 400,
  headers: { "content-type": "text/xml" },
  body:
    "<ErrorResponse><Error><Type>Sender</Type><Code>UnsupportedOperation</Code><Message>The sandbox's SQS speaks the " +
    "JSON protocol only: use AWS CLI 2.14 or later, or an SDK of 2024 or later.</Message></Error></ErrorResponse>",
};
