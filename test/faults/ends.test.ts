import { describe, expect, it } from "vitest";
import { ofProcess } from "./cases.js";
import { inWords, Stage } from "./matrix.js";
import type { Planned } from "./play.js";
import { shipped } from "./shipped.js";

// One vendor that lists its keys and tells their end late, one that does not list.
describe.each(["stripe/webhook-secret", "github/installation-token"])("%s", (provider) => {
  it("whatever goes wrong once in the end of an overlap, the key is ended by recovery, and what must hold holds", {
    timeout: 120_000,
  }, async () => {
    const stage = new Stage({ product: shipped, provider });
    const end = async (plan: readonly Planned[]) => (await stage.ready()).player.endOfOverlap(plan);
    const plain = await end([]);
    expect(plain).toMatchObject({ outcome: "rotated", broken: [] });
    const found: string[] = [];
    const outcomes = new Set<string>();
    const plans = ofProcess(plain.trace);
    expect(plans.length).toBeGreaterThan(20);
    for (const planned of plans) {
      const { broken, outcome } = await end([planned]);
      outcomes.add(outcome);
      if (broken.length > 0) found.push(`${inWords([planned])}: ${broken.join("; ")}`);
    }
    await stage.close();
    expect(found).toEqual([]);
    expect([...outcomes].sort()).toEqual(["recovered", "rotated"]);
  });
});
