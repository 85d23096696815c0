import { describe, expect, it } from "vitest";
import { stepNames } from "../../services/rotation/event.js";
import { mostLive } from "./bench.js";
import { sorts } from "./refusal.js";
import { stage } from "./staged.js";
import { handleOf, steady } from "./steady.js";

describe.each(sorts)("%s: every step may run again", (vendor) => {
  it("each step three times over makes one key and one flip", async () => {
    const bench = await steady(vendor);
    const secret = bench[vendor];
    const old = await handleOf(bench, vendor, "AWSCURRENT");
    const made = bench.handles(secret, "all").length;
    const rotation = await stage(bench, secret);
    for (const step of stepNames) for (let again = 0; again < 3; again++) await rotation.run(step);
    for (const step of stepNames) await rotation.run(step);
    expect(bench.handles(secret, "all")).toHaveLength(made + 1);
    expect(await handleOf(bench, vendor, "AWSPREVIOUS")).toBe(old);
    expect((await bench.labels(secret))[rotation.token]).toContain("AWSCURRENT");
    expect(mostLive(bench)).toBe(2);
  });

  it("two createSecret at once leave one staged key, and only the declared bound in between", async () => {
    const bench = await steady(vendor);
    const rotation = await stage(bench, bench[vendor]);
    const ends = await Promise.allSettled([rotation.run("createSecret"), rotation.run("createSecret")]);
    expect(ends.some(({ status }) => status === "fulfilled")).toBe(true);
    const staged = await handleOf(bench, vendor, "AWSPENDING");
    await rotation.run("createSecret");
    await rotation.run("setSecret");
    expect(bench.handles(bench[vendor], "live")).toEqual(
      [await handleOf(bench, vendor, "AWSCURRENT"), staged].sort(),
    );
    // Stripe's idempotency key is a mutex on the mint, and a key made here is nothing to GitHub yet. For tokens GitHub has
    // no mutex: the loser ends its own.
    expect(mostLive(bench)).toBeLessThanOrEqual(vendor === "github" ? 3 : 2);
    for (const end of ends)
      if (end.status === "rejected") expect(end.reason).toMatchObject({ retryable: true });
  });

  it("a dry run passes on a copy of the current key and changes nothing", async () => {
    const bench = await steady(vendor);
    const before = await bench.snapshot(bench[vendor]);
    const from = bench.sandbox.journal.last;
    await bench.aws.rotateSecret({ SecretId: bench[vendor].name, RotateImmediately: false });
    await bench.sandbox.timeline.idle();
    const steps = bench.sandbox.journal
      .since(from)
      .filter((entry) => entry.kind === "invocation" && entry.phase === "end");
    expect(steps).toEqual([expect.objectContaining({ step: "testSecret" })]);
    expect(steps[0]).not.toHaveProperty("error");
    expect(await bench.snapshot(bench[vendor])).toEqual(before);
  });
});
