import { describe, expect, it } from "vitest";
import { leakMark, nowWaiver } from "../../services/rotation/labels.js";
import { mostLive, type Stored } from "./bench.js";
import { type Kind, sorts, turns, vendors } from "./refusal.js";
import { stage } from "./staged.js";
import { failure, handleOf, kill, mark, put, steady } from "./steady.js";

describe.each(sorts)("%s: the previous key", (vendor) => {
  it("is not touched while its overlap is open (P19)", async () => {
    const bench = await steady(vendor);
    await bench.rotate(bench[vendor]);
    const before = bench.handles(bench[vendor], "live");
    const { errors } = await bench.rotate(bench[vendor]);
    expect(errors[0]).toMatchObject({ step: "createSecret", name: "overlap_open" });
    expect(errors[0]?.message).toMatch(/ends at 2026-/);
    expect(bench.handles(bench[vendor], "live")).toEqual(before);
  });

  it.each<[string, (versionId: string) => string, string]>([
    ["a human's word", nowWaiver, "AWSCURRENT"],
    ["a leak mark on current", leakMark, "AWSCURRENT"],
    ["a leak mark on previous", leakMark, "AWSPREVIOUS"],
  ])("is ended at once by %s", async (_, label, on) => {
    const bench = await steady(vendor);
    await bench.rotate(bench[vendor]);
    const [current, previous] = [
      await handleOf(bench, vendor, "AWSCURRENT"),
      await handleOf(bench, vendor, "AWSPREVIOUS"),
    ];
    await mark(bench, vendor, label, on);
    const { outcome } = await bench.rotate(bench[vendor]);
    expect(outcome).toBe("succeeded");
    const alive = bench.handles(bench[vendor], "not retired");
    expect(alive).not.toContain(previous);
    // A leaked current key is retired right after the flip (P16); else it is the new previous.
    expect(alive.includes(current)).toBe(!(label === leakMark && on === "AWSCURRENT"));
    expect(mostLive(bench)).toBe(2);
  });
});

describe.each(vendors)("%s: the previous key", (vendor) => {
  it("that the vendor still accepts 20 s after its end stops the rotation: nothing is made (P3)", async () => {
    const bench = await steady(vendor);
    bench.sandbox.vendors[vendor].set("deathSeconds", 1000);
    await bench.sandbox.timeline.advance(vendor === "github" ? 0 : 86_400_000);
    const secret = bench[vendor];
    if (vendor === "github") await bench.rotate(secret);
    const made = bench.handles(secret, "all").length;
    await mark(bench, vendor, nowWaiver, "AWSCURRENT");
    const { errors } = await bench.rotate(secret);
    expect(errors[0]?.name).toBe("previous_alive");
    expect(bench.handles(secret, "all")).toHaveLength(made);
    expect(mostLive(bench)).toBe(2);
  });

  it("that someone brought along and that still works is not ours to end", async () => {
    const bench = await steady(vendor);
    const secret = bench[vendor];
    const { keyturn, ...fields }: Stored = await bench.value(secret, "AWSCURRENT");
    // Two plain writes: the same live key, without our record, becomes AWSPREVIOUS under a placeholder.
    await put(bench, vendor, fields);
    await put(bench, vendor, { keyturn: { v: 1 } });
    const before = await bench.snapshot(secret);
    const rotation = await stage(bench, secret);
    await expect(rotation.run("createSecret")).rejects.toEqual(failure("previous_unlabelled"));
    expect(await bench.snapshot(secret)).toMatchObject({
      keys: Object(before).keys,
      live: Object(before).live,
    });
    expect(bench.handles(secret, "live")).toContain(keyturn.handle);
  });

  it("under both labels, as a plain write leaves it, survives as current (P2, V7)", async () => {
    const bench = await steady(vendor);
    const value = await bench.value(bench[vendor], "AWSCURRENT");
    await put(bench, vendor, { ...value, comment: "edited in the console" });
    const rotation = await stage(bench, bench[vendor]);
    if (vendor === "stripe") {
      // The key before it lost its label: an orphan now, whose value nobody has to see it refused.
      await expect(rotation.run("createSecret")).rejects.toEqual(failure("too_many_alive"));
      await bench.sandbox.timeline.advance(301_000);
    }
    await rotation.runAll();
    expect(bench.handles(bench[vendor], "live")).toContain(value.keyturn.handle);
    expect(await handleOf(bench, vendor, "AWSPREVIOUS")).toBe(value.keyturn.handle);
  });

  it("whose record was rewritten to a foreign handle stops the rotation while it lives, and not once it is dead", async () => {
    const bench = await steady(vendor);
    const secret = bench[vendor];
    const value = await bench.value(secret, "AWSCURRENT");
    // The previous version: our key, under a handle that is none of ours. The current one: a placeholder.
    await put(bench, vendor, {
      ...value,
      keyturn: { ...value.keyturn, handle: vendor === "stripe" ? "mk_foreign" : "sha256:f" },
    });
    await put(bench, vendor, { keyturn: { v: 1 } });
    const rotation = await stage(bench, secret);
    const before = bench.handles(secret, "all");
    await expect(rotation.run("createSecret")).rejects.toEqual(failure("handle_foreign"));
    expect(bench.handles(secret, "all")).toEqual(before);
    expect(bench.handles(secret, "live")).toContain(value.keyturn.handle);
    await kill(bench, vendor, value);
    await bench.sandbox.timeline.advance(400_000);
    await rotation.run("createSecret").catch((error) => expect(error).toEqual(failure("too_many_alive")));
    await bench.sandbox.timeline.advance(400_000);
    await rotation.runAll();
    expect((await bench.labels(secret))[rotation.token]).toContain("AWSCURRENT");
  });
});

describe("the current key, whose record two plain writes have dropped: whatever holds it keeps it alive", () => {
  const dropped = async (kind: Kind) => {
    const bench = await steady(kind);
    const { keyturn, ...fields } = await bench.value(bench[kind], "AWSCURRENT");
    for (const edited of [1, 2]) await put(bench, kind, { ...fields, edited });
    return { bench, keyturn, fields, rotation: await stage(bench, bench[kind]) };
  };

  it.each(["github", "deployKey"] as const)("%s: the key itself tells its handle", async (kind) => {
    const { bench, keyturn, rotation } = await dropped(kind);
    await rotation.runAll();
    expect(bench.handles(bench[kind], "live")).toEqual(
      [keyturn.handle, await handleOf(bench, kind, "AWSCURRENT")].sort(),
    );
  });

  it.each(["stripe", "webhook"] as const)("%s: nothing is ended until the record is back", async (kind) => {
    const { bench, keyturn, fields, rotation } = await dropped(kind);
    const before = bench.handles(bench[kind], "not retired");
    const error = await rotation.run("createSecret").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "current_unlabelled" });
    expect(before).toContain(keyturn.handle);
    expect(bench.handles(bench[kind], "not retired")).toEqual(before);
    await put(bench, kind, { ...fields, keyturn });
    await put(bench, kind, { ...fields, keyturn, edited: 3 });
    await bench.sandbox.timeline.advance(400_000);
    await turns(bench, bench[kind]);
  });
});
