import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builtin } from "../../providers/index.js";
import { claimLabel } from "../../services/rotation/claims.js";
import { leakMark } from "../../services/rotation/labels.js";
import { switchDefaults } from "../../services/sandbox/aws/switches.js";
import { mostLive, startBench } from "../rotation/bench.js";
import { fieldOf, type Kind, sorts, toSteady, turns } from "../rotation/refusal.js";
import { stage } from "../rotation/staged.js";
import { handleOf, kill, mark, put } from "../rotation/steady.js";
import { endOverlap, holderOf, logged, order } from "./jobs.js";
import { ready as becomeReady, versionAt as versionOn } from "./ready.js";

let bench: Awaited<ReturnType<typeof startBench>>;

beforeAll(async () => {
  bench = await startBench({ providers: builtin, declare: { every: "20m" } });
  await toSteady(bench, sorts);
});
afterAll(() => bench.close());

const rollback = (kind: Kind) => order(bench, kind, "rollback");
const keyAt = async (kind: Kind, label: string) => (await bench.value(bench[kind], label))[fieldOf[kind]];
const versionAt = (kind: Kind, label: string) => versionOn(bench, kind, label);
const ready = (kind: Kind) => becomeReady(bench, kind);

/** A label of ours on the version that carries another, as somebody else puts it there. */
async function label(kind: Kind, on: string, name: (versionId: string) => string): Promise<void> {
  const versionId = await versionAt(kind, on);
  const VersionStage = name(versionId);
  const { name: SecretId } = bench[kind];
  await bench.aws.updateSecretVersionStage({ SecretId, VersionStage, MoveToVersionId: versionId });
}

const claim = (of: "end" | "rollback", seconds: number) => (versionId: string) =>
  claimLabel(of, versionId, new Date(bench.sandbox.timeline.now().getTime() + seconds * 1000));

describe.each(sorts)("%s: a rollback", (kind) => {
  it("makes the previous key current again, says what it left, and does nothing the second time; the next rotation ends what it left", async () => {
    await ready(kind);
    const kept = await keyAt(kind, "AWSPREVIOUS");
    const to = await versionAt(kind, "AWSPREVIOUS");
    const from = await versionAt(kind, "AWSCURRENT");
    const handle = await handleOf(bench, kind, "AWSPREVIOUS");
    const left = await handleOf(bench, kind, "AWSCURRENT");
    const lines = bench.log.length;
    expect(await rollback(kind)).toMatchObject({
      ...{ outcome: "rolled_back", from, to, handle, mustRotate: false },
      left: { handle: left },
    });
    expect(await keyAt(kind, "AWSCURRENT")).toBe(kept);
    expect(await bench.labels(bench[kind])).toEqual({ [to]: ["AWSCURRENT"], [from]: ["AWSPREVIOUS"] });
    expect(bench.handles(bench[kind], "live")).toEqual([handle, left].sort());
    expect(logged(bench, "rolled_back", lines)).toMatchObject([{ from, to }]);

    const before = await bench.snapshot(bench[kind]);
    expect(await rollback(kind)).toMatchObject({ outcome: "already" });
    expect(await bench.snapshot(bench[kind])).toEqual(before);

    await bench.pastOverlap(bench[kind]);
    await turns(bench, bench[kind]);
    expect(bench.handles(bench[kind], "live")).not.toContain(left);
    expect(await handleOf(bench, kind, "AWSPREVIOUS")).toBe(handle);
    expect(mostLive(bench)).toBe(2);
  });
});

interface Row {
  readonly state: string;
  readonly kind?: Kind;
  readonly make: () => Promise<unknown>;
  readonly code: string;
  readonly found: RegExp;
}

const job = async (kind: Kind) => ({
  versionId: await versionAt(kind, "AWSPREVIOUS"),
  handle: await handleOf(bench, kind, "AWSPREVIOUS"),
});
const placeholder = { keyturn: { v: 1 } };

const refusals: readonly Row[] = [
  {
    state: "the overlap was over, and its end has taken AWSPREVIOUS off",
    make: async () => {
      await bench.sandbox.timeline.advance(11 * 60_000);
      await endOverlap(bench, "github", await job("github"));
    },
    ...{ code: "rollback_refused", found: /no previous version/ },
  },
  {
    state: "the placeholder is the previous value",
    make: async () => {
      await put(bench, "github", placeholder);
      await bench.pastOverlap(bench.github);
      await bench.rotate(bench.github);
    },
    ...{ code: "rollback_refused", found: /without a key/ },
  },
  {
    state: "somebody else's text is the previous value",
    make: async () => {
      await put(bench, "github", "not ours");
      await put(bench, "github", placeholder);
    },
    ...{ code: "value_invalid", found: /JSON that is not an object/ },
  },
  {
    state: "an edit in the console left one key under both labels",
    make: async () =>
      put(bench, "github", { ...(await bench.value(bench.github, "AWSCURRENT")), edited: true }),
    ...{ code: "rollback_refused", found: /one key in both/ },
  },
  {
    state: "the previous key is dead",
    make: async () => kill(bench, "github", await bench.value(bench.github, "AWSPREVIOUS")),
    ...{ code: "rollback_refused", found: /refuses, or is ending/ },
  },
  {
    state: "the previous key is dying: it is accepted still",
    kind: "stripe",
    make: async () => kill(bench, "stripe", await bench.value(bench.stripe, "AWSPREVIOUS")),
    ...{ code: "rollback_refused", found: /refuses, or is ending/ },
  },
  {
    state: "the previous key ends by itself in a moment",
    make: async () => {
      const { keyturn } = await bench.value(bench.github, "AWSPREVIOUS");
      const left = Date.parse(String(keyturn["expiresAt"])) - bench.sandbox.timeline.now().getTime();
      await bench.sandbox.timeline.advance(left - 299_000);
    },
    ...{ code: "rollback_refused", found: /ends by itself at 2026-/ },
  },
  {
    state: "the previous key leaked",
    make: () => mark(bench, "github", leakMark, "AWSPREVIOUS"),
    ...{ code: "rollback_refused", found: /leaked/ },
  },
  {
    state: "a job is ending the previous key",
    make: () => label("github", "AWSPREVIOUS", claim("end", 60)),
    ...{ code: "rollback_refused", found: /ending the previous key/ },
  },
  {
    state: "somebody else is rolling back",
    make: () => label("github", "AWSPREVIOUS", claim("rollback", 60)),
    ...{ code: "rollback_pending", found: /the claim of one/ },
  },
  {
    state: "a rotation is open",
    make: () => stage(bench, bench.github),
    ...{ code: "rotation_pending", found: /the open rotation/ },
  },
  {
    state: "AWS has not cleared AWSPENDING, and does not",
    make: async () => {
      bench.sandbox.secretsManager.set("clearPendingSeconds", 600);
      await bench.pastOverlap(bench.github);
      await bench.rotate(bench.github);
    },
    ...{ code: "rotation_pending", found: /on the current version/ },
  },
];

describe("a rollback is refused, and leaves every label and key as it was, when", () => {
  it.each(refusals)("$state", async ({ kind = "github", make, code, found }) => {
    await ready(kind);
    await make();
    const before = await bench.snapshot(bench[kind]);
    const error = await rollback(kind).then(
      (result) => ({ result }),
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code, explanation: { found: expect.stringMatching(found) } });
    expect(await bench.snapshot(bench[kind])).toEqual(before);
    bench.sandbox.secretsManager.set("clearPendingSeconds", switchDefaults.clearPendingSeconds);
    bench.sandbox.secretsManager.set("retries", switchDefaults.retries);
    await order(bench, kind, "abort");
  });
});

describe("a rollback", () => {
  it("waits until AWS has cleared AWSPENDING", async () => {
    await ready("github");
    bench.sandbox.secretsManager.set("clearPendingSeconds", 20);
    await bench.pastOverlap(bench.github);
    await bench.rotate(bench.github);
    expect(await holderOf(bench, "github", "AWSPENDING")).toBeDefined();
    expect(await rollback("github")).toMatchObject({ outcome: "rolled_back" });
    bench.sandbox.secretsManager.set("clearPendingSeconds", switchDefaults.clearPendingSeconds);
  });

  it("passes over claims that are over, and over another version's, and takes the former off", async () => {
    await ready("github");
    await label("github", "AWSPREVIOUS", claim("rollback", -1));
    await label("github", "AWSPREVIOUS", claim("end", 0));
    await label("github", "AWSCURRENT", claim("end", 60));
    expect(await rollback("github")).toMatchObject({ outcome: "rolled_back" });
    const rest = Object.values(await bench.labels(bench.github)).flat();
    expect(rest.filter((one) => one.startsWith("keyturn:"))).toEqual([expect.stringContaining(":end:")]);
  });

  it("mends a current value that is none of ours", async () => {
    await ready("github");
    const kept = await keyAt("github", "AWSCURRENT");
    await put(bench, "github", "a text that somebody pasted");
    const result = await rollback("github");
    expect(result).toMatchObject({ outcome: "rolled_back" });
    expect(result).not.toHaveProperty("left");
    expect(await keyAt("github", "AWSCURRENT")).toBe(kept);
  });

  it("goes back to a key that somebody brought along", async () => {
    await ready("stripe");
    const { keyturn: _, ...brought } = await bench.value(bench.stripe, "AWSCURRENT");
    await put(bench, "stripe", brought);
    const to = await versionAt("stripe", "AWSCURRENT");
    await put(bench, "stripe", placeholder);
    const from = await versionAt("stripe", "AWSCURRENT");
    expect(await rollback("stripe")).toMatchObject({ outcome: "rolled_back", from, to });
    expect(await bench.value(bench.stripe, "AWSCURRENT")).toEqual(brought);
  });

  it("may run twice at once: one moves, or neither, and nobody moves it twice", async () => {
    for (let round = 0; round < 3; round++) {
      await ready("github");
      const to = await versionAt("github", "AWSPREVIOUS");
      const ends = await Promise.allSettled([rollback("github"), rollback("github")]);
      for (const end of ends)
        if (end.status === "rejected") expect(end.reason).toMatchObject({ retryable: true });
      expect(await rollback("github")).toMatchObject({
        outcome: expect.stringMatching(/^(already|rolled_back)$/),
      });
      expect(await versionAt("github", "AWSCURRENT")).toBe(to);
    }
  });
});
