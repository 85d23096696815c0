import { SQS } from "@aws-sdk/client-sqs";
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { arnOf, sharedSandbox, start } from "./beside.js";

const { sandbox, clients, called, advance } = sharedSandbox((config) => ({ sqs: new SQS(config) }));
const functionArn = arnOf("lambda", "function:takes");
const queueArn = arnOf("sqs", "letters");

async function letters(attributes: Record<string, string> = {}): Promise<string> {
  const { QueueUrl = "" } = await clients().sqs.createQueue({ QueueName: "letters", Attributes: attributes });
  return QueueUrl;
}
const send = (QueueUrl: string, MessageBody: string) => clients().sqs.sendMessage({ QueueUrl, MessageBody });
const counts = async (QueueUrl: string) => {
  const { Attributes = {} } = await clients().sqs.getQueueAttributes({ QueueUrl, AttributeNames: ["All"] });
  return Object.entries(Attributes).flatMap(([name, value]) =>
    name.startsWith("ApproximateNumber") ? [value] : [],
  );
};

const recordShape = z.object({
  Records: z.array(
    z.object({ messageId: z.string(), body: z.string(), attributes: z.record(z.string(), z.string()) }),
  ),
});
const bodiesIn = (event: unknown) => recordShape.parse(event).Records.map(({ body }) => body);

describe("a function that takes a queue", () => {
  test("gets what comes at one moment together, and what it took is deleted", async () => {
    const events = called(functionArn);
    const QueueUrl = await letters({ VisibilityTimeout: "300" });
    const { queues } = sandbox().aws;
    queues.map(queueArn, functionArn);
    queues.map(queueArn, functionArn);
    queues.send(queueArn, { body: '{"keyturn":{}}', attributes: { ERROR_CODE: "E" } });
    queues.send(queueArn, { body: "second" });
    await sandbox().timeline.idle();
    expect(events).toEqual([
      {
        Records: [
          {
            messageId: expect.any(String),
            receiptHandle: expect.any(String),
            body: '{"keyturn":{}}',
            attributes: {
              ApproximateReceiveCount: "1",
              SentTimestamp: String(start.getTime()),
              SenderId: expect.any(String),
              ApproximateFirstReceiveTimestamp: String(start.getTime()),
            },
            messageAttributes: {
              ERROR_CODE: {
                stringValue: "E",
                stringListValues: [],
                binaryListValues: [],
                dataType: "String",
              },
            },
            md5OfBody: expect.stringMatching(/^[0-9a-f]{32}$/),
            eventSource: "aws:sqs",
            eventSourceARN: queueArn,
            awsRegion: "us-east-1",
          },
          expect.objectContaining({ body: "second", messageAttributes: {} }),
        ],
      },
    ]);
    expect(await counts(QueueUrl)).toEqual(["0", "0", "0"]);
    await advance(3600);
    expect(events).toHaveLength(1);
  });

  test("ten at most come at once, and what lay there before comes too", async () => {
    const events = called(functionArn);
    await letters({ VisibilityTimeout: "60" });
    for (let n = 0; n < 12; n++) sandbox().aws.queues.send(queueArn, { body: `${n}` });
    sandbox().aws.queues.map(queueArn, functionArn);
    await sandbox().timeline.idle();
    expect(events.map((event) => bodiesIn(event).length)).toEqual([10, 2]);
  });

  test("that throws gets them again after the visibility timeout, until it takes them", async () => {
    let fails = 2;
    const events = called(functionArn, () =>
      fails-- > 0 ? Promise.reject(new Error("no")) : Promise.resolve(),
    );
    const QueueUrl = await letters({ VisibilityTimeout: "300" });
    sandbox().aws.queues.map(queueArn, functionArn);
    await send(QueueUrl, "again");
    await sandbox().timeline.idle();
    await advance(299);
    expect(events).toHaveLength(1);
    await advance(1);
    expect(events).toHaveLength(2);
    await advance(300);
    const tries = events.map(
      (event) => recordShape.parse(event).Records[0]?.attributes["ApproximateReceiveCount"],
    );
    expect(tries).toEqual(["1", "2", "3"]);
    await advance(3600);
    expect([events.length, await counts(QueueUrl)]).toEqual([3, ["0", "0", "0"]]);
  });

  test("that names failed items gets those alone again; an unknown name fails them all", async () => {
    let named: (ids: string[]) => string[] = ([, second = ""]) => [second];
    const events = called(functionArn, (event) => {
      const ids = recordShape.parse(event).Records.map(({ messageId }) => messageId);
      const failed = named(ids).map((itemIdentifier) => ({ itemIdentifier }));
      return Promise.resolve({ batchItemFailures: failed });
    });
    await letters({ VisibilityTimeout: "60" });
    const { queues } = sandbox().aws;
    queues.map(queueArn, functionArn);
    for (const body of ["a", "b", "c"]) queues.send(queueArn, { body });
    await sandbox().timeline.idle();
    named = () => ["nobody's"];
    await advance(60);
    named = () => [];
    await advance(60);
    await advance(600);
    expect(events.map(bodiesIn)).toEqual([["a", "b", "c"], ["b"], ["b"]]);
  });

  test("a message sent while the function runs comes in a call of its own; a reset ends it all", async () => {
    const events = called(functionArn, (_event, { clock }) => clock.sleep(30_000));
    await letters({ VisibilityTimeout: "60" });
    const { queues } = sandbox().aws;
    queues.map(queueArn, functionArn);
    queues.send(queueArn, { body: "one" });
    await Promise.resolve();
    queues.send(queueArn, { body: "two" });
    await sandbox().timeline.idle();
    expect(events.flatMap(bodiesIn)).toEqual(["one", "two"]);
    queues.send(queueArn, { body: "three" });
    queues.reset();
    await advance(3600);
    expect(events.flatMap(bodiesIn)).toEqual(["one", "two"]);
    expect(() => queues.map(queueArn, functionArn)).toThrow(/no queue/);
    queues.create(queueArn);
    expect(() => queues.map(queueArn, functionArn)).toThrow(/visibility timeout: 30 seconds is less/);
  });
});
