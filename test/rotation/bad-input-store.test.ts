import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { StepName } from "../../services/rotation/event.js";
import type { Fault } from "../../services/sandbox/faults.js";
import { type Bench, openBench, startBench } from "./bench.js";
import {
  eventFor,
  only,
  quick,
  refusal,
  refusedUnchanged,
  toSteady,
  type Vendor,
  vendors,
} from "./refusal.js";
import { type Staged, stage } from "./staged.js";

const says = (__type: string): Fault => ({ kind: "status", status: 400, body: { __type, message: "no" } });
const denied = says("AccessDeniedException");

const troubles: readonly [string, Fault, string][] = [
  ["denied", denied, "store_denied"],
  ["throttled", { kind: "throttle" }, "store_throttled"],
  ["answered with 500", { kind: "status", status: 500 }, "store_unavailable"],
  ["answered by a proxy's page", { kind: "html", status: 502 }, "store_unavailable"],
];
const silent: Fault = { kind: "hang" };

interface Call {
  readonly step: StepName;
  readonly operation: string;
  /** So many calls of this operation come first in that step. */
  readonly after?: number;
  readonly of?: string;
}
const create = "createSecret";
const beforeAnything: readonly Call[] = [
  { step: create, operation: "DescribeSecret" },
  { step: create, operation: "GetSecretValue", of: "the staged value" },
  { step: create, operation: "GetSecretValue", after: 1, of: "the admin secret" },
  { step: create, operation: "GetSecretValue", after: 2, of: "the current value" },
  { step: create, operation: "GetSecretValue", after: 3, of: "the previous value" },
];
const afterStaging: readonly Call[] = [
  { step: "testSecret", operation: "DescribeSecret" },
  { step: "testSecret", operation: "GetSecretValue", of: "the staged value" },
  { step: "finishSecret", operation: "DescribeSecret" },
  { step: "finishSecret", operation: "GetSecretValue", of: "the staged value" },
  { step: "finishSecret", operation: "UpdateSecretVersionStage" },
];

/** One step, whose client asks once, while `fault` meets every such call. It must end by itself. */
async function meet(bench: Bench, vendor: Vendor, { token }: Staged, call: Call, fault: Fault) {
  const { step, operation, after = 0 } = call;
  const secret = bench[vendor];
  const event = await eventFor(bench, secret, step, token);
  const aws = { ...bench.options(secret).aws, maxAttempts: 1 };
  const { faults } = bench.sandbox;
  faults.add({ service: "secretsmanager", operation, after, times: "always", fault });
  const tooLong = new AbortController();
  const limit = setTimeout(() => {
    tooLong.abort();
    faults.clear();
  }, 10_000);
  try {
    await bench.invoke(secret, event, { aws, ...(fault === silent && { requestTimeoutMs: 250 }) });
  } finally {
    clearTimeout(limit);
    faults.clear();
    expect(tooLong.signal.aborted, `${operation} is waited for without end`).toBe(false);
  }
}

/** Handles that the vendor knows now and did not know then, and those it still accepts. */
async function made(bench: Bench, vendor: Vendor, act: () => Promise<unknown>) {
  const known = bench.handles(bench[vendor], "all");
  const labels = await bench.labels(bench[vendor]);
  const { code } = await refusal(bench, act);
  expect(await bench.labels(bench[vendor])).toEqual(labels);
  const fresh = (which: "all" | "not retired") =>
    bench.handles(bench[vendor], which).filter((handle) => !known.includes(handle)).length;
  return { code, made: fresh("all"), left: fresh("not retired") };
}

const open = async (vendor: Vendor) =>
  toSteady(await startBench({ ...quick, providers: only(vendor) }), [vendor]);

describe.each(vendors)("%s: before anything is ended or made", (vendor) => {
  let bench: Awaited<ReturnType<typeof startBench>>;
  let rotation: Staged;
  beforeAll(async () => {
    bench = await open(vendor);
    rotation = await stage(bench, bench[vendor]);
  });
  afterAll(() => bench.close());

  describe.each(beforeAnything)("$step: $operation $of", (call) => {
    it.each(troubles)("%s", async (_, fault, usual) => {
      const isAdmin = call.of === "the admin secret";
      const code = isAdmin && usual === "store_denied" ? "admin_unreadable" : usual;
      const act = () => meet(bench, vendor, rotation, call, fault);
      expect(await refusedUnchanged(bench, bench[vendor], act)).toBe(code);
    });
  });
});

describe("github: a call that is never answered ends by itself", () => {
  it.each<[Call, boolean]>([
    [{ step: create, operation: "DescribeSecret" }, false],
    [{ step: create, operation: "GetSecretValue" }, false],
    [{ step: create, operation: "ListSecretVersionIds" }, false],
    [{ step: create, operation: "PutSecretValue" }, false],
    [{ step: "finishSecret", operation: "UpdateSecretVersionStage" }, true],
  ])("$operation", async (call, staged) => {
    const bench = await toSteady(await openBench({ ...quick, providers: only("github") }), ["github"]);
    const rotation = await stage(bench, bench.github);
    if (staged) await rotation.run(create);
    const labels = await bench.labels(bench.github);
    const { code } = await refusal(bench, () => meet(bench, "github", rotation, call, silent));
    expect(code).toBe("store_unavailable");
    expect(await bench.labels(bench.github)).toEqual(labels);
  });
});

describe("github: when the previous key is ended", () => {
  let bench: Awaited<ReturnType<typeof startBench>>;
  let rotation: Staged;
  beforeAll(async () => {
    bench = await open("github");
    rotation = await stage(bench, bench.github);
  });
  afterAll(() => bench.close());
  const during = (call: Omit<Call, "step">, fault: Fault) =>
    made(bench, "github", () => meet(bench, "github", rotation, { step: create, ...call }, fault));

  it.each(troubles)("the history, %s: no key is made", async (_, fault, code) => {
    expect(await during({ operation: "ListSecretVersionIds" }, fault)).toEqual({ code, made: 0, left: 0 });
  });

  it.each(troubles)("the look before the write, %s: the new key is ended", async (_, fault, code) => {
    expect(await during({ operation: "DescribeSecret", after: 1 }, fault)).toEqual({
      code,
      made: 1,
      left: 0,
    });
  });

  it.each([
    ["AccessDeniedException", "store_denied"],
    ["DecryptionFailure", "store_denied"],
    ["ResourceNotFoundException", "store_missing"],
    ["InvalidRequestException", "store_refused"],
    ["LimitExceededException", "store_refused"],
    ["EncryptionFailure", "store_refused"],
  ])("the write, refused with %s: the new key is ended", async (name, code) => {
    expect(await during({ operation: "PutSecretValue" }, says(name))).toEqual({ code, made: 1, left: 0 });
  });

  it("the write, throttled: it was not done, and the new key is ended", async () => {
    const ended = { code: "store_throttled", made: 1, left: 0 };
    expect(await during({ operation: "PutSecretValue" }, { kind: "throttle" })).toEqual(ended);
  });

  it.each(troubles.slice(2))(
    "the write, %s: it may have been done, so nothing is ended",
    async (_, fault, code) => {
      expect(await during({ operation: "PutSecretValue" }, fault)).toEqual({ code, made: 1, left: 1 });
    },
  );

  it("after all this the same rotation succeeds", async () => {
    await rotation.runAll();
    expect((await bench.labels(bench.github))[rotation.token]).toContain("AWSCURRENT");
  });
});

describe("stripe: a write that is refused", () => {
  it("ends the new key, and the rotation goes on once it may", async () => {
    const bench = await toSteady(await openBench({ ...quick, providers: only("stripe") }), ["stripe"]);
    const rotation = await stage(bench, bench.stripe);
    const call = { step: create, operation: "PutSecretValue" } as const;
    const act = () => meet(bench, "stripe", rotation, call, denied);
    expect(await made(bench, "stripe", act)).toEqual({ code: "store_denied", made: 1, left: 0 });
    await bench.sandbox.timeline.advance(300_000);
    await rotation.runAll();
    expect(bench.handles(bench.stripe, "live")).toHaveLength(2);
  });
});

describe.each(vendors)("%s: when the new key is staged", (vendor) => {
  let bench: Awaited<ReturnType<typeof startBench>>;
  let rotation: Staged;
  beforeAll(async () => {
    bench = await open(vendor);
    rotation = await stage(bench, bench[vendor]);
    await rotation.run(create);
  });
  afterAll(() => bench.close());

  describe.each(afterStaging)("$step: $operation $of", (call) => {
    it.each(troubles)("%s", async (_, fault, code) => {
      const act = () => meet(bench, vendor, rotation, call, fault);
      expect(await refusedUnchanged(bench, bench[vendor], act)).toBe(code);
    });
  });

  it("the look after the flip, denied: the flip stands, and the step's next run succeeds", async () => {
    const call = { step: "finishSecret", operation: "DescribeSecret", after: 1 } as const;
    const { code } = await refusal(bench, () => meet(bench, vendor, rotation, call, denied));
    expect(code).toBe("store_denied");
    expect((await bench.labels(bench[vendor]))[rotation.token]).toContain("AWSCURRENT");
    const before = await bench.snapshot(bench[vendor]);
    await rotation.run("finishSecret");
    expect(await bench.snapshot(bench[vendor])).toEqual(before);
  });
});

describe("with the client as it is deployed", () => {
  const operations = [
    ...["DescribeSecret", "GetSecretValue", "ListSecretVersionIds", "PutSecretValue"],
    "UpdateSecretVersionStage",
  ];
  it.each<[string, Fault]>([
    ["a 500", { kind: "status", status: 500 }],
    ["a connection that ends before", { kind: "refuse" }],
    ["an answer that is lost", { kind: "lose" }],
    ["500 for what was done", { kind: "status-after", status: 500 }],
  ])("%s at every operation once does not fail a rotation", async (_, fault) => {
    const bench = await toSteady(await openBench({ ...quick, providers: only("github") }), ["github"]);
    for (const operation of operations)
      bench.sandbox.faults.add({ service: "secretsmanager", operation, fault });
    const { errors, outcome } = await bench.rotate(bench.github);
    expect({ errors, outcome }).toEqual({ errors: [], outcome: "succeeded" });
    expect(bench.handles(bench.github, "live")).toHaveLength(2);
  });
});
