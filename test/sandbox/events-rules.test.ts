import { randomBytes } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { ruleSchedule } from "../../services/sandbox/aws/events/rule-schedule.js";
import { arnOf, start } from "./beside.js";
import { bus, entry, eventsBench, functionArn, pattern, queueArn } from "./events-bench.js";
import { refusal } from "./refusal.js";

const { sandbox, clients, called, advance, rule, put, got } = eventsBench();

describe("rules and buses", () => {
  test("a rule is shown, replaced, turned off and on, and deleted without its targets", async () => {
    const { events } = clients();
    await rule();
    const of = { Name: "r", EventBusName: bus };
    const arn = arnOf("events", `rule/${bus}/r`);
    expect(await events.describeRule(of)).toMatchObject({
      ...{ Name: "r", Arn: arn, EventBusName: bus, State: "ENABLED", CreatedBy: "123456789012" },
      EventPattern: pattern({ source: ["keyturn"] }),
    });
    await events.disableRule(of);
    await put(entry());
    expect([await got(), (await events.describeRule(of)).State]).toEqual([[], "DISABLED"]);
    await events.enableRule(of);
    await put(entry());
    expect(await got()).toHaveLength(1);
    // Another pattern keeps the targets.
    await events.putRule({ ...of, EventPattern: pattern({ source: ["other"] }) });
    await put(entry(), entry({ Source: "other" }));
    expect(await got()).toHaveLength(1);
    expect((await events.listRules({ EventBusName: bus, NamePrefix: "r" })).Rules).toHaveLength(1);
    expect((await events.listRules({ EventBusName: bus, NamePrefix: "s" })).Rules).toEqual([]);

    expect(await refusal(events.deleteRule(of))).toBe(
      "ValidationException: Rule can't be deleted since it has targets.",
    );
    await events.removeTargets({ Rule: "r", EventBusName: bus, Ids: ["t"] });
    await events.deleteRule(of);
    await events.deleteRule(of);
    expect(await refusal(events.describeRule(of))).toBe(
      `ResourceNotFoundException: Rule r does not exist on EventBus ${bus}.`,
    );
  });

  test("buses are made once, listed, and deleted when no rule is left", async () => {
    const { events } = clients();
    expect(await refusal(events.createEventBus({ Name: bus }))).toBe(
      `ResourceAlreadyExistsException: Event bus ${bus} already exists.`,
    );
    const names = async (more = {}) =>
      (await events.listEventBuses(more)).EventBuses?.map(({ Name }) => Name);
    expect(await names()).toEqual(["default", bus]);
    expect(await names({ NamePrefix: "key" })).toEqual([bus]);
    const first = await events.listEventBuses({ Limit: 1 });
    expect(await names({ NextToken: first.NextToken })).toEqual([bus]);
    expect(await events.describeEventBus({ Name: bus })).toMatchObject({
      Arn: arnOf("events", `event-bus/${bus}`),
    });
    expect((await events.describeEventBus({})).Name).toBe("default");
    await rule();
    expect(await refusal(events.deleteEventBus({ Name: bus }))).toMatch(/^ValidationException: /);
    expect(await refusal(events.deleteEventBus({ Name: "default" }))).toBe(
      "ValidationException: Cannot delete event bus default.",
    );
    await events.removeTargets({ Rule: "r", EventBusName: bus, Ids: ["t"] });
    await events.deleteRule({ Name: "r", EventBusName: bus });
    await events.deleteEventBus({ Name: bus });
    await events.deleteEventBus({ Name: bus });
    expect(await refusal(events.describeEventBus({ Name: bus }))).toBe(
      `ResourceNotFoundException: Event bus ${bus} does not exist.`,
    );
    expect(await refusal(rule())).toMatch(/^ResourceNotFoundException: /);
  });
});

describe("rules with a schedule", () => {
  const every = async (ScheduleExpression: string, State: "ENABLED" | "DISABLED" = "ENABLED") => {
    await clients().events.putRule({ Name: "tick", ScheduleExpression, State });
    await clients().events.putTargets({ Rule: "tick", Targets: [{ Id: "t", Arn: functionArn }] });
  };

  test("rate fires every so often from its making on, in AWS's words", async () => {
    const events = called(functionArn);
    await advance(30);
    await every("rate(5 minutes)");
    await advance(299);
    expect(events).toEqual([]);
    await advance(1);
    expect(events).toEqual([
      expect.objectContaining({
        ...{ "detail-type": "Scheduled Event", source: "aws.events", detail: {} },
        ...{ time: "2026-06-01T00:05:30Z", resources: [arnOf("events", "rule/tick")] },
      }),
    ]);
    await advance(3600);
    expect(events).toHaveLength(13);
  });

  test("rate keeps its step, however late it is asked for the next time", () => {
    const { next } = ruleSchedule("rate(5 minutes)", start);
    const after = (ms: number) => next(new Date(start.getTime() + ms))?.getTime();
    expect([0, 299_999, 300_000, 300_007, 900_000].map(after)).toEqual(
      [300, 300, 600, 600, 1200].map((seconds) => start.getTime() + seconds * 1000),
    );
  });

  test("cron fires in UTC", async () => {
    const events = called(functionArn);
    await every("cron(15 6,18 ? * MON *)");
    await advance(7 * 86_400);
    const times = events.map((event) => z.looseObject({ time: z.string() }).parse(event).time);
    expect(times).toEqual(["2026-06-01T06:15:00Z", "2026-06-01T18:15:00Z"]);
  });

  test("disabled it does not fire, and enabled it counts anew; a reset ends it", async () => {
    const events = called(functionArn);
    await every("rate(1 hour)", "DISABLED");
    await advance(7200);
    await clients().events.enableRule({ Name: "tick" });
    await advance(3599);
    expect(events).toEqual([]);
    await advance(1);
    expect(events).toHaveLength(1);
    await clients().events.disableRule({ Name: "tick" });
    await advance(7200);
    expect(events).toHaveLength(1);
    await clients().events.enableRule({ Name: "tick" });
    sandbox().aws.bus.reset();
    await advance(7200);
    expect(events).toHaveLength(1);
  });

  test.each([
    "rate(1 minutes)",
    "rate(5 minute)",
    "rate(0 minutes)",
    "rate(30 seconds)",
    "cron(0 12 * * * *)",
    "at(2026-06-01T00:00:00)",
  ])("%s is refused", async (expression) => {
    expect(await refusal(every(expression))).toBe(
      "ValidationException: Parameter ScheduleExpression is not valid.",
    );
  });

  test("only on the default bus, and something a rule must have", async () => {
    const { events } = clients();
    const other = events.putRule({ Name: "t", EventBusName: bus, ScheduleExpression: "rate(1 minute)" });
    expect(await refusal(other)).toBe(
      "ValidationException: ScheduleExpression is supported only on the default event bus.",
    );
    expect(await refusal(events.putRule({ Name: "t" }))).toMatch(
      /EventPattern or ScheduleExpression must be specified/,
    );
  });
});

describe("Secret Label Updated", () => {
  const eventsOfLabels = async () =>
    (await got()).map((body) => {
      const shape = z.looseObject({ resources: z.array(z.string()), detail: z.looseObject({}) });
      return shape.parse(body);
    });

  beforeEach(async () => {
    await clients().events.putRule({
      Name: "labels",
      EventPattern: pattern({ source: ["aws.secretsmanager"] }),
    });
    await clients().events.putTargets({ Rule: "labels", Targets: [{ Id: "t", Arn: queueArn }] });
  });

  test("tells of every label that came to a version, AWSPENDING and AWSPREVIOUS excepted", async () => {
    const { secrets } = clients();
    const SecretString = randomBytes(8).toString("hex");
    const { ARN, VersionId: v1 } = await secrets.createSecret({ Name: "app/x", SecretString });
    const told = await eventsOfLabels();
    expect(told).toMatchObject([
      {
        ...{ source: "aws.secretsmanager", "detail-type": "Secret Label Updated", resources: [ARN] },
        detail: { name: "app/x", labelUpdated: "AWSCURRENT", versionId: v1 },
      },
    ]);
    const { VersionId: v2 } = await secrets.putSecretValue({
      ...{ SecretId: "app/x", SecretString: `${SecretString}2`, VersionStages: ["AWSPENDING"] },
    });
    await secrets.describeSecret({ SecretId: "app/x" });
    expect(await eventsOfLabels()).toEqual([]);
    await secrets.updateSecretVersionStage({
      ...{ SecretId: ARN, VersionStage: "AWSCURRENT", MoveToVersionId: v2, RemoveFromVersionId: v1 },
    });
    await secrets.updateSecretVersionStage({ SecretId: "app/x", VersionStage: "mine", MoveToVersionId: v1 });
    await secrets.updateSecretVersionStage({
      SecretId: "app/x",
      VersionStage: "mine",
      RemoveFromVersionId: v1,
    });
    await secrets.updateSecretVersionStage({ SecretId: "app/x", VersionStage: "mine", MoveToVersionId: v1 });
    await refusal(
      secrets.updateSecretVersionStage({ SecretId: "app/x", VersionStage: "mine", MoveToVersionId: v2 }),
    );
    await secrets.updateSecret({ SecretId: "app/x", SecretString: `${SecretString}3` });
    await secrets.tagResource({ SecretId: "app/x", Tags: [{ Key: "a", Value: "b" }] });
    expect(
      (await eventsOfLabels()).map(({ detail }) => [detail["labelUpdated"], detail["versionId"]]),
    ).toEqual([
      ["AWSCURRENT", v2],
      ["mine", v1],
      ["mine", v1],
      ["AWSCURRENT", expect.any(String)],
    ]);
    // Secrets of another life of the sandbox are forgotten.
    sandbox().reset();
    sandbox().aws.queues.create(queueArn);
    await secrets.createSecret({ Name: "app/x", SecretString });
    expect(await got()).toEqual([]);
  });
});
