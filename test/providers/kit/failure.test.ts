import { expect, it } from "vitest";
import {
  CodedError,
  failureCodes,
  failureOfStatus,
  ProviderError,
  providerErrorIn,
  vendorFailure,
} from "../../../providers/kit/failure.js";

const explanation = { expected: "a thing", found: "another", next: "Look." };

it("says what was expected, what came and what to do, under a code from the closed set", () => {
  const codes = [
    "config_invalid",
    "admin_rejected",
    "quota_reached",
    "rate_limited",
    "unavailable",
    "unexpected",
  ] as const;
  expect(Object.keys(failureCodes)).toEqual(codes);
  for (const code of codes) {
    const { retryable } = failureCodes[code];
    const error = vendorFailure("GET /x", 418, { code });
    expect(error).toMatchObject({ code, retryable, name: code });
    expect(error.message).toMatch(
      new RegExp(`^${code}: expected success from GET /x; found .+418\\. .+\\.$`),
    );
    expect(error).toBeInstanceOf(Error);
  }
  const error = new CodedError("any", true, explanation);
  expect(error.message).toBe("any: expected a thing; found another. Look.");
  expect(error.explanation).toEqual(explanation);
  expect("cause" in error).toBe(false);
});

it("gives every status from 400 to 599 one meaning", () => {
  const meant = new Map<string, number[]>();
  for (let status = 400; status < 600; status++) {
    const code = failureOfStatus(status);
    meant.set(code, [...(meant.get(code) ?? []), status]);
  }
  const rest = meant.get("config_invalid") ?? [];
  expect(Object.fromEntries(meant)).toEqual({
    admin_rejected: [401, 403],
    rate_limited: [429],
    unavailable: [408, 409, 423, 425, ...Array.from({ length: 100 }, (_, index) => 500 + index)],
    config_invalid: rest,
  });
  expect(rest).toHaveLength(200 - 2 - 1 - 104);
  for (const status of [0, 200, 201, 204, 302]) expect(failureOfStatus(status)).toBe("unexpected");
});

it("takes what a quirk says before what the status means", () => {
  expect(vendorFailure("r", 403)).toMatchObject({ code: "admin_rejected", retryable: false });
  const error = vendorFailure("r", 403, {
    code: "quota_reached",
    found: "too many keys",
    next: "Delete one.",
  });
  expect(error).toMatchObject({ code: "quota_reached", retryable: false });
  expect(error.message).toBe("quota_reached: expected success from r; found too many keys. Delete one.");
});

it("finds the ProviderError that an SDK wrapped, and no other", () => {
  const inner = new ProviderError("unavailable", explanation);
  const nested = (depth: number): unknown =>
    depth === 0 ? inner : Object.assign(new Error("wrapped"), { cause: nested(depth - 1) });
  for (const depth of [0, 1, 2, 3, 4]) expect(providerErrorIn(nested(depth))).toBe(inner);
  expect(providerErrorIn(nested(5))).toBeUndefined();
  expect(providerErrorIn({ detail: { cause: inner } })).toBe(inner);
  expect(providerErrorIn({ cause: undefined, detail: inner })).toBe(inner);

  const loop: { cause?: unknown } = {};
  loop.cause = loop;
  const strangers = [undefined, null, "unavailable", 17, {}, loop, { code: "unavailable", retryable: true }];
  strangers.push(new CodedError("unavailable", true, explanation));
  for (const other of strangers) expect(providerErrorIn(other)).toBeUndefined();
});
