import { expect, it } from "vitest";
import { withBug } from "./buggy.js";
import { bugs, type Seeded } from "./bugs.js";
import { singles } from "./cases.js";
import { contain, leaks } from "./containment.js";
import { inWords, playAll, type Setting, Stage, traceOf } from "./matrix.js";
import type { Planned, Played } from "./play.js";
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

async function plansFor({ provider, leak, by, at }: Seeded): Promise<readonly (readonly Planned[])[]> {
  if (!by) return [[]];
  const setting = { product: shipped, provider };
  const trace = leak === undefined ? await traceOf(setting) : await traceOfLeak(setting, leak);
  return singles(trace)
    .filter((planned) => planned.what === by && at?.test(trace[planned.at - 1]?.operation ?? ""))
    .map((planned) => [planned]);
}

async function traceOfLeak(setting: Setting, leak: string) {
  for await (const { played } of containments(setting, leak, [[]])) return played.trace;
  return [];
}

async function* containments(setting: Setting, name: string, plans: readonly (readonly Planned[])[]) {
  const [leak] = leaks.filter((one) => one.name === name);
  if (!leak) throw new RangeError(`no leak ${name}`);
  const stage = new Stage(setting);
  try {
    for (const plan of plans) {
      const played = await contain(await stage.ready(), leak, plan);
      if (played.broken.length > 0) await stage.close();
      yield { plan, played };
    }
  } finally {
    await stage.close();
  }
}

async function outcomes(
  product: Product,
  { provider, leak }: Seeded,
  plans: readonly (readonly Planned[])[],
): Promise<readonly (Pick<Played, "outcome" | "most" | "broken"> & { readonly plan: string })[]> {
  const setting: Setting = { product, provider };
  const found: (Pick<Played, "outcome" | "most" | "broken"> & { readonly plan: string })[] = [];
  try {
    const played = leak === undefined ? playAll(setting, plans) : containments(setting, leak, plans);
    for await (const { plan, played: one } of played) {
      found.push({
        plan: inWords(plan),
        ...{ outcome: one.outcome, most: one.most, broken: one.broken },
      });
    }
  } catch (error) {
    // Not even an undisturbed rotation succeeds.
    found.push({ plan: "", outcome: "never", most: 0, broken: [String(error)] });
  }
  return found;
}
