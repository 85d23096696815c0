import { describe, expect, it } from "vitest";
import { leanOfContainment } from "./cases.js";
import { contain, leaks } from "./containment.js";
import { heldEverywhere } from "./interleavings.js";
import { leakInterleavings } from "./leak-interleavings.js";
import { inWords, Stage } from "./matrix.js";
import { shipped } from "./shipped.js";

// With one kind of key, and deaths before what changes anything. `npm run faults` plays every class with every kind.
const provider = "github/installation-token";

describe("a crash at any point still ends contained", () => {
  it.each(leaks.filter(({ name }) => name === "both"))(
    "$name",
    {
      timeout: 120_000,
    },
    async (leak) => {
      const stage = new Stage({ product: shipped, provider });
      const plain = await contain(await stage.ready(), leak, []);
      expect(plain).toMatchObject({ outcome: "contained", broken: [] });
      const plans = leanOfContainment(plain.trace);
      expect(plans.length).toBeGreaterThan(5);
      const found: string[] = [];
      for (const planned of plans) {
        const { broken } = await contain(await stage.ready(), leak, [planned]);
        if (broken.length > 0) found.push(`${inWords([planned])}: ${broken.join("; ")}`);
      }
      await stage.close();
      expect(found).toEqual([]);
    },
  );

  it("beside a rotation that is held before each of its writes", { timeout: 120_000 }, async () => {
    const stage = new Stage({ product: shipped, provider });
    const [interleaving] = leakInterleavings.filter(
      ({ name }) => name === "a rotation, and a containment of pending",
    );
    const held: string[] = [];
    if (interleaving)
      for await (const { where, broken } of heldEverywhere(stage, interleaving, ({ changes }) => changes))
        held.push([where, ...broken].join(": "));
    await stage.close();
    expect(held.length).toBeGreaterThan(3);
    expect(held.filter((one) => one.includes(": "))).toEqual([]);
  });
});
