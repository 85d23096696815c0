import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { arnOf } from "../recovery/jobs.js";
import { turns } from "../rotation/refusal.js";
import { isContained } from "./containing.js";
import { Reporting, source } from "./reporting.js";

let its: Reporting;
beforeAll(async () => {
  its = await Reporting.start();
});
beforeEach(() => its.begin());
afterAll(() => its.close());
const sandbox = () => its.leaky.bench.sandbox;

describe("a report on the bus", () => {
  it("of a secret: what it held is dead and replaced, and the log of events has the receipt", async () => {
    const at = await its.both();
    await its.put({ secret: its.secret.name, reason: "in a public gist", by: "scanner@example.com" });
    expect(await its.told("Leak Contained")).toHaveLength(2);
    const receipt = await its.receipt();
    await isContained(its.leaky, { receipt }, [at.currentHandle, at.previousHandle]);
    expect(receipt).toMatchObject({ source, reason: "in a public gist", by: "scanner@example.com" });
    expect(its.said("leak_handed_over")).toMatchObject([
      {
        secret: its.secret.name,
        versions: `${at.current} ${at.previous}`,
        function: "leak-intake",
        environment: "test",
      },
    ]);
    expect(its.asked()).toEqual(["DescribeSecret", "ListSecretVersionIds", "PutEvents"]);
  });

  it("of one version: the other key lives", async () => {
    const at = await its.both();
    await its.put({ secret: await arnOf(its.leaky.bench, "stripe"), version: at.previous });
    await isContained(its.leaky, { receipt: await its.receipt() }, [at.previousHandle]);
    expect(its.leaky.live()).toContain(at.currentHandle);
  });

  it("of a fingerprint: its secret is found by tags, and the version that has the key", async () => {
    const at = await its.both();
    await its.put({ fingerprint: await its.tagged(at.previous) });
    await isContained(its.leaky, { receipt: await its.receipt() }, [at.previousHandle]);
    expect(its.leaky.live()).toContain(at.currentHandle);
    expect(its.asked()).not.toContain("GetSecretValue");
  });

  it("that comes late, twice at once, and again when all is over, leaves the replacement alone", async () => {
    const at = await its.both();
    const Time = its.since;
    its.throttle();
    await its.put({ secret: its.secret.name }, { Time });
    expect(its.said("leak_report_failed")).toMatchObject([{ code: "store_throttled" }]);
    sandbox().aws.bus.set("duplicates", 1);
    await its.leaky.around.pass(2);
    sandbox().aws.bus.set("duplicates", 0);
    const receipt = await its.receipt();
    await isContained(its.leaky, { receipt }, [at.currentHandle, at.previousHandle]);
    expect(receipt.reportedAt).toBe(Time.toISOString());

    const { labels, ...keys } = await its.leaky.bench.snapshot(its.secret);
    await turns(its.leaky.bench, its.secret);
    const after = await its.leaky.bench.snapshot(its.secret);
    expect([Object.keys(labels), keys.live]).toEqual([[expect.anything()], [expect.anything()]]);
    // Both were made its.since.
    await its.put({ secret: its.secret.name }, { Time });
    expect(its.refusals()).toMatchObject([expect.stringMatching(/older than the report/)]);
    expect(await its.leaky.bench.snapshot(its.secret)).toEqual(after);
  });

  it("that was made before the last rotation is about the previous key alone", async () => {
    const at = await its.both();
    await its.put({ secret: its.secret.name }, { Time: await its.madeAt(at.previous) });
    await isContained(its.leaky, { receipt: await its.receipt() }, [at.previousHandle]);
    expect(its.leaky.live()).toEqual([at.currentHandle]);
  });
});

describe("a secret whose declaration says to ask first", () => {
  beforeAll(() => its.declare({ onReport: "ask" }));
  afterAll(() => its.declare({ onReport: "act" }));

  it("a human hears what to type for each version, and nothing is marked", async () => {
    const at = await its.both();
    const before = await its.leaky.bench.snapshot(its.secret);
    await its.put({
      secret: its.secret.name,
      reason: "see https://example.com/1; rm -rf '$HOME' `x` \"y\"",
      by: "me",
    });
    await its.leaky.around.pass(3);
    const approve = (version: string) =>
      `keyturn rotate-secret ${its.secret.name} --leaked --only ${version} --reason 'reported by code scan: see https://example.com/1 rm -rf HOME x y'`;
    const about = {
      secret: its.secret.name,
      arn: await arnOf(its.leaky.bench, "stripe"),
      environment: "test",
      source,
    };
    expect(await its.told()).toMatchObject(
      [at.current, at.previous].map((version) => ({
        ...{ ...about, name: "Leak Approval Needed", provider: "stripe/restricted-key", version },
        approve: approve(version),
      })),
    );
    expect(await its.leaky.bench.snapshot(its.secret)).toEqual(before);
    expect(await its.leaky.watches()).toEqual([]);
    expect(its.said("leak_approval_asked")).toHaveLength(1);
  });

  it("a report that is dated ahead counts from now", async () => {
    await its.both();
    await its.put({ secret: its.secret.name }, { Time: new Date(its.since.getTime() + 86_400_000) });
    expect((await its.told()).map(({ at }) => at)).toEqual(
      Array.from({ length: 2 }, () => its.since.toISOString()),
    );
  });

  it("the question comes again where the bus did not take it", async () => {
    const at = await its.both();
    const fault = { kind: "status", status: 500 } as const;
    sandbox().faults.add({ service: "events", operation: "PutEvents", after: 1, times: 3, fault });
    await its.put({ secret: its.secret.name, version: at.current });
    expect(its.said("leak_report_failed")).toMatchObject([{ code: "bus_unavailable" }]);
    expect(await its.told()).toEqual([]);
    await its.leaky.around.pass(2);
    expect(await its.told()).toMatchObject([{ name: "Leak Approval Needed", version: at.current }]);
  });
});

describe("the queue for reports that failed", () => {
  const queue = "arn:aws:sqs:us-east-1:123456789012:keyturn-test-leak-reports";
  const send = async (body: unknown) => {
    sandbox().aws.queues.send(queue, { body: JSON.stringify(body) });
    await sandbox().timeline.idle();
  };
  const event = (detail: object) => ({
    ...{
      version: "0",
      id: "1",
      "detail-type": "Leak Report",
      source: "scanner",
      time: its.since.toISOString(),
    },
    detail: { v: 1, source, ...detail },
  });

  it("is taken: what fails once more comes again, what is no report does not", async () => {
    const at = await its.both();
    its.throttle();
    await send(event({ secret: its.secret.name, version: at.previous }));
    await send("no report");
    expect([its.said("leak_report_failed"), its.refusals()]).toMatchObject([[{}], [{}]]);
    await its.leaky.around.pass(7);
    await isContained(its.leaky, { receipt: await its.receipt() }, [at.previousHandle]);
    expect(its.refusals()).toHaveLength(1);
  });
});

describe("a report that means nothing here", () => {
  const other = () => `arn:aws:secretsmanager:eu-west-1:123456789012:secret:${its.secret.name}-AbCdEf`;
  it.each([
    ["another detail-type", {}, { DetailType: "Leak" }, /leak_report_refused .*detail-type/],
    ["no secret", {}, {}, /leak_report_refused .*detail/],
    ["no source", { secret: "app/x", source: undefined }, {}, /leak_report_refused/],
    ["a newer format", { v: 2, secret: "app/x" }, {}, /leak_report_refused/],
    ["a field more", { secret: "app/x", killFirst: true }, {}, /leak_report_refused/],
    [
      "words that no console should show",
      { secret: "app/x", reason: "\u001b[2J" },
      {},
      /leak_report_refused/,
    ],
    ["too many words", { secret: "app/x", reason: "x".repeat(257) }, {}, /leak_report_refused/],
    [
      "a secret and a fingerprint",
      { secret: "app/x", fingerprint: "0".repeat(32) },
      {},
      /leak_report_refused/,
    ],
    ["a fingerprint that is in no tag", { fingerprint: "0".repeat(32) }, {}, /which is in none/],
  ])("%s: is logged, and done with", async (_, detail, more, wanted) => {
    await its.put(detail, more);
    await its.leaky.around.pass(4);
    expect(its.refusals()).toHaveLength(1);
    expect(its.refusals()[0]).toMatch(wanted);
    expect(its.said("leak_handed_over")).toEqual([]);
  });

  it("another secret, or its name in another Region, or a version that there is not", async () => {
    await its.put({ secret: "app/undeclared" });
    await its.put({ secret: other().replace(its.secret.name, "app/undeclared") });
    await its.put({ secret: other() });
    await its.put({ secret: its.secret.name, version: randomBytes(20).toString("hex") });
    expect(its.refusals()).toMatchObject([
      expect.stringMatching(/^secret_undeclared .*found another name/),
      expect.stringMatching(/^secret_undeclared .*found app\/undeclared/),
      expect.stringMatching(/^leak_report_refused .*another one/),
      expect.stringMatching(/^leak_report_refused .*does not list/),
    ]);
    expect(its.asked()).not.toContain("PutEvents");
  });

  it("a key's value in the place of a name is shown nowhere", async () => {
    const value = `sk_${randomBytes(16).toString("hex")}`;
    await its.put({ secret: value });
    await its.put({ secret: its.secret.name, version: value.padEnd(36, "0"), reason: value });
    await its.put({ fingerprint: value });
    expect(its.refusals()).toHaveLength(3);
    expect(JSON.stringify([its.said("leak_report_refused"), its.said("leak_report_failed")])).not.toContain(
      value,
    );
  });

  it("a report older than all that the secret holds says so", async () => {
    await its.put({ secret: its.secret.name }, { Time: new Date("2020-01-01T00:00:00Z") });
    expect(its.refusals()).toMatchObject([expect.stringMatching(/older than the report/)]);
  });
});
