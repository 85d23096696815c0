import { describe, expect, it } from "vitest";
import { stage } from "../rotation/staged.js";
import { failure, handleOf } from "../rotation/steady.js";
import { isContained, type Leaky, leakyFor } from "./containing.js";

const killFirst = { killFirst: true };

/** A refusal that leaves everything as it was. */
async function isRefused(leaky: Leaky, code: string, version: string) {
  const before = await leaky.bench.snapshot(leaky.bench.github);
  await expect(leaky.report([version], killFirst)).rejects.toEqual(failure(code));
  expect(await leaky.bench.snapshot(leaky.bench.github)).toEqual(before);
  expect(await leaky.watches()).toEqual([]);
}

describe("kill first", () => {
  const its = leakyFor("github");

  it("kill first, and the previous key works", async () => {
    const leaky = its();
    const at = await leaky.stand();
    await isRefused(leaky, "rollback_first", at.current);
  });

  it("kill first, even so", async () => {
    const leaky = its();
    const at = await leaky.now();
    const from = leaky.bench.sandbox.journal.last;
    const result = await leaky.report([at.current], { ...killFirst, evenSo: true });
    expect(result).toMatchObject({ outcome: "contained" });
    await isContained(leaky, result, [at.currentHandle]);
    const [key] = result.receipt?.keys ?? [];
    expect(key?.secondsToDead).toBe(2);
    // The label, then the kill, then the key that replaces it: no more than that was AWSCURRENT dead.
    const acts = leaky.bench.sandbox.journal
      .since(from)
      .flatMap((entry) => (entry.kind === "request" ? [entry.operation] : []))
      .filter((one) => /^(UpdateSecretVersionStage|RotateSecret)$|^DELETE|access_tokens$/.test(one));
    const killed = acts.findIndex((one) => one.startsWith("DELETE"));
    expect(acts.slice(0, killed)).toEqual(["UpdateSecretVersionStage", "UpdateSecretVersionStage"]);
    expect(acts[killed + 1]).toBe("RotateSecret");
    expect(result.receipt?.consumers).toContain("failed from the kill on");
  });

  it("kill first, both leaked", async () => {
    const leaky = its();
    const at = await leaky.stand();
    const result = await leaky.report([at.current, at.previous], killFirst);
    expect(result).toMatchObject({ outcome: "contained" });
    await isContained(leaky, result, [at.currentHandle, at.previousHandle]);
  });

  it("kill first, and a rotation is open", async () => {
    const leaky = its();
    const { token } = await stage(leaky.bench, leaky.bench.github);
    leaky.bench.sandbox.secretsManager.set("retries", 3);
    const at = await leaky.now();
    const result = await leaky.report([at.current], killFirst);
    expect(result).toMatchObject({ outcome: "contained" });
    await isContained(leaky, result, [at.currentHandle]);
    expect(result.receipt?.replacedBy?.version).not.toBe(token);
    expect(result.receipt?.consumers).toContain("failed from the kill on");
    expect(await leaky.told("Rotation Succeeded")).toHaveLength(1);
  });

  it("kill first, and rotation is off", async () => {
    const leaky = its();
    const at = await leaky.now();
    const { aws, github } = leaky.bench;
    await aws.cancelRotateSecret({ SecretId: github.name });
    await isRefused(leaky, "rotation_disabled", at.current);
    await aws.rotateSecret({ SecretId: github.name });
    await leaky.bench.sandbox.timeline.idle();
  });

  it("kill first, and its vendor cannot end it", async () => {
    const leaky = its();
    await leaky.around.pass(40);
    const at = await leaky.now();
    leaky.bench.sandbox.faults.add({
      ...{ service: "github", operation: "DELETE /installation/token", times: "always" },
      fault: { kind: "status", status: 503 },
    });
    const result = await leaky.report([at.current], { ...killFirst, evenSo: true });
    // It is replaced all the same, and ended as soon as that is possible.
    expect(result).toMatchObject({ outcome: "not_dead" });
    expect(await handleOf(leaky.bench, "github", "AWSCURRENT")).not.toBe(at.currentHandle);
    leaky.bench.sandbox.faults.clear();
    await leaky.around.pass(3);
    await isContained(leaky, await leaky.contained(), [at.currentHandle]);
  });
});
