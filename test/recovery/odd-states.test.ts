import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startBench } from "../rotation/bench.js";
import { only, turns } from "../rotation/refusal.js";
import { stage } from "../rotation/staged.js";
import { failure, handleOf, put } from "../rotation/steady.js";
import { holderOf, logged, order } from "./jobs.js";

let bench: Awaited<ReturnType<typeof startBench>>;
beforeAll(async () => {
  bench = await startBench({ providers: only("github") });
});
afterAll(() => bench.close());

/** A rotation that succeeds, whatever the last test has left: so each test shows that the one before was mended. */
async function steady() {
  await bench.pastOverlap(bench.github);
  await turns(bench, bench.github);
  await bench.pastOverlap(bench.github);
}

/** Writes a version as anyone with the permission could. */
const write = (value: unknown, token: string, VersionStages = ["AWSPENDING"]) =>
  bench.aws.putSecretValue({
    ...{ SecretId: bench.github.name, ClientRequestToken: token, VersionStages },
    SecretString: typeof value === "string" ? value : JSON.stringify(value),
  });

/** The current key lives on, and nothing is pending. */
async function over(current: string) {
  expect(await handleOf(bench, "github", "AWSCURRENT")).toBe(current);
  expect(bench.handles(bench.github, "live")).toContain(current);
  expect(await holderOf(bench, "github", "AWSPENDING")).toBeUndefined();
}

describe("abort, in states that no undisturbed rotation has", () => {
  it("a staged value that is none of ours: it is ended all the same", async () => {
    await steady();
    const current = await handleOf(bench, "github", "AWSCURRENT");
    const { token } = await stage(bench, bench.github);
    await write("an accident", token);
    expect(await order(bench, "github", "abort")).toMatchObject({ outcome: "aborted", made: { ended: [] } });
    await over(current);
  });

  it("a dry run's copy of the current key: the key is not ended (P2, P10)", async () => {
    await steady();
    const value = await bench.value(bench.github, "AWSCURRENT");
    await write(value, randomUUID());
    expect(await order(bench, "github", "abort")).toMatchObject({ outcome: "aborted", made: { ended: [] } });
    await over(value.keyturn.handle);
  });

  it("a copy of the previous key: it is ended once AWSPENDING has left it", async () => {
    await steady();
    const current = await handleOf(bench, "github", "AWSCURRENT");
    await bench.rotate(bench.github);
    const previous = await bench.value(bench.github, "AWSPREVIOUS");
    const now = await handleOf(bench, "github", "AWSCURRENT");
    await write(previous, randomUUID());
    expect(await order(bench, "github", "abort")).toMatchObject({ previous: { handle: current } });
    expect(bench.handles(bench.github, "live")).toEqual([now]);
    await over(now);
  });

  it("one key under AWSCURRENT and AWSPREVIOUS: it is not ended", async () => {
    await steady();
    const value = await bench.value(bench.github, "AWSCURRENT");
    await put(bench, "github", { ...value, edited: true });
    await stage(bench, bench.github);
    expect(await order(bench, "github", "abort")).not.toHaveProperty("previous");
    await over(value.keyturn.handle);
  });

  it("AWSPENDING on a version that was current before: it is not promoted, and its key is ended (P18)", async () => {
    await steady();
    await bench.rotate(bench.github);
    const current = await handleOf(bench, "github", "AWSCURRENT");
    const previous = await handleOf(bench, "github", "AWSPREVIOUS");
    const MoveToVersionId = await holderOf(bench, "github", "AWSPREVIOUS");
    const SecretId = bench.github.name;
    await bench.aws.updateSecretVersionStage({ SecretId, VersionStage: "AWSPENDING", MoveToVersionId });
    expect(await order(bench, "github", "abort")).toMatchObject({
      ...{ outcome: "aborted", rotation: MoveToVersionId, previous: { handle: previous } },
    });
    expect(bench.handles(bench.github, "live")).toEqual([current]);
    await over(current);
  });

  it("AWSPENDING back on a version that was aborted, whose copy is known already: the next copy takes it away (V13)", async () => {
    await steady();
    const old = await holderOf(bench, "github", "AWSCURRENT");
    const current = await handleOf(bench, "github", "AWSCURRENT");
    const { token } = await stage(bench, bench.github);
    await order(bench, "github", "abort");
    const copy = await holderOf(bench, "github", "AWSCURRENT");
    await bench.aws.updateSecretVersionStage({
      ...{ SecretId: bench.github.name, VersionStage: "AWSCURRENT" },
      ...{ RemoveFromVersionId: copy, MoveToVersionId: old },
    });
    await write("written late", token);
    expect(await order(bench, "github", "abort")).toMatchObject({ outcome: "aborted", rotation: token });
    expect(await holderOf(bench, "github", "AWSCURRENT")).not.toBe(copy);
    await over(current);
  });

  it("an overlap that is open: a human's abort ends the previous key and says so", async () => {
    await steady();
    await bench.rotate(bench.github);
    const [current, previous] = [
      await handleOf(bench, "github", "AWSCURRENT"),
      await handleOf(bench, "github", "AWSPREVIOUS"),
    ];
    await stage(bench, bench.github);
    const overlapUntil = new Date(bench.sandbox.timeline.now().getTime() + 35 * 60_000);
    expect(await order(bench, "github", "abort")).toMatchObject({
      previous: { handle: previous, overlapUntil },
    });
    expect(bench.handles(bench.github, "live")).toEqual([current]);
    await over(current);
  });

  it("a placeholder for a current value: it stays", async () => {
    await steady();
    await put(bench, "github", { keyturn: { v: 1 } });
    await (await stage(bench, bench.github)).run("createSecret");
    expect(await order(bench, "github", "abort")).toMatchObject({ outcome: "aborted" });
    expect(await bench.value(bench.github, "AWSCURRENT")).toEqual({ keyturn: { v: 1 } });
    expect(bench.handles(bench.github, "live")).toEqual([]);
  });

  it("a current value that is no value of ours: refused, so that the last good version keeps its label", async () => {
    await steady();
    await put(bench, "github", "an accident");
    await stage(bench, bench.github);
    const before = await bench.snapshot(bench.github);
    await expect(order(bench, "github", "abort")).rejects.toEqual(failure("value_invalid"));
    await bench.sandbox.timeline.advance(301_000);
    await expect(order(bench, "github", "recover")).rejects.toEqual(failure("value_invalid"));
    expect(await bench.snapshot(bench.github)).toMatchObject({ labels: before.labels });
    await put(bench, "github", await bench.value(bench.github, "AWSPREVIOUS"));
  });
});

describe("events that are no jobs", () => {
  const secretId = "arn:aws:secretsmanager:us-east-1:123456789012:secret:app/none-a1B2c3";
  const name = "app/github-installation-token";
  it.each<[string, unknown, string]>([
    ["nothing", undefined, "event_invalid"],
    ["another format", { v: 2, action: "recover" }, "event_invalid"],
    ["an unknown action", { v: 1, action: "rotate" }, "event_invalid"],
    ["abort without a secret", { v: 1, action: "abort" }, "event_invalid"],
    ["a name for an ARN", { v: 1, action: "abort", secretId: name }, "event_invalid"],
    ["a field that it does not have", { v: 1, action: "recover", force: true }, "event_invalid"],
    ["no handle", { v: 1, action: "end-overlap", secretId, versionId: randomUUID() }, "event_invalid"],
    ["a secret that is not declared", { v: 1, action: "abort", secretId }, "secret_undeclared"],
    ["recovery of one that is not declared", { v: 1, action: "recover", secretId }, "secret_undeclared"],
  ])("%s: refused before anything is asked", async (_, keyturn, code) => {
    const from = bench.sandbox.journal.last;
    await expect(bench.invoke(bench.github, { keyturn })).rejects.toEqual(failure(code));
    expect(bench.sandbox.journal.last).toBe(from);
    expect(logged(bench, "job_failed").at(-1)).toMatchObject({ code, retryable: false });
  });
});

describe("abort of a secret that never had a value", () => {
  it("is refused, and the advice mends it", async () => {
    await steady();
    const { name } = bench.github;
    const { RotationLambdaARN } = await bench.aws.describeSecret({ SecretId: name });
    await bench.aws.deleteSecret({ SecretId: name, ForceDeleteWithoutRecovery: true });
    await bench.aws.createSecret({ Name: name });
    const { aws, sandbox } = bench;
    sandbox.secretsManager.set("retries", 0);
    await aws.rotateSecret({
      SecretId: name,
      RotationLambdaARN,
      RotationRules: { AutomaticallyAfterDays: 30 },
    });
    await sandbox.timeline.idle();
    const error = await order(bench, "github", "abort").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "value_missing" });
    const [, advice = ""] = /--secret-string '(.*)'/.exec(String(error)) ?? [];
    await put(bench, "github", JSON.parse(advice));
    await turns(bench, bench.github);
  });
});
