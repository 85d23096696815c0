import { describe, expect, it } from "vitest";
import { leakMark } from "../../services/rotation/labels.js";
import { kinds } from "./refusal.js";
import { stage } from "./staged.js";
import { failure, handleOf, kill, mark, put, steady } from "./steady.js";

describe.each(kinds)("%s: a rotation that has lost its turn", (vendor) => {
  it("fails and ends nothing when a plain write took its place (P10, P12)", async () => {
    const bench = await steady(vendor);
    const secret = bench[vendor];
    const rotation = await stage(bench, secret);
    await rotation.run("createSecret");
    await rotation.run("setSecret");
    const staged = await handleOf(bench, vendor, "AWSPENDING");
    await put(bench, vendor, { ...(await bench.value(secret, "AWSCURRENT")), edited: true });
    const live = bench.handles(secret, "live");
    const steps = ["createSecret", "testSecret", "finishSecret"] as const;
    for (const step of vendor === "deployKey" ? [...steps, "setSecret" as const] : steps) {
      await expect(rotation.run(step)).rejects.toEqual(failure("token_not_staged"));
    }
    expect(bench.handles(secret, "live")).toEqual(live);
    expect(live).toContain(staged);
  });

  it("is ended for good when its version is marked as leaked: finishSecret never promotes it", async () => {
    const bench = await steady(vendor);
    const rotation = await stage(bench, bench[vendor]);
    await rotation.run("createSecret");
    await mark(bench, vendor, leakMark, "AWSPENDING");
    const current = await handleOf(bench, vendor, "AWSCURRENT");
    await expect(rotation.run("finishSecret")).rejects.toEqual(failure("rotation_aborted"));
    expect(await handleOf(bench, vendor, "AWSCURRENT")).toBe(current);
  });

  it("is never promoted again once it was current (P18)", async () => {
    const bench = await steady(vendor);
    const secret = bench[vendor];
    const found = Object.entries(await bench.labels(secret)).find(([, stages]) =>
      stages.includes("AWSPREVIOUS"),
    );
    const token = found?.[0] ?? "";
    const { ARN } = await bench.aws.describeSecret({ SecretId: secret.name });
    await bench.aws.updateSecretVersionStage({
      ...{ SecretId: secret.name, VersionStage: "AWSPENDING", MoveToVersionId: token },
    });
    const current = await handleOf(bench, vendor, "AWSCURRENT");
    for (const Step of ["createSecret", "testSecret", "finishSecret"]) {
      const event = { Step, SecretId: ARN, ClientRequestToken: token };
      await expect(bench.invoke(secret, event)).rejects.toMatchObject({
        code: expect.stringMatching(/^(rotation_aborted|token_not_staged)$/),
      });
    }
    expect(await handleOf(bench, vendor, "AWSCURRENT")).toBe(current);
    expect(bench.handles(secret, "live")).toContain(current);
  });
});

// A generated key that its vendor does not know is registered again (generated.test.ts).
describe.each(["github", "stripe", "webhook"] as const)("%s: a rotation that has lost its turn", (vendor) => {
  it("is ended for good when its staged key is dead, and the next one succeeds (P7, P11)", async () => {
    const bench = await steady(vendor);
    const secret = bench[vendor];
    const rotation = await stage(bench, secret);
    await rotation.run("createSecret");
    await kill(bench, vendor, await bench.value(secret, "AWSPENDING"));
    await bench.sandbox.timeline.advance(60_000);
    const current = await handleOf(bench, vendor, "AWSCURRENT");
    await expect(rotation.run("createSecret")).rejects.toEqual(failure("rotation_aborted"));
    expect(await handleOf(bench, vendor, "AWSCURRENT")).toBe(current);
    expect(bench.handles(secret, "live")).toContain(current);
    await expect(rotation.run("finishSecret")).rejects.toEqual(failure("token_not_staged"));
    await bench.pastOverlap(secret);
    const next = await bench.rotate(secret);
    expect(next).toMatchObject({ outcome: "succeeded", errors: [] });
  });
});
