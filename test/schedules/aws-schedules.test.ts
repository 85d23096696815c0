import { expect, it, test } from "vitest";
import type { Fault } from "../../services/sandbox/faults.js";
import { awsOf } from "../../services/sandbox/place.js";
import { awsSchedules } from "../../services/schedules/aws-schedules.js";
import { awsTime } from "../../services/schedules/aws-time.js";
import type { Schedule } from "../../services/schedules/schedules.js";
import { place, scheduleBench } from "./bench.js";

const open = scheduleBench();

const account = "123456789012";
const whole: Schedule = {
  name: "kt-whole",
  description: "all of it",
  expression: "cron(0/30 0-8 ? * MON-FRI *)",
  timezone: "Europe/Berlin",
  start: new Date("2026-07-01T00:00:00Z"),
  end: new Date("2027-07-01T00:00:00Z"),
  jitterMinutes: 15,
  enabled: false,
  deleteAfter: true,
  kmsKey: `arn:aws:kms:us-east-1:${account}:key/11111111-2222-3333-4444-555555555555`,
  target: {
    arn: "arn:aws:scheduler:::aws-sdk:secretsmanager:rotateSecret",
    input: '{"SecretId":"app/key"}',
    retry: { attempts: 0, ageSeconds: 60 },
    role: `arn:aws:iam::${account}:role/own`,
    deadLetters: `arn:aws:sqs:us-east-1:${account}:own`,
  },
};
const plain: Schedule = {
  ...{
    name: "kt-plain",
    expression: "at(2026-06-02T00:00:00)",
    jitterMinutes: 0,
    enabled: true,
    deleteAfter: false,
  },
  target: { ...whole.target, role: undefined, deadLetters: undefined },
};

it("keeps every field of a schedule through create, read and replace", async () => {
  const { schedules, scheduler } = open();
  expect(await schedules.create(whole)).toBe("created");
  const read = await schedules.get(whole.name);
  expect(read).toEqual({ ...whole, changedAt: new Date("2026-06-01T00:00:00Z") });
  if (read) await schedules.replace({ ...read, enabled: true });
  expect(await schedules.get(whole.name)).toEqual({ ...read, enabled: true });
  // And nothing that AWS has and we do not know.
  const answer = await scheduler.getSchedule({ GroupName: place.scheduleGroup, Name: whole.name });
  expect(Object.keys(answer).sort()).toEqual([
    ...["$metadata", "ActionAfterCompletion", "Arn", "CreationDate", "Description", "EndDate"],
    ...["FlexibleTimeWindow", "GroupName", "KmsKeyArn", "LastModificationDate", "Name", "ScheduleExpression"],
    ...["ScheduleExpressionTimezone", "StartDate", "State", "Target"],
  ]);
});

it("writes the environment's role and queue where a schedule names none, and resets what is left out", async () => {
  const { schedules } = open();
  await schedules.create({ ...whole, name: plain.name });
  await schedules.replace(plain);
  expect(await schedules.get(plain.name)).toEqual({
    ...{ description: undefined, start: undefined, end: undefined, kmsKey: undefined, timezone: "UTC" },
    ...{ ...plain, changedAt: new Date("2026-06-01T00:00:00Z") },
    target: { ...plain.target, role: place.schedulerRole, deadLetters: place.deadLetters },
  });
});

it("makes none twice, and says whether there was one to remove", async () => {
  const { schedules } = open();
  expect(await schedules.get(plain.name)).toBeUndefined();
  expect(await schedules.create(plain)).toBe("created");
  expect(await schedules.create({ ...plain, description: "another" })).toBe("exists");
  expect(await schedules.get(plain.name)).toMatchObject({ description: undefined });
  expect(await schedules.remove(plain.name)).toBe(true);
  expect(await schedules.remove(plain.name)).toBe(false);
});

it("lists all pages of a prefix, whole and in order", async () => {
  const { schedules } = open();
  const names = Array.from({ length: 103 }, (_, index) => `kt-${String(index).padStart(3, "0")}`);
  for (const name of ["other", ...names]) await schedules.create({ ...plain, name });
  const listed = await schedules.list("kt-");
  expect(listed.map(({ name }) => name)).toEqual(names);
  expect(listed[102]).toMatchObject({ expression: plain.expression, target: { input: plain.target.input } });
  expect(await schedules.list()).toHaveLength(104);
});

it("says so when there is no such group, and nothing to replace", async () => {
  const { sandbox, schedules } = open();
  const nowhere = awsSchedules(awsOf(sandbox), { ...place, scheduleGroup: "keyturn-none" }, 10_000);
  const missing = expect.objectContaining({
    ...{ code: "scheduler_missing", message: expect.stringContaining("keyturn-<environment>") },
  });
  await expect(nowhere.create(plain)).rejects.toEqual(missing);
  await expect(nowhere.list()).rejects.toEqual(missing);
  await expect(schedules.replace(plain)).rejects.toEqual(missing);
});

it("refuses to write without a role, before it asks", async () => {
  const { sandbox } = open();
  const roleless = awsSchedules(awsOf(sandbox), { scheduleGroup: place.scheduleGroup }, 10_000);
  await expect(roleless.create(plain)).rejects.toMatchObject({ code: "scheduler_refused" });
  expect(await roleless.create({ ...plain, target: whole.target })).toBe("created");
});

it.each<[string, Fault, "scheduler_unavailable" | "scheduler_denied" | "scheduler_refused"]>([
  ["no answer in time", { kind: "hang" }, "scheduler_unavailable"],
  ["no connection", { kind: "refuse" }, "scheduler_unavailable"],
  ["an answer of 5xx", { kind: "status", status: 503 }, "scheduler_unavailable"],
  ["too many calls", { kind: "throttle" }, "scheduler_unavailable"],
  [
    "no permission",
    { kind: "status", status: 403, headers: { "x-amzn-errortype": "AccessDeniedException" }, body: {} },
    "scheduler_denied",
  ],
  [
    "a refusal",
    { kind: "status", status: 400, headers: { "x-amzn-errortype": "ValidationException" }, body: {} },
    "scheduler_refused",
  ],
])("%s has a code", async (_, fault, code) => {
  const { sandbox } = open();
  sandbox.faults.add({ service: "scheduler", times: 2, fault });
  const hasty = awsSchedules({ ...awsOf(sandbox) }, place, 100);
  await expect(hasty.get("kt-none")).rejects.toMatchObject({
    ...{ code, retryable: code === "scheduler_unavailable" },
    message: expect.stringContaining("GetSchedule on keyturn-test/kt-none"),
  });
  sandbox.faults.clear();
});

it("makes one schedule when the answer is lost", async () => {
  const { sandbox, schedules } = open();
  sandbox.faults.add({ service: "scheduler", operation: "POST /schedules/{name}", fault: { kind: "lose" } });
  expect(await schedules.create(plain)).toMatch(/created|exists/);
  expect(await schedules.list()).toHaveLength(1);
});

test("AWS's time is asked for, and leaves nothing behind", async () => {
  const { sandbox, schedules } = open();
  await sandbox.timeline.advance(86_400_000);
  expect(await awsTime(schedules, place)).toEqual(new Date("2026-06-02T00:00:00Z"));
  expect(await schedules.list()).toEqual([]);
});
