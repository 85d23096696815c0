import { afterEach, describe, expect, it } from "vitest";
import { serviceOf } from "../rotation/refusal.js";
import { stage } from "../rotation/staged.js";
import { handleOf } from "../rotation/steady.js";
import { type Around, startAround } from "./around.js";
import { holderOf, order } from "./jobs.js";

let around: Around | undefined;
afterEach(() => around?.close());

const minutesFrom = (from: Date, at: unknown) => (Date.parse(String(at)) - from.getTime()) / 60_000;

describe("a vendor that cannot be reached for three hours", () => {
  it.each([
    ["stripe", "1h", 80, "in the middle of an overlap"],
    ["github", "45m", 60, "longer than a token lives"],
  ] as const)(
    "%s, every %s, from minute %i on, %s: it rotates within a quarter of an hour of its return, by itself",
    { timeout: 60_000 },
    async (kind, every, from, _when) => {
      around = await startAround([kind], { every });
      const { bench, pass, told, now } = around;
      await pass(from);
      const left = now();
      bench.sandbox.faults.add({
        service: serviceOf(kind),
        times: "always",
        fault: { kind: "status", status: 503 },
      });
      await pass(180);
      bench.sandbox.faults.clear();
      const back = now();
      expect(await told(left, "Rotation Succeeded")).toEqual([]);
      await pass(16);
      const [first] = await told(back, "Rotation Succeeded");
      expect(minutesFrom(back, first?.at)).toBeLessThan(11);
      expect(bench.handles(bench[kind], "live")).toContain(await handleOf(bench, kind, "AWSCURRENT"));
      expect(bench.handles(bench[kind], "live").length).toBeLessThanOrEqual(2);
      // Hourly at most, and no human was called.
      const alarms = await told(left, "Retirement Overdue", "Key Died", "Recovery Gave Up");
      expect(alarms.filter(({ name }) => name === "Recovery Gave Up")).toEqual([]);
      for (const name of ["Retirement Overdue", "Key Died"])
        expect(alarms.filter((alarm) => alarm.name === name).length).toBeLessThanOrEqual(4);
    },
  );
});

describe("a rotation that was ended, and that nothing followed", () => {
  it("is begun again by recovery's next run; one that a human has ended is not", async () => {
    around = await startAround(["github"], { every: "45m" });
    const { bench, pass, told, now } = around;
    await pass(44);
    const { sandbox, github } = bench;
    // Recovery ends the rotation, and cannot begin another: RotateSecret fails.
    sandbox.secretsManager.set("retries", 0);
    sandbox.faults.add({ service: "github", times: 20, fault: { kind: "status", status: 503 } });
    await pass(2);
    sandbox.faults.clear();
    const fault = { kind: "status", status: 500 } as const;
    sandbox.faults.add({ service: "secretsmanager", operation: "RotateSecret", times: 2, fault });
    sandbox.secretsManager.set("retries", 3);
    const from = now();
    await pass(5);
    const [aborted] = Object.entries(await bench.labels(github)).filter(([, stages]) =>
      stages.includes("AWSCURRENT"),
    );
    expect(aborted?.[0]).toMatch(/^keyturn-abort-again-/);
    await pass(5);
    expect(await told(from, "Rotation Recovered")).toMatchObject([{ ended: aborted?.[0] }]);
    expect(await told(from, "Rotation Succeeded")).toHaveLength(1);
    await pass(35);
    await stage(bench, github);
    await order(bench, "github", "abort");
    const ended = await holderOf(bench, "github", "AWSCURRENT");
    await pass(6);
    expect(await holderOf(bench, "github", "AWSCURRENT")).toBe(ended);
  });
});
