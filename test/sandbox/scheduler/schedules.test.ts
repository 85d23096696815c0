import { Scheduler, SchedulerServiceException } from "@aws-sdk/client-scheduler";
import { expect, onTestFinished, test } from "vitest";
import { refusal } from "../refusal.js";
import { functionArn, openBench, roleArn, start } from "./bench.js";

const { sandbox, connection, scheduler, create, input, set, advance } = await openBench();
const arn = (place: string) => `arn:aws:scheduler:us-east-1:123456789012:${place}`;
const later = new Date("2026-03-02T11:00:00.000Z");

async function shown(Name: string, GroupName?: string) {
  const { $metadata: _, ...schedule } = await scheduler.getSchedule({
    Name,
    ...(GroupName && { GroupName }),
  });
  return schedule;
}

test("a schedule is shown as it was made, with AWS's defaults", async () => {
  expect(await create("plain", "rate(1 hour)", { StartDate: later })).toMatchObject({
    ScheduleArn: arn("schedule/default/plain"),
  });
  expect(await shown("plain")).toEqual({
    ...{ Arn: arn("schedule/default/plain"), GroupName: "default", Name: "plain" },
    ...{ ScheduleExpression: "rate(1 hour)", ScheduleExpressionTimezone: "UTC", State: "ENABLED" },
    ...{ ActionAfterCompletion: "NONE", FlexibleTimeWindow: { Mode: "OFF" }, StartDate: later },
    Target: {
      ...{ Arn: functionArn, RoleArn: roleArn },
      RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
    },
    ...{ CreationDate: start, LastModificationDate: start },
  });
});

test("an update replaces everything: what is left out gets its default", async () => {
  const full = {
    ...{ Description: "all of it", StartDate: later, EndDate: new Date("2027-01-01T00:00:00Z") },
    ...({ State: "DISABLED", ActionAfterCompletion: "DELETE" } as const),
    ScheduleExpressionTimezone: "Europe/Berlin",
    FlexibleTimeWindow: { Mode: "FLEXIBLE", MaximumWindowInMinutes: 15 },
    KmsKeyArn: "arn:aws:kms:us-east-1:123456789012:key/one",
    Target: {
      ...{ Arn: functionArn, RoleArn: roleArn, Input: "{}" },
      RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 },
      DeadLetterConfig: { Arn: "arn:aws:sqs:us-east-1:123456789012:dead-letters" },
    },
  } as const;
  await create("full", "cron(0 3 * * ? *)", full);
  expect(await shown("full")).toMatchObject(full);
  await advance(60);
  await scheduler.updateSchedule(input("full", "rate(2 days)", { State: "DISABLED" }));
  const replaced = await shown("full");
  await create("fresh", "rate(2 days)", { State: "DISABLED" });
  const fresh = await shown("fresh");
  expect(replaced).toEqual({
    ...{ ...fresh, Arn: replaced.Arn, Name: "full", CreationDate: start },
    LastModificationDate: new Date("2026-03-02T10:01:00Z"),
  });
});

test("the same name in another group or region is another schedule", async () => {
  await scheduler.createScheduleGroup({ Name: "other" });
  await create("twin", "rate(1 day)", { StartDate: later });
  await create("twin", "rate(2 days)", { StartDate: later, GroupName: "other" });
  expect((await shown("twin")).ScheduleExpression).toBe("rate(1 day)");
  expect(await shown("twin", "other")).toMatchObject({
    ...{ Arn: arn("schedule/other/twin"), GroupName: "other", ScheduleExpression: "rate(2 days)" },
  });
  const elsewhere = new Scheduler({ ...connection, region: "eu-central-1" });
  onTestFinished(() => elsewhere.destroy());
  expect((await elsewhere.listSchedules({})).Schedules).toEqual([]);
  await scheduler.deleteSchedule({ Name: "twin" });
  expect(await refusal(shown("twin"))).toBe("ResourceNotFoundException: Schedule twin does not exist.");
  expect((await shown("twin", "other")).Name).toBe("twin");
});

test("lists: by group, prefix and state, in pages whose token is good for that question only", async () => {
  await scheduler.createScheduleGroup({ Name: "other" });
  for (const Name of ["b-2", "a-1", "a", "b-1", "b-3"])
    await create(Name, "rate(1 day)", { StartDate: later });
  await create("b-4", "rate(1 day)", { StartDate: later, State: "DISABLED" });
  await create("b-5", "rate(1 day)", { StartDate: later, GroupName: "other" });
  const names = async (question: Parameters<typeof scheduler.listSchedules>[0]) =>
    (await scheduler.listSchedules(question)).Schedules?.map(({ Name }) => Name);
  expect(await names({})).toEqual(["a", "a-1", "b-1", "b-2", "b-3", "b-4", "b-5"]);
  expect(await names({ NamePrefix: "b-", GroupName: "default", State: "ENABLED" })).toEqual([
    "b-1",
    "b-2",
    "b-3",
  ]);
  expect(await names({ State: "DISABLED" })).toEqual(["b-4"]);
  expect(await names({ GroupName: "other" })).toEqual(["b-5"]);
  const { Schedules: [first] = [], NextToken } = await scheduler.listSchedules({
    NamePrefix: "b-",
    MaxResults: 2,
  });
  expect(first).toEqual({
    ...{ Arn: arn("schedule/default/b-1"), GroupName: "default", Name: "b-1", State: "ENABLED" },
    ...{ Target: { Arn: functionArn }, CreationDate: start, LastModificationDate: start },
  });
  await scheduler.deleteSchedule({ Name: "b-2" });
  expect(await names({ NamePrefix: "b-", MaxResults: 2, NextToken })).toEqual(["b-3", "b-4"]);
  expect(await refusal(names({ NamePrefix: "a", NextToken }))).toMatch(
    /^ValidationException: Invalid NextToken/,
  );
  expect(await refusal(names({ GroupName: "absent" }))).toBe(
    "ResourceNotFoundException: Schedule group absent does not exist.",
  );
});

test("ClientToken: the same creation or deletion again is a success, another one is not", async () => {
  const same = { StartDate: later, ClientToken: "once" };
  await create("again", "rate(1 day)", same);
  expect((await create("again", "rate(1 day)", same)).ScheduleArn).toBe(arn("schedule/default/again"));
  const exists = "ConflictException: Schedule again already exists.";
  expect(await refusal(create("again", "rate(2 days)", same))).toBe(exists);
  expect(await refusal(create("again", "rate(1 day)", { ...same, ClientToken: "twice" }))).toBe(exists);
  for (const _ of [1, 2]) await scheduler.deleteSchedule({ Name: "again", ClientToken: "gone" });
  await create("again", "rate(1 day)", same);
  for (const _ of [1, 2]) await scheduler.deleteSchedule({ Name: "again", ClientToken: "gone" });
  expect(await refusal(scheduler.deleteSchedule({ Name: "again" }))).toBe(
    "ResourceNotFoundException: Schedule again does not exist.",
  );
});

test("groups: made, tagged, listed, and gone a moment after they are deleted, with their schedules", async () => {
  const Tags = [{ Key: "team", Value: "red" }];
  const { ScheduleGroupArn: ResourceArn } = await scheduler.createScheduleGroup({ Name: "mine", Tags });
  expect(ResourceArn).toBe(arn("schedule-group/mine"));
  expect(await refusal(scheduler.createScheduleGroup({ Name: "mine" }))).toBe(
    "ConflictException: Schedule group mine already exists.",
  );
  await scheduler.tagResource({
    ResourceArn,
    Tags: [
      { Key: "team", Value: "blue" },
      { Key: "stage", Value: "test" },
    ],
  });
  await scheduler.untagResource({ ResourceArn, TagKeys: ["stage", "absent"] });
  expect((await scheduler.listTagsForResource({ ResourceArn })).Tags).toEqual([
    { Key: "team", Value: "blue" },
  ]);
  const { ScheduleGroups } = await scheduler.listScheduleGroups({});
  const dates = { CreationDate: start, LastModificationDate: start };
  expect(ScheduleGroups).toEqual([
    { Arn: arn("schedule-group/default"), Name: "default", State: "ACTIVE", ...dates },
    { Arn: ResourceArn, Name: "mine", State: "ACTIVE", ...dates },
  ]);
  await create("inside", "rate(1 day)", { StartDate: later, GroupName: "mine" });

  await scheduler.deleteScheduleGroup({ Name: "mine" });
  expect((await scheduler.getScheduleGroup({ Name: "mine" })).State).toBe("DELETING");
  expect(await refusal(create("late", "rate(1 day)", { GroupName: "mine" }))).toMatch(/^ConflictException/);
  await advance(5);
  expect(await refusal(scheduler.getScheduleGroup({ Name: "mine" }))).toBe(
    "ResourceNotFoundException: Schedule group mine does not exist.",
  );
  await scheduler.createScheduleGroup({ Name: "mine" });
  expect(await refusal(shown("inside", "mine"))).toBe(
    "ResourceNotFoundException: Schedule inside does not exist.",
  );
  expect(await refusal(scheduler.deleteScheduleGroup({ Name: "default" }))).toMatch(/^ValidationException/);
});

test("what is deleted with its group fires until then, and no more", async () => {
  set("groupDeletionSeconds", 90);
  await scheduler.createScheduleGroup({ Name: "mine" });
  await create("inside", "rate(1 minute)", {
    GroupName: "mine",
    StartDate: new Date("2026-03-02T10:01:00Z"),
  });
  await scheduler.deleteScheduleGroup({ Name: "mine" });
  await advance(600);
  expect(sandbox.journal.since(0).filter((entry) => entry.kind === "delivery")).toHaveLength(1);
});

test("an update may not hand back a StartDate that has become old", async () => {
  await create("old", "rate(1 hour)", { StartDate: later });
  await advance(3600 + 301);
  const { Arn: _, CreationDate: _c, LastModificationDate: _m, ...as } = await shown("old");
  expect(
    await refusal(scheduler.updateSchedule({ ...as, ...input("old", "rate(1 hour)"), StartDate: later })),
  ).toBe("ValidationException: The StartDate you specify cannot be earlier than 5 minutes ago.");
});

test("errors have the statuses and headers of AWS", async () => {
  const errors = await Promise.all(
    [
      scheduler.getSchedule({ Name: "absent" }),
      scheduler.createScheduleGroup({ Name: "default" }),
      scheduler.getSchedule({ Name: "a b" }),
    ].map((call) => call.catch((error: unknown) => error)),
  );
  expect(
    errors.map((error) => error instanceof SchedulerServiceException && error.$metadata.httpStatusCode),
  ).toEqual([...[404, 409, 400]]);
  const bare = await fetch(`${sandbox.urls.aws}/schedules`, {
    headers: { authorization: "AWS4-HMAC-SHA256 Credential=x/20260302/us-east-1/scheduler/aws4_request" },
  });
  expect([bare.status, await bare.json()]).toEqual([200, { Schedules: [] }]);
  const real = await fetch(`${sandbox.urls.aws}/schedules`, {
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=AKIA${"X".repeat(16)}/20260302/us-east-1/scheduler/aws4_request`,
    },
  });
  expect([real.status, real.headers.get("x-amzn-errortype")]).toEqual([403, "UnrecognizedClientException"]);
});

test("the journal names operation and caller of each request, faults included", async () => {
  sandbox.faults.add({ service: "scheduler", operation: "GET /schedules/{name}", fault: { kind: "lose" } });
  await create("told", "rate(1 day)", { StartDate: later });
  await refusal(scheduler.getSchedule({ Name: "told" }));
  await refusal(scheduler.getSchedule({ Name: "absent" }));
  expect(sandbox.journal.since(0)).toMatchObject([
    { service: "scheduler", operation: "CreateSchedule", status: 200, credential: "keyturn-sandbox" },
    { service: "scheduler", operation: "GetSchedule", status: 200, error: "lose" },
    { service: "scheduler", operation: "GetSchedule", status: 404 },
  ]);
});
