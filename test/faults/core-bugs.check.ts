import { expect, it } from "vitest";
import { withBug } from "./buggy.js";
import { bugs, type Seeded } from "./bugs.js";
import { singles } from "./cases.js";
import { inWords, playAll, type Setting, traceOf } from "./matrix.js";
import type { Planned } from "./play.js";
import { shipped } from "./shipped.js";
import type { Product } from "./world.js";

it("has enough of them", () => {
  expect(bugs.length).toBeGreaterThanOrEqual(10);
});

it.each(bugs)("is caught: $name", { timeout: 120_000 }, async (bug) => {
  const plans = await plansFor(bug);
  const right = await outcomes(shipped, bug, plans);
  const wrong = await outcomes(await withBug(bug), bug, plans);
  expect(right.filter(({ broken }) => broken.length > 0)).toEqual([]);
  expect(wrong).not.toEqual(right);
});

async function plansFor({ provider, by, at }: Seeded): Promise<readonly (readonly Planned[])[]> {
  if (!by) return [[]];
  const trace = await traceOf({ product: shipped, provider });
  return singles(trace)
    .filter((planned) => planned.what === by && at?.test(trace[planned.at - 1]?.operation ?? ""))
    .map((planned) => [planned]);
}

async function outcomes(product: Product, { provider }: Seeded, plans: readonly (readonly Planned[])[]) {
  const setting: Setting = { product, provider };
  const found: { plan: string; outcome: string; most: number; broken: readonly string[] }[] = [];
  try {
    for await (const { plan, played } of playAll(setting, plans)) {
      found.push({
        plan: inWords(plan),
        ...{ outcome: played.outcome, most: played.most, broken: played.broken },
      });
    }
  } catch (error) {
    // Not even an undisturbed rotation succeeds.
    found.push({ plan: "", outcome: "never", most: 0, broken: [String(error)] });
  }
  return found;
}
