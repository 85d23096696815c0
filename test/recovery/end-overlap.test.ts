import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createFakeGitHub, type FakeGitHub } from "../../providers/github/fake/fake.js";
import { type ClaimKind, claimLabel, claimsIn, isRolledBack } from "../../services/rotation/claims.js";
import { leakMark } from "../../services/rotation/labels.js";
import type { VendorFactory } from "../../services/sandbox/sandbox.js";
import { type Bench, mostLive, openBench, startBench } from "../rotation/bench.js";
import { type Kind, only, quick, sorts, toSteady, turns } from "../rotation/refusal.js";
import { stage } from "../rotation/staged.js";
import { failure, handleOf, mark, put, steady } from "../rotation/steady.js";
import { endOverlap, holderOf, order } from "./jobs.js";

/** The job that a rotation would have arranged for its old key. */
async function jobFor(bench: Bench, kind: Kind, label: string) {
  return {
    versionId: (await holderOf(bench, kind, label)) ?? "",
    handle: await handleOf(bench, kind, label),
  };
}

const overlapMs = 10 * 60_000;

/** A previous key whose overlap is over, alive still. */
async function due(kind: Kind, bench?: Bench) {
  const opened = bench ?? (await openBench({ providers: only(kind), ...quick }));
  await toSteady(opened, [kind]);
  await opened.rotate(opened[kind]);
  await opened.sandbox.timeline.advance(overlapMs);
  return { bench: opened, job: await jobFor(opened, kind, "AWSPREVIOUS") };
}

async function claim(bench: Bench, kind: ClaimKind, versionId: string, seconds: number) {
  const label = claimLabel(
    kind,
    versionId,
    new Date(bench.sandbox.timeline.now().getTime() + seconds * 1000),
  );
  await bench.aws.updateSecretVersionStage({
    ...{ SecretId: bench.github.name, VersionStage: label, MoveToVersionId: versionId },
  });
  return label;
}

const ours = async (bench: Bench) =>
  Object.values(await bench.labels(bench.github))
    .flat()
    .filter((label) => label.startsWith("keyturn:"));

describe.each(sorts)("%s: the end of an overlap", (kind) => {
  it("ends the previous key, takes AWSPREVIOUS off once it is refused, and may come twice; rotations go on", async () => {
    const { bench, job } = await due(kind);
    expect(bench.handles(bench[kind], "live")).toContain(job.handle);
    const current = await holderOf(bench, kind, "AWSCURRENT");
    expect(await endOverlap(bench, kind, job)).toMatchObject({ outcome: "ended" });
    expect(bench.handles(bench[kind], "live")).toEqual([await handleOf(bench, kind, "AWSCURRENT")]);
    expect(await bench.labels(bench[kind])).toEqual({ [current ?? ""]: ["AWSCURRENT"] });
    const before = await bench.snapshot(bench[kind]);
    expect(await endOverlap(bench, kind, job)).toMatchObject({ outcome: "gone" });
    expect(await bench.snapshot(bench[kind])).toEqual(before);
    await bench.sandbox.timeline.advance(301_000);
    const rotated = await bench.rotate(bench[kind]);
    expect(rotated).toMatchObject({ outcome: "succeeded", errors: [] });
    expect(mostLive(bench)).toBe(2);
  });
});

describe("stripe: a rotation right after the end of an overlap, whose key counts as alive for 300 s more", () => {
  const ended = async (unlabelledVersions: "readable" | "refused") => {
    const { bench, job } = await due("stripe");
    bench.sandbox.secretsManager.set("unlabelledVersions", unlabelledVersions);
    expect(await endOverlap(bench, "stripe", job)).toMatchObject({ outcome: "ended" });
    return bench;
  };

  it("succeeds at once where AWS lets versions without labels be read: that the key is refused can be seen", async () => {
    const bench = await ended("readable");
    expect(await bench.rotate(bench.stripe)).toMatchObject({ outcome: "succeeded", errors: [] });
    expect(mostLive(bench)).toBe(2);
  });

  it("waits where AWS does not", async () => {
    const bench = await ended("refused");
    const { errors } = await bench.rotate(bench.stripe);
    expect(errors.map(({ name }) => name)).toEqual(["too_many_alive"]);
    expect(mostLive(bench)).toBe(2);
  });

  it("waits while the vendor accepts it still, and no longer", async () => {
    const bench = await steady("stripe");
    bench.sandbox.secretsManager.set("unlabelledVersions", "readable");
    await put(bench, "stripe", { ...(await bench.value(bench.stripe, "AWSCURRENT")), edited: true });
    // The key before it lost its label: an orphan now, which is ended and not dead at once.
    const rotation = await stage(bench, bench.stripe);
    await expect(rotation.run("createSecret")).rejects.toEqual(failure("too_many_alive"));
    await bench.sandbox.timeline.advance(20_000);
    await rotation.runAll();
    expect(mostLive(bench)).toBe(2);
  });
});

describe("the end of an overlap", () => {
  let bench: Awaited<ReturnType<typeof startBench>>;
  beforeAll(async () => {
    bench = await startBench({ providers: only("github"), ...quick });
  });
  afterAll(() => bench.close());
  /** A rotation succeeds, whatever the last test has left; its previous key lives. */
  const rotated = async () => {
    await bench.pastOverlap(bench.github);
    await turns(bench, bench.github);
    await bench.sandbox.timeline.advance(overlapMs);
    return jobFor(bench, "github", "AWSPREVIOUS");
  };

  it("of a key that is current still, under this version or another, asks to be armed again", async () => {
    await rotated();
    const job = await jobFor(bench, "github", "AWSCURRENT");
    const before = await bench.snapshot(bench.github);
    expect(await endOverlap(bench, "github", job)).toMatchObject({ outcome: "rearm" });
    expect(await bench.snapshot(bench.github)).toEqual(before);
    await put(bench, "github", { ...(await bench.value(bench.github, "AWSCURRENT")), edited: true });
    expect(await endOverlap(bench, "github", job)).toMatchObject({ outcome: "rearm" });
    expect(bench.handles(bench.github, "live")).toContain(job.handle);
  });

  it("while the key has its overlap asks to be armed again, unless that is waived", async () => {
    await bench.pastOverlap(bench.github);
    await turns(bench, bench.github);
    const job = await jobFor(bench, "github", "AWSPREVIOUS");
    await bench.sandbox.timeline.advance(overlapMs / 2);
    const before = await bench.snapshot(bench.github);
    expect(await endOverlap(bench, "github", job)).toMatchObject({ outcome: "rearm" });
    expect(await bench.snapshot(bench.github)).toEqual(before);
    await mark(bench, "github", leakMark, "AWSPREVIOUS");
    expect(await endOverlap(bench, "github", job)).toMatchObject({ outcome: "ended" });
    expect(bench.handles(bench.github, "live")).not.toContain(job.handle);
    await bench.aws.updateSecretVersionStage({
      ...{ SecretId: bench.github.name, VersionStage: leakMark(job.versionId) },
      RemoveFromVersionId: job.versionId,
    });
  });

  it("writes nothing while a rotation is open, and says that it may pass", async () => {
    const job = await rotated();
    await stage(bench, bench.github);
    const before = await bench.snapshot(bench.github);
    const refused = endOverlap(bench, "github", job);
    await expect(refused).rejects.toMatchObject({ code: "rotation_pending", retryable: true });
    expect(await bench.snapshot(bench.github)).toEqual(before);
    await order(bench, "github", "abort");
  });

  it("stands back for a rollback, and not for one whose time is over, nor for another's", async () => {
    const job = await rotated();
    const other = (await holderOf(bench, "github", "AWSCURRENT")) ?? "";
    await claim(bench, "rollback", other, 60);
    await claim(bench, "rollback", job.versionId, 60);
    const before = await bench.snapshot(bench.github);
    const refused = endOverlap(bench, "github", job);
    await expect(refused).rejects.toMatchObject({ code: "rollback_pending", retryable: true });
    expect(await bench.snapshot(bench.github)).toEqual(before);
    await bench.sandbox.timeline.advance(60_000);
    expect(await endOverlap(bench, "github", job)).toMatchObject({ outcome: "ended" });
    expect(await ours(bench)).toEqual([]);
  });

  it("of another key than the version holds, or of no version, ends nothing", async () => {
    const job = await rotated();
    const before = await bench.snapshot(bench.github);
    const wrong = endOverlap(bench, "github", { ...job, handle: "another" });
    await expect(wrong).rejects.toEqual(failure("event_invalid"));
    const none = { ...job, versionId: "0".repeat(32) };
    expect(await endOverlap(bench, "github", none)).toMatchObject({ outcome: "gone" });
    expect(await bench.snapshot(bench.github)).toEqual(before);
  });

  it("keeps AWSPREVIOUS while the vendor still accepts the key, so that it can be tried again", async () => {
    const job = await rotated();
    bench.sandbox.vendors.github.set("deathSeconds", 40);
    await expect(endOverlap(bench, "github", job)).rejects.toEqual(failure("previous_alive"));
    expect(await holderOf(bench, "github", "AWSPREVIOUS")).toBe(job.versionId);
    expect(await ours(bench)).toEqual([]);
    await bench.sandbox.timeline.advance(40_000);
    expect(await endOverlap(bench, "github", job)).toMatchObject({ outcome: "ended" });
    expect(await holderOf(bench, "github", "AWSPREVIOUS")).toBeUndefined();
    bench.sandbox.vendors.github.set("deathSeconds", 0);
  });

  it("may run twice at once", async () => {
    const job = await rotated();
    const ends = await Promise.allSettled([
      endOverlap(bench, "github", job),
      endOverlap(bench, "github", job),
    ]);
    expect(ends).toContainEqual({
      status: "fulfilled",
      value: expect.objectContaining({ outcome: "ended" }),
    });
    await endOverlap(bench, "github", job).catch((error) => expect(error).toMatchObject({ retryable: true }));
    expect(await ours(bench)).toEqual([]);
    expect(await holderOf(bench, "github", "AWSPREVIOUS")).toBeUndefined();
    expect(bench.handles(bench.github, "live")).toEqual([await handleOf(bench, "github", "AWSCURRENT")]);
  });

  it("moves no label once a rotation has begun in its middle; the claim it left runs out and is taken off", async () => {
    let begin: (() => Promise<unknown>) | undefined;
    const github: VendorFactory<FakeGitHub> = (lent) => {
      const fake = createFakeGitHub(lent);
      return {
        ...fake,
        handle: async (request) => {
          const answer = await fake.handle(request);
          const act = request.method === "DELETE" ? begin : undefined;
          begin = undefined;
          await act?.();
          return answer;
        },
      };
    };
    const opened = await openBench({ providers: only("github"), ...quick }, { github });
    const { bench, job } = await due("github", opened);
    let labels: unknown;
    begin = async () => {
      const SecretId = bench.github.name;
      await bench.aws.putSecretValue({ SecretId, SecretString: "{}", VersionStages: ["AWSPENDING"] });
      labels = await bench.labels(bench.github);
    };
    expect(await endOverlap(bench, "github", job)).toMatchObject({ outcome: "ended" });
    expect(await holderOf(bench, "github", "AWSPENDING")).toBeDefined();
    expect(await bench.labels(bench.github)).toEqual(labels);
    expect(await ours(bench)).toHaveLength(1);
    await order(bench, "github", "abort");
    await bench.pastOverlap(bench.github);
    await bench.rotate(bench.github);
    await bench.pastOverlap(bench.github);
    await endOverlap(bench, "github", await jobFor(bench, "github", "AWSPREVIOUS"));
    expect(await ours(bench)).toEqual([]);
  });
});

describe("claims", () => {
  const at = new Date("2026-06-01T00:00:00Z");
  const view = (stages: Record<string, string[]>) => ({
    ...{ arn: "arn", name: "app/key", rotationEnabled: true, stages: new Map(Object.entries(stages)) },
  });

  it("are read as they were written, wherever AWS has moved the label to; nothing else is one", () => {
    const label = claimLabel("rollback", "v:1", at);
    const others = [
      "AWSCURRENT",
      "keyturn:claim:other:1:v1",
      "keyturn:claim:end::v1",
      "keyturn:leaked:v1",
      `x${label}`,
    ];
    expect(claimsIn(view({ v2: [...others, label] }))).toEqual([
      { kind: "rollback", versionId: "v:1", expiresAt: at, label, on: "v2" },
    ]);
  });

  it.each([
    ["rollback", "v1", -1, true],
    ["rollback", "v1", 0, false],
    ["rollback", "v2", -1, false],
    ["end", "v1", -1, false],
  ] as const)(
    "%s of %s, looked at %i ms from its end: rolled back is %s",
    (kind, versionId, ms, expected) => {
      const seen = view({ v1: [claimLabel(kind, versionId, at)] });
      expect(isRolledBack(seen, "v1", new Date(at.getTime() + ms))).toBe(expected);
    },
  );
});
