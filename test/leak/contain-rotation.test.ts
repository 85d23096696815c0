import { describe, expect, it } from "vitest";
import { claimLabel } from "../../services/rotation/claims.js";
import { type StepName, stepNames } from "../../services/rotation/event.js";
import { holderOf } from "../recovery/jobs.js";
import { stage } from "../rotation/staged.js";
import { handleOf, mark, put } from "../rotation/steady.js";
import { isContained, type Leaky, leakyFor } from "./containing.js";

const retries = (leaky: Leaky, times: number) => leaky.bench.sandbox.secretsManager.set("retries", times);

describe("a rotation is open", () => {
  const its = leakyFor("github");

  it.each(["createSecret", "testSecret", "finishSecret"] as const)("running, before %s", async (step) => {
    const leaky = its();
    if (step === "createSecret") await leaky.stand();
    await leaky.around.pass(40);
    const rotation = await stage(leaky.bench, leaky.bench.github);
    const before: readonly StepName[] = stepNames.slice(0, stepNames.indexOf(step));
    for (const one of before) await rotation.run(one);
    const at = await leaky.now();
    const [result] = await Promise.all([
      leaky.report([at.current]),
      (async () => {
        for (const one of stepNames.slice(before.length)) await rotation.run(one);
      })(),
    ]);
    expect(result).toMatchObject({ outcome: "contained" });
    await isContained(leaky, result, [at.currentHandle]);
    // The open rotation was the replacement.
    expect(await holderOf(leaky.bench, "github", "AWSCURRENT")).toBe(rotation.token);
  });

  it("given up by AWS", async () => {
    const leaky = its();
    await leaky.around.pass(40);
    const rotation = await stage(leaky.bench, leaky.bench.github);
    retries(leaky, 3);
    await leaky.around.pass(1.2);
    const at = await leaky.now();
    const result = await leaky.report([at.current]);
    expect(result).toMatchObject({ outcome: "contained" });
    await isContained(leaky, result, [at.currentHandle]);
    expect(await holderOf(leaky.bench, "github", "AWSCURRENT")).toBe(rotation.token);
    expect(result.receipt?.keys[0]?.secondsToDead).toBeLessThanOrEqual(4);
  });

  it("stuck", async () => {
    const leaky = its();
    await leaky.around.pass(40);
    const rotation = await stage(leaky.bench, leaky.bench.github);
    await rotation.run("createSecret");
    retries(leaky, 3);
    const handle = await handleOf(leaky.bench, "github", "AWSPENDING");
    await leaky.around.pass(4.6);
    const at = await leaky.now();
    const result = await leaky.report([at.current]);
    expect(result).toMatchObject({ outcome: "contained" });
    await isContained(leaky, result, [at.currentHandle]);
    expect(await holderOf(leaky.bench, "github", "AWSCURRENT")).not.toBe(rotation.token);
    expect(leaky.live()).not.toContain(handle);
  });

  it("previous, and a rotation is open", async () => {
    const leaky = its();
    const at = await leaky.stand();
    const { token } = await stage(leaky.bench, leaky.bench.github);
    retries(leaky, 3);
    const result = await leaky.report([at.previous]);
    expect(result).toMatchObject({ outcome: "contained" });
    expect(leaky.live()).not.toContain(at.previousHandle);
    // No label is touched while it is open; the watch comes back for them, and for nothing else.
    expect(await leaky.ours()).toHaveLength(1);
    expect(await holderOf(leaky.bench, "github", "AWSPENDING")).toBe(token);
    await leaky.around.pass(14);
    await isContained(leaky, result, [at.previousHandle]);
    expect(await leaky.told("Leak Contained")).toHaveLength(1);
  });

  it("pending, and rotation is off", async () => {
    const leaky = its();
    await leaky.around.pass(40);
    const { aws, github } = leaky.bench;
    const rotation = await stage(leaky.bench, github);
    await rotation.run("createSecret");
    const handle = await handleOf(leaky.bench, "github", "AWSPENDING");
    await aws.cancelRotateSecret({ SecretId: github.name });
    const result = await leaky.report([rotation.token]);
    expect(result).toMatchObject({ outcome: "contained" });
    await isContained(leaky, result, [handle]);
    expect((await aws.describeSecret({ SecretId: github.name })).RotationEnabled).toBe(false);
    retries(leaky, 3);
    await aws.rotateSecret({ SecretId: github.name });
    await leaky.bench.sandbox.timeline.idle();
  });

  it("abandoned", async () => {
    const leaky = its();
    await leaky.around.pass(40);
    const rotation = await stage(leaky.bench, leaky.bench.github);
    await rotation.run("createSecret");
    const handle = await handleOf(leaky.bench, "github", "AWSPENDING");
    // A plain write ends it; nobody ends what it made.
    await put(leaky.bench, "github", {
      ...(await leaky.bench.value(leaky.bench.github, "AWSCURRENT")),
      edited: true,
    });
    await leaky.now();
    const result = await leaky.report([rotation.token]);
    expect(result).toMatchObject({ outcome: "contained" });
    await isContained(leaky, result, [handle]);
  });
});

describe("more than one at work", () => {
  const its = leakyFor("github");

  it("reported twice at once", async () => {
    const leaky = its();
    const at = await leaky.stand();
    const results = await Promise.all([leaky.report([at.current]), leaky.report([at.current])]);
    for (const result of results) {
      expect(result.outcome).toMatch(/^(contained|nothing_to_do)$/);
      await isContained(leaky, result, [at.currentHandle]);
    }
    expect(await leaky.told("Rotation Succeeded")).toHaveLength(1);
    expect(leaky.live()).toHaveLength(1);
  });

  it("a rollback is under way", async () => {
    const leaky = its();
    const at = await leaky.stand();
    const expires = new Date(leaky.around.now().getTime() + 20_000);
    await mark(leaky.bench, "github", (version) => claimLabel("rollback", version, expires), "AWSPREVIOUS");
    const result = await leaky.report([at.previous]);
    expect(result).toMatchObject({ outcome: "contained" });
    const [key] = result.receipt?.keys ?? [];
    expect(key?.killedAt && key.killedAt >= expires.toISOString()).toBe(true);
    const claims = (await leaky.ours()).filter((label) => !label.startsWith("keyturn:claim:"));
    expect(claims).toEqual([]);
  });

  it("its maker died", async () => {
    const leaky = its();
    const at = await leaky.stand();
    leaky.bench.sandbox.faults.add({
      ...{ service: "secretsmanager", operation: "RotateSecret" },
      fault: { kind: "status", status: 400, body: { __type: "AccessDeniedException" } },
    });
    await expect(leaky.report([at.current])).rejects.toMatchObject({ code: "store_denied" });
    expect(await leaky.watches()).toHaveLength(1);
    expect(leaky.live()).toContain(at.currentHandle);
    await leaky.around.pass(2);
    await isContained(leaky, await leaky.contained(), [at.currentHandle]);
    expect(await leaky.told("Leak Reported")).toHaveLength(1);
  });

  it("rotation is off", { timeout: 60_000 }, async () => {
    const leaky = its();
    const { aws, github } = leaky.bench;
    const at = await leaky.stand();
    await aws.cancelRotateSecret({ SecretId: github.name });
    const reported = new Date(leaky.around.now().getTime() - 13 * 60_000).toISOString();
    const result = await leaky.report([at.current, at.previous], { at: reported });
    expect(result).toMatchObject({
      outcome: "not_replaced",
      versions: [{ state: "rotation is off" }, { state: "done" }],
    });
    expect(leaky.live()).toEqual([at.currentHandle]);
    expect((await aws.describeSecret({ SecretId: github.name })).RotationEnabled).toBe(false);
    const alarm = { version: at.current, code: "not_replaced", message: "rotation is off" };
    await leaky.around.pass(1);
    expect(await leaky.told("Leak Not Contained")).toEqual([]);
    await leaky.around.pass(2);
    expect(await leaky.told("Leak Not Contained")).toMatchObject([alarm]);
    await leaky.around.pass(54);
    expect(await leaky.told("Leak Not Contained")).toMatchObject([alarm]);
    await leaky.around.pass(10);
    expect(await leaky.told("Leak Not Contained")).toMatchObject([alarm, alarm]);
    await aws.rotateSecret({ SecretId: github.name });
    await leaky.around.pass(6);
    await isContained(leaky, await leaky.contained(), [at.currentHandle, at.previousHandle]);
  });
});

describe("what nobody knows of AWS", () => {
  const its = leakyFor("github");

  it.each([
    ["foreignLabelsAtFlip", "lost"],
    ["oldToken", "refuse"],
    ["oldToken", "rerun"],
    ["readLagSeconds", 3],
    ["unlabelledVersions", "readable"],
    ["clearPendingSeconds", 30],
  ] as const)("switch %s: %s", async (name, value) => {
    const leaky = its();
    const at = await leaky.stand();
    leaky.bench.sandbox.secretsManager.set(name, value);
    const result = await leaky.report([at.current, at.previous]);
    leaky.bench.sandbox.secretsManager.set("readLagSeconds", 0);
    expect(result).toMatchObject({ outcome: "contained" });
    await leaky.around.pass(1);
    await isContained(leaky, result, [at.currentHandle, at.previousHandle]);
  });

  it("switch foreignLabelDuringRotation: fatal", async () => {
    const leaky = its();
    await leaky.stand();
    await leaky.around.pass(40);
    leaky.bench.sandbox.secretsManager.set("foreignLabelDuringRotation", "fatal");
    leaky.bench.sandbox.secretsManager.set("retrySpacingSeconds", 30);
    leaky.bench.sandbox.faults.add({
      ...{ service: "github", operation: "POST /app/installations/{id}/access_tokens", times: 4 },
      fault: { kind: "status", status: 503 },
    });
    const at = await leaky.now();
    await leaky.bench.aws.rotateSecret({ SecretId: leaky.bench.github.name });
    await leaky.bench.sandbox.timeline.idle();
    await leaky.report([at.current]);
    await leaky.around.pass(3);
    await isContained(leaky, await leaky.contained(), [at.currentHandle]);
  });

  it("the token of the containment is used up", async () => {
    const leaky = its();
    const at = await leaky.stand();
    await leaky.report([at.current]);
    const used = await holderOf(leaky.bench, "github", "AWSCURRENT");
    // Somebody moves AWSCURRENT back by hand, to the leaked version that has no label any more.
    for (const [MoveToVersionId, RemoveFromVersionId] of [[at.current, used]])
      await leaky.bench.aws.updateSecretVersionStage({
        ...{ SecretId: leaky.bench.github.name, VersionStage: "AWSCURRENT" },
        ...{ MoveToVersionId, RemoveFromVersionId },
      });
    const result = await leaky.report([at.current]);
    expect(result).toMatchObject({ outcome: "contained" });
    await isContained(leaky, result, [at.currentHandle]);
    expect(await holderOf(leaky.bench, "github", "AWSCURRENT")).not.toBe(used);
  });
});
