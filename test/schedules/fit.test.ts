import { describe, expect, it, test } from "vitest";
import { builtin } from "../../providers/index.js";
import { parseDuration } from "../../services/duration.js";
import { type Fit, overlapOf, problemOf, warningsOf } from "../../services/schedules/fit.js";
import { loadWarnings } from "../../services/schedules/load.js";
import { isProblem, type Timing, timingOf, type Written } from "../../services/schedules/timing.js";

const slow = { id: "acme/key", facts: { settleSeconds: 5, deathSeconds: 60 } };
const hourLong = { id: "acme/token", facts: { ...slow.facts, lifetimeSeconds: 3600 } };

function timing(written: Written): Timing {
  const result = timingOf(written);
  if (isProblem(result)) throw new Error(`${result.found}: ${result.next}`);
  return result;
}
const given = (written: Written, provider = slow, overlap?: string): Fit => ({
  ...{ timing: timing(written), provider },
  overlap: overlap === undefined ? undefined : parseDuration(overlap),
});

describe("what goes together", () => {
  it.each<[Written, typeof slow, string | undefined]>([
    [{ every: "10m" }, slow, "5m"],
    [{ every: "1h" }, slow, undefined],
    [{ every: "54m" }, hourLong, undefined],
    [{ every: "45m", jitter: "5m" }, hourLong, undefined],
    [{ every: "1d", jitter: "12h" }, slow, undefined],
    [{ cron: "0 9-17 ? * MON-FRI *" }, slow, "45m"],
    [{ cron: "0 0 1 * ? *" }, slow, undefined],
  ])("%j", (written, provider, overlap) => {
    expect(problemOf(given(written, provider, overlap))).toBeUndefined();
  });

  it.each<[string, Fit, RegExp, RegExp]>([
    [
      "more often than AWS advises",
      given({ every: "9m" }, slow, "0s"),
      /every 9m, but AWS advises one write of a secret in 10m/,
      /^Every 10m works, or declare a shorter overlap\.$/,
    ],
    [
      "a cron that comes so often once a day",
      given({ cron: "0,5 0 * * ? *" }, slow, "0s"),
      /two rotations as near as 5m, but AWS advises/,
      /^Every 10m works/,
    ],
    [
      "an overlap that meets the next rotation",
      given({ every: "1h" }, slow, "59m"),
      /every 1h, but overlap 59m \+ death 1m \+ settling 5s take 1h5s/,
      /^Every 1h30m works, or declare a shorter overlap\.$/,
    ],
    [
      "an overlap that meets it by the jitter only",
      given({ every: "1h", jitter: "20m" }, slow, "40m"),
      /overlap 40m \+ death 1m \+ settling 5s \+ jitter 20m take 1h1m5s/,
      /^Every 1h30m works/,
    ],
    [
      "a jitter as long as the interval",
      given({ every: "30m", jitter: "30m" }),
      /jitter of 30m would let one rotation come after the next/,
      /^Every 40m works\.$/,
    ],
    [
      "an interval longer than the key's life",
      given({ every: "1h" }, hourLong),
      /every 1h, but a key of acme\/token lives 1h, which must outlast the interval \+ one failed attempt 5m \+ settling 5s/,
      /^Every 50m works\. Rotate at least every 54m,/,
    ],
    [
      "one that is longer by the jitter only",
      given({ every: "50m", jitter: "5m" }, hourLong),
      /interval \+ jitter 5m \+ one failed attempt/,
      /^Every 45m works\. Rotate at least every 49m,/,
    ],
    [
      "a cron's night, longer than the key's life",
      given({ every: "30m", notDuring: ["22:00-06:00"] }, hourLong),
      /two rotations as far apart as 8h30m, but a key of acme\/token lives 1h/,
      /^Every 30m works/,
    ],
    [
      "a key that is made to live shorter than its interval",
      { ...given({ every: "30d" }), madeToLive: 10 * 86_400 },
      /lives 10d/,
      /^Every 7d works/,
    ],
    [
      "an overlap that no interval of the key's life allows",
      given({ every: "45m" }, hourLong, "58m"),
      /overlap 58m/,
      /^Leave the overlap out and declare every 45m, which works\./,
    ],
    [
      "a jitter that leaves no interval",
      given({ every: "2h", jitter: "55m" }, hourLong),
      /lives 1h/,
      /^Declare a shorter jitter: with this one no interval works\./,
    ],
  ])("%s is refused, with numbers and what works", (_, refused, found, next) => {
    expect(problemOf(refused)).toEqual({
      found: expect.stringMatching(found),
      next: expect.stringMatching(next),
    });
  });

  test("the limits are exact to the second", () => {
    const exact = (smallest: number, longest: number): Fit => ({
      timing: { smallestGapSeconds: smallest, longestGapSeconds: longest, jitterSeconds: 0, told: "" },
      ...{ provider: hourLong, overlap: 1800 },
    });
    // 1800 + 60 + 5 must be less; 3600 - 300 - 5 may be reached.
    expect(problemOf(exact(1866, 3295))).toBeUndefined();
    expect(problemOf(exact(1865, 3295))).toBeDefined();
    expect(problemOf(exact(1866, 3296))).toBeDefined();
  });
});

describe("the overlap", () => {
  it.each<[Written, string]>([
    [{ every: "1d" }, "65m"],
    [{ every: "75m" }, "65m"],
    [{ every: "74m" }, "64m"],
    [{ every: "45m" }, "35m"],
    [{ every: "45m", jitter: "5m" }, "30m"],
    [{ every: "10m" }, "0s"],
    [{ cron: "0,30 9 * * ? *" }, "20m"],
  ])("of %j is %s where none is declared", (written, overlap) => {
    expect(overlapOf({ timing: timing(written), overlap: undefined })).toBe(parseDuration(overlap));
  });

  test("of every provider leaves room at the intervals that it is declared with", () => {
    for (const provider of builtin) {
      const every = provider.facts.lifetimeSeconds ? "45m" : "1d";
      expect(problemOf({ timing: timing({ every }), provider, overlap: undefined })).toBeUndefined();
    }
  });
});

describe("warnings", () => {
  it.each<[Written, string | undefined, RegExp[]]>([
    [{ every: "1d" }, undefined, []],
    [
      { every: "1d" },
      "30m",
      [/lives on for 30m, less than the hour .*JDBC.* refresh within 30m or on a 401/],
    ],
    [{ every: "45m" }, undefined, [/35m/]],
    [{ every: "1h" }, "4m", [/4m, and the Lambda extension, which keeps it for 300s/]],
    [{ every: "15m" }, "5m", [/two writes a rotation .*every 20m is not/, /lives on for 5m/]],
    [{ every: "20m" }, "5m", [/lives on for 5m/]],
  ])("for %j with the overlap %s", (written, overlap, found) => {
    expect(warningsOf(given(written, slow, overlap))).toEqual(
      found.map((text) => expect.stringMatching(text)),
    );
  });

  test("of many secrets at one vendor", () => {
    const many = (count: number, provider: string, written: Written) =>
      loadWarnings(Array.from({ length: count }, () => ({ provider, timing: timing(written) })));
    expect(many(250, "github/deploy-key", { every: "1h", jitter: "30m" })).toEqual([]);
    expect(many(251, "github/deploy-key", { every: "1h", jitter: "30m" })).toEqual([
      expect.stringMatching(/251 secrets at github make 502 writes an hour.*500/),
    ]);
    expect(many(40, "github/deploy-key", { every: "1d" })).toEqual([]);
    expect(many(41, "github/deploy-key", { every: "1d" })).toEqual([
      expect.stringMatching(/82 writes in one minute.*80: declare a jitter/),
    ]);
    expect(many(1000, "stripe/restricted-key", { every: "1d", jitter: "10m" })).toEqual([]);
    expect(many(3001, "acme/key", { every: "1d" })).toEqual([expect.stringMatching(/3001 rotations/)]);
  });
});
