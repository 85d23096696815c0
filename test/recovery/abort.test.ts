import { describe, expect, it } from "vitest";
import { type StepName, stepNames } from "../../services/rotation/event.js";
import { type Bench, mostLive } from "../rotation/bench.js";
import { type Kind, sorts, turns } from "../rotation/refusal.js";
import { type Staged, stage } from "../rotation/staged.js";
import { asStripeApp, failure, foreignLabels, handleOf, plantDeployKey, steady } from "../rotation/steady.js";
import { holderOf, order } from "./jobs.js";

/** The steps after which a rotation of this kind stands elsewhere: setSecret makes only generated keys known. */
const statesOf = (kind: Kind): readonly (readonly StepName[])[] => [
  kind === "deployKey" ? stepNames.slice(0, 1) : [],
  stepNames.slice(0, 3),
];

/** A rotation under way, and what must come of it when it is aborted. */
async function begun(
  bench: Bench,
  kind: Kind,
  steps: readonly StepName[],
): Promise<Staged & { current: string }> {
  const current = await handleOf(bench, kind, "AWSCURRENT");
  const rotation = await stage(bench, bench[kind]);
  for (const step of steps) await rotation.run(step);
  return { ...rotation, current };
}

/** The current key, and no other key of this secret, works; nothing is pending; the rotation can do nothing any more. */
async function isOver(bench: Bench, kind: Kind, { token, run, current }: Staged & { current: string }) {
  expect(await handleOf(bench, kind, "AWSCURRENT")).toBe(current);
  expect(bench.handles(bench[kind], "live")).toEqual([current]);
  expect(await holderOf(bench, kind, "AWSPENDING")).toBeUndefined();
  expect(await bench.labels(bench[kind])).not.toHaveProperty(token);
  for (const step of ["createSecret", "testSecret", "finishSecret"] as const)
    await expect(run(step)).rejects.toEqual(failure("token_not_staged"));
  expect(bench.handles(bench[kind], "live")).toEqual([current]);
}

describe.each(sorts)("%s: abort", (kind) => {
  it("ends a rotation in whatever state, with its key and the previous one; the next one succeeds", async () => {
    const bench = await steady(kind);
    for (const steps of statesOf(kind)) {
      const state = `after ${steps.at(-1) ?? "nothing"}`;
      const previous = await handleOf(bench, kind, "AWSPREVIOUS");
      const rotation = await begun(bench, kind, steps);
      const live = bench.handles(bench[kind], "live").filter((handle) => handle !== rotation.current);
      const ends = steps.length === 0 && live.includes(previous) ? { previous: { handle: previous } } : {};
      const made = steps.length === 0 ? [] : [await handleOf(bench, kind, "AWSPENDING")];
      expect(await order(bench, kind, "abort"), state).toMatchObject({
        ...{ action: "abort", secret: bench[kind].name, outcome: "aborted", rotation: rotation.token },
        ...{ copy: await holderOf(bench, kind, "AWSCURRENT"), mustRotate: false, ...ends },
        made: { ended: made, dying: [], left: [] },
      });
      await isOver(bench, kind, rotation);
      expect(await order(bench, kind, "abort"), state).toMatchObject({ outcome: "nothing_pending" });
      await turns(bench, bench[kind]);
      await bench.pastOverlap(bench[kind]);
    }
    expect(mostLive(bench)).toBe(2);

    // One that is over is left alone, its AWSPENDING still on the current version.
    await (await stage(bench, bench[kind])).runAll();
    const before = await bench.snapshot(bench[kind]);
    expect(Object.values(before.labels)).toContainEqual(["AWSCURRENT", "AWSPENDING"]);
    expect(await order(bench, kind, "abort")).toMatchObject({ outcome: "nothing_pending" });
    expect(await bench.snapshot(bench[kind])).toEqual(before);
  });
});

describe.each([
  ["github", "createSecret"],
  ["github", "finishSecret"],
  ["stripe", "createSecret"],
  ["deployKey", "setSecret"],
] as const)("%s: two aborts at once, beside %s", (kind, step) => {
  it("end the rotation or find it over; the current key works, and the next rotation succeeds", async () => {
    const bench = await steady(kind);
    const rotation = await begun(bench, kind, stepNames.slice(0, stepNames.indexOf(step)));
    const aborts = [order(bench, kind, "abort"), order(bench, kind, "abort")];
    const [beside, ...ends] = await Promise.allSettled([rotation.run(step), ...aborts]);
    for (const end of ends) expect(end).toMatchObject({ status: "fulfilled" });
    if ((await holderOf(bench, kind, "AWSCURRENT")) === rotation.token)
      expect(beside).toMatchObject({ status: "fulfilled" });
    expect(bench.handles(bench[kind], "live")).toContain(await handleOf(bench, kind, "AWSCURRENT"));
    await bench.pastOverlap(bench[kind]);
    expect(await order(bench, kind, "abort")).toMatchObject({ outcome: "nothing_pending" });
    await turns(bench, bench[kind]);
    const [now, before] = [
      await handleOf(bench, kind, "AWSCURRENT"),
      await handleOf(bench, kind, "AWSPREVIOUS"),
    ];
    expect([now, before]).toEqual(expect.arrayContaining(bench.handles(bench[kind], "not retired")));
    expect(mostLive(bench)).toBe(2);
  });
});

describe.each(["stripe", "deployKey"] as const)("%s: what carries the rotation's own label", (kind) => {
  const plant = async (bench: Bench, label: string) => {
    if (kind === "deployKey") return plantDeployKey(bench, { title: label });
    const permissions = bench.stripe.declaration.config["permissions"];
    return (await asStripeApp(bench, "/v2/iam/api_keys", { type: "secret_key", name: label, permissions }))
      .id;
  };

  it.each([
    ["while its maker may be at work, is left", 30, "left"],
    ["once that is over, is ended", 61, "ended"],
  ])("%s; near misses are not touched", async (_, seconds, became) => {
    const bench = await steady(kind);
    const rotation = await begun(bench, kind, ["createSecret"]);
    const { label } = (await bench.value(bench[kind], "AWSPENDING")).keyturn;
    const neighbours: string[] = [];
    for (const near of foreignLabels(label)) neighbours.push(await plant(bench, near));
    const lost = await plant(bench, label.replace(/\.0$/, ".1"));
    await bench.sandbox.timeline.advance(seconds * 1000);
    const staged = await handleOf(bench, kind, "AWSPENDING");
    const made = {
      ended: [staged],
      dying: [],
      left: [],
      [became]: became === "left" ? [lost] : [staged, lost],
    };
    expect(await order(bench, kind, "abort")).toMatchObject({ outcome: "aborted", made });
    const live = [rotation.current, ...neighbours, ...(became === "left" ? [lost] : [])];
    expect(bench.handles(bench[kind], "not retired")).toEqual(live.sort());
  });
});
