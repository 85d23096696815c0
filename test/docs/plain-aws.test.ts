import { afterAll, beforeAll, expect, test } from "vitest";
import { leakMark } from "../../services/rotation/labels.js";
import { type Bench, startBench } from "../rotation/bench.js";

/** No command, no job, nothing around the functions: a label and RotateSecret, as anyone's client of AWS has them. */
let bench: Bench & { close(): Promise<void> };
beforeAll(async () => {
  bench = await startBench();
  bench.sandbox.vendors.stripe.set("deathSeconds", 0);
});
afterAll(() => bench.close());

test.each(["stripe", "github"] as const)(
  "%s: without a mark the leaked key lives on as the previous one",
  async (kind) => {
    const leaked = await held(kind, "AWSCURRENT");
    expect(await bench.rotate(bench[kind])).toMatchObject({ outcome: "succeeded" });
    expect(await held(kind, "AWSPREVIOUS")).toMatchObject({ handle: leaked.handle });
    expect(bench.handles(bench[kind], "live")).toContain(leaked.handle);
  },
);

test.each(["stripe", "github"] as const)(
  "%s: a marked current key is dead when the rotation is over, inside an overlap too",
  async (kind) => {
    const [leaked, previous] = [await held(kind, "AWSCURRENT"), await held(kind, "AWSPREVIOUS")];
    await mark(kind, leaked.version);
    expect(await bench.rotate(bench[kind])).toMatchObject({ outcome: "succeeded", errors: [] });
    const { handle } = await held(kind, "AWSCURRENT");
    expect(bench.handles(bench[kind], "live")).toEqual([handle]);
    expect([leaked.handle, previous.handle]).not.toContain(handle);
    await unmark(kind, leaked.version);
  },
);

test.each(["stripe", "github"] as const)(
  "%s: a marked previous key is dead when the rotation is over",
  async (kind) => {
    await bench.sandbox.timeline.advance(6 * 60_000);
    await bench.rotate(bench[kind]);
    const [leaked, serving] = [await held(kind, "AWSPREVIOUS"), await held(kind, "AWSCURRENT")];
    await mark(kind, leaked.version);
    expect(bench.handles(bench[kind], "live")).toContain(leaked.handle);
    expect(await bench.rotate(bench[kind])).toMatchObject({ outcome: "succeeded", errors: [] });
    expect(bench.handles(bench[kind], "live")).not.toContain(leaked.handle);
    expect(await held(kind, "AWSPREVIOUS")).toMatchObject({ handle: serving.handle });
    expect(bench.handles(bench[kind], "live")).toContain(serving.handle);
  },
);

// The last one: its rotation stays open.
test.each(["stripe", "github"] as const)("%s: an unmarked rotation waits for the overlap", async (kind) => {
  const serving = await held(kind, "AWSCURRENT");
  const { outcome, errors } = await bench.rotate(bench[kind]);
  expect({ outcome, codes: errors.map(({ name }) => name) }).toEqual({
    outcome: "started",
    codes: ["overlap_open"],
  });
  expect(await held(kind, "AWSCURRENT")).toEqual(serving);
});

type Kind = "stripe" | "github";

async function held(kind: Kind, stage: string) {
  const labels = Object.entries(await bench.labels(bench[kind]));
  const version = labels.find(([, stages]) => stages.includes(stage))?.[0] ?? "";
  return { version, handle: (await bench.value(bench[kind], stage)).keyturn.handle };
}

async function mark(kind: Kind, version: string) {
  await bench.aws.updateSecretVersionStage({
    SecretId: bench[kind].name,
    VersionStage: leakMark(version),
    MoveToVersionId: version,
  });
}

async function unmark(kind: Kind, version: string) {
  await bench.aws.updateSecretVersionStage({
    SecretId: bench[kind].name,
    VersionStage: leakMark(version),
    RemoveFromVersionId: version,
  });
}
