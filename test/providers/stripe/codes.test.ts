import { describe, expect, it } from "vitest";
import type { FailureCode } from "../../../providers/kit/failure.js";
import { Secret } from "../../../providers/kit/secret.js";
import webhookSecret from "../../../providers/stripe/webhook-secret.js";
import {
  call,
  envelope,
  failure,
  found,
  nothingBehind,
  providers,
  request,
  start,
  type Verb,
} from "./harness.js";

nothingBehind();

describe("Stripe's codes", () => {
  const refuse = (status: number, error: object) => ({
    status,
    body: { error: { message: "no", ...error } },
    headers: { "request-id": "req_Abc123" },
  });
  const cases = [
    [400, { code: "api_key_limit_reached" }, "quota_reached"],
    [400, { code: "api_key_permissions_invalid" }, "config_invalid"],
    [400, { code: "api_key_livemode_mismatch" }, "config_invalid"],
    [400, { code: "api_key_direct_operation_not_supported" }, "config_invalid"],
    [400, { code: "url_invalid", type: "invalid_request_error" }, "config_invalid"],
    [409, { code: "idempotency_error" }, "unavailable"],
    [409, { code: "idempotency_key_in_use", type: "idempotency_error" }, "unavailable"],
    [429, { type: "rate_limit", code: "rate_limit" }, "rate_limited"],
    [429, { code: "rate_limit_exceeded" }, "rate_limited"],
    [429, { code: "lock_timeout", type: "invalid_request_error" }, "rate_limited"],
    [400, { code: "rate_limit", type: "invalid_request_error" }, "rate_limited"],
    [400, { code: "any", type: "rate_limit" }, "rate_limited"],
    [500, { code: "api_key_limit_reached" }, "unavailable"],
    [200, { code: "not_found" }, "unexpected"],
  ] satisfies [number, object, FailureCode][];
  it.each(providers)("mean the same to $id", async (provider) => {
    const { connection, served, now } = await start({ provider });
    for (const [status, error, code] of cases) {
      served.answer(({ method }) => (method === "POST" ? refuse(status, error) : undefined));
      const thrown = await failure(connection.make(request(now())));
      expect([error, thrown.code]).toEqual([error, code]);
      expect(thrown.message).toContain("(request req_Abc123)");
    }
  });

  it.each([
    [400, "idempotency_error"],
    [409, "idempotency_error"],
  ])("another process's try is a conflict: %d %s", async (status, type) => {
    const { connection, served, now } = await start();
    served.answer(() => refuse(status, { type, code: "any" }));
    expect(await failure(connection.make(request(now())))).toMatchObject({ code: "unavailable" });
  });

  it("say what to do about an App that may not manage keys", async () => {
    const { connection, served, fake, now } = await start();
    served.answer(() => refuse(400, { code: "api_key_direct_operation_not_supported" }));
    expect((await failure(connection.make(request(now())))).message).toMatch(/approved, installed/);
    served.answer(undefined);
    fake.set("appInstalled", false);
    const key = { handle: "mk_1", fields: {} };
    for (const verb of ["mint", "retire", "find"] satisfies Verb[]) {
      const error = await failure(call(connection, verb, key, now()));
      expect(error).toMatchObject({ code: "admin_rejected" });
      expect(error.message).toMatch(/approved, installed/);
    }
  });

  it("say what to do about a key that may not manage endpoints, and about one that is no more", async () => {
    const { connectWith, fake, admission, now } = await start({ provider: webhookSecret });
    const account = fake.accountOf(String(admission.admin["apiKey"]));
    const admins = [
      fake.ownerMakesKey(account, ["webhook_read"]),
      fake.ownerMakesKey(account, ["charge_read"]),
    ];
    for (const [apiKey, words] of [
      ...admins.map((key) => [key, /webhook_write/] as const),
      ["gone", /current/],
    ] as const) {
      const connection = await connectWith({ admin: { apiKey } });
      const error = await failure(connection.make(request(now())));
      expect(error).toMatchObject({ code: "admin_rejected" });
      expect(error.message).toMatch(words);
    }
  });

  it("are believed about a key only when they are Stripe's", async () => {
    const { connection, served } = await start();
    const gateways = [
      { error: { code: 401, message: "blocked", status: "UNAUTHENTICATED" } },
      { error: { type: "invalid_request_error" } },
      { errors: [{ message: "no" }] },
    ];
    for (const body of gateways) {
      for (const status of [401, 403]) {
        served.answer(() => ({ status, body }));
        const outcome = connection.verify({ handle: "mk_1", fields: { apiKey: new Secret("x") } });
        expect(await failure(outcome)).toMatchObject({ code: "unexpected" });
      }
    }
  });
});

describe.each(providers)("$id: how long Stripe asks to wait", (provider) => {
  it.each([
    ["7", 7],
    ["0", 0],
    ["120", 120],
    ["Wed, 21 Oct 2026 07:28:00 GMT", undefined],
    ["-1", undefined],
    ["1e3", undefined],
    ["123456", undefined],
    ["", undefined],
  ])("retry-after %j", async (header, retryAfterSeconds) => {
    const { connection, served } = await start({ provider });
    const headers = { "retry-after": header };
    for (const body of [envelope, { message: "no error of Stripe's" }]) {
      for (const status of [429, 503]) {
        served.answer(() => ({ status, headers, body }));
        expect(await failure(found(connection))).toMatchObject({ retryable: true, retryAfterSeconds });
      }
    }
  });
});
