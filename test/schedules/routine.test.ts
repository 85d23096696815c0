import { describe, expect, it, test } from "vitest";
import { ensureRoutine, ownerOf, type Routine, routineOf } from "../../services/schedules/routine.js";
import type { Written } from "../../services/schedules/timing.js";
import { place, scheduleBench, timing } from "./bench.js";

const open = scheduleBench();

const routine = (written: Written, name = "app/key"): Routine => ({
  ...{ name, timing: timing(written), scheduledTokens: true },
});

describe("a routine schedule", () => {
  const arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:app/key-AbCdEf";

  it("calls RotateSecret by itself, with a token made of its time, and says whose it is", () => {
    const start = new Date("2026-06-01T01:00:00Z");
    expect(
      routineOf(routine({ every: "1h", jitter: "10m" }), { arn, id: "abc", owner: "stack", start }),
    ).toEqual({
      name: "kt-abc",
      description: "Keyturn (stack) rotates app/key",
      ...{
        expression: "rate(1 hour)",
        timezone: "UTC",
        start,
        jitterMinutes: 10,
        enabled: true,
        deleteAfter: false,
      },
      target: {
        arn: "arn:aws:scheduler:::aws-sdk:secretsmanager:rotateSecret",
        input: `{"SecretId":"${arn}","ClientRequestToken":"keyturn-tick-<aws.scheduler.scheduled-time>"}`,
        retry: { attempts: 3, ageSeconds: 1500 },
      },
    });
  });

  it.each<[Written, number]>([
    [{ every: "10m" }, 300],
    [{ every: "1d" }, 3600],
    [{ every: "10m", jitter: "9m" }, 60],
  ])("of %j gives a delivery up after %d seconds, before the next one comes", (written, ageSeconds) => {
    const { target } = routineOf(routine(written), { arn, id: "abc", owner: "cli" });
    expect(target.retry).toEqual({ attempts: 3, ageSeconds });
  });

  it("leaves the token out where that is declared", () => {
    const schedule = routineOf(
      { ...routine({ every: "1h" }), scheduledTokens: false },
      { arn, id: "a", owner: "cli" },
    );
    expect(schedule.target.input).toBe(`{"SecretId":"${arn}"}`);
  });

  it("is known as ours by its description alone, whatever the name's length", () => {
    const long = routineOf(routine({ every: "1h" }, "n".repeat(512)), { arn, id: "a", owner: "cli" });
    expect(long.description).toHaveLength(512);
    expect(ownerOf(long)).toMatchObject({ owner: "cli" });
    expect(ownerOf({ description: "Keyturn (stack) rotates app/key" })).toEqual({
      owner: "stack",
      secret: "app/key",
    });
    expect(ownerOf({ description: "mine" })).toBeUndefined();
    expect(ownerOf({})).toBeUndefined();
  });
});

async function ensure(arn: string, written: Written, owner: "cli" | "stack" = "cli") {
  const { schedules, sandbox } = open();
  return ensureRoutine(schedules, routine(written), arn, { owner, place, now: sandbox.timeline.now() });
}

const hour = 3_600_000;

test("it is made once, and rotates an interval later, once in each, though each is delivered twice", async () => {
  const { sandbox, addSecret, started } = open();
  const { arn } = await addSecret("app/key");
  const before = started("app/key");
  expect(await ensure(arn, { every: "1h" })).toBe("created");
  expect(await ensure(arn, { every: "1h" })).toBe("unchanged");
  sandbox.aws.scheduler.set("duplicates", 1);
  await sandbox.timeline.advance(hour - 1000);
  expect(started("app/key")).toEqual(before);
  await sandbox.timeline.advance(2 * hour + 2000);
  expect(started("app/key").slice(before.length)).toEqual(
    ["01", "02", "03"].map((at) => `keyturn-tick-2026-06-01T${at}:00:01Z`),
  );
});

test("what changes is replaced, and the rest stays: role, queue, KMS key, end, off, and the rhythm", async () => {
  const { sandbox, schedules, addSecret } = open();
  const { arn, id } = await addSecret("app/key");
  await ensure(arn, { every: "1h" });
  const made = await schedules.get(`kt-${id}`);
  if (!made) throw new Error("none was made");
  const own = {
    ...{
      kmsKey: "arn:aws:kms:us-east-1:123456789012:key/1",
      end: new Date("2027-01-01T00:00:00Z"),
      enabled: false,
    },
    target: { ...made.target, role: "arn:aws:iam::123456789012:role/own" },
  };
  await schedules.replace({ ...made, ...own });
  await sandbox.timeline.advance(5.5 * hour);
  expect(await ensure(arn, { every: "1h", jitter: "10m" })).toBe("changed");
  expect(await schedules.get(`kt-${id}`)).toMatchObject({
    ...{ ...own, expression: "rate(1 hour)", jitterMinutes: 10, start: new Date("2026-06-01T06:00:01Z") },
    target: { ...own.target, retry: { attempts: 3, ageSeconds: 1500 } },
  });
  expect(await ensure(arn, { cron: "0 3 * * ? *", timezone: "Europe/Berlin" })).toBe("changed");
  expect(await schedules.get(`kt-${id}`)).toMatchObject({
    ...{
      ...own,
      target: { ...own.target, retry: { attempts: 3, ageSeconds: 3600 } },
      expression: "cron(0 3 * * ? *)",
      timezone: "Europe/Berlin",
      jitterMinutes: 0,
      start: undefined,
    },
  });
});

test("another's schedule is not touched, and it is told whose it is", async () => {
  const { schedules, addSecret } = open();
  const { arn, id } = await addSecret("app/key");
  await ensure(arn, { every: "1h" }, "stack");
  const before = await schedules.get(`kt-${id}`);
  await expect(ensure(arn, { every: "2h" })).rejects.toMatchObject({
    ...{ code: "schedule_owned", message: expect.stringMatching(/a stack's.*keyturn\.config\.ts/) },
  });
  if (before) await schedules.replace({ ...before, description: "by hand" });
  await expect(ensure(arn, { every: "2h" })).rejects.toMatchObject({ code: "schedule_owned" });
  expect(await schedules.get(`kt-${id}`)).toMatchObject({ expression: "rate(1 hour)" });
});

test("one that is being made by another at this moment is found", async () => {
  const { schedules, addSecret, sandbox } = open();
  const { arn } = await addSecret("app/key");
  let asked = 0;
  const racing = {
    ...schedules,
    get: async (name: string) => (asked++ === 0 ? undefined : schedules.get(name)),
  };
  await ensure(arn, { every: "1h" });
  const now = sandbox.timeline.now();
  expect(await ensureRoutine(racing, routine({ every: "1h" }), arn, { owner: "cli", place, now })).toBe(
    "unchanged",
  );
});
