import type { Target } from "@aws-sdk/client-eventbridge";
import { describe, expect, test } from "vitest";
import { arnOf } from "./beside.js";
import { anything, bus, detailsIn, entry, eventsBench, functionArn, queueArn } from "./events-bench.js";
import { refusal } from "./refusal.js";

const { sandbox, clients, called, advance, rule, put, got } = eventsBench();
const lettersArn = arnOf("sqs", "letters");

describe("PutEvents", () => {
  test("an event reaches what a rule points at, in AWS's envelope", async () => {
    await rule();
    const { Entries, FailedEntryCount } = await put(
      entry({ Resources: ["arn:1"] }),
      entry({ Source: "other" }),
      entry({
        Time: new Date("2026-01-02T03:04:05.678Z"),
        EventBusName: arnOf("events", `event-bus/${bus}`),
      }),
    );
    expect(FailedEntryCount).toBe(0);
    expect(await got()).toEqual([
      {
        version: "0",
        id: Entries?.[0]?.EventId,
        "detail-type": "Rotation Succeeded",
        source: "keyturn",
        account: "123456789012",
        time: "2026-06-01T00:00:00Z",
        region: "us-east-1",
        resources: ["arn:1"],
        detail: { secret: "a" },
      },
      expect.objectContaining({ id: Entries?.[2]?.EventId, time: "2026-01-02T03:04:05Z", resources: [] }),
    ]);
  });

  test.each([
    [
      { Source: undefined },
      "InvalidArgument",
      "Parameter Source is not valid. Reason: Source is a required argument.",
    ],
    [{ DetailType: "" }, "InvalidArgument", /DetailType is a required argument/],
    [{ Detail: undefined }, "InvalidArgument", /Detail is a required argument/],
    [{ DetailType: "x".repeat(129) }, "InvalidArgument", /128/],
    [{ Source: "aws.secretsmanager" }, "NotAuthorizedForSourceException", "Not authorized for the source."],
    [{ Detail: "{" }, "MalformedDetail", "Detail is malformed."],
    [{ Detail: "[]" }, "MalformedDetail", "Detail is malformed."],
    [{ Detail: '"text"' }, "MalformedDetail", "Detail is malformed."],
  ])("%j fails by itself: %s", async (wrong, code, message) => {
    await rule({}, anything);
    const { FailedEntryCount, Entries } = await put(entry(), entry(wrong), entry());
    expect(FailedEntryCount).toBe(1);
    const failed = {
      ErrorCode: code,
      ErrorMessage: typeof message === "string" ? message : expect.stringMatching(message),
    };
    const taken = { EventId: expect.any(String) };
    expect(Entries).toEqual([taken, failed, taken]);
    expect(await got()).toHaveLength(2);
    // Also where it is the only one.
    expect(await put(entry(wrong))).toMatchObject({ FailedEntryCount: 1, Entries: [failed] });
  });

  test("ten entries and a mebibyte at most", async () => {
    await rule();
    const sized = (bytes: number, more = {}) => {
      const given = entry({ Source: "s", DetailType: "d", ...more });
      const filler = bytes - '{"a":""}'.length - 2;
      return { ...given, Detail: `{"a":"${"x".repeat(filler)}"}` };
    };
    expect((await put(...Array.from({ length: 10 }, () => entry()))).FailedEntryCount).toBe(0);
    expect(await refusal(put(...Array.from({ length: 11 }, () => entry())))).toMatch(
      /less than or equal to 10/,
    );
    expect(await refusal(put())).toMatch(/greater than or equal to 1/);
    expect((await put(sized(1_048_576))).FailedEntryCount).toBe(0);
    const tooLarge = "ValidationException: Total size of the entries in the request is over the limit.";
    expect(await refusal(put(sized(1_048_577)))).toBe(tooLarge);
    expect(await refusal(put(sized(1_048_563, { Time: new Date() })))).toBe(tooLarge);
    expect(await refusal(put(sized(600_000), sized(600_000)))).toBe(tooLarge);
  });

  test("what is sent to a bus that is not there is taken, and lost", async () => {
    await rule({}, anything);
    const answer = await put(entry({ EventBusName: "typo" }));
    expect(answer).toMatchObject({ FailedEntryCount: 0, Entries: [{ EventId: expect.any(String) }] });
    expect(await got()).toEqual([]);
  });

  test("switched so, every third entry fails, and every other event comes twice", async () => {
    await rule();
    const eventBridge = sandbox().aws.bus;
    eventBridge.set("partialFailures", 3);
    eventBridge.set("partialFailureCode", "ThrottlingException");
    const numbered = (n: number) => entry({ Detail: `{"n":${n}}` });
    const { FailedEntryCount, Entries } = await put(...[1, 2, 3, 4, 5].map(numbered));
    expect([FailedEntryCount, Entries?.[2]?.ErrorCode]).toEqual([1, "ThrottlingException"]);
    // The count goes on from one request to the next.
    expect((await put(numbered(6))).FailedEntryCount).toBe(1);
    expect(detailsIn(await got())).toEqual([1, 2, 4, 5].map((n) => ({ n })));
    eventBridge.set("partialFailures", 0);
    eventBridge.set("duplicates", 2);
    await put(...[7, 8, 9].map(numbered));
    expect(detailsIn(await got()).length).toBe(4);
    expect(() => eventBridge.set("partialFailures", "some")).toThrow(
      /partialFailures \(0\), partialFailureCode/,
    );
  });
});

describe("targets", () => {
  test("a function is called asynchronously, and again when it fails", async () => {
    const events = called(functionArn, () => Promise.reject(new Error("no")));
    await rule({ Arn: functionArn, InputPath: "$.detail" });
    await put(entry());
    await sandbox().timeline.idle();
    expect(events).toEqual([{ secret: "a" }]);
    await advance(180);
    await advance(3600);
    expect(events).toHaveLength(3);
  });

  test.each([
    [{ Input: '{"keyturn":{"v":1}}' }, { keyturn: { v: 1 } }],
    [{ InputPath: "$.detail.secret" }, "a"],
    [{ InputPath: "$.resources[1]" }, "arn:2"],
    [
      {
        InputTransformer: {
          InputPathsMap: { secret: "$.detail.secret", all: "$.detail" },
          InputTemplate: '{"s": <secret>, "text": "it is <secret> by <aws.events.rule-name>", "all": <all>}',
        },
      },
      { s: "a", text: "it is a by r", all: { secret: "a" } },
    ],
    [
      { InputTransformer: { InputTemplate: "<aws.events.event.json>" } },
      expect.objectContaining({ source: "keyturn" }),
    ],
  ])("%j", async (target, expected) => {
    await rule(target);
    await put(entry({ Resources: ["arn:1", "arn:2"] }));
    expect(await got()).toEqual([expected]);
  });

  test("a log group gets the whole event as one message", async () => {
    const logGroupName = "/keyturn/test/events";
    await clients().logs.createLogGroup({ logGroupName });
    await rule({ Arn: arnOf("logs", `log-group:${logGroupName}`) });
    await put(entry());
    const { events = [] } = await clients().logs.filterLogEvents({
      ...{ logGroupName, filterPattern: '{ $.detail.secret = "a" && $.detail-type = "Rotation Succeeded" }' },
    });
    expect(events.map(({ message = "" }) => JSON.parse(message))).toEqual([
      expect.objectContaining({ version: "0", source: "keyturn", detail: { secret: "a" } }),
    ]);
  });

  test.each([arnOf("lambda", "function:none"), arnOf("sqs", "none"), arnOf("logs", "log-group:none")])(
    "what %s does not take goes to the dead-letter queue",
    async (Arn) => {
      sandbox().aws.queues.create(lettersArn);
      await rule({ Arn, DeadLetterConfig: { Arn: lettersArn } });
      await put(entry());
      const { QueueUrl } = await clients().sqs.getQueueUrl({ QueueName: "letters" });
      const { Messages } = await clients().sqs.receiveMessage({ QueueUrl, MessageAttributeNames: ["All"] });
      expect(JSON.parse(Messages?.[0]?.Body ?? "")).toMatchObject({ source: "keyturn" });
      expect(Messages?.[0]?.MessageAttributes).toMatchObject({
        ERROR_CODE: { StringValue: "RESOURCE_NOT_FOUND" },
        RULE_ARN: { StringValue: arnOf("events", `rule/${bus}/r`) },
        TARGET_ARN: { StringValue: Arn },
      });
    },
  );

  test("five at most, each by its id; what the sandbox has no service for is refused", async () => {
    const { events } = clients();
    await rule();
    const add = (...Targets: Target[]) => events.putTargets({ Rule: "r", EventBusName: bus, Targets });
    const many = ["t", "2", "3", "4", "5"].map((Id) => ({ Id, Arn: queueArn }));
    await add(...many);
    expect(await refusal(add({ Id: "6", Arn: queueArn }))).toMatch(/^LimitExceededException: /);
    expect(await refusal(add({ Id: "t", Arn: arnOf("sns", "topic") }))).toMatch(/lambda, sqs, logs only/);
    expect(await refusal(add({ Id: "t", Arn: queueArn, Input: "{" }))).toMatch(
      /JSON syntax error in input for target t/,
    );
    expect(await refusal(add({ Id: "t", Arn: queueArn, Input: "{}", InputPath: "$" }))).toMatch(
      /Only one of/,
    );
    await put(entry());
    expect(await got()).toHaveLength(5);

    const listed = await events.listTargetsByRule({ Rule: "r", EventBusName: bus, Limit: 3 });
    expect(listed.Targets?.map(({ Id }) => Id)).toEqual(["2", "3", "4"]);
    const { Targets } = await events.listTargetsByRule({
      Rule: "r",
      EventBusName: bus,
      NextToken: listed.NextToken,
    });
    expect(Targets?.map(({ Id }) => Id)).toEqual(["5", "t"]);
    await events.removeTargets({ Rule: "r", EventBusName: bus, Ids: ["t", "2", "3", "none"] });
    await put(entry());
    expect(await got()).toHaveLength(2);
  });
});
