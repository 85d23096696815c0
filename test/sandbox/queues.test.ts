import { SQS } from "@aws-sdk/client-sqs";
import { describe, expect, test } from "vitest";
import { arnOf, sharedSandbox, start } from "./beside.js";
import { refusal } from "./refusal.js";

const { sandbox, clients, advance } = sharedSandbox((config) => ({ sqs: new SQS(config) }));
const queueArn = arnOf("sqs", "letters");

async function letters(attributes: Record<string, string> = {}): Promise<string> {
  const { QueueUrl = "" } = await clients().sqs.createQueue({ QueueName: "letters", Attributes: attributes });
  return QueueUrl;
}
const send = (QueueUrl: string, MessageBody: string) => clients().sqs.sendMessage({ QueueUrl, MessageBody });
const bodies = async (QueueUrl: string, most = 10) => {
  const { Messages = [] } = await clients().sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: most });
  return Messages.map(({ Body }) => Body);
};
const counts = async (QueueUrl: string) => {
  const { Attributes = {} } = await clients().sqs.getQueueAttributes({ QueueUrl, AttributeNames: ["All"] });
  return Object.entries(Attributes).flatMap(([name, value]) =>
    name.startsWith("ApproximateNumber") ? [value] : [],
  );
};

describe("a queue", () => {
  test("holds a message until it is deleted, and gives it to one at a time", async () => {
    const QueueUrl = await letters();
    expect(QueueUrl).toBe(`${sandbox().urls.aws}/123456789012/letters`);
    await clients().sqs.sendMessage({
      QueueUrl,
      MessageBody: '{"a":1}',
      MessageAttributes: {
        ERROR_CODE: { DataType: "String", StringValue: "AccessDenied" },
        SCHEDULE_ARN: { DataType: "String", StringValue: "arn" },
      },
    });
    expect(await counts(QueueUrl)).toEqual(["1", "0", "0"]);
    const receive = () =>
      clients().sqs.receiveMessage({
        ...{ QueueUrl, MessageAttributeNames: ["ERROR.*"], MessageSystemAttributeNames: ["All"] },
      });
    const [first] = (await receive()).Messages ?? [];
    expect(first).toMatchObject({
      Body: '{"a":1}',
      Attributes: { ApproximateReceiveCount: "1", SentTimestamp: String(start.getTime()) },
    });
    expect(first?.MessageAttributes).toEqual({
      ERROR_CODE: { DataType: "String", StringValue: "AccessDenied" },
    });
    expect((await receive()).Messages).toBeUndefined();
    expect(await counts(QueueUrl)).toEqual(["0", "1", "0"]);

    await advance(29);
    expect((await receive()).Messages).toBeUndefined();
    await advance(1);
    const [again] = (await receive()).Messages ?? [];
    expect(again).toMatchObject({
      MessageId: first?.MessageId,
      Attributes: {
        ApproximateReceiveCount: "2",
        ApproximateFirstReceiveTimestamp: String(start.getTime()),
      },
    });

    // The handle of the first receive is not good any more.
    await clients().sqs.deleteMessage({ QueueUrl, ReceiptHandle: first?.ReceiptHandle });
    expect(await counts(QueueUrl)).toEqual(["0", "1", "0"]);
    await clients().sqs.deleteMessage({ QueueUrl, ReceiptHandle: again?.ReceiptHandle });
    expect(await counts(QueueUrl)).toEqual(["0", "0", "0"]);
  });

  test("attributes are given by name, by prefix, all, or not at all", async () => {
    const QueueUrl = await letters({ VisibilityTimeout: "0" });
    const attribute = (StringValue: string) => ({ DataType: "String", StringValue });
    const MessageAttributes = {
      ERROR_CODE: attribute("c"),
      ERROR_MESSAGE: attribute("m"),
      OTHER: attribute("o"),
    };
    await clients().sqs.sendMessage({ QueueUrl, MessageBody: "b", MessageAttributes });
    const names = async (MessageAttributeNames: string[]) => {
      const { Messages } = await clients().sqs.receiveMessage({ QueueUrl, MessageAttributeNames });
      return Object.keys(Messages?.[0]?.MessageAttributes ?? {}).sort();
    };
    expect(await names([])).toEqual([]);
    expect(await names(["OTHER"])).toEqual(["OTHER"]);
    expect(await names(["ERROR.*"])).toEqual(["ERROR_CODE", "ERROR_MESSAGE"]);
    expect(await names(["All"])).toEqual(["ERROR_CODE", "ERROR_MESSAGE", "OTHER"]);
  });

  test("forgets a message after its retention period, and all of them when purged", async () => {
    const QueueUrl = await letters({ MessageRetentionPeriod: "60", VisibilityTimeout: "0" });
    await send(QueueUrl, "old");
    await advance(59);
    await send(QueueUrl, "young");
    expect(await bodies(QueueUrl)).toEqual(["old", "young"]);
    await advance(1);
    expect(await bodies(QueueUrl)).toEqual(["young"]);
    await clients().sqs.purgeQueue({ QueueUrl });
    expect(await bodies(QueueUrl)).toEqual([]);
  });

  test("is delayed, hidden longer or shown at once as it is told", async () => {
    const QueueUrl = await letters();
    await clients().sqs.sendMessage({ QueueUrl, MessageBody: "later", DelaySeconds: 10 });
    expect(await counts(QueueUrl)).toEqual(["0", "0", "1"]);
    await advance(10);
    const { Messages } = await clients().sqs.receiveMessage({ QueueUrl });
    const ReceiptHandle = Messages?.[0]?.ReceiptHandle;
    await clients().sqs.changeMessageVisibility({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 });
    expect(await bodies(QueueUrl)).toEqual(["later"]);
    const late = clients().sqs.changeMessageVisibility({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 });
    expect(await refusal(late)).toMatch(/^MessageNotInflight: /);
  });

  test("is found by name, listed by prefix, made once, and gone when deleted", async () => {
    const { sqs } = clients();
    const QueueUrl = await letters({ VisibilityTimeout: "300" });
    await sqs.createQueue({ QueueName: "others" });
    expect(await letters({ VisibilityTimeout: "300" })).toBe(QueueUrl);
    expect(await refusal(letters({ VisibilityTimeout: "30" }))).toMatch(
      /^QueueNameExists: .*attribute VisibilityTimeout/,
    );
    expect(await sqs.getQueueUrl({ QueueName: "letters" })).toMatchObject({ QueueUrl });
    expect((await sqs.listQueues({ QueueNamePrefix: "let" })).QueueUrls).toEqual([QueueUrl]);
    expect((await sqs.listQueues({})).QueueUrls).toHaveLength(2);
    const { Attributes } = await sqs.getQueueAttributes({ QueueUrl, AttributeNames: ["QueueArn"] });
    expect(Attributes).toEqual({ QueueArn: queueArn });
    await sqs.deleteQueue({ QueueUrl });
    expect(sandbox().aws.queues.send(queueArn, { body: "lost" })).toBe(false);
    expect(await refusal(sqs.getQueueUrl({ QueueName: "letters" }))).toBe(
      "QueueDoesNotExist: The specified queue does not exist.",
    );
  });

  test("what it does not know is refused by name", async () => {
    const QueueUrl = await letters();
    expect(await refusal(letters({ RedrivePolicy: "{}" }))).toBe(
      "InvalidAttributeName: Unknown Attribute RedrivePolicy.",
    );
    expect(await refusal(letters({ VisibilityTimeout: "43201" }))).toMatch(/^InvalidAttributeValue: /);
    expect(await refusal(send(QueueUrl, "x".repeat(1_048_577)))).toMatch(/shorter than 1048576 bytes/);
    const number = { DataType: "Number", StringValue: "1" };
    const numbered = { QueueUrl, MessageBody: "b", MessageAttributes: { n: number } };
    expect(await refusal(clients().sqs.sendMessage(numbered))).toMatch(
      /^InvalidParameterValue: .*String only; n/,
    );
    expect(await refusal(clients().sqs.listQueueTags({ QueueUrl }))).toMatch(/does not know ListQueueTags/);
    expect(await refusal(clients().sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 11 }))).toMatch(
      /less than or equal to 10/,
    );
  });
});

test("switched so, every other message comes twice", async () => {
  const QueueUrl = await letters();
  sandbox().aws.queues.set("duplicates", 2);
  for (const body of ["a", "b", "c", "d"]) await send(QueueUrl, body);
  expect(await bodies(QueueUrl)).toEqual(["a", "b", "b", "c", "d", "d"]);
  expect(() => sandbox().aws.queues.set("duplicates", -1)).toThrow(/duplicates \(0\)/);
});

test("the journal has each request under SQS's name, with its operation", async () => {
  await letters();
  await refusal(clients().sqs.getQueueUrl({ QueueName: "none" }));
  expect(sandbox().journal.since(0)).toMatchObject([
    { kind: "request", service: "sqs", operation: "CreateQueue", status: 200, credential: "keyturn-sandbox" },
    { kind: "request", service: "sqs", operation: "GetQueueUrl", status: 400 },
  ]);
});

test("a client that sends forms is told, in the XML that it reads, what it needs", async () => {
  const answer = await fetch(sandbox().urls.aws, {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded; charset=utf-8",
      authorization: "AWS4-HMAC-SHA256 Credential=keyturn-sandbox/20260601/us-east-1/sqs/aws4_request",
    },
    body: "Action=ListQueues",
  });
  expect([answer.status, await answer.text()]).toEqual([
    400,
    expect.stringMatching(/<Message>.*AWS CLI 2.14/),
  ]);
});
