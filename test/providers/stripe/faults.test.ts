import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FailureCode } from "../../../providers/kit/failure.js";
import type { FakeResponse } from "../../../providers/kit/fake.js";
import { Secret } from "../../../providers/kit/secret.js";
import { call, everythingIn, failure, found, page, request, start, type Verb, verbs } from "./harness.js";

/** What would reach a log behind our back: rejections nobody awaits, and notices that the stripe package prints. */
const behind: unknown[] = [];
const rejected = (reason: unknown) => behind.push(reason);
const warned = (warning: Error) => {
  if (warning.name === "Stripe") behind.push(warning.message);
};
beforeEach(() => {
  process.on("unhandledRejection", rejected);
  process.on("warning", warned);
});
afterEach(async () => {
  await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", rejected);
  process.off("warning", warned);
  expect(behind.splice(0)).toEqual([]);
});

const anyKey = { handle: "mk_1", fields: { apiKey: new Secret("x") } };
const envelope = { error: { message: "no", code: "some_code", type: "invalid_request_error" } };

/** An HTTP status, and what it means where the App asks. Written down here, not computed. */
const statuses: Record<number, FailureCode> = {
  400: "config_invalid",
  401: "admin_rejected",
  403: "admin_rejected",
  404: "config_invalid",
  409: "unavailable",
  418: "config_invalid",
  422: "config_invalid",
  429: "rate_limited",
  500: "unavailable",
  502: "unavailable",
  503: "unavailable",
  504: "unavailable",
};
const bodies: Record<string, Partial<FakeResponse>> = {
  "Stripe's error": { body: envelope },
  "an error without a type": { body: { error: { message: "no", code: "some_code" } } },
  "JSON without `error`": { body: { message: "Not Found" } },
  "the object asked for": { body: { object: "v2.iam.api_key", id: "mk_1", data: [] } },
  "a list": { body: { object: "list", data: [], next_page_url: null } },
  "an HTML page": page(0, "<html><body>Bad gateway</body></html>"),
  null: { body: null },
  "a JSON text": { body: "down" },
  "a JSON number": { body: 5 },
  "an `error` that is a text": { body: { error: "down" } },
  "an `error` that is a number": { body: { error: 5 } },
  "an `error` that is null": { body: { error: null } },
  nothing: {},
};

describe.each(Object.entries(bodies))("with %s as body", (kind, answer) => {
  it.each(verbs)("%s maps every status to its code", async (verb) => {
    const { connection, served, now } = await start();
    for (const [text, code] of Object.entries(statuses)) {
      const status = Number(text);
      served.answer(() => ({ ...answer, status }));
      const outcome = call(connection, verb, anyKey, now());
      const judged = verb === "verify" && (status === 401 || status === 403);
      if (judged && kind === "Stripe's error") {
        expect(await outcome).toBe(status === 401 ? "rejected" : "accepted");
        continue;
      }
      const error = await failure(outcome);
      expect([status, error.code]).toEqual([status, judged ? "unexpected" : code]);
      expect(error.message).toContain(text);
      expect(error.retryable).toBe(["unavailable", "rate_limited"].includes(error.code));
    }
  });

  const right: Record<Verb, readonly string[]> = {
    mint: [],
    verify: ["a list"],
    retire: ["the object asked for"],
    find: ["a list", "the object asked for"],
  };
  const misled = verbs.filter((verb) => !right[verb].includes(kind));
  it.each(misled)("%s does not take it for a success", async (verb) => {
    const { connection, served, now } = await start();
    for (const status of kind === "nothing" ? [200, 201, 204] : [200, 201]) {
      served.answer(() => ({ ...answer, status }));
      expect(await failure(call(connection, verb, anyKey, now()))).toMatchObject({ code: "unexpected" });
    }
  });
});

describe("Stripe's codes", () => {
  const refuse = (status: number, error: object) => () => ({
    status,
    body: { error: { message: "no", ...error } },
    headers: { "request-id": "req_Abc123" },
  });
  it.each([
    [400, { code: "api_key_limit_reached" }, "quota_reached"],
    [400, { code: "api_key_permissions_invalid" }, "config_invalid"],
    [400, { code: "api_key_livemode_mismatch" }, "config_invalid"],
    [400, { code: "api_key_direct_operation_not_supported" }, "config_invalid"],
    [409, { code: "idempotency_error" }, "unavailable"],
    [400, { code: "idempotency_error", type: "idempotency_error" }, "config_invalid"],
    [429, { type: "rate_limit", code: "rate_limit" }, "rate_limited"],
    [429, { code: "rate_limit_exceeded" }, "rate_limited"],
    [500, { code: "api_key_limit_reached" }, "unavailable"],
    [200, { code: "not_found" }, "unexpected"],
  ] satisfies [number, object, FailureCode][])("%d %j is %s", async (status, error, code) => {
    const { connection, served, now } = await start();
    served.answer(refuse(status, error));
    const thrown = await failure(connection.make(request(now())));
    expect(thrown.code).toBe(code);
    expect(thrown.message).toContain("(request req_Abc123)");
  });

  it("says what to do about an App that may not manage keys", async () => {
    const { connection, served, fake, now } = await start();
    served.answer(refuse(400, { code: "api_key_direct_operation_not_supported" }));
    expect((await failure(connection.make(request(now())))).message).toMatch(/approved, installed/);
    served.answer(undefined);
    fake.set("appInstalled", false);
    for (const verb of ["mint", "retire", "find"] satisfies Verb[]) {
      const error = await failure(call(connection, verb, anyKey, now()));
      expect(error).toMatchObject({ code: "admin_rejected" });
      expect(error.message).toMatch(/approved, installed/);
    }
  });

  it("rejects a key only on Stripe's word", async () => {
    const { connection, served } = await start();
    const gateways = [
      { error: { code: 401, message: "blocked", status: "UNAUTHENTICATED" } },
      { error: { type: "invalid_request_error" } },
      { errors: [{ message: "no" }] },
    ];
    for (const body of gateways) {
      for (const status of [401, 403]) {
        served.answer(() => ({ status, body }));
        expect(await failure(connection.verify(anyKey))).toMatchObject({ code: "unexpected" });
      }
    }
  });
});

describe("the network", () => {
  it.each(verbs)("%s follows no redirect", async (verb) => {
    const { connection, served, now } = await start();
    served.answer(() => ({ status: 307, headers: { location: "/elsewhere" } }));
    expect(await failure(call(connection, verb, anyKey, now()))).toMatchObject({ code: "unexpected" });
    expect(served.requests).toHaveLength(1);
  });

  it("is unavailable when the connection is cut, and asks once", async () => {
    const { connection, served, now } = await start();
    served.answer(() => "drop");
    for (const verb of verbs) {
      served.requests.splice(0);
      expect(await failure(call(connection, verb, anyKey, now()))).toMatchObject({ code: "unavailable" });
      expect(served.requests).toHaveLength(1);
    }
  });

  it("is unavailable when nothing comes in time, and asks once", async () => {
    const { connection, served, now } = await start({ timeoutMs: 200 });
    served.answer(() => "hang");
    const outcomes = verbs.map((verb) => failure(call(connection, verb, anyKey, now())));
    for (const error of await Promise.all(outcomes)) expect(error.code).toBe("unavailable");
    // On a slow machine some may be given up before they arrive; none may come twice.
    expect(served.requests.length).toBeLessThanOrEqual(verbs.length);
  });

  it.each([500, 503, 409, 429])("mint is sent once though Stripe asks for more (%d)", async (status) => {
    const { connection, served, now } = await start();
    served.answer(() => ({ status, body: envelope, headers: { "stripe-should-retry": "true" } }));
    await failure(connection.make(request(now())));
    expect(served.requests).toHaveLength(1);
  });

  it.each(["ECONNRESET", "EPIPE", "ETIMEDOUT", "ENOTFOUND"])("mint is sent once after %s", async (code) => {
    let sent = 0;
    const { connection, now } = await start({
      fetch: async () => {
        sent += 1;
        throw Object.assign(new TypeError("fetch failed"), { code, cause: { code } });
      },
    });
    expect(await failure(connection.make(request(now())))).toMatchObject({ code: "unavailable" });
    expect(sent).toBe(1);
  });

  it("an answer lost after Stripe made the key leaves one key, which the same try gets again", async () => {
    const { connection, served, fake, now } = await start();
    const wanted = request(now());
    served.answer((seen) => {
      void fake.handle(seen);
      return "drop";
    });
    expect(await failure(connection.make(wanted))).toMatchObject({ code: "unavailable" });
    served.answer(undefined);
    const key = await connection.make(wanted);
    expect(fake.keys()).toMatchObject([{ handle: key.handle, label: wanted.label }]);
    expect(await found(connection)).toMatchObject([{ handle: key.handle, label: wanted.label }]);
  });
});

describe("values", () => {
  const canary = `rk_test_${randomBytes(24).toString("hex")}`;
  const fields = { message: canary, code: canary, type: canary, param: canary, doc_url: canary };
  const leaky: Partial<FakeResponse>[] = [
    { body: { error: fields, secret_key: { token: canary } } },
    { body: { error: { ...fields, type: "invalid_request_error" } } },
    { body: { message: canary, object: canary, secret_key: { token: canary }, data: [{ token: canary }] } },
    { body: { object: "v2.iam.api_key", id: `${canary}!`, secret_key: { token: canary } } },
    page(0, canary),
    { body: canary },
    { body: { error: canary } },
    { body: { data: [], next_page_url: `https://stripe.invalid/${canary}` } },
  ];
  const cases = leaky.map((answer, n) => ({ answer, n }));
  it.each(cases)("are in no error: answer $n", async ({ answer }) => {
    const { connection, connectWith, served, now } = await start();
    const appCanary = `sk_test_${randomBytes(24).toString("hex")}`;
    const headers = {
      ...answer.headers,
      "request-id": canary,
      location: `/${canary}`,
      "stripe-notice": canary,
    };
    const asCanary = await connectWith({ admin: { appKey: appCanary } });
    const key = { handle: "mk_1", fields: { apiKey: new Secret(canary) } };
    for (const status of [200, 302, 400, 401, 403, 409, 429, 500]) {
      served.answer(() => ({ ...answer, headers, status }));
      for (const [verb, through] of verbs.flatMap((verb) => [
        [verb, connection] as const,
        [verb, asCanary] as const,
      ])) {
        const outcome = await call(through, verb, key, now()).catch((thrown: unknown) => thrown);
        const shown = everythingIn(outcome);
        expect(shown).not.toContain(canary);
        expect(shown).not.toContain(appCanary);
      }
    }
  });
});
