import { afterAll, describe, expect, it } from "vitest";
import { heldEverywhere, interleavings } from "./interleavings.js";
import { Stage } from "./matrix.js";
import { shipped } from "./shipped.js";

// Held before each of its writes, when all that it has read is old. `npm run faults` holds it before every request.
describe.each(shipped.builtin.map(({ id }) => id))("%s", (provider) => {
  const stage = new Stage({ product: shipped, provider });
  afterAll(() => stage.close());

  it.each(interleavings)("$name", { timeout: 120_000 }, async (interleaving) => {
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
