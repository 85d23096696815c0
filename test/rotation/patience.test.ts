import { describe, expect, it } from "vitest";
import type { Key } from "../../providers/kit/contract.js";
import { type FailureCode, failureCodes, ProviderError } from "../../providers/kit/failure.js";
import type { Connection } from "../../providers/kit/plug.js";
import { patient } from "../../services/rotation/patience.js";

const key: Key = { handle: "h", fields: {} };
const explanation = { expected: "an answer", found: "none", next: "Wait." };

/** A connection that fails so often with each verb, and what was asked of it and of the clock. */
function failing(times: number, failure: unknown, leftMs = Number.POSITIVE_INFINITY) {
  const log: string[] = [];
  const asked = <Result>(verb: string, result: Result): Promise<Result> => {
    log.push(verb);
    const failures = log.filter((line) => line === verb).length;
    return failures <= times ? Promise.reject(failure) : Promise.resolve(result);
  };
  const connection: Connection = {
    make: () => asked("make", key),
    register: () => asked("register", "existed" as const),
    verify: () => asked("verify", "accepted" as const),
    proof: "listed",
    retire: () => asked("retire", undefined),
    find: () => asked("find", []),
  };
  let left = leftMs;
  const wait = (ms: number) => {
    if (ms > left) return Promise.resolve(false);
    left -= ms;
    log.push(`wait ${ms}`);
    return Promise.resolve(true);
  };
  return { log, connection: patient(connection, wait) };
}

const verbs: readonly [string, (connection: Connection) => Promise<unknown>, unknown][] = [
  ["verify", (connection) => connection.verify(key), "accepted"],
  ["retire", (connection) => connection.retire(key), undefined],
  ["register", async (connection) => connection.register?.(key, "label"), "existed"],
  ["find", async (connection) => connection.find?.(), []],
];
const make = (connection: Connection) =>
  connection.make({ label: "l", idempotencyKey: "i", nonce: "n", expiresAt: new Date(0) });
const codes = Object.entries(failureCodes).map(([code, { retryable }]) => ({ code, retryable }));
const isCode = (code: string): code is FailureCode => code in failureCodes;
const errorOf = (code: string, retryAfterSeconds?: number) => {
  if (!isCode(code)) throw new Error(code);
  return new ProviderError(code, explanation, retryAfterSeconds);
};

describe.each(verbs)("%s", (verb, ask, result) => {
  it.each(codes)("$code: asked again only if that is worth it", async ({ code, retryable }) => {
    const { log, connection } = failing(1, errorOf(code));
    if (retryable) expect(await ask(connection)).toEqual(result);
    else await expect(ask(connection)).rejects.toMatchObject({ code });
    expect(log).toEqual(retryable ? [verb, "wait 1000", verb] : [verb]);
  });

  it("asks four times at most, with longer and longer pauses, and fails with the last failure", async () => {
    const failure = errorOf("unavailable");
    const { log, connection } = failing(9, failure);
    await expect(ask(connection)).rejects.toBe(failure);
    expect(log).toEqual([verb, "wait 1000", verb, "wait 2000", verb, "wait 3000", verb]);
  });

  it("waits as long as the vendor says, where the step has that time, and else fails at once", async () => {
    const patientOne = failing(1, errorOf("rate_limited", 20), 20_000);
    expect(await ask(patientOne.connection)).toEqual(result);
    expect(patientOne.log).toEqual([verb, "wait 20000", verb]);

    const hurried = failing(1, errorOf("rate_limited", 21), 20_000);
    await expect(ask(hurried.connection)).rejects.toMatchObject({ code: "rate_limited" });
    expect(hurried.log).toEqual([verb]);
  });

  it("lets an error that is not the provider's pass at once", async () => {
    const bug = new TypeError("a bug");
    const { log, connection } = failing(1, bug);
    await expect(ask(connection)).rejects.toBe(bug);
    expect(log).toEqual([verb]);
  });
});

describe("make", () => {
  it.each(codes)("$code: is asked once, whatever came of it", async ({ code }) => {
    const { log, connection } = failing(1, errorOf(code));
    await expect(make(connection)).rejects.toMatchObject({ code });
    expect(log).toEqual(["make"]);
  });
});

it("offers no verb that the connection lacks, and the same proof", () => {
  const { connection } = failing(0, undefined);
  const bare = patient({ ...connection, register: undefined, find: undefined }, () => Promise.resolve(true));
  expect(bare).toMatchObject({ register: undefined, find: undefined, proof: "listed" });
});
