import { describe, expect, it } from "vitest";
import { createFakeGitHub, type FakeGitHub } from "../../providers/github/fake/fake.js";
import { formatLabel, parseLabel } from "../../providers/kit/label.js";
import { leakMark } from "../../services/rotation/labels.js";
import type { VendorFactory } from "../../services/sandbox/sandbox.js";
import { type Bench, mostLive, openBench } from "./bench.js";
import { only, toSteady } from "./refusal.js";
import { stage } from "./staged.js";
import { failure, foreignLabels, handleOf, mark, plantDeployKey, put, steady } from "./steady.js";

const create = "POST /repos/{owner}/{repo}/keys";
const registrations = (bench: Bench, from = 0) =>
  bench.sandbox.journal
    .since(from)
    .flatMap((entry) => (entry.kind === "request" && entry.operation === create ? [entry.status] : []));

/** A steady bench whose GitHub calls `act` once, between making a deploy key and answering. */
async function interrupted(act: (bench: Bench) => Promise<unknown>): Promise<Bench & { arm(): void }> {
  let armed = false;
  let bench: Bench | undefined;
  const github: VendorFactory<FakeGitHub> = (lent) => {
    const fake = createFakeGitHub(lent);
    return {
      ...fake,
      handle: async (request) => {
        const answer = await fake.handle(request);
        if (armed && bench && request.method === "POST" && request.path.endsWith("/keys")) {
          armed = false;
          await act(bench);
        }
        return answer;
      },
    };
  };
  const opened = await openBench({ providers: only("deployKey") }, { github });
  bench = opened;
  await toSteady(opened, ["deployKey"]);
  return Object.assign(opened, {
    arm: () => {
      armed = true;
    },
  });
}

describe("a key that is made here", () => {
  it("is stored before its vendor knows it, and registered by setSecret alone, once", async () => {
    const bench = await steady("deployKey");
    const rotation = await stage(bench, bench.deployKey);
    const known = bench.handles(bench.deployKey, "all");
    const from = bench.sandbox.journal.last;
    await rotation.run("createSecret");
    const staged = await handleOf(bench, "deployKey", "AWSPENDING");
    expect(registrations(bench, from)).toEqual([]);
    expect(bench.handles(bench.deployKey, "all")).toEqual(known);
    await rotation.run("setSecret");
    expect(bench.handles(bench.deployKey, "live")).toContain(staged);
    for (let again = 0; again < 2; again++) await rotation.run("setSecret");
    expect(bench.handles(bench.deployKey, "all")).toHaveLength(known.length + 1);
    await rotation.run("testSecret");
    await rotation.run("finishSecret");
    await rotation.run("setSecret");
    expect(await handleOf(bench, "deployKey", "AWSCURRENT")).toBe(staged);
    expect(mostLive(bench)).toBe(2);
  });

  it.each(["lose", "half-close"] as const)(
    "whose registration's answer is lost (%s) is found by its material in the same step",
    async (kind) => {
      const bench = await steady("deployKey");
      const known = bench.handles(bench.deployKey, "all").length;
      bench.sandbox.faults.add({
        ...{ service: "github", operation: "POST /repos/{owner}/{repo}/keys", fault: { kind } },
      });
      expect(await bench.rotate(bench.deployKey)).toMatchObject({ outcome: "succeeded", errors: [] });
      expect(bench.handles(bench.deployKey, "all")).toHaveLength(known + 1);
      expect(mostLive(bench)).toBe(2);
    },
  );

  it("is taken back when its rotation was over by the time it was registered (P17, V20)", async () => {
    const bench = await interrupted(async (open) => {
      await put(open, "deployKey", { ...(await open.value(open.deployKey, "AWSCURRENT")), edited: true });
    });
    const rotation = await stage(bench, bench.deployKey);
    await rotation.run("createSecret");
    const staged = await handleOf(bench, "deployKey", "AWSPENDING");
    bench.arm();
    await expect(rotation.run("setSecret")).rejects.toEqual(failure("token_not_staged"));
    expect(bench.handles(bench.deployKey, "all")).toContain(staged);
    expect(bench.handles(bench.deployKey, "not retired")).toEqual([
      await handleOf(bench, "deployKey", "AWSCURRENT"),
    ]);
  });

  it("that its vendor knew already is left to the next sweep then: another run may have registered it (P17)", async () => {
    const bench = await interrupted(async (open) => {
      await put(open, "deployKey", { ...(await open.value(open.deployKey, "AWSCURRENT")), edited: true });
    });
    const rotation = await stage(bench, bench.deployKey);
    await rotation.run("createSecret");
    await rotation.run("setSecret");
    const staged = await handleOf(bench, "deployKey", "AWSPENDING");
    bench.arm();
    await expect(rotation.run("setSecret")).rejects.toEqual(failure("token_not_staged"));
    expect(bench.handles(bench.deployKey, "not retired")).toContain(staged);
    await bench.pastOverlap(bench.deployKey);
    expect(await bench.rotate(bench.deployKey)).toMatchObject({ outcome: "succeeded" });
    expect(bench.handles(bench.deployKey, "not retired")).not.toContain(staged);
    expect(mostLive(bench)).toBe(2);
  });

  it("that its owner took away is registered again, not given up (P7)", async () => {
    const bench = await steady("deployKey");
    const rotation = await stage(bench, bench.deployKey);
    await rotation.run("createSecret");
    await rotation.run("setSecret");
    const staged = await handleOf(bench, "deployKey", "AWSPENDING");
    await plantDeployKey(bench, { remove: staged });
    await bench.sandbox.timeline.advance(60_000);
    await expect(rotation.run("testSecret")).rejects.toEqual(failure("key_rejected"));
    await rotation.runAll();
    expect(await handleOf(bench, "deployKey", "AWSCURRENT")).toBe(staged);
    expect(bench.handles(bench.deployKey, "live")).toContain(staged);
  });

  it("is not registered once it is marked as leaked, and swept if it was", async () => {
    for (const registered of [false, true]) {
      const bench = await steady("deployKey");
      const rotation = await stage(bench, bench.deployKey);
      await rotation.run("createSecret");
      if (registered) await rotation.run("setSecret");
      const staged = await handleOf(bench, "deployKey", "AWSPENDING");
      const current = await handleOf(bench, "deployKey", "AWSCURRENT");
      await mark(bench, "deployKey", leakMark, "AWSPENDING");
      await expect(rotation.run("setSecret")).rejects.toEqual(failure("rotation_aborted"));
      expect(bench.handles(bench.deployKey, "live").includes(staged)).toBe(registered);
      expect(await handleOf(bench, "deployKey", "AWSCURRENT")).toBe(current);
      await bench.pastOverlap(bench.deployKey);
      expect(await bench.rotate(bench.deployKey)).toMatchObject({ outcome: "succeeded", errors: [] });
      expect(bench.handles(bench.deployKey, "live")).not.toContain(staged);
    }
  });

  it("gets no place while another key of this secret has it: setSecret sweeps first, and waits for that death (P3)", async () => {
    const bench = await steady("deployKey");
    const rotation = await stage(bench, bench.deployKey);
    await rotation.run("createSecret");
    // What an abandoned rotation's late setSecret leaves behind.
    const { label } = (await bench.value(bench.deployKey, "AWSCURRENT")).keyturn;
    const known = parseLabel(label);
    if (!known) throw new Error(label);
    const stray = await plantDeployKey(bench, {
      title: formatLabel({ ...known, rotation: "abandoned234" }),
    });
    bench.sandbox.vendors.github.set("deployKeyDeathSeconds", 15);
    const from = bench.sandbox.timeline.now().getTime();
    await rotation.run("setSecret");
    expect(bench.sandbox.timeline.now().getTime() - from).toBeGreaterThanOrEqual(15_000);
    expect(bench.handles(bench.deployKey, "live")).not.toContain(stray);
    await rotation.run("testSecret");
    await rotation.run("finishSecret");
    expect(mostLive(bench)).toBe(2);
  });

  it("sweeps nothing once its rotation is over: setSecret looks before it ends a stray (P4, P10)", async () => {
    const bench = await steady("deployKey");
    bench.sandbox.secretsManager.set("unlabelledVersions", "readable");
    const rotation = await stage(bench, bench.deployKey);
    await rotation.run("createSecret");
    const { label } = (await bench.value(bench.deployKey, "AWSCURRENT")).keyturn;
    const known = parseLabel(label);
    if (!known) throw new Error(label);
    const stray = await plantDeployKey(bench, { title: formatLabel({ ...known, rotation: "abandoned234" }) });
    // The first look still shows AWSPENDING, as AWS may for a while; those that follow do not.
    bench.sandbox.secretsManager.set("readLagSeconds", 2);
    await put(bench, "deployKey", { ...(await bench.value(bench.deployKey, "AWSCURRENT")), edited: true });
    bench.sandbox.faults.add({
      ...{ service: "github", operation: "GET /repos/{owner}/{repo}/keys", times: 2 },
      fault: { kind: "refuse" },
    });
    await expect(rotation.run("setSecret")).rejects.toEqual(failure("token_not_staged"));
    expect(bench.handles(bench.deployKey, "live")).toContain(stray);
  });

  it("leaves keys of a neighbour, of another installation, and without a label alone", async () => {
    const bench = await steady("deployKey");
    const { label } = (await bench.value(bench.deployKey, "AWSCURRENT")).keyturn;
    const planted: string[] = [];
    for (const title of foreignLabels(label)) planted.push(await plantDeployKey(bench, { title }));
    for (let round = 0; round < 2; round++) {
      expect(await bench.rotate(bench.deployKey)).toMatchObject({ outcome: "succeeded", errors: [] });
      await bench.pastOverlap(bench.deployKey);
    }
    expect(bench.handles(bench.deployKey, "live")).toEqual(expect.arrayContaining(planted));
  });
});
