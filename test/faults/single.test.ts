import { describe, expect, it } from "vitest";
import { lean, ofProcess } from "./cases.js";
import { inWords, playAll, type Setting, traceOf } from "./matrix.js";
import type { Planned } from "./play.js";
import { seeded } from "./random.js";
import { shipped } from "./shipped.js";

/** Pairs of faults that are played of each provider here; `npm run faults` plays all. */
const sampled = 3;

// One of each class of single faults (cases.ts), each class of two kinds of keys, by turns. `npm run faults` plays every one of every kind, at
// every request, and shows that the classes are classes.
describe.each(shipped.builtin.map(({ id }, turn) => [id, turn % 2] as const))("%s", (provider, turn) => {
  const setting: Setting = { product: shipped, provider };
  const played = async (plans: readonly (readonly Planned[])[]) => {
    const found = { cases: 0, broken: [] as string[] };
    for await (const { plan, played: one } of playAll(setting, plans)) {
      found.cases++;
      if (one.broken.length > 0) found.broken.push(`${inWords(plan)}: ${one.broken.join("; ")}`);
    }
    return found;
  };

  it("whatever goes wrong once, what must hold holds, and the secret rotates on", {
    timeout: 300_000,
  }, async () => {
    const all = lean(await traceOf(setting)).map((planned) => [planned]);
    expect(all.length).toBeGreaterThan(30);
    const plans = all.filter((_, index) => index % 2 === turn);
    expect(await played(plans)).toEqual({ cases: plans.length, broken: [] });
  });

  it("nor does it matter when something goes wrong twice", { timeout: 300_000 }, async () => {
    const random = seeded(4);
    const faults = ofProcess(await traceOf(setting));
    const pick = () => faults[Math.floor(random() * faults.length)] ?? { at: 1, what: "die" as const };
    const plans = Array.from({ length: sampled }, () => [pick(), pick()].sort((a, b) => a.at - b.at));
    expect(await played(plans)).toEqual({ cases: sampled, broken: [] });
  });
});
