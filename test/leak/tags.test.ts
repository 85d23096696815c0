import { describe, expect, it } from "vitest";
import { receiptIn, receiptTag, receiptTagKey } from "../../services/leak/receipt-tag.js";
import { ringIn, versionsIn } from "../../services/leak/ring.js";
import { holderOf } from "../recovery/jobs.js";
import { leakyFor } from "./containing.js";

const time = "2026-06-01T00:00:00.000Z";

describe("tags of a secret", () => {
  const its = leakyFor("stripe");

  it("tell of the current key, and of the ended one, after an overlap; a failure is none of the job's", async () => {
    const leaky = its();
    const { bench, around } = leaky;
    const tags = async () => {
      const { Tags = [] } = await bench.aws.describeSecret({ SecretId: bench.stripe.name });
      return new Map(Tags.map(({ Key = "", Value = "" }) => [Key, Value]));
    };
    const tagged = (from: number) =>
      bench.sandbox.journal
        .since(from)
        .filter((entry) => entry.kind === "request" && entry.operation === "TagResource").length;
    const known = async () => versionsIn(ringIn(await tags()));

    await around.pass(76);
    await bench.rotate(bench.stripe);
    const at = await leaky.now();
    // Nothing inside of a rotation, and recovery's next run outside.
    expect(await known()).not.toContain(at.current);
    await around.pass(5);
    expect(await known()).toContain(at.current);
    expect(await known()).toContain(at.previous);
    const from = bench.sandbox.journal.last;
    await around.pass(76);
    // Once, and then no more: the tags tell already, at the end of the overlap too.
    expect(tagged(from)).toBe(0);

    await bench.rotate(bench.stripe);
    const before = bench.sandbox.journal.last;
    await around.pass(5);
    expect(await known()).toContain(await holderOf(bench, "stripe", "AWSCURRENT"));
    expect(tagged(before)).toBe(1);
    bench.sandbox.faults.add({
      ...{ service: "secretsmanager", operation: "TagResource", times: "always" },
      fault: { kind: "status", status: 400, body: { __type: "AccessDeniedException" } },
    });
    await around.pass(75);
    expect(await holderOf(bench, "stripe", "AWSPREVIOUS")).toBeUndefined();
    expect(bench.log.some((line) => line.includes("job_failed"))).toBe(false);
    bench.sandbox.faults.clear();
  });

  it("keep the last receipt", async () => {
    const leaky = its();
    await leaky.around.pass(6);
    const at = await leaky.now();
    const from = leaky.bench.sandbox.journal.last;
    const { receipt } = await leaky.report([at.current]);
    const { Tags = [] } = await leaky.bench.aws.describeSecret({ SecretId: leaky.bench.stripe.name });
    const kept = Tags.find(({ Key }) => Key === receiptTagKey);
    expect(receiptIn(new Map([[receiptTagKey, kept?.Value ?? ""]]))).toEqual({
      ...{ reported: receipt?.reportedAt, current: receipt?.currentAt, keys: 1 },
      ...{ killed: receipt?.keys[0]?.killedAt, refused: receipt?.keys[0]?.refusedAt },
      seconds: receipt?.keys[0]?.secondsToDead,
    });
    const written = leaky.bench.sandbox.journal.since(from);
    const calls = written.filter((entry) => entry.kind === "request" && entry.operation === "TagResource");
    expect(calls).toHaveLength(1);
  });

  it("hold a receipt of whatever length in what a tag may hold", () => {
    const keys = Array.from({ length: 8 }, (_, at) => ({
      ...{ version: `v${at}`, killedAt: time, refusedAt: time, secondsToDead: 999_999_999 },
    }));
    const receipt = {
      v: 1,
      secret: "s",
      provider: "p",
      reportedAt: time,
      currentAt: time,
      keys,
      consumers: "",
    } as const;
    const value = receiptTag(receipt).get(receiptTagKey) ?? "";
    expect(value.length).toBeLessThanOrEqual(256);
    expect(value).toMatch(/^[\w .:/=+@-]+$/);
    expect(receiptIn(receiptTag(receipt))).toMatchObject({ keys: 8, seconds: 999_999_999 });
    expect(receiptIn(new Map([[receiptTagKey, "something else"]]))).toBeUndefined();
    expect(receiptIn(new Map())).toBeUndefined();
  });
});
