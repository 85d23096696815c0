import * as z from "zod/mini";
import { AwsError } from "../errors.js";
import { type Asked, type JsonOperation, jsonOperation } from "../json-service.js";
import { defined } from "../operation.js";
import { accountId } from "../secret-record.js";
import { text } from "../validate.js";
import { type Kept, type Queue, type QueueSettings, queueDefaults } from "./queue.js";
import { md5Of, systemAttributesOf } from "./wire.js";

export interface QueueOperations {
  readonly find: (queueArn: string) => Queue | undefined;
  readonly all: () => Iterable<Queue>;
  readonly create: (queueArn: string, settings: QueueSettings) => Queue;
  readonly remove: (queue: Queue) => void;
  readonly send: (
    queue: Queue,
    message: { body: string; attributes?: Record<string, string> },
    delaySeconds: number,
  ) => string;
  /** The queue is not as it was. */
  readonly changed: (queue: Queue) => void;
}

export const title = "SQS";

const name = text(1, 80).check(z.regex(/^[\w-]+$/));
const QueueUrl = text(1, 2048);
const names = z.optional(z.array(z.string()));
const seconds = (most: number) => z.int().check(z.gte(0), z.lte(most));
const ranges: Readonly<Record<keyof QueueSettings, readonly [number, number]>> = {
  VisibilityTimeout: [0, 43_200],
  MessageRetentionPeriod: [60, 1_209_600],
};
const attribute = z.strictObject({ DataType: z.string(), StringValue: z.optional(z.string()) });
/** SQS takes a mebibyte, attributes included. */
const largestMessage = 1_048_576;

/** The API, as far as it is used here. @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/ */
export function queueOperations(queues: QueueOperations): Readonly<Record<string, JsonOperation>> {
  const urlOf = ({ arn, name: last }: Queue, { origin }: Asked) => `${origin}/${arn.split(":")[4]}/${last}`;
  const named = (last: string, { region }: Asked) => {
    const queue = queues.find(arnOf(region, last));
    if (!queue) throw new AwsError("QueueDoesNotExist", "The specified queue does not exist.");
    return queue;
  };
  const at = (url: string, asked: Asked) => named(url.slice(url.lastIndexOf("/") + 1), asked);

  return {
    CreateQueue: jsonOperation(
      title,
      z.strictObject({ QueueName: name, Attributes: z.optional(z.record(z.string(), z.string())) }),
      ({ QueueName, Attributes = {} }, asked) => {
        const given = settingsIn(Attributes);
        const arn = arnOf(asked.region, QueueName);
        const settings = { ...queueDefaults, ...given };
        const there = queues.find(arn);
        const differs =
          there && Object.entries(given).find(([key, value]) => Reflect.get(there.settings, key) !== value);
        if (differs) {
          throw new AwsError(
            "QueueNameExists",
            `A queue already exists with the same name and a different value for attribute ${differs[0]}`,
          );
        }
        return { QueueUrl: urlOf(there ?? queues.create(arn, settings), asked) };
      },
    ),
    DeleteQueue: jsonOperation(title, z.strictObject({ QueueUrl }), ({ QueueUrl: url }, asked) => {
      queues.remove(at(url, asked));
      return {};
    }),
    DeleteMessage: jsonOperation(
      title,
      z.strictObject({ QueueUrl, ReceiptHandle: z.string() }),
      ({ QueueUrl: url, ReceiptHandle }, asked) => {
        const queue = at(url, asked);
        queue.delete(ReceiptHandle);
        queues.changed(queue);
        return {};
      },
    ),
    ChangeMessageVisibility: jsonOperation(
      title,
      z.strictObject({ QueueUrl, ReceiptHandle: z.string(), VisibilityTimeout: seconds(43_200) }),
      ({ QueueUrl: url, ReceiptHandle, VisibilityTimeout }, asked) => {
        const queue = at(url, asked);
        queue.changeVisibility(ReceiptHandle, VisibilityTimeout);
        queues.changed(queue);
        return {};
      },
    ),
    GetQueueAttributes: jsonOperation(
      title,
      z.strictObject({ QueueUrl, AttributeNames: names }),
      ({ QueueUrl: url, AttributeNames = [] }, asked) => {
        const queue = at(url, asked);
        const CreatedTimestamp = Math.floor(queue.createdAt.getTime() / 1000);
        const all = { QueueArn: queue.arn, CreatedTimestamp, ...queue.settings, ...queue.counts() };
        const unknown = AttributeNames.find((key) => key !== "All" && !Object.hasOwn(all, key));
        if (unknown !== undefined) throw unknownAttribute(unknown);
        return {
          Attributes: Object.fromEntries(
            Object.entries(all)
              .filter(([key]) => wanted(AttributeNames, key))
              .map(([key, value]) => [key, String(value)]),
          ),
        };
      },
    ),
    GetQueueUrl: jsonOperation(
      title,
      z.strictObject({ QueueName: name, QueueOwnerAWSAccountId: z.optional(z.string()) }),
      ({ QueueName }, asked) => ({ QueueUrl: urlOf(named(QueueName, asked), asked) }),
    ),
    ListQueues: jsonOperation(
      title,
      z.strictObject({ QueueNamePrefix: z.optional(z.string()) }),
      ({ QueueNamePrefix = "" }, asked) => {
        const here = [...queues.all()].filter(({ arn }) =>
          arn.startsWith(arnOf(asked.region, QueueNamePrefix)),
        );
        return { QueueUrls: here.map((queue) => urlOf(queue, asked)).sort() };
      },
    ),
    PurgeQueue: jsonOperation(title, z.strictObject({ QueueUrl }), ({ QueueUrl: url }, asked) => {
      const queue = at(url, asked);
      queue.purge();
      queues.changed(queue);
      return {};
    }),
    ReceiveMessage: jsonOperation(
      title,
      z.strictObject({
        QueueUrl,
        MaxNumberOfMessages: z.optional(z.int().check(z.gte(1), z.lte(10))),
        VisibilityTimeout: z.optional(seconds(43_200)),
        WaitTimeSeconds: z.optional(seconds(20)),
        MessageAttributeNames: names,
        AttributeNames: names,
        MessageSystemAttributeNames: names,
      }),
      (input, asked) => {
        const queue = at(input.QueueUrl, asked);
        const messages = queue.receive(input.MaxNumberOfMessages ?? 1, input.VisibilityTimeout);
        queues.changed(queue);
        const system = [...(input.AttributeNames ?? []), ...(input.MessageSystemAttributeNames ?? [])];
        if (messages.length === 0) return {};
        return {
          Messages: messages.map((message) => received(message, system, input.MessageAttributeNames ?? [])),
        };
      },
    ),
    SendMessage: jsonOperation(
      title,
      z.strictObject({
        QueueUrl,
        MessageBody: z.string().check(z.minLength(1)),
        DelaySeconds: z.optional(seconds(900)),
        MessageAttributes: z.optional(z.record(z.string(), attribute)),
      }),
      ({ QueueUrl: url, MessageBody: body, DelaySeconds = 0, MessageAttributes = {} }, asked) => {
        const queue = at(url, asked);
        const attributes = Object.fromEntries(
          Object.entries(MessageAttributes).map(([key, { DataType, StringValue }]) => {
            if (StringValue !== undefined && DataType === "String") return [key, StringValue];
            throw parameterInvalid(
              `The sandbox takes message attributes of type String only; ${key} is another.`,
            );
          }),
        );
        const size = Buffer.byteLength(body) + Buffer.byteLength(Object.entries(attributes).flat().join(""));
        if (size > largestMessage) {
          throw parameterInvalid(
            `One or more parameters are invalid. Reason: Message must be shorter than ${largestMessage} bytes.`,
          );
        }
        return {
          MessageId: queues.send(queue, { body, attributes }, DelaySeconds),
          MD5OfMessageBody: md5Of(body),
        };
      },
    ),
  };
}

const arnOf = (region: string, last: string) => `arn:aws:sqs:${region}:${accountId}:${last}`;

/** The errors that answer under another name where clients still read the old protocol's. */
const queryNames: Readonly<Record<string, string>> = {
  QueueDoesNotExist: "AWS.SimpleQueueService.NonExistentQueue",
  QueueNameExists: "QueueAlreadyExists",
  MessageNotInflight: "AWS.SimpleQueueService.MessageNotInflight",
};

export function queueError({ code, message }: AwsError) {
  return {
    headers: { "x-amzn-query-error": `${queryNames[code] ?? code};Sender` },
    body: { __type: `com.amazonaws.sqs#${code}`, message },
  };
}

const parameterInvalid = (message: string) => new AwsError("InvalidParameterValue", message);
const unknownAttribute = (key: string) => new AwsError("InvalidAttributeName", `Unknown Attribute ${key}.`);

function settingsIn(attributes: Readonly<Record<string, string>>): Partial<QueueSettings> {
  return Object.fromEntries(
    Object.entries(attributes).map(([key, value]) => {
      const range = new Map(Object.entries(ranges)).get(key);
      if (!range) throw unknownAttribute(key);
      const [least, most] = range;
      if (!/^\d+$/.test(value) || Number(value) < least || Number(value) > most) {
        throw new AwsError("InvalidAttributeValue", `Invalid value for the parameter ${key}.`);
      }
      return [key, Number(value)];
    }),
  );
}

/** Whether a list of names asks for this one: by itself, with `All`, or by a prefix such as `foo.*`. */
const wanted = (asked: readonly string[], key: string) =>
  asked.some(
    (one) => one === "All" || one === key || (one.endsWith(".*") && key.startsWith(one.slice(0, -2))),
  );

function received(message: Kept, system: readonly string[], own: readonly string[]) {
  const pick = <Value>(all: Readonly<Record<string, Value>>, asked: readonly string[]) => {
    const picked = Object.entries(all).filter(([key]) => wanted(asked, key));
    return picked.length > 0 ? Object.fromEntries(picked) : undefined;
  };
  const typed = Object.fromEntries(
    Object.entries(message.attributes ?? {}).map(([key, StringValue]) => [
      key,
      { StringValue, DataType: "String" },
    ]),
  );
  return defined({
    MessageId: message.id,
    ReceiptHandle: message.receipt,
    MD5OfBody: md5Of(message.body),
    Body: message.body,
    Attributes: pick(systemAttributesOf(message), system),
    MessageAttributes: pick(typed, own),
  });
}
