import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { openBench } from "./bench.js";
import { brought } from "./brought.js";
import { fieldOf, only, quick, refusedUnchanged, toSteady, turns, type Vendor, vendors } from "./refusal.js";
import { stage } from "./staged.js";
import { put } from "./steady.js";

const open = async (vendor: Vendor) =>
  toSteady(await openBench({ ...quick, providers: only(vendor) }), [vendor]);

describe.each(vendors)("%s: a key that someone brought along", (vendor) => {
  it("as the current one serves until a rotation puts ours in its place; nothing of ours ends it", async () => {
    const bench = await open(vendor);
    const secret = bench[vendor];
    const { handle, value } = await brought(bench, vendor);
    await put(bench, vendor, value);
    await put(bench, vendor, { ...value, note: "the application's own" });
    await turns(bench, secret);
    expect(await bench.value(secret, "AWSCURRENT")).toMatchObject({
      note: "the application's own",
      keyturn: { handle: expect.not.stringContaining(handle) },
    });
    expect(bench.handles(secret, "live")).toContain(handle);
  });

  it("as the previous one lets no key be made until whoever made it has ended it", async () => {
    const bench = await open(vendor);
    const secret = bench[vendor];
    const current = await bench.value(secret, "AWSCURRENT");
    const { value, end } = await brought(bench, vendor);
    await put(bench, vendor, value);
    await put(bench, vendor, current);
    const rotation = await stage(bench, secret);
    const act = () => rotation.run("createSecret");
    expect(await refusedUnchanged(bench, secret, act)).toBe("previous_unlabelled");
    await end();
    await bench.sandbox.timeline.advance(10_000);
    await turns(bench, secret);
  });

  it("as the previous one, of no vendor at all, does not stop the rotation", async () => {
    const bench = await open(vendor);
    const current = await bench.value(bench[vendor], "AWSCURRENT");
    await put(bench, vendor, { [fieldOf[vendor]]: randomBytes(30).toString("hex") });
    await put(bench, vendor, current);
    await turns(bench, bench[vendor]);
  });
});

describe.each(vendors)("%s: a secret", (vendor) => {
  it("without any value gets no key; with the placeholder that the error advises it does", async () => {
    const bench = await openBench({ ...quick, providers: only(vendor) });
    const secret = bench[vendor];
    const { RotationLambdaARN = "" } = await bench.aws.describeSecret({ SecretId: secret.name });
    await bench.aws.deleteSecret({ SecretId: secret.name, ForceDeleteWithoutRecovery: true });
    await bench.aws.createSecret({ Name: secret.name });
    // Its labels name the secret, not this life of it: what the former one left is ended first.
    await bench.sandbox.timeline.advance(3_600_000);
    const keys = bench.handles(secret, "all");
    const from = bench.sandbox.journal.last;
    await bench.aws.rotateSecret({ SecretId: secret.name, RotationLambdaARN });
    await bench.sandbox.timeline.advance(3_600_000);
    const errors = bench.sandbox.journal
      .since(from)
      .flatMap((entry) => (entry.kind === "invocation" && entry.error ? [entry.error] : []));
    expect(errors.length).toBeGreaterThan(0);
    for (const { name, message } of errors) {
      expect(name).toBe("value_missing");
      expect(message).toContain(`--secret-id ${secret.name} --secret-string '{"keyturn":{"v":1}}'`);
    }
    expect(bench.handles(secret, "all")).toEqual(keys);
    await put(bench, vendor, { keyturn: { v: 1 } });
    await turns(bench, secret);
  });

  it.each([
    ["is scheduled for deletion", false, "store_refused"],
    ["is gone", true, "store_missing"],
  ])("that %s in mid-rotation ends every step that follows", async (_, force, code) => {
    const bench = await open(vendor);
    const secret = bench[vendor];
    const rotation = await stage(bench, secret);
    await rotation.run("createSecret");
    const keys = bench.handles(secret, "not retired");
    await bench.aws.deleteSecret({
      SecretId: secret.name,
      ...(force ? { ForceDeleteWithoutRecovery: true } : { RecoveryWindowInDays: 7 }),
    });
    for (const step of ["createSecret", "testSecret", "finishSecret"] as const) {
      await expect(rotation.run(step)).rejects.toMatchObject({ code });
    }
    expect(bench.handles(secret, "not retired")).toEqual(keys);
  });
});
