import { describe, expect, it } from "vitest";
import { handleOf, kill } from "../rotation/steady.js";
import { isContained, type Leaky, leakyFor } from "./containing.js";

/** GitHub does not do this any more, until faults are cleared. */
function refuses({ bench }: Leaky, operation?: string): void {
  const fault = { kind: "status", status: 503 };
  bench.sandbox.faults.add({ service: "github", times: "always", fault, ...(operation && { operation }) });
}
const mint = "POST /app/installations/{id}/access_tokens";
const revoke = "DELETE /installation/token";

describe("the vendor", () => {
  const its = leakyFor("github");

  it("unable to end it", { timeout: 60_000 }, async () => {
    const leaky = its();
    const at = await leaky.stand();
    refuses(leaky, revoke);
    expect(await leaky.report([at.previous])).toMatchObject({ outcome: "not_dead" });
    await leaky.around.pass(13.5);
    expect(await leaky.told("Leak Not Contained")).toEqual([]);
    await leaky.around.pass(3);
    expect(await leaky.told("Leak Not Contained")).toMatchObject([
      {
        ...{ version: at.previous, handle: at.previousHandle, code: "not_dead" },
        message: expect.stringContaining("HTTP status 503"),
      },
    ]);
    expect(await leaky.watches()).toHaveLength(1);
    expect(leaky.live()).toContain(at.previousHandle);
    leaky.bench.sandbox.faults.clear();
    await leaky.around.pass(6);
    await isContained(leaky, await leaky.contained(), [at.previousHandle]);
    // The tokens of the next test are to be young enough.
    await leaky.stand();
  });

  it.each([
    [9, 5],
    [300, 60],
  ])("slow: an ended key works for %i s", async (deathSeconds, within) => {
    const leaky = its();
    const at = await leaky.stand();
    leaky.bench.sandbox.vendors.github.set("deathSeconds", deathSeconds);
    const result = await leaky.report([at.previous]);
    expect(result).toMatchObject({ outcome: deathSeconds < 50 ? "contained" : "not_dead" });
    if (deathSeconds >= 50) {
      expect(result.versions).toMatchObject([
        { state: "its vendor still accepts it", killedAt: expect.any(String) },
      ]);
      await leaky.around.pass(6);
    }
    const receipt = await leaky.receipt();
    await isContained(leaky, { receipt }, [at.previousHandle]);
    const seconds = receipt?.keys[0]?.secondsToDead ?? 0;
    expect(seconds).toBeGreaterThanOrEqual(deathSeconds);
    expect(seconds).toBeLessThanOrEqual(deathSeconds + within);
    expect(await leaky.told("Leak Contained")).toHaveLength(1);
  });

  it("ended by its owner meanwhile", async () => {
    const leaky = its();
    const at = await leaky.stand();
    const value = await leaky.bench.value(leaky.bench.github, "AWSCURRENT");
    refuses(leaky, mint);
    expect(await leaky.report([at.current])).toMatchObject({ outcome: "not_replaced" });
    leaky.bench.sandbox.faults.clear();
    await kill(leaky.bench, "github", value);
    await leaky.around.pass(3);
    const receipt = await leaky.receipt();
    await isContained(leaky, { receipt }, [at.currentHandle]);
    expect(receipt).toHaveProperty("replacedBy");
  });
});

describe("nothing replaces it", () => {
  const its = leakyFor("github");

  it.each([
    ["createSecret", mint],
    ["testSecret", "GET /installation/repositories"],
  ])("%s fails", async (_, operation) => {
    const leaky = its();
    const at = await leaky.stand();
    refuses(leaky, operation);
    expect((await leaky.report([at.current])).outcome).toBe("not_replaced");
    await leaky.around.pass(1);
    expect(await handleOf(leaky.bench, "github", "AWSCURRENT")).toBe(at.currentHandle);
    expect(leaky.live()).toContain(at.currentHandle);
    leaky.bench.sandbox.faults.clear();
    await leaky.around.pass(8);
    await isContained(leaky, await leaky.contained(), [at.currentHandle]);
  });

  it("finishSecret fails", async () => {
    const leaky = its();
    const at = await leaky.stand();
    leaky.bench.sandbox.faults.add({
      ...{ service: "scheduler", operation: "POST /schedules/*", times: 3, after: 1 },
      fault: { kind: "status", status: 503 },
    });
    await leaky.report([at.current]);
    await leaky.around.pass(4);
    await isContained(leaky, await leaky.contained(), [at.currentHandle]);
  });

  it("schedules are away", async () => {
    const leaky = its();
    const at = await leaky.stand();
    leaky.bench.sandbox.faults.add({
      ...{ service: "scheduler", times: "always" },
      fault: { kind: "status", status: 503 },
    });
    const result = await leaky.report([at.previous]);
    leaky.bench.sandbox.faults.clear();
    expect(result).toMatchObject({ outcome: "contained" });
    await isContained(leaky, result, [at.previousHandle]);
  });
});

describe("the declaration says to kill it anyway", () => {
  const its = leakyFor("github", { whenNotReplaced: "kill anyway" });

  it("kill anyway", { timeout: 60_000 }, async () => {
    const leaky = its();
    const at = await leaky.stand();
    refuses(leaky, mint);
    const reported = new Date(leaky.around.now().getTime() - 8 * 60_000).toISOString();
    expect((await leaky.report([at.current], { at: reported })).outcome).toBe("not_replaced");
    expect(leaky.live()).toContain(at.currentHandle);
    await leaky.around.pass(3);
    expect(leaky.live()).not.toContain(at.currentHandle);
    expect(await leaky.ours()).toContainEqual(expect.stringContaining("keyturn:killed:"));
    leaky.bench.sandbox.faults.clear();
    await leaky.around.pass(12);
    const receipt = await leaky.receipt();
    await isContained(leaky, { receipt }, [at.currentHandle]);
    expect(receipt?.consumers).toContain("failed from the kill on");
  });
});
