import { expect, it } from "vitest";
import deployKey from "../../../providers/github/deploy-key.js";
import { type Bench, mostLive, openBench } from "../../rotation/bench.js";

const start = () => openBench({ providers: [deployKey] });
const stored = async (bench: Bench, stage: string) =>
  (await bench.value(bench.deployKey, stage)).keyturn.handle;

it("is rotated four times: two keys at most, the old one dead, nothing of a key in the log", async () => {
  const bench = await start();
  const secrets: string[] = [];
  const handles = [await stored(bench, "AWSCURRENT")];
  for (let turn = 0; turn < 4; turn++) {
    await bench.pastOverlap(bench.deployKey);
    expect(await bench.rotate(bench.deployKey)).toMatchObject({ outcome: "succeeded", errors: [] });
    handles.push(await stored(bench, "AWSCURRENT"));
    expect(bench.handles(bench.deployKey, "live")).toEqual(handles.slice(-2).sort());
    const value = await bench.value(bench.deployKey, "AWSCURRENT");
    expect(value.keyturn["config"]).toEqual(bench.deployKey.declaration.config);
    secrets.push(...String(value["privateKey"]).split("\n").slice(3, -2));
  }
  expect(new Set(handles).size).toBe(5);
  expect(mostLive(bench)).toBe(2);
  const log = bench.log.join("\n");
  expect(log).toMatch(/"event":"key_accepted".*"proof":"used"/);
  expect(secrets.length).toBeGreaterThan(8);
  for (const line of secrets) expect(log).not.toContain(line);
});

it("waits for a token, a key and a death that take their time", async () => {
  const bench = await start();
  await bench.pastOverlap(bench.deployKey);
  const { github } = bench.sandbox.vendors;
  github.set("settleSeconds", 4);
  github.set("deployKeySettleSeconds", 8);
  github.set("deployKeyDeathSeconds", 15);
  for (let turn = 0; turn < 2; turn++) {
    expect(await bench.rotate(bench.deployKey)).toMatchObject({ outcome: "succeeded", errors: [] });
    await bench.pastOverlap(bench.deployKey);
  }
  expect(mostLive(bench)).toBe(2);
});

it("outlasts SSH connections that break, and promotes nothing without a verdict", async () => {
  const bench = await start();
  const before = await stored(bench, "AWSCURRENT");
  bench.sandbox.faults.add({ service: "ssh", times: 2, fault: { kind: "refuse" } });
  expect(await bench.rotate(bench.deployKey)).toMatchObject({ outcome: "succeeded", errors: [] });
  const current = await stored(bench, "AWSCURRENT");
  expect(current).not.toBe(before);

  await bench.pastOverlap(bench.deployKey);
  bench.sandbox.faults.add({ service: "ssh", times: "always", fault: { kind: "lose" } });
  const stuck = await bench.rotate(bench.deployKey);
  expect(stuck.errors[0]).toMatchObject({ name: "unavailable" });
  expect(await stored(bench, "AWSCURRENT")).toBe(current);
  bench.sandbox.faults.clear();
  // AWS tries again by itself.
  await bench.sandbox.timeline.advance(60_000);
  expect(await stored(bench, "AWSCURRENT")).not.toBe(current);
  expect(mostLive(bench)).toBe(2);
});
