import { afterAll, describe, expect, it } from "vitest";
import { heldEverywhere, interleavings } from "./interleavings.js";
import { Stage } from "./matrix.js";
import { shipped } from "./shipped.js";

/** A kind of key that its vendor lists, one that it does not, one that is made here. A token lives so shortly that every rollback needs rotations before it. */
const kinds = ["stripe/webhook-secret", "github/deploy-key", "github/installation-token"];

// Held before each of its writes, when all that it has read is old. `npm run faults` plays every kind, and holds it before every request.
describe.each(kinds)("%s", (provider) => {
  const stage = new Stage({ product: shipped, provider });
  afterAll(() => stage.close());

  const played = interleavings.filter(
    ({ goesBack }) => !goesBack || provider !== "github/installation-token",
  );

  it.each(played)("$name", { timeout: 120_000 }, async (interleaving) => {
    const broken: unknown[] = [];
    let ways = 0;
    for await (const held of heldEverywhere(stage, interleaving, ({ changes }) => changes)) {
      ways++;
      if (held.broken.length > 0) broken.push(held);
    }
    expect(broken).toEqual([]);
    expect(ways).toBeGreaterThan(2);
  });
});
