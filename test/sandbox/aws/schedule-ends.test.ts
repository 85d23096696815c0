import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { functionArn } from "./harness.js";
import { day, startScheduled } from "./scheduled.js";

const SecretId = "app/key";
const aws = await startScheduled();
const { client, timeline, manager, state, described, next, began, schedule } = aws;
afterAll(aws.close);
beforeEach(aws.begin);

describe("when it fails", () => {
  const rules = { ScheduleExpression: "cron(0 8 * * ? *)", Duration: "1h" };

  test("it is tried again inside the window, then lies in the past, and the next window takes up the same token", async () => {
    manager.set("retries", 100);
    manager.set("retrySpacingSeconds", 900);
    manager.set("rotationWindowSeconds", 86_400);
    await schedule(rules);
    state.broken = true;
    for (const date of ["2026-11-22", "2026-11-23"]) {
      state.calls = [];
      await timeline.advance(day);
      const times = ["00:00", "15:00", "30:00", "45:00"].map((time) => `${date}T08:${time}Z`);
      expect(state.calls.map(({ at }) => at)).toEqual(times);
    }
    const token = state.calls[0]?.token ?? "";
    expect(await next()).toBe("2026-11-22T08:59:59Z");
    expect((await aws.labels())[token]).toEqual(["AWSPENDING"]);
    state.broken = false;
    state.calls = [];
    await timeline.advance(day);
    expect(state.calls.map((call) => [call.at, call.token])).toEqual(
      Array.from({ length: 4 }, () => ["2026-11-24T08:00:00Z", token]),
    );
    expect((await aws.labels())[token]).toEqual(["AWSCURRENT"]);
    expect(await next()).toBe("2026-11-25T08:59:59Z");
  });

  test("a rotation that begins as the window closes is tried once", async () => {
    manager.set("windowMoment", "end");
    await schedule(rules);
    state.broken = true;
    await timeline.advance(day);
    expect(state.calls.map(({ at }) => at)).toEqual(["2026-11-22T08:59:59Z"]);
  });

  test.each([
    ["next window", ["2026-12-01", "2026-12-11"]],
    ["next day", ["2026-12-01", "2026-12-02", "2026-12-12"]],
  ])(
    "the same token is taken up again in the %s, though NextRotationDate stays",
    async (failedWindow, days) => {
      manager.set("failedWindow", failedWindow);
      manager.set("retries", 0);
      await schedule({ AutomaticallyAfterDays: 10 });
      state.broken = true;
      await timeline.advance(10 * day);
      expect(await next()).toBe("2026-12-01T23:59:59Z");
      state.broken = false;
      await timeline.advance(12 * day);
      expect(began()).toEqual(days.map((date) => `${date}T00:00:00Z`));
      const [first, again, other] = state.calls
        .filter(({ step }) => step === "createSecret")
        .map(({ token }) => token);
      expect(again).toBe(first);
      expect(other).not.toBe(first);
    },
  );

  test("other rules, once AWSPENDING was taken off by hand, know nothing of the window that failed", async () => {
    manager.set("failedWindow", "next day");
    manager.set("retries", 0);
    await schedule(rules);
    state.broken = true;
    await timeline.advance(day);
    const RemoveFromVersionId = state.calls[0]?.token;
    await client.updateSecretVersionStage({ SecretId, VersionStage: "AWSPENDING", RemoveFromVersionId });
    state.broken = false;
    await schedule({ AutomaticallyAfterDays: 5 });
    await timeline.advance(4 * day);
    expect(began()).toEqual(["2026-11-26T00:00:00Z"]);
  });

  test("RotateSecret is refused meanwhile, and brings it back at once", async () => {
    manager.set("retries", 0);
    await schedule(rules);
    state.broken = true;
    await timeline.advance(day);
    state.broken = false;
    expect(await aws.refusal(client.rotateSecret({ SecretId }))).toMatch(
      "A previous rotation isn't complete.",
    );
    await timeline.idle();
    expect(new Set(state.calls.map(({ token }) => token)).size).toBe(1);
    expect(await next()).toBe("2026-11-23T08:59:59Z");
  });
});

describe("what stops it", () => {
  test("CancelRotateSecret, until rotation is turned on again", async () => {
    await schedule({ AutomaticallyAfterDays: 2 });
    await client.cancelRotateSecret({ SecretId });
    const off = await described();
    expect(off).toMatchObject({ RotationEnabled: false, RotationRules: { AutomaticallyAfterDays: 2 } });
    expect(off).not.toHaveProperty("NextRotationDate");
    expect(off).not.toHaveProperty("LastRotatedDate");
    await timeline.advance(9 * day);
    expect(state.calls).toEqual([]);
    await aws.rotate({ RotateImmediately: false });
    await timeline.idle();
    // Counted in twos from the day the value was written, the 21st.
    expect(await next()).toBe("2026-12-01T23:59:59Z");
    await timeline.advance(2 * day);
    expect(began()).toEqual(["2026-12-01T00:00:00Z"]);
  });

  test("DeleteSecret, until the secret is restored", async () => {
    await schedule({ AutomaticallyAfterDays: 2 });
    await client.deleteSecret({ SecretId });
    expect(await described()).not.toHaveProperty("NextRotationDate");
    // Into a window that is open, but whose moment has passed.
    await timeline.advance(6 * day);
    expect(state.calls).toEqual([]);
    await client.restoreSecret({ SecretId });
    await timeline.advance(3 * day);
    expect(began()).toEqual(["2026-11-29T00:00:00Z"]);
  });

  test("DeleteSecret by force, and a reset", async () => {
    await schedule({ AutomaticallyAfterDays: 2 });
    await client.deleteSecret({ SecretId, ForceDeleteWithoutRecovery: true });
    expect((await timeline.advance(7 * day)).fired).toBe(0);
    await aws.createSecret("app/other");
    await aws.rotate({ SecretId: "app/other", RotationRules: { AutomaticallyAfterDays: 2 } });
    manager.reset();
    await timeline.idle();
    expect((await timeline.advance(7 * day)).fired).toBe(0);
  });

  test.each([
    ["dropped", { AutomaticallyAfterDays: 4 }, 25],
    ["kept", { AutomaticallyAfterDays: 4 }, 23],
    ["kept", { ScheduleExpression: "rate(4 days)" }, 23],
    ["kept", { ScheduleExpression: "cron(0 0 25 11 ? *)" }, 25],
  ])("other rules: a rotation planned by the earlier ones is %s (%o)", async (earlierPlan, rules, date) => {
    manager.set("earlierPlan", earlierPlan);
    await schedule({ AutomaticallyAfterDays: 2 });
    await schedule(rules);
    await timeline.advance(5 * day);
    expect(began()[0]).toBe(`2026-11-${date}T00:00:00Z`);
  });
});

describe("RotateSecret", () => {
  test("rules: none are needed, unless it is so set", async () => {
    manager.set("rulesRequired", true);
    const RotationLambdaARN = functionArn;
    const refused = "InvalidParameterException: You must specify RotationRules to turn on rotation.";
    expect(await aws.refusal(client.rotateSecret({ SecretId, RotationLambdaARN }))).toBe(refused);
    expect(await aws.refusal(client.rotateSecret({ SecretId, RotationLambdaARN, RotationRules: {} }))).toBe(
      refused,
    );
    expect(await described()).not.toHaveProperty("RotationEnabled");
    await aws.rotate({ RotationRules: { AutomaticallyAfterDays: 1 } });
    await timeline.idle();
    await client.rotateSecret({ SecretId });
    await timeline.idle();
    expect(aws.outcomes()).toEqual(["started", "succeeded", "started", "succeeded"]);
  });

  test("other rules take the place of all that were there", async () => {
    await schedule({ ScheduleExpression: "rate(5 days)", Duration: "2h" });
    await schedule({ AutomaticallyAfterDays: 3 });
    expect((await described()).RotationRules).toEqual({ AutomaticallyAfterDays: 3 });
    await aws.rotate();
    await timeline.idle();
    expect((await described()).RotationRules).toEqual({ AutomaticallyAfterDays: 3 });
  });

  test.each([
    [{ AutomaticallyAfterDays: 0 }, "ValidationException", "rotationRules.automaticallyAfterDays"],
    [{ AutomaticallyAfterDays: 1001 }, "ValidationException", "rotationRules.automaticallyAfterDays"],
    [{ Duration: "3", AutomaticallyAfterDays: 3 }, "ValidationException", "rotationRules.duration"],
    [{ Duration: "100h", AutomaticallyAfterDays: 3 }, "ValidationException", "rotationRules.duration"],
    [{ Duration: "3d", AutomaticallyAfterDays: 3 }, "ValidationException", "rotationRules.duration"],
    [{ ScheduleExpression: "" }, "ValidationException", "rotationRules.scheduleExpression"],
    [
      { ScheduleExpression: `rate(1 ${"d".repeat(257)})` },
      "ValidationException",
      "rotationRules.scheduleExpression",
    ],
    [{ ScheduleExpression: "rate(1 day);" }, "ValidationException", "rotationRules.scheduleExpression"],
    [{ ScheduleExpression: "rate(1 hour)" }, "InvalidParameterException", "every 4 hours"],
    [{ ScheduleExpression: "rate(4 hours)", Duration: "5h" }, "InvalidParameterException", "1h to 4h"],
    [{ Duration: "5h" }, "InvalidParameterException", "needs a schedule"],
  ])("%o is refused, and nothing changes", async (RotationRules, code, text) => {
    await schedule({ AutomaticallyAfterDays: 3 });
    const before = await described();
    const refusal = await aws.refusal(client.rotateSecret({ SecretId, RotationRules }));
    expect(refusal).toMatch(new RegExp(`^${code}: .*${text}`));
    expect(await described()).toMatchObject({ ...before, $metadata: {} });
    await timeline.idle();
    expect(state.calls).toEqual([]);
  });

  test.each([
    { ExternalSecretRotationRoleArn: "arn:aws:iam::123456789012:role/rotation" },
    { ExternalSecretRotationMetadata: [{ Key: "a", Value: "b" }] },
  ])("members of managed external secrets are refused by name: %o", async (members) => {
    const refusal = await aws.refusal(client.rotateSecret({ SecretId, ...members }));
    expect(refusal).toMatch(`does not support ${Object.keys(members)[0]}`);
  });
});
