import { describe, expect, test } from "vitest";
import { refusal } from "../refusal.js";
import { functionArn, openBench, roleArn } from "./bench.js";

const { sandbox, scheduler, create, input, set, advance, times, calls, deliveries, exists } =
  await openBench();
const at = (time: string) => new Date(`2026-03-${time}.000Z`);
const on = (...moments: string[]) => moments.map((time) => `2026-03-${time}`);
const withInput = (Input: string) => ({ Target: { Arn: functionArn, RoleArn: roleArn, Input } });
const hour = 3600;

describe("when", () => {
  test("a rate without StartDate fires at once, and every so often from then on", async () => {
    await advance(30);
    await create("now", "rate(1 hour)");
    await advance(2 * hour);
    expect(times()).toEqual(on("02T10:00:30", "02T11:00:30", "02T12:00:30"));
  });

  test("with StartDate at that time first, and the last time at EndDate", async () => {
    await create("between", "rate(30 minutes)", { StartDate: at("02T11:15:00"), EndDate: at("02T12:15:00") });
    await advance(24 * hour);
    expect(times()).toEqual(on("02T11:15:00", "02T11:45:00", "02T12:15:00"));
    expect((await scheduler.getSchedule({ Name: "between" })).State).toBe("ENABLED");
  });

  test("a StartDate a few minutes ago gives the beat, and no occurrence that is past", async () => {
    await create("before", "rate(1 hour)", { StartDate: at("02T09:56:00") });
    await advance(2 * hour);
    expect(times()).toEqual(on("02T10:56:00", "02T11:56:00"));
  });

  test("cron in its zone, from StartDate on", async () => {
    await create("zoned", "cron(30 2 * * ? *)", {
      ...{ ScheduleExpressionTimezone: "Europe/Berlin", StartDate: at("28T01:30:00") },
    });
    await advance(28 * 24 * hour);
    expect(times()).toEqual(on("28T01:30:00", "30T00:30:00"));
  });

  test("at() once, whatever StartDate and EndDate say; days of a rate are 24 hours", async () => {
    await create("once", "at(2026-03-02T10:00:07)", {
      StartDate: at("05T00:00:00"),
      EndDate: at("06T00:00:00"),
    });
    await create("daily", "rate(1 day)", {
      ...{
        ScheduleExpressionTimezone: "Europe/Berlin",
        StartDate: at("28T10:00:00"),
        EndDate: at("30T23:00:00"),
      },
    });
    await advance(40 * 24 * hour);
    expect(times()).toEqual(on("02T10:00:07", "28T10:00:00", "29T10:00:00", "30T10:00:00"));
  });

  test("never while disabled; an update begins anew, and a deletion ends it", async () => {
    const every = (State: "ENABLED" | "DISABLED", StartDate = at("02T11:00:00")) =>
      input("gated", "rate(1 hour)", { State, StartDate });
    await scheduler.createSchedule(every("DISABLED"));
    await advance(hour + 60);
    await scheduler.updateSchedule(every("ENABLED"));
    await advance(hour);
    await scheduler.updateSchedule(every("DISABLED", at("02T12:00:00")));
    await advance(2 * hour);
    await scheduler.updateSchedule(every("ENABLED", at("02T15:30:00")));
    await advance(hour + 1800);
    expect(times()).toEqual(on("02T12:00:00", "02T15:30:00"));
    await scheduler.deleteSchedule({ Name: "gated" });
    await advance(24 * hour);
    expect(times()).toHaveLength(2);
  });

  test("a flexible window: any moment within it, the same each time; what it was due for is told unchanged", async () => {
    const spread = async () => {
      sandbox.reset();
      calls.length = 0;
      for (let index = 0; index < 24; index++) {
        await create(`spread-${index}`, "at(2026-03-02T12:00:00)", {
          FlexibleTimeWindow: { Mode: "FLEXIBLE", MaximumWindowInMinutes: 15 },
          ...withInput('{"due":"<aws.scheduler.scheduled-time>"}'),
        });
      }
      await advance(4 * hour);
      return times();
    };
    const first = await spread();
    expect(await spread()).toEqual(first);
    const late = first.map((time) => (Date.parse(`${time}Z`) - at("02T12:00:00").getTime()) / 1000);
    expect(late).toHaveLength(24);
    expect([Math.min(...late) >= 0, Math.max(...late) < 900]).toEqual([true, true]);
    for (const third of [0, 1, 2])
      expect(late.filter((seconds) => Math.floor(seconds / 300) === third).length).toBeGreaterThan(2);
    expect(new Set(calls.map(({ event }) => JSON.stringify(event)))).toEqual(
      new Set(['{"due":"2026-03-02T12:00:00Z"}']),
    );
  });

  test("a schedule that is deleted within its window does not fire", async () => {
    await create("gone", "at(2026-03-02T12:00:00)", {
      FlexibleTimeWindow: { Mode: "FLEXIBLE", MaximumWindowInMinutes: 1440 },
    });
    await advance(2 * hour);
    await scheduler.deleteSchedule({ Name: "gone" });
    await advance(48 * hour);
    expect(times()).toEqual([]);
  });
});

describe("what becomes of it", () => {
  test("ActionAfterCompletion: without it, it stays; with it, it goes after the last occurrence, and not before", async () => {
    await create("stays", "at(2026-03-02T11:00:00)");
    await create("goes", "at(2026-03-02T11:00:00)", { ActionAfterCompletion: "DELETE" });
    await create("disabled", "at(2026-03-02T11:00:00)", {
      ActionAfterCompletion: "DELETE",
      State: "DISABLED",
    });
    await create("ends", "rate(1 hour)", {
      ...{ ActionAfterCompletion: "DELETE", StartDate: at("02T11:00:00"), EndDate: at("02T12:30:00") },
    });
    await advance(hour - 1);
    expect(await exists("goes")).toBe(true);
    await advance(1);
    expect([
      await exists("stays"),
      await exists("goes"),
      await exists("disabled"),
      await exists("ends"),
    ]).toEqual([...[true, false, true, true]]);
    await advance(hour);
    expect(await exists("ends")).toBe(false);
  });

  test.each([
    [true, true, false],
    [false, false, false],
  ])("with deletion that waits for retries %s", async (waits, meanwhile, afterwards) => {
    set("deleteWaitsForRetries", waits);
    set("targetFailures", 3);
    await create("retried", "at(2026-03-02T11:00:00)", { ActionAfterCompletion: "DELETE" });
    await advance(hour + 5);
    expect(await exists("retried")).toBe(meanwhile);
    await advance(2);
    expect(times()).toEqual(on("02T11:00:07"));
    expect(await exists("retried")).toBe(afterwards);
  });

  test("what was changed while its occurrence was retried is not deleted with it", async () => {
    set("targetFailures", 3);
    const goes = { ActionAfterCompletion: "DELETE" } as const;
    await create("changed", "at(2026-03-02T11:00:00)", goes);
    await advance(hour + 1);
    await scheduler.updateSchedule(input("changed", "at(2026-03-03T11:00:00)", goes));
    await advance(60);
    expect([times(), await exists("changed")]).toEqual([on("02T11:00:07"), true]);
    await advance(24 * hour);
    expect([times(), await exists("changed")]).toEqual([on("02T11:00:07", "03T11:00:00"), false]);
  });

  test("what is given up is deleted too, and a new one of its name may have come by then", async () => {
    set("targetFailures", 2);
    const goes = { ActionAfterCompletion: "DELETE" } as const;
    const RetryPolicy = { MaximumRetryAttempts: 1 };
    const Target = { Arn: functionArn, RoleArn: roleArn, RetryPolicy };
    await create("given-up", "at(2026-03-02T11:00:00)", { ...goes, Target });
    await create("replaced", "at(2026-03-02T12:00:00)", { ...goes, Target });
    await advance(hour + 1);
    expect(await exists("given-up")).toBe(false);
    set("targetFailures", 1);
    await advance(hour - 1);
    await scheduler.deleteSchedule({ Name: "replaced" });
    await create("replaced", "at(2026-03-03T12:00:00)", goes);
    await advance(60);
    expect(times()).toEqual(on("02T12:00:01"));
    expect(await exists("replaced")).toBe(true);
  });
});

describe("switches", () => {
  test.each([
    ["fires at once", on("02T10:00:00"), "no error"],
    ["never fires", [], "no error"],
    ["refused", [], "ValidationException: The time of a one-time schedule can't be in the past."],
  ])("at() in the past: %s", async (value, fired, said) => {
    set("atInThePast", value);
    expect(
      await refusal(create("late", "at(2026-03-02T09:00:00)", withInput('"<aws.scheduler.scheduled-time>"'))),
    ).toBe(said);
    await advance(hour);
    expect(times()).toEqual(fired);
    expect(calls.map(({ event }) => event)).toEqual(fired.map(() => "2026-03-02T09:00:00Z"));
  });

  test("every second occurrence twice, all of them late", async () => {
    set("duplicates", 2);
    set("duplicateAfterSeconds", 90);
    set("delaySeconds", 10);
    await create("twice", "rate(1 hour)", withInput('"<aws.scheduler.scheduled-time>"'));
    await advance(4 * hour);
    expect(calls.map((call) => [call.at, call.event])).toEqual([
      ["2026-03-02T10:00:10", "2026-03-02T10:00:00Z"],
      ["2026-03-02T11:00:10", "2026-03-02T11:00:00Z"],
      ["2026-03-02T11:01:40", "2026-03-02T11:00:00Z"],
      ["2026-03-02T12:00:10", "2026-03-02T12:00:00Z"],
      ["2026-03-02T13:00:10", "2026-03-02T13:00:00Z"],
      ["2026-03-02T13:01:40", "2026-03-02T13:00:00Z"],
    ]);
    expect(deliveries().map(({ attempt, outcome }) => [attempt, outcome])).toEqual(
      calls.map(() => [1, "delivered"]),
    );
  });

  test("a second delivery comes although the schedule deleted itself after the first", async () => {
    set("duplicates", 1);
    await create("once", "at(2026-03-02T11:00:00)", { ActionAfterCompletion: "DELETE" });
    await advance(hour);
    expect(await exists("once")).toBe(false);
    await advance(5);
    expect(times()).toEqual(on("02T11:00:00", "02T11:00:05"));
  });

  test("a reset forgets schedules, switches and what is to come", async () => {
    set("delaySeconds", 60);
    set("targetFailures", 1);
    await create("forgotten", "rate(1 minute)");
    sandbox.reset();
    await create("kept", "at(2026-03-02T10:30:00)");
    await advance(hour);
    expect(times()).toEqual(on("02T10:30:00"));
    expect((await scheduler.listSchedules({})).Schedules?.map(({ Name }) => Name)).toEqual(["kept"]);
  });
});
