import { describe, expect, it } from "vitest";
import { mostLive } from "./bench.js";
import { kinds } from "./refusal.js";
import { stage } from "./staged.js";
import { failure, handleOf, steady } from "./steady.js";

describe.each(kinds)("%s: answers that are lost", (vendor) => {
  it.each(["lose", "refuse"] as const)(
    "PutSecretValue, %s: written once, by the one who made the key (P5)",
    async (kind) => {
      const bench = await steady(vendor);
      const rotation = await stage(bench, bench[vendor]);
      const made = bench.handles(bench[vendor], "all").length;
      // The SDK itself tries three times: this one goes on until the core looks for itself.
      bench.sandbox.faults.add({
        service: "secretsmanager",
        operation: "PutSecretValue",
        times: 3,
        fault: { kind },
      });
      await rotation.runAll();
      expect(bench.handles(bench[vendor], "all")).toHaveLength(made + 1);
      expect(bench.handles(bench[vendor], "live")).toContain(await handleOf(bench, vendor, "AWSCURRENT"));
      expect(mostLive(bench)).toBe(2);
    },
  );

  it("UpdateSecretVersionStage: the flip is looked at, not guessed", async () => {
    const bench = await steady(vendor);
    const rotation = await stage(bench, bench[vendor]);
    const operation = "UpdateSecretVersionStage";
    bench.sandbox.faults.add({ service: "secretsmanager", operation, times: 3, fault: { kind: "lose" } });
    await rotation.runAll();
    expect((await bench.labels(bench[vendor]))[rotation.token]).toContain("AWSCURRENT");
  });

  it("DescribeSecret after the mint fails: the key is ended, for no version can hold it", async () => {
    const bench = await steady(vendor);
    const rotation = await stage(bench, bench[vendor]);
    const before = bench.handles(bench[vendor], "live").length;
    // As many come before the key is made; the one that fails is the look between that and the Put.
    const looks = vendor === "github" ? 1 : 2;
    bench.sandbox.faults.add({
      ...{ service: "secretsmanager", operation: "DescribeSecret", after: looks },
      fault: { kind: "status", status: 400, body: { __type: "AccessDeniedException" } },
    });
    await expect(rotation.run("createSecret")).rejects.toEqual(failure("store_denied"));
    expect(bench.handles(bench[vendor], "not retired")).toEqual([
      await handleOf(bench, vendor, "AWSCURRENT"),
    ]);
    expect(mostLive(bench)).toBe(2);
    expect(before).toBeGreaterThan(0);
  });
});
