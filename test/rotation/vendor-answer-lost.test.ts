import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Fault } from "../../services/sandbox/faults.js";
import type { SeededSecret } from "../../services/sandbox/seed.js";
import { type Bench, mostLive, openBench, startBench } from "./bench.js";
import { only, quick, toSteady, type Vendor, vendors } from "./refusal.js";

const mint = { github: "POST /app/installations/{id}/access_tokens", stripe: "POST /v2/iam/api_keys" };
const end = { github: "DELETE /installation/token", stripe: "POST /v2/iam/api_keys/{id}/expire" };

/** The vendor did what it was asked, and the function does not learn it. */
const lost: readonly [string, Fault, string][] = [
  ["the answer is lost", { kind: "lose" }, "unavailable"],
  ["half of the answer comes", { kind: "half-close" }, "unavailable"],
  ["500 is answered", { kind: "status-after", status: 500 }, "unavailable"],
  ["503 is answered", { kind: "status-after", status: 503 }, "unavailable"],
];
const garbled: (typeof lost)[number] = [
  "a success of another shape is answered",
  { kind: "status-after", status: 200, body: { ok: true } },
  "unexpected",
];

const handleAt = async (bench: Bench, secret: SeededSecret, label: string) =>
  (await bench.value(secret, label)).keyturn.handle;

/** The secret has turned: a new key is current, the one before it previous, and nothing else that is ours lives. */
async function turned(bench: Bench, secret: SeededSecret, before: string): Promise<void> {
  const current = await handleAt(bench, secret, "AWSCURRENT");
  expect(current).not.toBe(before);
  expect(await handleAt(bench, secret, "AWSPREVIOUS")).toBe(before);
  expect(bench.handles(secret, "live")).toEqual([before, current].sort());
}

describe.each(vendors)("%s: the previous key is ended, but", (vendor) => {
  let bench: Awaited<ReturnType<typeof startBench>>;
  beforeAll(async () => {
    bench = await toSteady(await startBench({ ...quick, providers: only(vendor) }), [vendor]);
  });
  afterAll(() => bench.close());

  const turnsWith = async (fault: Fault) => {
    const secret = bench[vendor];
    const before = await handleAt(bench, secret, "AWSCURRENT");
    bench.sandbox.faults.add({ service: vendor, operation: end[vendor], fault });
    const { errors, outcome, token } = await bench.rotate(secret, 60);
    expect(outcome).toBe("succeeded");
    expect((await bench.labels(secret))[token]).toContain("AWSCURRENT");
    await turned(bench, secret, before);
    expect(mostLive(bench)).toBe(2);
    await bench.pastOverlap(secret);
    return errors;
  };

  it.each(lost)("%s: the step asks again, finds it ended and goes on", async (_, fault) => {
    expect(await turnsWith(fault)).toEqual([]);
  });

  it("a success of another shape is answered: AWS's next try finds it ended and goes on", async () => {
    expect(await turnsWith(garbled[1])).toMatchObject([{ step: "createSecret", name: "unexpected" }]);
  });
});

describe("github: a token is made, but", () => {
  it.each([...lost, garbled])("%s: one more lives, for an hour at most", async (_, fault, code) => {
    const bench = await toSteady(await openBench({ ...quick, providers: only("github") }), ["github"]);
    const secret = bench.github;
    const before = await handleAt(bench, secret, "AWSCURRENT");
    const known = bench.handles(secret, "all");
    bench.sandbox.faults.add({ service: "github", operation: mint.github, fault });

    const { errors, outcome } = await bench.rotate(secret, 60);
    expect(errors).toMatchObject([{ step: "createSecret", name: code }]);
    expect(outcome).toBe("succeeded");
    const current = await handleAt(bench, secret, "AWSCURRENT");
    const [extra = "", ...more] = bench
      .handles(secret, "all")
      .filter((handle) => !known.includes(handle) && handle !== current);
    expect(more).toEqual([]);
    expect(bench.handles(secret, "live")).toEqual([before, current, extra].sort());
    expect(mostLive(bench)).toBe(3);

    await bench.sandbox.timeline.advance(3_600_000 - 60_000);
    expect(bench.handles(secret, "live")).not.toContain(extra);
  });
});

describe("stripe: a key is made, but", () => {
  it.each([...lost, garbled])(
    "%s: it is found by its label, ended, and the secret turns",
    async (_, fault, code) => {
      const bench = await toSteady(await openBench({ ...quick, providers: only("stripe") }), ["stripe"]);
      const secret = bench.stripe;
      const before = await handleAt(bench, secret, "AWSCURRENT");
      const labels = await bench.labels(secret);
      const known = bench.handles(secret, "all");
      bench.sandbox.faults.add({ service: "stripe", operation: mint.stripe, fault });

      const { errors, outcome, token } = await bench.rotate(secret);
      expect({ errors, outcome }).toMatchObject({
        errors: [{ step: "createSecret", name: code }],
        outcome: "started",
      });
      const [orphan = "", ...more] = bench.handles(secret, "all").filter((handle) => !known.includes(handle));
      expect(more).toEqual([]);
      expect(bench.handles(secret, "live")).toEqual([before, orphan].sort());
      expect(await bench.labels(secret)).toEqual({ ...labels, [token]: ["AWSPENDING"] });

      // An orphan has no value to see refused, so it is waited for longer than AWS tries.
      await bench.sandbox.timeline.advance(180_000);
      expect(bench.handles(secret, "not retired")).toEqual([before]);
      expect(await bench.labels(secret)).toEqual({ ...labels, [token]: ["AWSPENDING"] });

      await bench.pastOverlap(secret);
      await expect(bench.rotate(secret)).rejects.toThrow("A previous rotation isn't complete");
      await bench.sandbox.timeline.idle();
      expect((await bench.labels(secret))[token]).toContain("AWSCURRENT");
      await turned(bench, secret, before);
      expect(mostLive(bench)).toBe(2);
    },
  );
});

/** A status that is the vendor's verdict on a key, or that must not keep one alive: no error, the rotation goes on. */
const verdicts: Readonly<Record<Vendor, readonly [string, string, number][]>> = {
  github: [["a token that only lacks a permission", "GET /installation/repositories", 403]],
  stripe: [
    ["a key that only lacks a permission", "GET /v1/customers", 403],
    ["a note refused with 401", "POST /v2/iam/api_keys/{id}", 401],
    ["a note refused with 403", "POST /v2/iam/api_keys/{id}", 403],
    ["a note refused with 404", "POST /v2/iam/api_keys/{id}", 404],
    ["a note refused with 422", "POST /v2/iam/api_keys/{id}", 422],
  ],
};

describe.each(vendors)("%s: the rotation goes on after", (vendor) => {
  let bench: Awaited<ReturnType<typeof startBench>>;
  beforeAll(async () => {
    bench = await toSteady(await startBench({ ...quick, providers: only(vendor) }), [vendor]);
    // The first verdict of a rotation is then on the key that was ended, the second on the new one.
    bench.sandbox.vendors.stripe.set("deathSeconds", 0);
  });
  afterAll(() => bench.close());

  it.each(verdicts[vendor])("%s", async (_, operation, status) => {
    const secret = bench[vendor];
    const before = await handleAt(bench, secret, "AWSCURRENT");
    const after = operation.startsWith("GET ") ? { after: 1 } : {};
    bench.sandbox.faults.add({ service: vendor, operation, ...after, fault: { kind: "status", status } });
    const { errors, outcome, vendor: seen } = await bench.rotate(secret);
    expect({ errors, outcome }).toEqual({ errors: [], outcome: "succeeded" });
    expect(seen.filter((line) => line.endsWith(" status"))).toHaveLength(1);
    await turned(bench, secret, before);
    await bench.pastOverlap(secret);
  });
});
