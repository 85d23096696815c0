import { CloudWatchLogs, paginateFilterLogEvents } from "@aws-sdk/client-cloudwatch-logs";
import { beforeEach, describe, expect, test } from "vitest";
import { arnOf, sharedSandbox, start } from "./beside.js";
import { refusal } from "./refusal.js";

const { sandbox, clients, advance } = sharedSandbox((config) => ({ logs: new CloudWatchLogs(config) }));
const logGroupName = "/keyturn/test/events";
const groupArn = arnOf("logs", `log-group:${logGroupName}`);
const at = (seconds: number) => start.getTime() + seconds * 1000;

beforeEach(async () => void (await clients().logs.createLogGroup({ logGroupName })));

const write = (message: unknown) =>
  sandbox().aws.logs.write(groupArn, typeof message === "string" ? message : JSON.stringify(message));
type Filter = Omit<Parameters<CloudWatchLogs["filterLogEvents"]>[0] & object, "logGroupName">;
const find = async (filter: Filter = {}) => clients().logs.filterLogEvents({ logGroupName, ...filter });
const found = async (filter: Filter = {}) =>
  ((await find(filter)).events ?? []).map(({ message }) => message);

describe("what was written", () => {
  test("is found in order of time, between two times, both included", async () => {
    for (const message of ["a", "b", "c", "d"]) {
      write(message);
      await advance(10);
    }
    expect((await find()).events).toMatchObject(
      ["a", "b", "c", "d"].map((message, index) => ({
        ...{ message, timestamp: at(index * 10), ingestionTime: at(index * 10) },
        eventId: expect.stringMatching(/^\d{56}$/),
      })),
    );
    expect(await found({ startTime: at(10), endTime: at(20) })).toEqual(["b", "c"]);
    expect(await found({ startTime: at(10.001), endTime: at(19.999) })).toEqual([]);
    expect(await found({ startTime: at(31) })).toEqual([]);
    expect(await found({ startTime: at(0), startFromHead: false, limit: 3 })).toEqual(["d", "c", "b"]);
    expect(await refusal(found({ startFromHead: false }))).toMatch(/^InvalidParameterException: /);
  });

  test("comes in pages, which new events do not move", async () => {
    const all = Array.from({ length: 7 }, (_, n) => `event ${n}`);
    for (const message of all) write(message);
    const first = await find({ limit: 3 });
    write("event 7");
    const second = await find({ limit: 3, nextToken: first.nextToken });
    const third = await find({ limit: 3, nextToken: second.nextToken });
    const messages = [first, second, third].map(({ events = [] }) => events.map(({ message }) => message));
    expect(messages).toEqual([all.slice(0, 3), all.slice(3, 6), ["event 6", "event 7"]]);
    expect(third.nextToken).toBeUndefined();
    expect(await refusal(find({ limit: 3, nextToken: first.nextToken, filterPattern: "event" }))).toBe(
      "InvalidParameterException: The specified nextToken is invalid.",
    );
    expect(await refusal(find({ nextToken: "nonsense" }))).toMatch(/nextToken is invalid/);

    const backwards = await find({ startTime: at(0), startFromHead: false, limit: 5 });
    const earlier = await find({ startTime: at(0), limit: 5, nextToken: backwards.nextToken });
    expect(earlier.events?.map(({ message }) => message)).toEqual(["event 2", "event 1", "event 0"]);
  });

  test("a page holds a mebibyte at most", async () => {
    for (let n = 0; n < 3; n++) write("x".repeat(400_000));
    const { events, nextToken } = await find();
    expect([events?.length, typeof nextToken]).toEqual([2, "string"]);
  });

  test("an empty page may come before each, and what is young may not be found yet", async () => {
    const { logs } = sandbox().aws;
    logs.set("emptyPages", "between");
    for (const message of ["a", "b", "c"]) write(message);
    const sizes: number[] = [];
    const pages = paginateFilterLogEvents({ client: clients().logs }, { logGroupName, limit: 2 });
    for await (const { events } of pages) sizes.push(events?.length ?? 0);
    expect(sizes).toEqual([0, 2, 0, 1]);

    logs.set("emptyPages", "none");
    logs.set("visibleAfterSeconds", 5);
    expect(await found()).toEqual([]);
    await advance(5);
    expect(await found()).toEqual(["a", "b", "c"]);
    expect(() => logs.set("emptyPages", "often")).toThrow(/emptyPages \(none\), *|visibleAfterSeconds/);
  });

  test("is dropped after the retention period", async () => {
    await clients().logs.putRetentionPolicy({ logGroupName, retentionInDays: 1 });
    for (let n = 0; n < 999; n++) write("old");
    await advance(86_401);
    write("new");
    write("newer");
    expect(await found()).toEqual(["new", "newer"]);
    expect(await refusal(clients().logs.putRetentionPolicy({ logGroupName, retentionInDays: 2 }))).toMatch(
      /^InvalidParameterException: retentionInDays must be one of/,
    );
  });
});

describe("filter patterns", () => {
  const rotated = {
    "detail-type": "Rotation Succeeded",
    source: "keyturn",
    resources: ["arn:1"],
    detail: { secret: "app/github", at: 7, ok: true, gone: null, note: 'a "quoted" one' },
  };
  const failed = {
    "detail-type": "Rotation Failed",
    source: "keyturn",
    detail: { secret: "app/stripe", at: 9 },
  };

  test.each([
    ['{ $.detail.secret = "app/github" }', [1, 0]],
    ['{$.detail.secret="app/github"}', [1, 0]],
    ['{ $.detail.secret = "app/*" }', [1, 1]],
    ['{ $.detail.secret = "*hub" }', [1, 0]],
    ["{ $.detail.secret = app/stripe }", [0, 1]],
    ['{ $.detail.secret != "app/github" }', [0, 1]],
    ['{ $.detail.nothing != "app/github" }', [0, 0]],
    ['{ $.detail-type = "Rotation Failed" }', [0, 1]],
    ['{ $.["detail-type"] = "Rotation Failed" }', [0, 1]],
    ['{ $.resources[0] = "arn:1" }', [1, 0]],
    ['{ $.detail.secret = "app/*" && $.detail.at > 8 }', [0, 1]],
    ["{ $.detail.at = 7 || $.detail.at = 9 }", [1, 1]],
    ['{ $.detail.at = 7 || $.detail.at = 9 && $.source = "other" }', [1, 0]],
    ['{ ($.detail.at = 7 || $.detail.at = 9) && $.source = "other" }', [0, 0]],
    ["{ $.detail.at >= 7 && $.detail.at <= 7 }", [1, 0]],
    ["{ $.detail.at < 9 }", [1, 0]],
    ["{ $.detail.ok IS TRUE }", [1, 0]],
    ["{ $.detail.gone IS NULL }", [1, 0]],
    ["{ $.detail.ok NOT EXISTS }", [0, 1]],
    ['{ $.detail.note = "a \\"quoted\\" one" }', [1, 0]],
    ['{ $.detail = "*" }', [0, 0]],
    ['"Rotation Failed"', [0, 1]],
    ["Rotation app/github", [1, 0]],
    ["Rotation -stripe", [1, 0]],
    ["?github ?stripe", [1, 1]],
    ["rotation", [0, 0]],
    ["", [1, 1]],
  ])("%s finds %j", async (filterPattern, expected) => {
    for (const message of [rotated, failed, "{ not JSON"]) write(message);
    const messages = await found({ filterPattern });
    expect([rotated, failed].map((one) => Number(messages.includes(JSON.stringify(one))))).toEqual(expected);
  });

  test.each([
    ...["{ $.a = }", "{ $.a }", '{ $.a = "b" && }', "{ a = 1 }", "{ $.a = 1 $.b = 2 }", "{ ($.a = 1 }"],
    ...['{ $.a < "b" }', "{ $.a IS GREEN }", "{ $.a = 1", "[a, b]", "%regex%", '{ $.a = "b }'],
  ])("%s is refused", async (filterPattern) => {
    expect(await refusal(find({ filterPattern }))).toBe("InvalidParameterException: Invalid filter pattern");
  });
});

describe("groups and streams", () => {
  test("a stream holds what is put into it, in order, within the times that AWS takes", async () => {
    const { logs } = clients();
    const logStreamName = "mine";
    const put = (...seconds: number[]) =>
      logs.putLogEvents({
        ...{ logGroupName, logStreamName },
        logEvents: seconds.map((second) => ({ timestamp: at(second), message: `at ${second}` })),
      });
    expect(await refusal(put(0))).toBe("ResourceNotFoundException: The specified log stream does not exist.");
    await logs.createLogStream({ logGroupName, logStreamName });
    expect(await refusal(logs.createLogStream({ logGroupName, logStreamName }))).toMatch(
      /^ResourceAlreadyExistsException: /,
    );
    write("by a rule");
    expect((await put(-2, -1)).rejectedLogEventsInfo).toBeUndefined();
    expect(await refusal(put(2, 1))).toMatch(/chronological order/);
    expect((await put(-15 * 86_400, 1, 7200, 7201)).rejectedLogEventsInfo).toEqual({
      ...{ tooOldLogEventEndIndex: 1, tooNewLogEventStartIndex: 3 },
    });
    expect(await found()).toEqual(["at -2", "at -1", "by a rule", "at 1", "at 7200"]);
    expect(await found({ logStreamNames: [logStreamName] })).toHaveLength(4);
    expect(await found({ logStreamNamePrefix: "mi" })).toHaveLength(4);
    expect(await found({ logStreamNamePrefix: "other" })).toEqual([]);

    const get = async (more: object) => {
      const answer = await logs.getLogEvents({ logGroupName, logStreamName, limit: 3, ...more });
      const messages = (answer.events ?? []).map(({ message }) => message);
      return { messages, next: answer.nextForwardToken, before: answer.nextBackwardToken };
    };
    const latest = await get({});
    expect(latest.messages).toEqual(["at -1", "at 1", "at 7200"]);
    expect((await get({ nextToken: latest.before })).messages).toEqual(["at -2"]);
    const head = await get({ startFromHead: true });
    expect(head.messages).toEqual(["at -2", "at -1", "at 1"]);
    const rest = await get({ nextToken: head.next });
    expect(rest.messages).toEqual(["at 7200"]);
    // At the end the same token comes back.
    expect(await get({ nextToken: rest.next })).toMatchObject({ messages: [], next: rest.next });
    expect((await get({ startTime: at(-1), endTime: at(1) })).messages).toEqual(["at -1"]);
  });

  test("a group is listed, made once, and gone when deleted", async () => {
    const { logs } = clients();
    expect(await refusal(logs.createLogGroup({ logGroupName }))).toBe(
      "ResourceAlreadyExistsException: The specified log group already exists",
    );
    await logs.createLogGroup({ logGroupName: "/other" });
    write("four");
    const first = await logs.describeLogGroups({ limit: 1 });
    expect(first.logGroups).toMatchObject([
      { logGroupName, arn: `${groupArn}:*`, creationTime: start.getTime(), storedBytes: 4 },
    ]);
    const second = await logs.describeLogGroups({ limit: 1, nextToken: first.nextToken });
    expect([second.logGroups?.map((group) => group.logGroupName), second.nextToken]).toEqual([
      ["/other"],
      undefined,
    ]);
    expect((await logs.describeLogGroups({ logGroupNamePrefix: "/key" })).logGroups).toHaveLength(1);

    const byArn = await logs.filterLogEvents({ logGroupIdentifier: groupArn });
    expect(byArn.events).toHaveLength(1);
    expect(await refusal(logs.filterLogEvents({}))).toMatch(/^InvalidParameterException: Exactly one/);
    await logs.deleteLogGroup({ logGroupName });
    expect(await refusal(find())).toBe("ResourceNotFoundException: The specified log group does not exist.");
    expect(write("lost")).toBe(false);
    sandbox().reset();
    expect((await logs.describeLogGroups({})).logGroups).toEqual([]);
  });
});
