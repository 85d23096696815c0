import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { FakeResponse } from "../../../providers/kit/fake.js";
import restrictedKey from "../../../providers/stripe/restricted-key.js";
import {
  call,
  envelope,
  everythingIn,
  failure,
  fieldsOf,
  found,
  nothingBehind,
  page,
  providers,
  request,
  start,
  verbs,
} from "./harness.js";

nothingBehind();

describe.each(providers)("$id: the network", (provider) => {
  const key = { handle: "mk_1", fields: fieldsOf(provider, "x") };

  it.each(verbs)("%s follows no redirect", async (verb) => {
    const { connection, served, now } = await start({ provider });
    served.answer(() => ({ status: 307, headers: { location: "/elsewhere" } }));
    expect(await failure(call(connection, verb, key, now()))).toMatchObject({ code: "unexpected" });
    expect(served.requests).toHaveLength(1);
  });

  it("is unavailable when the connection is cut, and asks once", async () => {
    const { connection, served, now } = await start({ provider });
    served.answer(() => "drop");
    for (const verb of verbs) {
      served.requests.splice(0);
      expect(await failure(call(connection, verb, key, now()))).toMatchObject({ code: "unavailable" });
      expect(served.requests).toHaveLength(1);
    }
  });

  it("is unavailable when nothing comes in time, and asks once", async () => {
    const { connection, served, now } = await start({ provider, timeoutMs: 200 });
    served.answer(() => "hang");
    const outcomes = verbs.map((verb) => failure(call(connection, verb, key, now())));
    for (const error of await Promise.all(outcomes)) expect(error.code).toBe("unavailable");
    // On a slow machine some may be given up before they arrive; none may come twice.
    expect(served.requests.length).toBeLessThanOrEqual(verbs.length);
  });

  it.each([500, 503, 409, 429])("mint is sent once though Stripe asks for more (%d)", async (status) => {
    const { connection, served, now, sent } = await start({ provider });
    const headers = { "stripe-should-retry": "true", "retry-after": "0" };
    served.answer(({ method }) => (method === "POST" ? { status, body: envelope, headers } : undefined));
    await failure(connection.make(request(now())));
    expect(sent().filter((line) => line.startsWith("POST"))).toHaveLength(1);
  });

  it.each(["ECONNRESET", "EPIPE", "ETIMEDOUT", "ENOTFOUND"])("mint is sent once after %s", async (code) => {
    let sent = 0;
    const { connection, now } = await start({
      provider,
      fetch: async (input, init) => {
        if (new Request(input, init).method === "GET")
          return Response.json({ object: "list", data: [], has_more: false });
        sent += 1;
        throw Object.assign(new TypeError("fetch failed"), { code, cause: { code } });
      },
    });
    expect(await failure(connection.make(request(now())))).toMatchObject({ code: "unavailable" });
    expect(sent).toBe(1);
  });

  it("an answer lost after Stripe made the key leaves one key, which its label tells", async () => {
    const { connection, served, fake, now } = await start({ provider });
    const wanted = request(now());
    served.answer((seen) => {
      void fake.handle(seen);
      return seen.method === "POST" ? "drop" : undefined;
    });
    expect(await failure(connection.make(wanted))).toMatchObject({ code: "unavailable" });
    served.answer(undefined);
    const [key, ...others] = await found(connection);
    expect(key).toMatchObject({ label: wanted.label, state: "active" });
    expect(others).toEqual([]);
    expect(fake.keys()).toMatchObject([{ handle: key?.handle, label: wanted.label, live: true }]);
  });
});

describe.each(providers)("$id: values", (provider) => {
  const canary = `rk_test_${randomBytes(24).toString("hex")}`;
  const fields = { message: canary, code: canary, type: canary, param: canary, doc_url: canary };
  const shown = { token: canary, secret: canary, secret_key: { token: canary } };
  const leaky: Partial<FakeResponse>[] = [
    { body: { error: fields, secret_key: { token: canary } } },
    { body: { error: { ...fields, type: "invalid_request_error" } } },
    { body: { error: { ...fields, type: "idempotency_error" } } },
    { body: { message: canary, object: canary, ...shown, data: [{ token: canary }] } },
    { body: { object: "v2.iam.api_key", id: `${canary}!`, ...shown } },
    { body: { object: "webhook_endpoint", id: `${canary}!`, status: canary, ...shown } },
    page(0, canary),
    { body: canary },
    { body: { error: canary } },
    { body: { data: [], next_page_url: `https://stripe.invalid/${canary}` } },
    {
      body: { object: "list", data: [{ object: "webhook_endpoint", id: canary, ...shown }], has_more: true },
    },
  ];
  const cases = leaky.map((answer, n) => ({ answer, n }));
  it.each(cases)("are in no error: answer $n", async ({ answer }) => {
    const { connectWith, served, now } = await start({ provider });
    const adminCanary = `sk_test_${randomBytes(24).toString("hex")}`;
    const headers = {
      ...answer.headers,
      "request-id": canary,
      "retry-after": canary,
      location: `/${canary}`,
      "stripe-notice": canary,
    };
    const field = provider === restrictedKey ? "appKey" : "apiKey";
    const connection = await connectWith({ admin: { [field]: adminCanary } });
    const key = { handle: "mk_1", fields: fieldsOf(provider, canary) };
    for (const status of [200, 400, 401]) {
      served.answer(() => ({ ...answer, headers, status }));
      for (const verb of verbs) {
        const outcome = await call(connection, verb, key, now()).catch((thrown: unknown) => thrown);
        const shown = everythingIn(outcome);
        expect(shown).not.toContain(canary);
        expect(shown).not.toContain(adminCanary);
      }
    }
  });
});
