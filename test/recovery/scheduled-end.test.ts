import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { leakMark } from "../../services/rotation/labels.js";
import { stage } from "../rotation/staged.js";
import { failure, handleOf, mark } from "../rotation/steady.js";
import { type Around, startAround } from "./around.js";
import { endOverlap, holderOf, logged, order } from "./jobs.js";

// Every hour, so the overlap is 50 minutes; ticks of the schedule at full hours.
let around: Around;
beforeAll(async () => {
  around = await startAround(["stripe"], { every: "1h" });
  await around.pass(60);
});
afterAll(() => around.close());

const minutesAfter = (from: Date, minutes: number) => new Date(from.getTime() + minutes * 60_000);
const minute = (time: Date) => time.toISOString().slice(0, 16);
const current = () => handleOf(around.bench, "stripe", "AWSCURRENT");
const live = () => around.bench.handles(around.bench.stripe, "live");
const previousVersion = () => holderOf(around.bench, "stripe", "AWSPREVIOUS");
const outage = () =>
  around.bench.sandbox.faults.add({ service: "stripe", times: "always", fault: { kind: "refuse" } });
const clear = () => around.bench.sandbox.faults.clear();

/** To the next full hour, and the rotation that begins then. */
async function rotated() {
  const from = around.now();
  const old = await current();
  await around.pass(60 - from.getUTCMinutes() - from.getUTCSeconds() / 60 + 1);
  expect(await current()).not.toBe(old);
  const versionId = (await previousVersion()) ?? "";
  const end = (await around.ends()).find(({ target }) => target.input.includes(versionId));
  return { old, end, at: minutesAfter(around.now(), -1), versionId };
}

describe("the end of the overlap, by a one-time schedule", () => {
  it("is arranged before the flip for the old version's key, fires, takes AWSPREVIOUS off and is gone; events tell it", async () => {
    const from = around.now();
    const { old, end, at } = await rotated();
    expect(end).toMatchObject({ deleteAfter: true, jitterMinutes: 0, enabled: true });
    expect(minute(new Date(`${end?.expression.slice(3, -1)}Z`))).toBe(minute(minutesAfter(at, 51)));
    expect(end?.target.retry).toEqual({ attempts: 10, ageSeconds: 1800 });
    expect(end?.target.input).not.toMatch(/[rs]k_(test|live)_/);
    await around.pass(49);
    expect(live()).toContain(old);
    await around.pass(2);
    expect(live()).toEqual([await current()]);
    expect(await previousVersion()).toBeUndefined();
    expect(await around.ends()).toEqual([]);
    const told = await around.told(from);
    const names = ["Rotation Started", "Key Minted", "Rotation Succeeded", "Key Retired"];
    expect(told.filter(({ at: when }) => new Date(when) >= at).map(({ name }) => name)).toEqual(names);
    expect(told.at(-2)).toMatchObject({ handle: await current(), replaced: old });
    expect(told.at(-2)?.["overlapUntil"]).toBe(minutesAfter(at, 51).toISOString());
    expect(told.at(-1)).toMatchObject({ handle: old, because: "overlap over" });
    expect(told.at(-1)?.["refusedAt"]).toBe(told.at(-1)?.at);
  });

  it("makes a rotation no dearer: 13 calls on the secret, for the previous one is dead and need not be read", async () => {
    const from = around.bench.sandbox.journal.last;
    await rotated();
    const requests = around.bench.sandbox.journal
      .since(from)
      .filter((entry) => entry.kind === "request" && entry.credential?.startsWith("function-"))
      .filter((entry) => entry.kind === "request" && entry.service === "secretsmanager");
    const ofRotation = requests.filter(
      (entry) => entry.kind === "request" && entry.secret === around.bench.stripe.name,
    );
    const looks = logged(around.bench, "job_done").length;
    expect(looks).toBeGreaterThan(0);
    const ticks = around.bench.sandbox.journal
      .since(from)
      .filter((entry) => entry.kind === "invocation" && entry.step === "recover" && entry.phase === "end");
    expect(ofRotation.length - ticks.length).toBe(13);
  });

  it("moves ahead when the key turns out to have leaked before the flip", async () => {
    const { bench } = around;
    await around.pass(55 - around.now().getUTCMinutes());
    const version = (await holderOf(bench, "stripe", "AWSCURRENT")) ?? "";
    const handle = await current();
    expect(await around.ends()).toEqual([]);
    await mark(bench, "stripe", leakMark, "AWSCURRENT");
    const { at } = await rotated();
    // Ended right after the flip (P16); the schedule is what would have done it.
    expect(live()).not.toContain(handle);
    const [told] = await around.told(at, "Key Retired");
    expect(told).toMatchObject({ handle, because: "leaked" });
    const [end] = await around.ends();
    expect(end?.target.input).toContain(version);
    expect(minute(new Date(`${end?.expression.slice(3, -1)}Z`))).toBe(minute(minutesAfter(at, 2)));
    await around.pass(5);
    expect(await around.ends()).toEqual([]);
    expect(await previousVersion()).toBeUndefined();
  });

  it.each([
    ["early, while the key is current and a rotation is open: again after an overlap", true],
    ["early, while the key is current and nothing is open: the next rotation arranges it", false],
  ])("fired %s", async (_, isOpen) => {
    const { bench } = around;
    const job = { versionId: (await holderOf(bench, "stripe", "AWSCURRENT")) ?? "", handle: await current() };
    if (isOpen) await stage(bench, bench.stripe);
    const now = around.now();
    const done = await endOverlap(bench, "stripe", job);
    const ends = (await around.ends()).filter(({ target }) => target.input.includes(job.versionId));
    expect(done).toMatchObject({ outcome: "rearm", ...(isOpen ? { until: minutesAfter(now, 50) } : {}) });
    expect(ends.map(({ expression }) => expression)).toEqual(
      isOpen ? [`at(${minutesAfter(now, 50).toISOString().slice(0, 19)})`] : [],
    );
    expect(live()).toContain(job.handle);
    if (isOpen) await order(bench, "stripe", "abort");
    bench.sandbox.secretsManager.set("retries", 3);
  });

  it("fired within the overlap, by a schedule of a rotation that never came to its flip: again at its end", async () => {
    const { at, versionId, old } = await rotated();
    const until = minutesAfter(at, 50);
    const done = await endOverlap(around.bench, "stripe", { versionId, handle: old });
    expect(done).toMatchObject({ outcome: "rearm", until });
    const ends = (await around.ends()).filter(({ target }) => target.input.includes(versionId));
    expect(ends.map(({ expression }) => expression)).toEqual([`at(${until.toISOString().slice(0, 19)})`]);
  });

  it("lost: recovery's next run ends the key", async () => {
    const { old, end } = await rotated();
    await around.schedules.remove(end?.name ?? "");
    await around.pass(52);
    expect(live()).toContain(old);
    await around.pass(4);
    expect(live()).not.toContain(old);
    expect(await previousVersion()).toBeUndefined();
  });

  it("refused by the vendor: each run of recovery tries again; after a quarter of an hour an alarm, hourly", async () => {
    const { old, at } = await rotated();
    await around.pass(40);
    outage();
    // No rotation begins any more: a paused secret's previous key ends all the same.
    await around.bench.aws.cancelRotateSecret({ SecretId: around.bench.stripe.name });
    const ticks = (await around.schedules.list()).filter(({ target }) => target.arn.includes("rotateSecret"));
    for (const { name } of ticks) await around.schedules.remove(name);
    await around.pass(150);
    const alarms = await around.told(at, "Retirement Overdue");
    expect(alarms.map((alarm) => minute(new Date(alarm.at)))).toEqual(
      [65, 125, 185].map((after) => minute(minutesAfter(at, after))),
    );
    const due = minutesAfter(at, 50).toISOString();
    expect(alarms[0]).toMatchObject({ handle: old, due, code: "unavailable" });
    expect(await holderOf(around.bench, "stripe", "AWSPREVIOUS")).toBeDefined();
    clear();
    await around.pass(5);
    expect(live()).not.toContain(old);
    expect(await previousVersion()).toBeUndefined();
  });
});

describe("finishSecret that is tried again", () => {
  beforeAll(() => around.pass(60));

  it("keeps the earlier end that is arranged, and moves it ahead once the key has leaked", async () => {
    const { bench } = around;
    const { run } = await stage(bench, bench.stripe);
    await run("createSecret");
    const times: string[] = [];
    for (const isMarked of [false, false, true]) {
      if (isMarked) await mark(bench, "stripe", leakMark, "AWSCURRENT");
      outage();
      await expect(run("finishSecret")).rejects.toEqual(failure("unavailable"));
      clear();
      times.push(...(await around.ends()).map(({ expression }) => expression.slice(3, -1)));
    }
    expect(times).toHaveLength(3);
    expect(times[1]).toBe(times[0]);
    const ahead = new Date(`${times[2]}Z`).getTime() - around.now().getTime();
    expect(ahead).toBeGreaterThan(60_000);
    expect(ahead).toBeLessThanOrEqual(120_000);
    await run("finishSecret");
    await around.pass(60);
  });
});

describe("Scheduler fails", () => {
  it.each([
    ["cannot be reached", { kind: "refuse" }, "scheduler_unavailable"],
    [
      "refuses",
      { kind: "status", status: 403, headers: { "x-amzn-errortype": "AccessDeniedException" } },
      "scheduler_denied",
    ],
  ] as const)("it %s: nothing is promoted", async (_, fault, code) => {
    const { bench } = around;
    const { run } = await stage(bench, bench.stripe);
    await run("createSecret");
    await run("testSecret");
    const before = await bench.labels(bench.stripe);
    bench.sandbox.faults.add({ service: "scheduler", times: "always", fault });
    await expect(run("finishSecret")).rejects.toEqual(failure(code));
    expect(await bench.labels(bench.stripe)).toEqual(before);
    clear();
    await run("finishSecret");
    expect(await bench.labels(bench.stripe)).not.toEqual(before);
    await around.pass(60);
  });
});
