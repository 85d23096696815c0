import { afterAll, describe, expect, it } from "vitest";
import { ofProcess } from "./cases.js";
import { inWords, Stage } from "./matrix.js";
import { comings } from "./play.js";
import { shipped } from "./shipped.js";

// One vendor that lists its keys and tells their end late, one that does not list. `npm run faults` plays all, and every class.
describe.each(["stripe/webhook-secret", "github/installation-token"])("%s", (provider) => {
  const stage = new Stage({ product: shipped, provider });
  afterAll(() => stage.close());

  it("whatever goes wrong once where the end of an overlap changes anything, the key is ended by recovery, and what must hold holds", {
    timeout: 120_000,
  }, async () => {
    const plain = await (await stage.ready()).player.endOfOverlap([]);
    expect(plain).toMatchObject({ outcome: "rotated", broken: [] });
    const found: string[] = [];
    const outcomes = new Set<string>();
    const plans = ofProcess(plain.trace).filter(({ at }) => plain.trace[at - 1]?.changes);
    expect(plans.length).toBeGreaterThan(10);
    for (const planned of plans) {
      const { broken, outcome } = await (await stage.ready()).player.endOfOverlap([planned]);
      outcomes.add(outcome);
      if (broken.length > 0) found.push(`${inWords([planned])}: ${broken.join("; ")}`);
    }
    expect(found).toEqual([]);
    expect([...outcomes].sort()).toEqual(["recovered", "rotated"]);
  });

  it.each(comings)("the end of an overlap that comes %s ends the key", async (comes) => {
    const { broken, outcome } = await (await stage.ready()).player.endOfOverlap([], comes);
    expect(broken).toEqual([]);
    expect(outcome).toBe(comes === "never" ? "recovered" : "rotated");
  });
});
