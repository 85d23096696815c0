import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { newValue, wellBehaved } from "./harness.js";
import { day, hour, iso, startScheduled } from "./scheduled.js";

const SecretId = "app/key";
const aws = await startScheduled();
const { client, timeline, manager, state, described, next, began, schedule } = aws;
afterAll(aws.close);
beforeEach(aws.begin);

describe("a rotation that comes by itself", () => {
  test.each([
    [{ AutomaticallyAfterDays: 2 }, ["2026-11-23T00:00:00Z", "2026-11-25T00:00:00Z", "2026-11-27T00:00:00Z"]],
    [
      { ScheduleExpression: "rate(60 hours)" },
      ["2026-11-23T12:00:00Z", "2026-11-26T00:00:00Z", "2026-11-28T12:00:00Z"],
    ],
    [
      { ScheduleExpression: "cron(0 5 ? * MON,WED,FRI *)", Duration: "1h" },
      ["2026-11-23T05:00:00Z", "2026-11-25T05:00:00Z", "2026-11-27T05:00:00Z"],
    ],
  ])("%o: in each window once, four steps, the labels as ever", async (rules, times) => {
    await schedule(rules);
    await timeline.advance(7.5 * day);
    expect(began()).toEqual(times);
    expect(state.calls.map(({ step }) => step)).toEqual(
      times.flatMap(() => ["createSecret", "setSecret", "testSecret", "finishSecret"]),
    );
    expect(new Set(state.calls.map(({ token }) => token)).size).toBe(3);
    expect(iso((await described()).LastRotatedDate)).toBe(times.at(-1));
    expect(Object.values(await aws.labels())).toEqual([["AWSPREVIOUS"], ["AWSCURRENT"]]);
    expect((await aws.labels())[state.calls.at(-1)?.token ?? ""]).toEqual(["AWSCURRENT"]);
  });

  test.each([
    ["start", "2026-11-23T16:00:00Z"],
    ["middle", "2026-11-23T16:59:59.500Z"],
    ["end", "2026-11-23T17:59:59Z"],
  ])("begins at any moment of the window: %s", async (moment, at) => {
    manager.set("windowMoment", moment);
    await schedule({ ScheduleExpression: "cron(0 16 ? * MON *)", Duration: "2h" });
    await timeline.advance(7 * day);
    expect(began()).toEqual([at]);
  });

  test("the moment can be set after the rules", async () => {
    await schedule({ AutomaticallyAfterDays: 1 });
    manager.set("windowMoment", "end");
    await timeline.advance(2 * day);
    expect(began()).toEqual(["2026-11-22T23:59:59Z"]);
  });

  test("comes for secrets side by side, each by its own rules", async () => {
    await aws.createSecret("app/other");
    await schedule({ AutomaticallyAfterDays: 2 });
    await aws.rotate({
      ...{ SecretId: "app/other", RotateImmediately: false },
      RotationRules: { ScheduleExpression: "cron(0 0/12 * * ? *)" },
    });
    await timeline.idle();
    state.calls = [];
    await timeline.advance(2 * day);
    const beginnings = state.calls.filter(({ step }) => step === "createSecret");
    expect(beginnings.map(({ at, secret }) => `${at} ${secret}`)).toEqual([
      "2026-11-21T12:00:00Z app/other",
      "2026-11-22T00:00:00Z app/other",
      "2026-11-22T12:00:00Z app/other",
      "2026-11-23T00:00:00Z app/key",
      "2026-11-23T00:00:00Z app/other",
    ]);
  });

  test("waits for one that is under way, and does not double it", async () => {
    await schedule({ ScheduleExpression: "cron(0 12 * * ? *)", Duration: "1h" });
    aws.register(wellBehaved(aws, async (_event, { clock }) => clock.sleep(50_000)));
    await timeline.advance(2 * hour - 10_000);
    const before = aws.outcomes().length;
    await aws.rotate();
    await timeline.advance(hour);
    expect(aws.outcomes().slice(before)).toEqual(["started", "succeeded"]);
    expect(iso((await described()).LastRotatedDate)).toBe("2026-11-21T12:03:10Z");
  });

  test("begins anew where AWSPENDING is still on the version that is current", async () => {
    manager.set("clearPendingSeconds", 7 * 86_400);
    await schedule({ AutomaticallyAfterDays: 1 });
    await timeline.advance(2 * day);
    expect(began()).toEqual(["2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z"]);
    expect(new Set(state.calls.map(({ token }) => token)).size).toBe(2);
  });

  test("comes by none without rules", async () => {
    await aws.rotate();
    await timeline.idle();
    state.calls = [];
    await timeline.advance(400 * day);
    expect(state.calls).toEqual([]);
    expect(await described()).not.toHaveProperty("NextRotationDate");
    expect(await described()).not.toHaveProperty("RotationRules");
  });
});

describe("NextRotationDate", () => {
  test.each([
    [{ AutomaticallyAfterDays: 30 }, "2026-12-21T23:59:59Z", 30],
    [{ AutomaticallyAfterDays: 30, Duration: "3h" }, "2026-12-21T02:59:59Z", 30],
    [{ ScheduleExpression: "rate(10 days)" }, "2026-12-01T23:59:59Z", 10],
    [{ ScheduleExpression: "rate(4 hours)" }, "2026-11-21T12:59:59Z", 1],
    [{ ScheduleExpression: "rate(60 hours)" }, "2026-11-23T12:59:59Z", 3],
    [{ ScheduleExpression: "cron(0 16 1,15 * ? *)", Duration: "2h" }, "2026-12-01T17:59:59Z", 14],
    [{ ScheduleExpression: "cron(0 0 1 1/3 ? *)" }, "2027-01-01T23:59:59Z", 90],
  ])("%o: is the last second of the window that comes, told beside the days", async (rules, date, days) => {
    await aws.rotate({ RotationRules: rules });
    await timeline.idle();
    expect(await next()).toBe(date);
    const { RotationRules } = await described();
    expect(RotationRules).toEqual({ ...rules, AutomaticallyAfterDays: days });
    const [listed] = (await client.listSecrets({})).SecretList ?? [];
    expect([iso(listed?.NextRotationDate), listed?.RotationRules]).toEqual([date, RotationRules]);
    if ("ScheduleExpression" in rules) {
      expect(await aws.refusal(client.rotateSecret({ SecretId, RotationRules }))).toBe(
        "InvalidParameterException: You cannot specify both rotation frequency and schedule expression together.",
      );
    }
  });

  test("moves when a rotation has succeeded", async () => {
    await schedule({ AutomaticallyAfterDays: 3 });
    expect(await next()).toBe("2026-11-24T23:59:59Z");
    await timeline.advance(3 * day);
    expect(await next()).toBe("2026-11-27T23:59:59Z");
  });

  test.each([
    ["a rotation", async () => void (await aws.rotate())],
    [
      "a value written by hand",
      async () => void (await client.putSecretValue({ SecretId, SecretString: newValue() })),
    ],
  ])("%s by hand counts for days, and moves neither hours nor cron", async (_what, act) => {
    await schedule({ AutomaticallyAfterDays: 2 });
    await timeline.advance(day);
    await act();
    await timeline.idle();
    expect(await next()).toBe("2026-11-24T23:59:59Z");
    state.calls = [];
    await timeline.advance(1.5 * day);
    expect(began()).toEqual([]);
    await timeline.advance(day);
    expect(began()).toEqual(["2026-11-24T00:00:00Z"]);
    for (const ScheduleExpression of ["rate(36 hours)", "cron(0 0 ? * FRI *)"]) {
      await schedule({ ScheduleExpression });
      const before = await next();
      await timeline.advance(hour);
      await act();
      await timeline.idle();
      expect(await next()).toBe(before);
    }
  });

  test("within the open window a rotation by hand takes that window's place", async () => {
    manager.set("windowMoment", "end");
    await schedule({ ScheduleExpression: "cron(0 0 ? * MON *)" });
    await timeline.advance(2 * day);
    await aws.rotate();
    await timeline.idle();
    state.calls = [];
    expect(await next()).toBe("2026-11-30T23:59:59Z");
    await timeline.advance(7 * day);
    expect(began()).toEqual([]);
    await timeline.advance(day);
    expect(began()).toEqual(["2026-11-30T23:59:59Z"]);
  });

  test("a rolled back AWSCURRENT is no new value", async () => {
    await aws.rotate({ RotationRules: { AutomaticallyAfterDays: 2 } });
    await timeline.advance(day);
    const labels = Object.entries(await aws.labels());
    const holder = (label: string) => labels.find(([, stages]) => stages.includes(label))?.[0];
    await client.updateSecretVersionStage({
      ...{ SecretId, VersionStage: "AWSCURRENT" },
      ...{ MoveToVersionId: holder("AWSPREVIOUS"), RemoveFromVersionId: holder("AWSCURRENT") },
    });
    expect(await next()).toBe("2026-11-23T23:59:59Z");
  });
});
