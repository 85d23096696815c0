import { beforeAll, describe, expect, test } from "vitest";
import { optionsOf } from "./options.js";
import { promisesOf } from "./promises.js";
import { promiseLines, resultLines, timetableLines } from "./report.js";
import type { Result, SecretResult } from "./result.js";
import { simulate } from "./run.js";
import { shards } from "./shards.js";
import { timetable } from "./timetable.js";
import { weekOf } from "./week.js";

const broken = (result: Result) =>
  promisesOf(result).flatMap(({ promise, secret, holds }) => (holds ? [] : [`${secret}: ${promise}`]));

describe("half a day of an hourly secret and an installation token, with faults, double deliveries and outages", () => {
  let result: Result;
  let hourly: SecretResult;
  let token: SecretResult;

  beforeAll(async () => {
    result = await simulate(weekOf({ days: 0.5, seed: 3, oneFaultIn: 100 }));
    const [first, second] = result.secrets;
    if (!first || !second) throw new Error("two secrets were simulated");
    [hourly, token] = [first, second];
  }, 120_000);

  test("every promise is kept", () => {
    expect(broken(result)).toEqual([]);
  });

  test("what happened in it is what they are about", () => {
    expect(hourly).toMatchObject({ mostLive: 2, mostUnretired: 2, mostStored: 2, lost: 0 });
    expect(hourly).toMatchObject({ ticks: 9, ticksInOutage: 3, rotated: 9, minutesWithoutKey: 0 });
    expect(token).toMatchObject({ ticks: 12, ticksInOutage: 4, rotated: 12 });
    for (const { duplicates, done, ticks, ticksInOutage } of result.secrets) {
      expect(duplicates).toBeGreaterThan(1);
      expect(done).toBeGreaterThanOrEqual(ticks);
      expect(done).toBeLessThanOrEqual(ticks + ticksInOutage);
    }
    expect(Object.keys(result.faults).length).toBeGreaterThan(3);
    expect(hourly.retried + token.retried).toBeGreaterThan(0);
    expect(result.recovered).toBeGreaterThan(0);
  });

  test("a token that an outage outlasts is missing for as long as that takes, and no longer", () => {
    expect(token.gaps.map(({ isOfOutage }) => isOfOutage)).toEqual([true]);
    // The last one before GitHub left at 7:41 was made at 7:30; it came back at 10:41.
    const [{ from = "", to = "" } = {}] = token.gaps;
    expect(from.slice(0, 16)).toBe("2026-06-01T08:30");
    expect(Date.parse(to) - Date.parse("2026-06-01T10:41:00Z")).toBeGreaterThan(0);
    expect(token.resumedAfter[0]).toBeLessThanOrEqual(15);
  });

  test("a promise that is not kept is told", () => {
    const spoilt = (change: Partial<SecretResult>, of = hourly): Result => ({
      ...result,
      secrets: [{ ...of, ...change }],
    });
    const missed = [{ time: "2026-06-01T03:00:00Z", failures: [] }];
    const gaps = [{ from: "2026-06-01T03:00:00Z", to: "2026-06-01T03:05:00Z", isOfOutage: false }];
    const cases: readonly (readonly [Result, string])[] = [
      [spoilt({ rotated: 8, missed }), "99 %"],
      [spoilt({ ticks: 0, rotated: 0 }), "99 %"],
      [spoilt({ resumedAfter: [15.1] }), "within 15 minutes"],
      [spoilt({ resumedAfter: [undefined] }), "within 15 minutes"],
      [spoilt({ gaps }), "a working key"],
      [spoilt({ mostLive: 3 }), "never more than two keys"],
      [spoilt({ mostUnretired: 3 }), "never more than two keys"],
      [spoilt({ mostStored: 3 }, token), "never more than two keys"],
      [spoilt({ lost: 1000 }, token), "never more than two keys"],
      [spoilt({ rotatedTwice: 1 }), "rotates once"],
      [{ ...result, gaveUp: 1 }, "no human"],
    ];
    for (const [each, promise] of cases) expect(broken(each)).toEqual([expect.stringContaining(promise)]);
    expect(promiseLines(promisesOf(spoilt({ rotatedTwice: 1 }))).join("\n")).toContain("BROKEN");
  });

  test("the table is no wider than 100 columns", () => {
    const lines = [...resultLines(result), ...promiseLines(promisesOf(result))];
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
    expect(lines.join("\n")).toMatch(/rotated before the next tick +9 +12\n/);
  });
});

test("without faults each tick is a rotation, in however many sandboxes", async () => {
  const secrets = Array.from({ length: 3 }, () => ({ provider: "stripe/webhook-secret", every: "1h" }));
  const plan = { secrets, seconds: 3600, seed: 1, oneFaultIn: 0, outages: [], duplicates: 0 };
  const result = await shards(plan, () => undefined, 2);
  expect(result.secrets.map(({ ticks, rotated, done, retried }) => [ticks, rotated, done, retried])).toEqual(
    secrets.map(() => [1, 1, 1, 0]),
  );
  expect([result.faults, result.recovered, result.gaveUp]).toEqual([{}, 0, 0]);
  expect(result.calls.rotations.vendor).toBeGreaterThan(3);
}, 60_000);

test("where every request fails, every tick is missed, and says why", async () => {
  const result = await simulate({ ...weekOf(), seconds: 9_000, oneFaultIn: 1, outages: [] });
  const [hourly, token] = result.secrets;
  expect(hourly).toMatchObject({ ticks: 2, rotated: 0, done: 0, minutesWithoutKey: 0, mostLive: 1 });
  expect(hourly?.missed.map(({ time }) => time)).toEqual(["2026-06-01T01:00:00Z", "2026-06-01T02:00:00Z"]);
  expect(hourly?.missed[0]?.failures[0]).toMatch(/^2026-06-01T01:\S+ createSecret \w+$/);
  // From the first token's end to the end of it all, which is 20 minutes later than the last tick may be.
  expect(token).toMatchObject({
    ticks: 3,
    rotated: 0,
    minutesWithoutKey: 110,
    gaps: [{ isOfOutage: false }],
  });
  expect(broken(result)).toEqual([
    expect.stringMatching(/^app\/stripe.*99 %/),
    expect.stringMatching(/^app\/github.*99 %/),
    expect.stringMatching(/^app\/github.*a working key/),
  ]);
}, 60_000);

test("schedules alone: every tick comes, all at once or spread by the jitter", async () => {
  const wish = { provider: "stripe/restricted-key", every: "1h" };
  const without = await timetable(wish, 20, 86_400);
  expect(without).toMatchObject({ schedules: 20, occurrences: 480, missed: 0, largestBurst: 20 });
  const jittered = await timetable({ ...wish, jitter: "5m" }, 20, 86_400);
  expect(jittered).toMatchObject({ occurrences: 480, missed: 0 });
  expect(jittered.largestBurst).toBeLessThan(5);
  expect(timetableLines({ without, with: jittered, jitter: "5m" }).join("\n")).toMatch(
    /largest burst .* 20 +\d\n/,
  );
});

describe("options", () => {
  test("the usual ones", () => {
    expect(optionsOf([]).wanted).toMatchObject({
      ...{ secrets: 1000, sample: 2, comparedJitter: "5m" },
      wish: { provider: "stripe/restricted-key", every: "1h" },
      plan: { seconds: 604_800, seed: 1, oneFaultIn: 0, outages: [], duplicates: 0 },
    });
    expect(optionsOf(["--full", "--secrets", "5"]).wanted?.sample).toBe(5);
    expect(optionsOf(["--outage", "3h", "--duplicates", "1/day", "--faults"]).wanted?.plan).toMatchObject({
      ...{ outages: [{ vendor: "stripe", seconds: 10_800 }], duplicates: 24, oneFaultIn: 200 },
    });
    expect(optionsOf(["--week", "--for", "2d", "--seed", "7"]).week).toEqual({ days: 2, seed: 7 });
  });

  test.each([
    [["--secrets", "0"], /--secrets: expected/],
    [["--every", "soon"], /expected a duration/],
    [["--every", "5m"], /10m/],
    [["--provider", "stripe/none"], /expected one of .*stripe\/restricted-key/],
    [["--provider", "github/installation-token", "--every", "1h"], /lives 1h/],
    [["--outage", "6d"], /--outage/],
    [["--duplicates", "100/day"], /--duplicates/],
    [["--week", "--for", "1h"], /a day or more/],
    [["--unknown"], /unknown/],
  ])("%j is refused, and why", (args, why) => {
    expect(() => optionsOf(args)).toThrow(why);
  });
});
