import { expect, it, test } from "vitest";
import { pause } from "../../services/schedules/pause.js";
import { resume } from "../../services/schedules/resume.js";
import { ensureRoutine } from "../../services/schedules/routine.js";
import type { Written } from "../../services/schedules/timing.js";
import { place, scheduleBench, timing } from "./bench.js";

const open = scheduleBench();

const hour = 3_600_000;
const at = (time: string) => new Date(`2026-06-01T${time}Z`);
const resumeRole = "arn:aws:iam::123456789012:role/keyturn-test-resume-us-east-1";
const parts = () => ({
  ...{ ...open(), place: { ...place, schedulerRole: resumeRole }, now: open().sandbox.timeline.now() },
});

/** A secret with a rule of its own and a schedule. */
async function scheduled(written: Written = { every: "1h" }, rules?: object) {
  const { addSecret, schedules } = open();
  const { arn, id } = await addSecret("app/key", rules);
  await ensure(arn, written);
  const made = await schedules.get(`kt-${id}`);
  if (!made) throw new Error("none was made");
  return { arn, id, made };
}

const ensure = (arn: string, written: Written) =>
  ensureRoutine(open().schedules, { name: "app/key", timing: timing(written), scheduledTokens: true }, arn, {
    ...{ owner: "cli", place, now: open().sandbox.timeline.now() },
  });

const names = async () => (await open().schedules.list()).map(({ name }) => name);
const rules = async (arn: string) => {
  const { RotationEnabled, RotationRules, RotationLambdaARN } = await open().aws.describeSecret({
    SecretId: arn,
  });
  return { RotationEnabled, RotationRules, RotationLambdaARN };
};

it.each<[string, object]>([
  ["days", { AutomaticallyAfterDays: 30 }],
  ["an expression with a duration", { ScheduleExpression: "cron(0 8/8 * * ? *)", Duration: "2h" }],
])("stops schedule and rule, and resume brings back exactly what was there: %s", async (_, given) => {
  const { sandbox, schedules, started } = open();
  const { arn, id, made } = await scheduled({ every: "1h", jitter: "5m" }, given);
  // So that the start lies in the past, which AWS takes back from nobody.
  await sandbox.timeline.advance(1.5 * hour);
  const before = await rules(arn);
  const ran = started("app/key").length;
  expect(ran).toBeGreaterThan(1);
  expect(await pause(arn, undefined, parts())).toEqual({
    ...{ secret: "app/key", routine: "stopped", native: "stopped", until: undefined },
  });
  expect(await rules(arn)).toMatchObject({ RotationEnabled: false });
  await sandbox.timeline.advance(40 * 24 * hour - 1.2 * hour);
  expect(started("app/key")).toHaveLength(ran);

  expect(await resume(arn, parts())).toEqual({ secret: "app/key", routine: "restored", native: "restored" });
  const start = new Date("2026-07-11T01:00:01Z");
  expect(await schedules.get(`kt-${id}`)).toEqual({ ...made, start, changedAt: sandbox.timeline.now() });
  expect(await rules(arn)).toEqual(before);
  expect(await names()).toEqual([`kt-${id}`]);
  const resumed = started("app/key").length;
  await sandbox.timeline.advance(2 * hour);
  expect(
    started("app/key")
      .slice(resumed)
      .filter((token) => token.startsWith("keyturn-tick")),
  ).toEqual(["01", "02"].map((nth) => `keyturn-tick-2026-07-11T${nth}:00:01Z`));
});

test("with an end it resumes by itself, each rotation under a token of its own, and nothing is left behind", async () => {
  const { sandbox, schedules, started } = open();
  const { arn, id, made } = await scheduled();
  const before = await rules(arn);
  const until = at("05:30:00");
  expect(await pause(arn, until, parts())).toMatchObject({ routine: "stopped", native: "stopped", until });
  await sandbox.timeline.advance(5.4 * hour);
  expect(started("app/key").filter((token) => token.startsWith("keyturn-tick"))).toEqual([]);
  await sandbox.timeline.advance(2.7 * hour);
  expect(started("app/key").filter((token) => token.startsWith("keyturn-tick"))).toEqual(
    ["06", "07", "08"].map((nth) => `keyturn-tick-2026-06-01T${nth}:00:01Z`),
  );
  expect(await rules(arn)).toEqual(before);
  const start = at("06:00:01");
  expect(await schedules.get(`kt-${id}`)).toEqual({ ...made, start, changedAt: until });
  expect(await names()).toEqual([`kt-${id}`]);
  expect(await resume(arn, parts())).toMatchObject({ routine: "not paused", native: "not paused" });
});

test("the memory names neither a value nor a context attribute that AWS would put in early", async () => {
  const { schedules } = open();
  const { arn, id } = await scheduled();
  await pause(arn, at("05:00:00"), parts());
  const memories = await schedules.list("kt-resume-");
  expect(memories.map(({ name, enabled, deleteAfter }) => ({ name, enabled, deleteAfter }))).toEqual([
    { name: `kt-resume-${id}`, enabled: true, deleteAfter: true },
    { name: `kt-resume-${id}-native`, enabled: true, deleteAfter: true },
  ]);
  for (const { target } of memories) {
    expect(target).toMatchObject({ role: resumeRole, deadLetters: place.deadLetters });
    expect(target.input).not.toContain("<aws.");
  }
  expect(JSON.parse(JSON.parse(memories[0]?.target.input ?? "").Target.Input)).toEqual({
    ...{ SecretId: arn, ClientRequestToken: "keyturn-tick-<aws.scheduler.scheduled-time>" },
  });
});

test("paused twice, it keeps the first memory, and only its end changes", async () => {
  const { sandbox, schedules } = open();
  const { arn, id, made } = await scheduled();
  const before = await rules(arn);
  await pause(arn, at("05:00:00"), parts());
  const again = await pause(arn, at("07:00:00"), parts());
  expect(again).toMatchObject({ routine: "paused before", native: "paused before" });
  await sandbox.timeline.advance(6 * hour);
  expect(await schedules.get(`kt-${id}`)).toMatchObject({ enabled: false });
  await pause(arn, undefined, parts());
  await sandbox.timeline.advance(6 * hour);
  expect(await rules(arn)).toMatchObject({ RotationEnabled: false });
  await resume(arn, parts());
  const start = at("12:00:01");
  expect(await schedules.get(`kt-${id}`)).toMatchObject({ ...made, start, changedAt: expect.anything() });
  expect(await rules(arn)).toEqual(before);
});

it.each(["PUT /schedules/{name}", "CancelRotateSecret", "POST /schedules/{name}"])(
  "a pause that failed at %s is made good by the next one",
  async (operation) => {
    const { sandbox, schedules } = open();
    const { arn, id, made } = await scheduled();
    const before = await rules(arn);
    const service = operation.includes("/") ? "scheduler" : "secretsmanager";
    sandbox.faults.add({ service, operation, times: 2, fault: { kind: "status", status: 500 } });
    await expect(pause(arn, undefined, parts())).rejects.toMatchObject({ retryable: true });
    // What stands in the memory already must not outlive a change that comes in between.
    const changed = operation.startsWith("PUT");
    if (changed) await ensure(arn, { every: "2h" });
    await pause(arn, undefined, parts());
    expect(await rules(arn)).toMatchObject({ RotationEnabled: false });
    await resume(arn, parts());

    const expression = changed ? "rate(2 hours)" : made.expression;
    expect(await schedules.get(`kt-${id}`)).toMatchObject({ expression, enabled: true });
    expect(await rules(arn)).toEqual(before);
  },
);

it.each(["PUT /schedules/{name}", "DELETE /schedules/{name}", "RotateSecret"])(
  "a resume that failed at %s is made good by the next one",
  async (operation) => {
    const { sandbox, schedules } = open();
    const { arn, id, made } = await scheduled();
    const before = await rules(arn);
    await pause(arn, undefined, parts());
    const service = operation.includes("/") ? "scheduler" : "secretsmanager";
    sandbox.faults.add({ service, operation, times: 2, fault: { kind: "status-after", status: 500 } });
    await expect(resume(arn, parts())).rejects.toMatchObject({ retryable: true });
    await sandbox.timeline.idle();
    await resume(arn, parts());
    expect(await schedules.get(`kt-${id}`)).toMatchObject({ ...made, changedAt: expect.anything() });
    expect(await rules(arn)).toEqual(before);
    expect(await names()).toEqual([`kt-${id}`]);
  },
);

test("resumed before its end, it goes on at once in its rhythm, however often the end was changed", async () => {
  const { sandbox, schedules, started } = open();
  const { arn, id } = await scheduled();
  await sandbox.timeline.advance(1.5 * hour);
  await pause(arn, at("20:00:00"), parts());
  await pause(arn, at("15:00:00"), parts());
  await pause(arn, undefined, parts());
  await sandbox.timeline.advance(hour);
  await resume(arn, parts());
  expect(await schedules.get(`kt-${id}`)).toMatchObject({ start: at("03:00:01") });
  await sandbox.timeline.advance(hour);
  expect(started("app/key").at(-1)).toBe("keyturn-tick-2026-06-01T03:00:01Z");
});

test("what someone turned on meanwhile stays, and is remembered anew by the next pause", async () => {
  const { schedules, aws, sandbox } = open();
  const { arn, id, made } = await scheduled();
  await pause(arn, undefined, parts());
  // As a deployment does it.
  await schedules.replace({ ...made, expression: "rate(2 hours)" });
  await aws.rotateSecret({
    SecretId: arn,
    RotationRules: { AutomaticallyAfterDays: 7 },
    RotateImmediately: false,
  });
  await sandbox.timeline.idle();
  expect(await resume(arn, parts())).toMatchObject({ routine: "on", native: "on" });
  expect(await schedules.get(`kt-${id}`)).toMatchObject({ expression: "rate(2 hours)", enabled: true });
  expect(await rules(arn)).toMatchObject({ RotationRules: { AutomaticallyAfterDays: 7 } });

  await pause(arn, undefined, parts());
  await resume(arn, parts());
  expect(await schedules.get(`kt-${id}`)).toMatchObject({ expression: "rate(2 hours)", enabled: true });
  expect(await rules(arn)).toMatchObject({
    RotationEnabled: true,
    RotationRules: { AutomaticallyAfterDays: 7 },
  });
});

test("a schedule that was deleted meanwhile is not made anew", async () => {
  const { schedules } = open();
  const { arn, id } = await scheduled();
  await pause(arn, undefined, parts());
  await schedules.remove(`kt-${id}`);
  expect(await resume(arn, parts())).toMatchObject({ routine: "gone" });
  expect(await names()).toEqual([]);
});

test("what was off before stays off", async () => {
  const { schedules, aws } = open();
  const { arn, id, made } = await scheduled();
  await schedules.replace({ ...made, enabled: false });
  await aws.cancelRotateSecret({ SecretId: arn });
  expect(await pause(arn, undefined, parts())).toMatchObject({ routine: "off", native: "off" });
  expect(await resume(arn, parts())).toMatchObject({ routine: "not paused", native: "not paused" });
  expect(await names()).toEqual([`kt-${id}`]);
});

test("a secret without a schedule, or without a rule, is paused by what it has", async () => {
  const { addSecret, aws } = open();
  const { arn } = await addSecret("app/rule-only");
  expect(await pause(arn, undefined, parts())).toMatchObject({ routine: "none", native: "stopped" });
  expect(await resume(arn, parts())).toMatchObject({ routine: "not paused", native: "restored" });
  const { ARN: bare = "" } = await aws.createSecret({ Name: "app/bare", SecretString: "{}" });
  expect(await pause(bare, undefined, parts())).toMatchObject({ routine: "none", native: "none" });
});

test("an open rotation is not disturbed: the schedule is stopped, the rule is not, and both is said", async () => {
  const { aws, schedules } = open();
  const { arn, id } = await scheduled();
  const staged = { SecretId: arn, ClientRequestToken: "t".repeat(32), VersionStages: ["AWSPENDING"] };
  await aws.putSecretValue({ ...staged, SecretString: "{}" });
  await expect(pause(arn, undefined, parts())).rejects.toMatchObject({
    ...{ code: "rotation_pending", message: expect.stringMatching(/its schedule is stopped.*keyturn abort/) },
  });
  expect(await schedules.get(`kt-${id}`)).toMatchObject({ enabled: false });
  expect(await rules(arn)).toMatchObject({ RotationEnabled: true });
});

test("a change of a paused secret is there when it is resumed", async () => {
  const { schedules, sandbox } = open();
  const { arn, id } = await scheduled();
  await pause(arn, at("05:00:00"), parts());
  expect(await ensure(arn, { cron: "0 3 * * ? *", jitter: "10m" })).toBe("changed");
  expect(await ensure(arn, { cron: "0 3 * * ? *", jitter: "10m" })).toBe("unchanged");
  expect(await schedules.get(`kt-${id}`)).toMatchObject({ enabled: false, expression: "rate(1 hour)" });
  const memory = await schedules.get(`kt-resume-${id}`);
  expect(memory).toMatchObject({ expression: "at(2026-06-01T05:00:00)", target: { role: resumeRole } });
  await sandbox.timeline.advance(5 * hour);
  expect(await schedules.get(`kt-${id}`)).toMatchObject({
    ...{ enabled: true, expression: "cron(0 3 * * ? *)", jitterMinutes: 10, start: undefined },
  });
});

test("a memory that someone changed is refused, and nothing is done with it", async () => {
  const { schedules } = open();
  const { arn, id } = await scheduled();
  await pause(arn, undefined, parts());
  for (const name of [`kt-resume-${id}-native`, `kt-resume-${id}`]) {
    const memory = await schedules.get(name);
    if (memory) await schedules.replace({ ...memory, target: { ...memory.target, input: "{}" } });
    await expect(resume(arn, parts())).rejects.toMatchObject({ code: "scheduler_refused" });
    if (memory) await schedules.replace(memory);
  }
  await resume(arn, parts());
  expect(await schedules.get(`kt-${id}`)).toMatchObject({ enabled: true });
});
