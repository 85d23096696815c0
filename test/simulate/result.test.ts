import { expect, test } from "vitest";
import { outageAt } from "./accidents.js";
import { resultOf } from "./result.js";
import { providerOf } from "./secrets.js";
import type { Happened } from "./tally.js";
import type { Gap } from "./truth.js";

const begun = Date.parse("2026-06-01T00:00:00Z");
const at = (time: string) => Date.parse(`2026-06-01T${time}Z`);
const tick = (time: string, deliveries = 1) => ({
  ...{ time: `2026-06-01T${time}Z`, at: at(time), deliveries },
});

/** Twelve hours of an installation token, whose vendor is away from 05:30 until 08:30. */
function judged(seen: Partial<Happened>, gaps: readonly Gap[] = [], outageHours = 3) {
  const outages = [{ vendor: "github", from: 5.5 * 3600, seconds: outageHours * 3600 }];
  const happened = { ticks: [], succeeded: [], failures: [], failed: 0, abandoned: 0, retried: 0, ...seen };
  const nothing = { aws: 0, vendor: 0 };
  const known = { mostLive: 2, mostUnretired: 2, mostStored: 2, lost: 0, gaps };
  const provider = providerOf("github/installation-token");
  const declaration = { provider: provider.id, config: {}, admin: "admin", every: "1h" };
  const { secrets } = resultOf({
    plan: { secrets: [], seconds: 12 * 3600, seed: 1, oneFaultIn: 0, outages, duplicates: 0 },
    secrets: [{ name: "app/token", provider, declaration }],
    ...{ begun, until: begun + 12 * 3_600_000, outage: outageAt(outages, begun), wallSeconds: 1 },
    tally: { happened: () => happened, count: () => 0 },
    known: new Map([["app/token", known]]),
    accidents: { faults: {}, calls: { rotations: nothing, recovery: nothing } },
  });
  return secrets[0];
}

test("a tick is rotated by what succeeds before the next one, and by nothing later", () => {
  const failures = [{ at: at("02:00:01"), what: "createSecret", code: "network" }];
  const ticks = [tick("01:00:00"), tick("02:00:00"), tick("03:00:00"), tick("12:00:01")];
  expect(judged({ ticks, succeeded: [at("01:00:10"), at("03:01:00")], failures })).toMatchObject({
    ...{ ticks: 3, ticksInOutage: 0, rotated: 2, slowest: 60 },
    missed: [{ time: "2026-06-01T02:00:00Z", failures: ["2026-06-01T02:00:01.000Z createSecret network"] }],
  });
});

test("ticks in an outage are counted apart, and what follows it is timed", () => {
  const ticks = [tick("05:29:59"), tick("05:30:00"), tick("08:29:59"), tick("08:30:00")];
  const succeeded = [at("05:29:59"), at("08:31:30")];
  expect(judged({ ticks, succeeded })).toMatchObject({
    ...{ ticks: 2, ticksInOutage: 2, rotated: 2, missed: [], resumedAfter: [1.5] },
  });
  expect(judged({ ticks, succeeded: [at("05:29:59")] })).toMatchObject({ resumedAfter: [undefined] });
});

test("a tick that came twice and was rotated twice is told", () => {
  const succeeded = [at("01:00:10"), at("01:20:00"), at("02:00:10"), at("02:30:00")];
  expect(judged({ ticks: [tick("01:00:00", 2), tick("02:00:00")], succeeded })).toMatchObject({
    ...{ duplicates: 1, rotatedTwice: 1, done: 4 },
  });
});

test("a gap is an outage's while it lasts and until the first rotation after it", () => {
  const succeeded = [at("08:40:00")];
  const gap = (from: string, to: string) => ({ from: at(from), to: at(to) });
  const gaps = [gap("01:00:00", "01:00:01"), gap("06:30:00", "08:40:30"), gap("08:50:00", "08:55:00")];
  expect(judged({ succeeded }, gaps)).toMatchObject({
    minutesWithoutKey: 1 + 131 + 5,
    gaps: [{ isOfOutage: false }, { isOfOutage: true }, { isOfOutage: false }],
  });
  // One that is shorter than such a token lives excuses none.
  const short = [gap("05:45:00", "06:10:00")];
  expect(judged({ succeeded: [at("06:10:00")] }, short, 0.5)?.gaps).toMatchObject([{ isOfOutage: false }]);
});
