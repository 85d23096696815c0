import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type Bench, mostLive, openBench } from "./bench.js";
import { brought } from "./brought.js";
import { only } from "./refusal.js";
import { stage } from "./staged.js";
import { asStripeApp, failure, foreignLabels, handleOf, put, steady } from "./steady.js";

describe("orphans", () => {
  it("stripe: a mint whose answer was lost is found by its label, ended, and waited out before the next (P3, P4)", async () => {
    const bench = await steady("stripe");
    const { name } = bench.stripe;
    const route = "POST /v2/iam/api_keys";
    bench.sandbox.faults.add({ service: "stripe", operation: route, fault: { kind: "lose" } });
    const rotation = await stage(bench, bench.stripe);
    await expect(rotation.run("createSecret")).rejects.toEqual(failure("unavailable"));
    const orphan = orphans(bench, await held(bench));
    expect(orphan).toHaveLength(1);
    // Its maker might still store it: another run waits.
    await expect(rotation.run("createSecret")).rejects.toEqual(failure("mint_in_flight"));
    await bench.sandbox.timeline.advance(60_000);
    await expect(rotation.run("createSecret")).rejects.toEqual(failure("too_many_alive"));
    expect(bench.handles(bench.stripe, "not retired")).not.toContain(orphan[0]);
    await bench.sandbox.timeline.advance(301_000);
    await rotation.runAll();
    const value = await bench.value(bench.stripe, "AWSCURRENT");
    expect(value.keyturn.label).toMatch(/\.1$/);
    expect(mostLive(bench)).toBe(2);
    expect(name).not.toBe("");
  });

  it("stripe: a current key that someone brought along, which is not listed, counts beside one that is dying (P3)", async () => {
    const bench = await steady("stripe");
    const { handle: id, value } = await brought(bench, "stripe");
    await put(bench, "stripe", value);
    const made = bench.handles(bench.stripe, "all");
    const rotation = await stage(bench, bench.stripe);
    await expect(rotation.run("createSecret")).rejects.toEqual(failure("too_many_alive"));
    expect(bench.handles(bench.stripe, "all")).toEqual(made);
    await bench.sandbox.timeline.advance(301_000);
    await rotation.runAll();
    expect(bench.handles(bench.stripe, "live")).toEqual(
      [id, await handleOf(bench, "stripe", "AWSCURRENT")].sort(),
    );
  });

  it("webhook: what this very rotation lost is swept, whatever the current value does not tell", async () => {
    const bench = await openBench({ providers: only("webhook") });
    await bench.pastOverlap(bench.webhook);
    await put(bench, "webhook", { signingSecret: `brought-${randomUUID()}` });
    const known = bench.handles(bench.webhook, "all");
    bench.sandbox.faults.add({
      ...{ service: "stripe", operation: "POST /v1/webhook_endpoints", fault: { kind: "lose" } },
    });
    const rotation = await stage(bench, bench.webhook);
    await expect(rotation.run("createSecret")).rejects.toEqual(failure("unavailable"));
    const lost = bench.handles(bench.webhook, "not retired").filter((handle) => !known.includes(handle));
    expect(lost).toHaveLength(1);
    await bench.sandbox.timeline.advance(61_000);
    await rotation.runAll();
    expect(bench.handles(bench.webhook, "not retired")).toEqual([
      await handleOf(bench, "webhook", "AWSCURRENT"),
    ]);
  });

  it("stripe: keys of a neighbour secret, of another installation and without a label are never touched", async () => {
    const bench = await steady("stripe");
    const { label } = (await bench.value(bench.stripe, "AWSCURRENT")).keyturn;
    const planted: string[] = [];
    for (const name of foreignLabels(label)) planted.push(await plantKey(bench, name));
    await bench.rotate(bench.stripe);
    await bench.pastOverlap(bench.stripe);
    const { outcome } = await bench.rotate(bench.stripe);
    expect(outcome).toBe("succeeded");
    expect(bench.handles(bench.stripe, "live")).toEqual(expect.arrayContaining(planted));
  });

  it("github: the previous key that two plain writes have pushed out of sight is found in its version (P8, V8)", async () => {
    const bench = await openBench({
      declare: { every: "20m" },
      providers: only("github"),
    });
    bench.sandbox.secretsManager.set("unlabelledVersions", "readable");
    await bench.pastOverlap(bench.github);
    await bench.rotate(bench.github);
    const [current, previous] = [
      await bench.value(bench.github, "AWSCURRENT"),
      await handleOf(bench, "github", "AWSPREVIOUS"),
    ];
    await put(bench, "github", { ...current, edited: 1 });
    await put(bench, "github", { ...current, edited: 2 });
    await bench.pastOverlap(bench.github);
    expect(bench.handles(bench.github, "live")).toContain(previous);
    expect((await bench.rotate(bench.github)).outcome).toBe("succeeded");
    expect(bench.handles(bench.github, "live")).not.toContain(previous);
    expect(mostLive(bench)).toBe(2);
  });

  it("github: a version that lost its labels gives up its token while AWS still lets it be read (P8)", async () => {
    const bench = await steady("github");
    bench.sandbox.secretsManager.set("unlabelledVersions", "readable");
    const rotation = await stage(bench, bench.github);
    await rotation.run("createSecret");
    const lost = await handleOf(bench, "github", "AWSPENDING");
    await put(bench, "github", { ...(await bench.value(bench.github, "AWSCURRENT")), edited: true });
    expect(bench.handles(bench.github, "live")).toContain(lost);
    const { outcome } = await bench.rotate(bench.github);
    expect(outcome).toBe("succeeded");
    expect(bench.handles(bench.github, "live")).not.toContain(lost);
  });
});

const held = async (bench: Bench) => [
  await handleOf(bench, "stripe", "AWSCURRENT"),
  await handleOf(bench, "stripe", "AWSPREVIOUS"),
];

function orphans(bench: Bench, handles: readonly string[]): string[] {
  return bench.handles(bench.stripe, "not retired").filter((handle) => !handles.includes(handle));
}

async function plantKey(bench: Bench, name: string): Promise<string> {
  const body = { type: "secret_key", name, permissions: bench.stripe.declaration.config["permissions"] };
  const { id } = await asStripeApp(bench, "/v2/iam/api_keys", body);
  return id;
}
