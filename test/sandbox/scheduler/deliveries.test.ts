import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { refusal } from "../refusal.js";
import { deadLetters, functionArn, openBench, roleArn, rotateArn } from "./bench.js";

const bench = await openBench();
const { sandbox, scheduler, secrets, queues, create, set, advance, calls, times, deliveries, letters } =
  bench;
const { secretsManager } = sandbox;
const hour = 3600;
const scheduleArn = (name: string) => `arn:aws:scheduler:us-east-1:123456789012:schedule/default/${name}`;

/** A secret that the function rotates: it writes nothing, and so its rotation stays open. */
async function secretWith(Name = "app/key") {
  await secrets.createSecret({ Name, SecretString: "{}" });
  await secrets.rotateSecret({
    ...{ SecretId: Name, RotationLambdaARN: functionArn, RotateImmediately: false },
    RotationRules: { AutomaticallyAfterDays: 30 },
  });
  await sandbox.timeline.idle();
  calls.length = 0;
}
const rotation = (Input: object, more: object = {}) => ({
  ...{ StartDate: new Date("2026-03-02T11:00:00Z") },
  Target: {
    ...{
      Arn: rotateArn,
      RoleArn: roleArn,
      Input: JSON.stringify(Input),
      DeadLetterConfig: { Arn: deadLetters },
    },
    ...more,
  },
});
const tick = { SecretId: "app/key", ClientRequestToken: "keyturn-tick-<aws.scheduler.scheduled-time>" };
const requests = (operation: string) =>
  sandbox.journal
    .since(0)
    .flatMap((entry) => (entry.kind === "request" && entry.operation === operation ? [entry] : []));

test("a universal target rotates: by the schedule's role, with the time in its token, a second time for nothing", async () => {
  await secretWith();
  set("duplicates", 1);
  await create("tick", "rate(1 day)", rotation(tick));
  await advance(hour + 60);
  const token = "keyturn-tick-2026-03-02T11:00:00Z";
  expect(requests("RotateSecret").slice(1)).toMatchObject(
    [0, 1].map(() => ({ credential: "role-schedules", status: 200, secret: "app/key", versionId: token })),
  );
  expect((await secrets.describeSecret({ SecretId: "app/key" })).VersionIdsToStages).toMatchObject({
    [token]: ["AWSPENDING"],
  });
  const told = {
    kind: "delivery",
    group: "default",
    schedule: "tick",
    scheduledTime: "2026-03-02T11:00:00Z",
  };
  expect(deliveries()).toEqual(
    [0, 1].map(() => expect.objectContaining({ ...told, attempt: 1, outcome: "delivered" })),
  );
});

test("without a token each attempt has one of its own", async () => {
  await secretWith();
  await create("tick", "rate(1 day)", rotation({ SecretId: "app/key" }));
  await advance(hour);
  expect(requests("RotateSecret").at(-1)?.versionId).toMatch(/^[0-9a-f-]{36}$/);
});

test("what will not pass goes to the dead-letter queue at once: a rotation that is still open", async () => {
  await queues.createQueue({ QueueName: "dead-letters" });
  await secretWith();
  await create("tick", "rate(1 day)", rotation(tick));
  await advance(25 * hour);
  expect(
    deliveries().map(({ scheduledTime, attempt, outcome, error }) => [
      scheduledTime,
      attempt,
      outcome,
      error,
    ]),
  ).toEqual([
    ["2026-03-02T11:00:00Z", 1, "delivered", undefined],
    ["2026-03-03T11:00:00Z", 1, "dead letter", "InvalidRequestException"],
  ]);
  expect(await letters()).toEqual([
    {
      body: JSON.stringify({ ...tick, ClientRequestToken: "keyturn-tick-2026-03-03T11:00:00Z" }),
      attributes: {
        ERROR_CODE: "InvalidRequestException",
        ERROR_MESSAGE: "A previous rotation isn't complete. That rotation will be reattempted.",
        EXECUTION_ID: expect.stringMatching(/^[0-9a-f]{16}$/),
        ...{ RETRY_ATTEMPTS: "0", SCHEDULED_TIME: "2026-03-03T11:00:00Z", SCHEDULE_ARN: scheduleArn("tick") },
        ...{ TARGET_ARN: rotateArn, IS_PAYLOAD_TRUNCATED: "false" },
      },
    },
  ]);
});

test("a token with colons, refused: no retry policy was used up", async () => {
  await queues.createQueue({ QueueName: "dead-letters" });
  await secretWith();
  secretsManager.set("tokenColons", "refused");
  await create("tick", "rate(1 day)", rotation(tick, { RetryPolicy: { MaximumRetryAttempts: 0 } }));
  await advance(hour);
  const [letter] = await letters();
  expect(letter?.attributes).toMatchObject({ ERROR_CODE: "ValidationException", RETRY_ATTEMPTS: "0" });
  expect(letter?.attributes).not.toHaveProperty("EXHAUSTED_RETRY_CONDITION");
  const ClientRequestToken = `a:${"b".repeat(30)}`;
  expect(await refusal(secrets.rotateSecret({ SecretId: "app/key", ClientRequestToken }))).toMatch(
    /^ValidationException: /,
  );
});

test("an old token starts again: its version is pending once more, with the value it had", async () => {
  const versions: unknown[] = [];
  const values = new Map<string, string>();
  sandbox.functions.register(
    "arn:aws:lambda:us-east-1:123456789012:function:rotates",
    async (event) => {
      const { Step, SecretId, ClientRequestToken } = Object(event);
      if (Step === "createSecret") {
        const SecretString = values.get(ClientRequestToken) ?? randomBytes(12).toString("hex");
        values.set(ClientRequestToken, SecretString);
        const given = { SecretId, ClientRequestToken, SecretString };
        await rotating.putSecretValue({ ...given, VersionStages: ["AWSPENDING"] });
      }
      if (Step !== "finishSecret") return;
      const { VersionIdsToStages = {} } = await rotating.describeSecret({ SecretId });
      versions.push(VersionIdsToStages);
      const RemoveFromVersionId = Object.keys(VersionIdsToStages).find((id) =>
        VersionIdsToStages[id]?.includes("AWSCURRENT"),
      );
      const move = { SecretId, VersionStage: "AWSCURRENT", MoveToVersionId: ClientRequestToken };
      await rotating.updateSecretVersionStage({ ...move, RemoveFromVersionId });
    },
    "function-rotates",
  );
  const rotating = bench.secretsAs("function-rotates");
  const RotationLambdaARN = "arn:aws:lambda:us-east-1:123456789012:function:rotates";
  await secrets.createSecret({ Name: "app/key", SecretString: "{}" });
  await secrets.rotateSecret({
    SecretId: "app/key",
    RotationLambdaARN,
    RotationRules: { AutomaticallyAfterDays: 30 },
  });
  await sandbox.timeline.idle();
  secretsManager.set("oldToken", "rerun");
  set("duplicates", 1);
  set("duplicateAfterSeconds", 7200);
  await create("tick", "rate(30 days)", rotation(tick));
  await advance(hour);
  await secrets.rotateSecret({ SecretId: "app/key" });
  await sandbox.timeline.idle();
  await advance(7200);
  const token = "keyturn-tick-2026-03-02T11:00:00Z";
  expect(versions.at(-1)).toMatchObject({ [token]: expect.arrayContaining(["AWSPENDING", "AWSPREVIOUS"]) });
  expect(await secrets.getSecretValue({ SecretId: "app/key" })).toMatchObject({
    ...{ VersionId: token, SecretString: values.get(token) },
  });
});

test("what may pass is tried again, later and later; each attempt knows its number", async () => {
  set("targetFailures", 4);
  const Input =
    '{"n":"<aws.scheduler.attempt-number>","id":"<aws.scheduler.execution-id>","of":"<aws.scheduler.schedule-arn>"}';
  await create("again", "at(2026-03-02T11:00:00)", { Target: { Arn: functionArn, RoleArn: roleArn, Input } });
  await advance(2 * hour);
  expect(
    deliveries().map(({ at, attempt, outcome, error }) => [at.slice(11, 19), attempt, outcome, error]),
  ).toEqual([
    ["11:00:00", 1, "retried", "ThrottlingException"],
    ["11:00:01", 2, "retried", "ThrottlingException"],
    ["11:00:03", 3, "retried", "ThrottlingException"],
    ["11:00:07", 4, "retried", "ThrottlingException"],
    ["11:00:15", 5, "delivered", undefined],
  ]);
  expect(calls.map(({ event }) => event)).toEqual([
    { n: "5", id: expect.stringMatching(/^[0-9a-f]{16}$/), of: scheduleArn("again") },
  ]);
});

test.each([
  [{ MaximumRetryAttempts: 2 }, "MaximumRetryAttempts", "2", "11:00:03"],
  [{ MaximumEventAgeInSeconds: 60 }, "MaximumEventAgeInSeconds", "5", "11:00:31"],
  [{ MaximumRetryAttempts: 0 }, "MaximumRetryAttempts", "0", "11:00:00"],
  [{}, "MaximumEventAgeInSeconds", "152", "10:57:03"],
])("given up by the retry policy %o", async (RetryPolicy, condition, retries, time) => {
  await queues.createQueue({ QueueName: "dead-letters" });
  await secretWith();
  set("targetFailures", 1_000_000);
  await create("again", "rate(30 days)", rotation(tick, { RetryPolicy }));
  await advance(48 * hour);
  const last = deliveries().at(-1);
  expect(last).toMatchObject({ attempt: Number(retries) + 1, outcome: "dead letter" });
  expect(last?.at.slice(11, 19)).toBe(time);
  expect(await letters()).toMatchObject([
    {
      attributes: {
        EXHAUSTED_RETRY_CONDITION: condition,
        RETRY_ATTEMPTS: retries,
        ERROR_CODE: "ThrottlingException",
      },
    },
  ]);
});

test("throttled by Secrets Manager itself: tried again, until its bucket is filled", async () => {
  await secretWith();
  secretsManager.set("quotas", "aws");
  for (let index = 0; index < 60; index++)
    await create(`burst-${index}`, "rate(1 day)", rotation({ SecretId: "app/key" }));
  await advance(hour + 10);
  const attempts = deliveries().map(({ attempt, outcome }) => `${attempt} ${outcome}`);
  expect(attempts.filter((one) => one === "1 retried")).toHaveLength(10);
  expect(requests("RotateSecret").filter(({ error }) => error === "ThrottlingException")).toHaveLength(10);
});

test("without a queue, or one that is not there, it is lost", async () => {
  const Target = { Arn: functionArn.replace("job", "none"), RoleArn: roleArn };
  await create("none", "at(2026-03-02T11:00:00)", { Target });
  await create("absent", "at(2026-03-02T11:00:00)", {
    Target: { ...Target, DeadLetterConfig: { Arn: deadLetters } },
  });
  await advance(hour);
  expect(deliveries().map(({ outcome, error }) => [outcome, error])).toEqual(
    [0, 1].map(() => ["lost", "ResourceNotFoundException"]),
  );
});

test("a function is reached once it is called: its failures are Lambda's to try again", async () => {
  const failing = functionArn.replace("job", "failing");
  let runs = 0;
  sandbox.functions.register(
    failing,
    () => Promise.reject(new TypeError(`run ${++runs}`)),
    "function-failing",
  );
  await create("failing", "at(2026-03-02T11:00:00)", { Target: { Arn: failing, RoleArn: roleArn } });
  await advance(2 * hour);
  expect(runs).toBe(3);
  expect(deliveries()).toMatchObject([{ attempt: 1, outcome: "delivered" }]);
});

test("a function that nothing was said for is told of the schedule", async () => {
  await create("told", "at(2026-03-02T11:00:00)");
  await advance(hour);
  expect(calls).toMatchObject([
    {
      event: {
        ...{ source: "aws.scheduler", "detail-type": "Scheduled Event", time: "2026-03-02T11:00:00Z" },
        resources: [scheduleArn("told")],
      },
    },
  ]);
});

test("a schedule changes another one: a pause that ends by itself", async () => {
  await create("paused", "rate(1 hour)", { State: "DISABLED" });
  const resumed = {
    ...{ Name: "paused", GroupName: "default", ScheduleExpression: "rate(1 hour)", State: "ENABLED" },
    ...{ StartDate: "2026-03-02T12:30:00Z", FlexibleTimeWindow: { Mode: "OFF" } },
    Target: { Arn: functionArn, RoleArn: roleArn },
  };
  const Target = {
    ...{ Arn: "arn:aws:scheduler:::aws-sdk:scheduler:updateSchedule", RoleArn: roleArn },
    Input: JSON.stringify(resumed),
  };
  await create("resume", "at(2026-03-02T12:00:00)", { Target, ActionAfterCompletion: "DELETE" });
  await create("wrong", "at(2026-03-02T12:00:00)", {
    Target: { ...Target, Input: JSON.stringify({ ...resumed, Name: "absent" }) },
  });
  await advance(3 * hour);
  expect(times()).toEqual(["2026-03-02T12:30:00"]);
  expect(deliveries().map(({ schedule, outcome, error }) => [schedule, outcome, error])).toEqual([
    ["resume", "delivered", undefined],
    ["wrong", "lost", "ResourceNotFoundException"],
    ["paused", "delivered", undefined],
  ]);
  expect((await scheduler.listSchedules({})).Schedules?.map(({ Name }) => Name)).toEqual(["paused", "wrong"]);
});
