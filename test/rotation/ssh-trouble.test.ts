import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { StepName } from "../../services/rotation/event.js";
import type { Fault } from "../../services/sandbox/faults.js";
import { startBench } from "./bench.js";
import { only, refusal, toSteady } from "./refusal.js";
import type { Staged } from "./staged.js";
import { broughtTo, type State } from "./vendor-requests.js";

/** Whatever keeps an answer away is no verdict: neither on the key that was ended, nor on the one to be promoted. */
const troubles: readonly Fault["kind"][] = ["refuse", "hang", "lose"];

/** Where a deploy key is shown to GitHub's SSH server. */
const logins: readonly [StepName, State][] = [
  ["createSecret", "previous ended"],
  ["testSecret", "set"],
  ["finishSecret", "set"],
];

describe.each(logins)("deployKey: SSH in %s (%s)", (step, state) => {
  let bench: Awaited<ReturnType<typeof startBench>>;
  let rotation: Staged;
  beforeAll(async () => {
    bench = await toSteady(await startBench({ providers: only("deployKey") }), ["deployKey"]);
    rotation = await broughtTo(state, bench, "deployKey");
  });
  afterAll(() => bench.close());

  it.each(troubles)("%s is unavailable, asked four times, and changes nothing", async (kind) => {
    const before = await bench.snapshot(bench.deployKey);
    const from = bench.sandbox.journal.last;
    bench.sandbox.faults.add({ service: "ssh", times: "always", fault: { kind } });
    const changes = kind === "hang" ? { requestTimeoutMs: 100 } : {};
    try {
      expect((await refusal(bench, () => rotation.run(step, changes))).code).toBe("unavailable");
    } finally {
      bench.sandbox.faults.clear();
    }
    expect(await bench.snapshot(bench.deployKey)).toEqual(before);
    const met = bench.sandbox.journal
      .since(from)
      .filter((entry) => entry.kind === "request" && entry.service === "ssh" && entry.error === kind);
    expect(met).toHaveLength(4);
  });

  it("once it answers again, the same rotation succeeds, and the log says what each verdict rests on", async () => {
    bench.sandbox.faults.add({ service: "ssh", times: 3, fault: { kind: "refuse" } });
    const from = bench.log.length;
    await rotation.runAll();
    expect((await bench.labels(bench.deployKey))[rotation.token]).toContain("AWSCURRENT");
    const events = bench.log.slice(from).map((line): { event: string; proof?: string } => JSON.parse(line));
    expect(events).toContainEqual(expect.objectContaining({ event: "key_accepted", proof: "used" }));
  });
});

describe("verify: api", () => {
  it("asks for the record alone, and says that this is all its verdicts rest on", async () => {
    const [deployKey] = only("deployKey");
    if (!deployKey) throw new Error("no provider");
    const weaker = {
      ...deployKey,
      connect: (lent: Parameters<typeof deployKey.connect>[0]) =>
        deployKey.connect({ ...lent, config: Object.assign({}, lent.config, { verify: "api" }) }),
    };
    const bench = await startBench({ providers: [weaker] });
    try {
      await toSteady(bench, ["deployKey"]);
      bench.sandbox.faults.add({ service: "ssh", times: "always", fault: { kind: "refuse" } });
      const { outcome, vendor } = await bench.rotate(bench.deployKey);
      expect(outcome).toBe("succeeded");
      expect(vendor.filter((line) => line.startsWith("SSH"))).toEqual([]);
      const verdicts = bench.log
        .map((line): { event: string; proof?: string } => JSON.parse(line))
        .filter(({ event }) => event === "key_accepted" || event === "key_refused");
      expect(new Set(verdicts.map(({ proof }) => proof))).toEqual(new Set(["listed"]));
    } finally {
      await bench.close();
    }
  });
});
