import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createHandler } from "../../services/rotation/handler.js";
import { functionOf } from "../../services/sandbox/place.js";
import { only } from "../rotation/refusal.js";
import { stage } from "../rotation/staged.js";
import { handleOf } from "../rotation/steady.js";
import { type Around, startAround } from "./around.js";
import { arnOf, holderOf, logged, order } from "./jobs.js";

let around: Around;
let arn: string;
beforeAll(async () => {
  around = await startAround(["github"], { every: "20m" });
  arn = await arnOf(around.bench, "github");
  await around.pass(21);
});
afterAll(() => around.close());

interface Letter {
  readonly body: unknown;
  /** Minutes from now. */
  readonly due?: number;
}

/** What the function answers to messages, as an event source mapping hands them over. Their ids: m0, m1, … */
async function deliver(...letters: readonly Letter[]): Promise<unknown> {
  const { bench, now } = around;
  const [provider] = only("github");
  if (!provider) throw new RangeError("github");
  const Records = letters.map(({ body, due = 0 }, index) => {
    const time = new Date(now().getTime() + due * 60_000).toISOString().replace(".000", "");
    const text = (stringValue: string) => ({ stringValue, dataType: "String" });
    return {
      ...{ messageId: `m${index}`, receiptHandle: "r", eventSource: "aws:sqs", attributes: {} },
      body: typeof body === "string" ? body : JSON.stringify(body),
      messageAttributes: { ERROR_CODE: text("x"), ...(due <= 60 ? { SCHEDULED_TIME: text(time) } : {}) },
    };
  });
  const { clock, leave } = bench.sandbox.timeline.join();
  try {
    const handler = createHandler(provider, { ...bench.options(bench.github), clock });
    const { arn: invokedFunctionArn } = functionOf(provider.id);
    return await handler({ Records }, { getRemainingTimeInMillis: () => 60_000, invokedFunctionArn });
  } finally {
    leave();
    await bench.sandbox.timeline.idle();
  }
}

const taken = { batchItemFailures: [] };
const tick = (minutes = 0, SecretId = arn) => ({ body: { SecretId }, due: minutes });
const current = () => holderOf(around.bench, "github", "AWSCURRENT");
/** Calls of RotateSecret since. */
const starts = (from: number) =>
  around.bench.sandbox.journal
    .since(from)
    .filter((entry) => entry.kind === "request" && entry.operation === "RotateSecret").length;
const last = () => around.bench.sandbox.journal.last;

describe("a tick that could not start its rotation", () => {
  it("is made good from the dead-letter queue, once: here because AWS takes no colon in a token", async () => {
    around.bench.sandbox.secretsManager.set("tokenColons", "refused");
    const from = around.now();
    await around.pass(60);
    const told = await around.told(from, "Rotation Succeeded");
    expect(told).toHaveLength(3);
    for (const { rotation } of told) expect(rotation).toMatch(/^keyturn-tick-20260601\d{6}-lost$/);
    expect(told[0]?.["rotation"]).toHaveLength(32);
    around.bench.sandbox.secretsManager.set("tokenColons", "accepted");
  });

  it("is one rotation, however often it is told of", async () => {
    await around.pass(12);
    const from = last();
    const old = await current();
    expect(await deliver(tick(), tick(), tick())).toEqual(taken);
    expect(await current()).not.toBe(old);
    expect(await deliver(tick(-1))).toEqual(taken);
    expect(starts(from)).toBe(1);
    expect(logged(around.bench, "tick_not_missing").at(-1)).toMatchObject({ because: "rotated since" });
  });
});

describe("a message that calls for nothing", () => {
  beforeEach(() => around.pass(41));

  it("a rotation is open: it is left to AWS and to recovery", async () => {
    await stage(around.bench, around.bench.github);
    const from = last();
    expect(await deliver(tick())).toEqual(taken);
    expect(starts(from)).toBe(0);
    await order(around.bench, "github", "abort");
  });

  it("the tick began a rotation, and a human has ended it", async () => {
    const [due, token] = [around.now(), randomUUID()];
    around.bench.sandbox.secretsManager.set("retries", 0);
    around.bench.sandbox.faults.add({
      service: "github",
      times: "always",
      fault: { kind: "status", status: 503 },
    });
    await around.bench.aws.rotateSecret({ SecretId: arn, ClientRequestToken: token });
    await around.bench.sandbox.timeline.idle();
    around.bench.sandbox.faults.clear();
    await order(around.bench, "github", "abort");
    const from = last();
    const minutes = (due.getTime() - around.now().getTime()) / 60_000;
    expect(await deliver({ body: { SecretId: arn, ClientRequestToken: token }, due: minutes })).toEqual(
      taken,
    );
    expect(starts(from)).toBe(0);
    expect(logged(around.bench, "tick_not_missing").at(-1)).toMatchObject({ because: "begun before" });
    around.bench.sandbox.secretsManager.set("retries", 3);
  });

  it("rotation is off", async () => {
    await around.bench.aws.cancelRotateSecret({ SecretId: arn });
    const from = last();
    expect(await deliver(tick())).toEqual(taken);
    expect(starts(from)).toBe(0);
    await around.bench.aws.rotateSecret({ SecretId: arn });
    await around.bench.sandbox.timeline.idle();
  });

  const stranger = "arn:aws:secretsmanager:us-east-1:123456789012:secret:app/none-a1B2c3";
  const job = (keyturn: object) => ({ body: { keyturn: { v: 1, secretId: arn, ...keyturn } } });
  it.each<[string, () => Letter, string]>([
    ["a secret that is not declared", () => tick(0, stranger), "secret_undeclared"],
    ["an earlier secret of that name", () => tick(0, arn.replace(/\w{6}$/, "a1B2c3")), "event_invalid"],
    ["a tick that is not due", () => tick(2), "event_invalid"],
    ["a tick without its time", () => tick(61), "event_invalid"],
    ["text", () => ({ body: "hello" }), "event_invalid"],
    [
      "an event of Secrets Manager",
      () => ({ body: { Step: "createSecret", SecretId: "x" } }),
      "event_invalid",
    ],
    ["a job that no schedule asks for", () => job({ action: "abort" }), "event_invalid"],
    ["another such job", () => job({ action: "rollback" }), "event_invalid"],
    ["no job", () => job({ action: "rotate" }), "event_invalid"],
    ["a job for another's secret", () => job({ action: "recover", secretId: stranger }), "secret_undeclared"],
    [
      "a report of a leak",
      () => job({ action: "contain", report: { versions: ["0".repeat(32)], at: "2026-06-01T00:00:00Z" } }),
      "event_invalid",
    ],
  ])("%s: dropped, and the next message is not kept waiting", async (_, letter, code) => {
    const { bench } = around;
    const before = await bench.snapshot(bench.github);
    const from = last();
    const ran = logged(bench, "tick_not_missing").length;
    const line = bench.log.length;
    expect(await deliver(letter(), tick(-60))).toEqual(taken);
    expect(logged(bench, "job_failed", line)).toMatchObject([{ code, retryable: false }]);
    expect(logged(bench, "tick_not_missing")).toHaveLength(ran + 1);
    expect(starts(from)).toBe(0);
    expect((await bench.snapshot(bench.github)).labels).toEqual(before.labels);
  });
});

describe("what fails", () => {
  it("and may pass comes again, alone", async () => {
    const { faults } = around.bench.sandbox;
    await around.pass(41);
    const refuse = { kind: "refuse" } as const;
    faults.add({ service: "secretsmanager", operation: "DescribeSecret", times: 2, fault: refuse });
    expect(await deliver(tick(-60), tick(-60))).toEqual({ batchItemFailures: [{ itemIdentifier: "m0" }] });
    faults.clear();
  });

  it("for good is dropped, and an event says so", async () => {
    const { faults } = around.bench.sandbox;
    // Between two ticks of the schedule.
    await around.pass(33 - (around.now().getUTCMinutes() % 20));
    const from = around.now();
    const fault = { kind: "status", status: 400, body: { __type: "AccessDeniedException" } } as const;
    faults.add({ service: "secretsmanager", operation: "RotateSecret", times: "always", fault });
    expect(await deliver(tick())).toEqual(taken);
    faults.clear();
    expect(await around.told(from, "Rotation Failed")).toMatchObject([
      { step: "schedule", code: "store_denied", retryable: false },
    ]);
  });
});

describe("a job that could not be delivered", () => {
  it("is done: the end of an overlap", async () => {
    const { bench } = around;
    // Five minutes after a tick, then until the overlap is over and recovery has not come yet.
    await around.pass(45 - (around.now().getUTCMinutes() % 20));
    await bench.aws.cancelRotateSecret({ SecretId: arn });
    for (const { name } of await around.schedules.list()) await around.schedules.remove(name);
    await around.pass(6);
    const versionId = (await holderOf(bench, "github", "AWSPREVIOUS")) ?? "";
    const handle = await handleOf(bench, "github", "AWSPREVIOUS");
    const keyturn = { v: 1, action: "end-overlap", secretId: arn, versionId, handle };
    expect(bench.handles(bench.github, "live")).toContain(handle);
    expect(await deliver({ body: { keyturn } })).toEqual(taken);
    expect(bench.handles(bench.github, "live")).not.toContain(handle);
    expect(await holderOf(bench, "github", "AWSPREVIOUS")).toBeUndefined();
  });
});
