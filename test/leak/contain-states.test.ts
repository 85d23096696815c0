import { Octokit } from "@octokit/rest";
import { describe, expect, it } from "vitest";
import { publicHalf } from "../../providers/github/ssh-key.js";
import { Secret } from "../../providers/kit/secret.js";
import type { Bench } from "../rotation/bench.js";
import { brought } from "../rotation/brought.js";
import { sorts } from "../rotation/refusal.js";
import { stage } from "../rotation/staged.js";
import { failure, handleOf, put } from "../rotation/steady.js";
import { isContained, leakyFor } from "./containing.js";

describe.each(sorts)("%s", (kind) => {
  const its = leakyFor(kind);

  it("previous", async () => {
    const leaky = its();
    const at = await leaky.stand();
    const result = await leaky.report([at.previous]);
    expect(result).toMatchObject({ outcome: "contained" });
    await isContained(leaky, result, [at.previousHandle]);
    expect(result.receipt).not.toHaveProperty("replacedBy");
    expect(await handleOf(leaky.bench, kind, "AWSCURRENT")).toBe(at.currentHandle);
    expect(await leaky.names()).toEqual(["Leak Reported", "Key Retired", "Leak Contained"]);
  });

  it("current", async () => {
    const leaky = its();
    // Where a death is waited for that nobody can see any more: the key above has no version left.
    if (kind === "stripe") await leaky.around.pass(6);
    const at = await leaky.now();
    const result = await leaky.report([at.current], { by: "someone", source: "test", reason: "pasted" });
    // A run that began before could register it once more.
    const isSeenTwice = kind === "deployKey";
    expect(result).toMatchObject({ outcome: isSeenTwice ? "not_dead" : "contained" });
    if (isSeenTwice) await leaky.around.pass(3);
    const receipt = await leaky.receipt();
    await isContained(leaky, { receipt }, [at.currentHandle]);
    expect(receipt).toMatchObject({ v: 1, by: "someone", source: "test", reason: "pasted" });
    expect(receipt?.keys[0]?.secondsToDead).toBe(2);
    expect(await leaky.names()).toEqual([
      ...["Rotation Started", "Key Minted", "Rotation Succeeded", "Key Retired"],
      ...["Leak Reported", "Leak Contained"],
    ]);
    expect(leaky.live()).toHaveLength(1);
  });
});

describe("github", () => {
  const its = leakyFor("github");

  it("current and previous", async () => {
    const leaky = its();
    const at = await leaky.stand();
    const result = await leaky.report([at.current, at.previous]);
    expect(result).toMatchObject({ outcome: "contained" });
    await isContained(leaky, result, [at.currentHandle, at.previousHandle]);
    expect(leaky.live()).toHaveLength(1);
    expect(await leaky.told("Leak Contained")).toHaveLength(2);

    // The rows "reported again" and "older, its key dead" go on from here.
    const again = await leaky.report([at.current]);
    expect(again).toMatchObject({
      outcome: "nothing_to_do",
      versions: [{ version: at.current, state: "done" }],
    });
    expect(again.receipt?.keys[0]).not.toHaveProperty("killedAt");
    await isContained(leaky, again, [at.currentHandle]);
  });

  it("unknown", async () => {
    const leaky = its();
    const at = await leaky.now();
    const before = await leaky.bench.snapshot(leaky.bench.github);
    await expect(leaky.report([at.current, "0".repeat(32)])).rejects.toEqual(failure("event_invalid"));
    expect(await leaky.bench.snapshot(leaky.bench.github)).toEqual(before);
    expect(await leaky.watches()).toEqual([]);
    expect(await leaky.names()).toEqual([]);
  });

  it("pending, and nothing stored yet", async () => {
    const leaky = its();
    const rotation = await stage(leaky.bench, leaky.bench.github);
    const result = await leaky.report([rotation.token]);
    expect(result).toMatchObject({ outcome: "nothing_to_do" });
    expect(await leaky.ours()).toEqual([]);
    expect(await leaky.watches()).toEqual([]);
    await expect(rotation.run("createSecret")).rejects.toEqual(failure("token_not_staged"));
    expect(leaky.live()).toContain(await handleOf(leaky.bench, "github", "AWSCURRENT"));
  });

  it("pending", async () => {
    const leaky = its();
    const at = await leaky.stand();
    await leaky.around.pass(40);
    const rotation = await stage(leaky.bench, leaky.bench.github);
    for (const step of ["createSecret", "testSecret"] as const) await rotation.run(step);
    const handle = await handleOf(leaky.bench, "github", "AWSPENDING");
    const result = await leaky.report([rotation.token]);
    expect(result).toMatchObject({ outcome: "contained", versions: [{ handle }] });
    await isContained(leaky, result, [handle]);
    // It was due: another one has begun, and succeeded.
    expect(await handleOf(leaky.bench, "github", "AWSCURRENT")).not.toBe(at.currentHandle);
    await expect(rotation.run("finishSecret")).rejects.toEqual(failure("token_not_staged"));
  });

  it("older, its key alive", async () => {
    const leaky = its();
    const at = await leaky.stand();
    await leaky.around.pass(36);
    await leaky.bench.rotate(leaky.bench.github);
    // Plain writes push it out of all labels: its revocation is lost.
    for (const edited of [1, 2])
      await put(leaky.bench, "github", {
        ...(await leaky.bench.value(leaky.bench.github, "AWSCURRENT")),
        edited,
      });
    expect(leaky.live()).toContain(at.currentHandle);
    const result = await leaky.report([at.current]);
    expect(result).toMatchObject({ outcome: "contained" });
    await isContained(leaky, result, [at.currentHandle]);
    expect(result.receipt).not.toHaveProperty("replacedBy");
  });

  it("previous, and its key under AWSCURRENT as well", async () => {
    const leaky = its();
    await leaky.stand();
    const at = await leaky.now();
    await put(leaky.bench, "github", {
      ...(await leaky.bench.value(leaky.bench.github, "AWSCURRENT")),
      edited: 1,
    });
    const result = await leaky.report([at.current]);
    expect(result).toMatchObject({ outcome: "contained" });
    await isContained(leaky, result, [at.currentHandle]);
    expect(result.receipt).toHaveProperty("replacedBy");
  });

  it("current and pending", async () => {
    const leaky = its();
    await leaky.stand();
    await leaky.around.pass(40);
    const rotation = await stage(leaky.bench, leaky.bench.github);
    await rotation.run("createSecret");
    const at = await leaky.now();
    const handle = await handleOf(leaky.bench, "github", "AWSPENDING");
    const result = await leaky.report([at.current, rotation.token]);
    expect(result).toMatchObject({ outcome: "contained" });
    await isContained(leaky, result, [at.currentHandle, handle]);
    expect(leaky.live()).toHaveLength(1);
  });

  it("brought along", async () => {
    const leaky = its();
    const key = await brought(leaky.bench, "github");
    await put(leaky.bench, "github", key.value);
    const at = await leaky.now();
    const result = await leaky.report([at.current], {}).catch((error: unknown) => error);
    expect(result).toMatchObject({ outcome: "not_dead", versions: [{ state: "it is not ours to end" }] });
    expect(leaky.live()).toContain(await handleOf(leaky.bench, "github", "AWSCURRENT"));
    expect(leaky.live()).toContain(key.handle);
    await key.end();
    await leaky.around.pass(3);
    expect(await leaky.ours()).toEqual([]);
    expect(await leaky.watches()).toEqual([]);
  });

  it("placeholder", async () => {
    const leaky = its();
    await leaky.stand();
    await put(leaky.bench, "github", { keyturn: { v: 1 } });
    const labels = await leaky.bench.labels(leaky.bench.github);
    const [version = ""] = Object.entries(labels).find(([, stages]) => stages.includes("AWSCURRENT")) ?? [];
    const result = await leaky.report([version]);
    expect(result).toMatchObject({ outcome: "nothing_to_do", versions: [{ version, state: "done" }] });
    expect(await leaky.bench.labels(leaky.bench.github)).toEqual(labels);
    expect(await leaky.watches()).toEqual([]);
    expect(await leaky.names()).toEqual(["Leak Reported"]);
  });
});

describe("deploy keys", () => {
  const its = leakyFor("deployKey");

  it("setSecret fails", async () => {
    const leaky = its();
    const at = await leaky.now();
    leaky.bench.sandbox.faults.add({
      ...{ service: "github", operation: "POST /repos/{owner}/{repo}/keys", times: "always" },
      fault: { kind: "status", status: 503 },
    });
    expect(await leaky.report([at.current])).toMatchObject({ outcome: "not_replaced" });
    expect(leaky.live()).toContain(at.currentHandle);
    leaky.bench.sandbox.faults.clear();
    await leaky.around.pass(5);
    await isContained(leaky, await leaky.contained(), [at.currentHandle]);
  });

  it("pending, and its vendor does not know it yet; and registered late", async () => {
    const leaky = its();
    const { bench } = leaky;
    const rotation = await stage(bench, bench.deployKey);
    await rotation.run("createSecret");
    await leaky.now();
    const { label, handle } = (await bench.value(bench.deployKey, "AWSPENDING")).keyturn;
    const { SecretString = "" } = await bench.aws.getSecretValue({
      ...{ SecretId: bench.deployKey.name, VersionStage: "AWSPENDING" },
    });
    const result = await leaky.report([rotation.token]);
    expect(result).toMatchObject({
      outcome: "not_dead",
      versions: [{ handle, refusedAt: expect.any(String) }],
    });
    expect(await leaky.names()).not.toContain("Leak Contained");
    await expect(rotation.run("setSecret")).rejects.toEqual(failure("token_not_staged"));

    // A run that began before the abort registers it all the same (V20).
    await registerByHand(bench, label, String(JSON.parse(SecretString).privateKey));
    expect(leaky.live()).toContain(handle);
    const late = leaky.around.now().toISOString();
    await leaky.around.pass(4);
    const { receipt } = await leaky.contained();
    await isContained(leaky, { receipt }, [handle]);
    expect(receipt?.keys[0]?.refusedAt && receipt.keys[0].refusedAt > late).toBe(true);
    expect(await leaky.told("Leak Contained")).toHaveLength(1);
  });
});

/** What a setSecret does whose request was on its way for long. */
async function registerByHand(bench: Bench, title: string, privateKey: string): Promise<void> {
  const [owner = "", repo = ""] = String(bench.deployKey.declaration.config["repository"]).split("/");
  const { token: auth } = bench.sandbox.vendors.github.makePersonalAccessToken(owner);
  const octokit = new Octokit({ auth, baseUrl: bench.sandbox.urls.github });
  const { line: key } = publicHalf(new Secret(privateKey));
  await octokit.rest.repos.createDeployKey({ owner, repo, title, key, read_only: true });
}
