import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { day, request, type Started, start } from "./harness.js";

const preview = { "stripe-version": "2026-09-30.preview" };
const keys = "/v2/iam/api_keys";

/** The App's own requests, as a client other than ours would send them. */
function asApp({ admission, ask }: Started, defaults: { headers?: object; token?: string } = {}) {
  const token = defaults.token ?? String(admission.admin["appKey"]);
  const headers = defaults.headers ?? { ...preview, "stripe-context": admission.config["account"] };
  return (path: string, method = "GET", body?: unknown, more: object = {}) =>
    ask(path, { token, method, headers: { ...headers, ...more }, body });
}

const creation = { type: "secret_key", permissions: ["customer_read"] };
const refused = (status: number, code: unknown) => ({ status, json: { error: { code } } });
type Json = { id: string; secret_key: { token: string } };
const madeBy = async (answer: Promise<{ json: unknown }>): Promise<Json> => {
  const { json } = await answer;
  if (typeof json !== "object" || json === null || !("id" in json) || !("secret_key" in json)) {
    throw new TypeError("no key was made");
  }
  const { id, secret_key } = json;
  if (typeof secret_key !== "object" || secret_key === null || !("token" in secret_key)) {
    throw new TypeError("a key without a secret was made");
  }
  return { id: String(id), secret_key: { token: String(secret_key.token) } };
};

describe("the fake's key API", () => {
  it("lets in only an App with a preview version, for an account that installed it", async () => {
    const started = await start();
    const { admission, fake } = started;
    const context = { "stripe-context": admission.config["account"] };
    const unknown = asApp(started, { token: randomBytes(8).toString("hex") });
    expect(await unknown(keys)).toMatchObject({ status: 401, json: { error: { type: expect.any(String) } } });
    for (const version of [undefined, "2026-10-28.endive"]) {
      const headers = version ? { ...context, "stripe-version": version } : context;
      expect(await asApp(started, { headers })(keys)).toMatchObject({ status: 400 });
    }
    const direct = refused(400, "api_key_direct_operation_not_supported");
    expect(await asApp(started, { headers: preview })(keys)).toMatchObject(direct);
    const wrong = { ...preview, "stripe-context": "acct_other" };
    expect(await asApp(started, { headers: wrong })(keys)).toMatchObject({ status: 403 });

    const { secret_key } = await madeBy(asApp(started)(keys, "POST", creation));
    expect(await asApp(started, { token: secret_key.token })(keys)).toMatchObject(direct);
    fake.set("appInstalled", false);
    expect(await asApp(started)(keys)).toMatchObject({ status: 403 });
  });

  it("sends explicit nulls, and the secret in list and retrieve too", async () => {
    const started = await start();
    const ask = asApp(started);
    const made = await madeBy(ask(keys, "POST", creation));
    const shown = {
      connect_permissions: null,
      expires_at: null,
      id: made.id,
      ip_allowlist: [],
      last_used: null,
      livemode: false,
      name: null,
      note: null,
      object: "v2.iam.api_key",
      permissions: ["customer_read"],
      publishable_key: null,
      secret_key: { encrypted_secret: null, token: made.secret_key.token },
      status: "active",
    };
    const one = await ask(`${keys}/${made.id}`);
    expect(one).toMatchObject({ status: 200, json: shown, requestId: expect.stringMatching(/^req_\w+$/) });
    const list = { data: [shown], next_page_url: null, previous_page_url: null };
    expect(await ask(keys)).toMatchObject({ status: 200, json: list });
    const ended = { status: "expired", secret_key: { secret_token_redacted: null } };
    expect(await ask(`${keys}/${made.id}/expire`, "POST")).toMatchObject({ status: 200, json: ended });
    expect(await ask(keys)).toMatchObject({ json: { data: [] } });
    expect(await ask(`${keys}?include_expired=true`)).toMatchObject({ json: { data: [{ id: made.id }] } });
  });

  it("updates name, note and permissions; nothing else, and nothing of an expired key", async () => {
    const started = await start();
    const ask = asApp(started);
    const { id } = await madeBy(ask(keys, "POST", { ...creation, name: "a", note: "b" }));
    const path = `${keys}/${id}`;
    const same = { name: "a", note: "b", permissions: ["customer_read"] };
    for (const body of [{ permissions: [] }, { name: "", note: "" }, {}]) {
      expect(await ask(path, "POST", body)).toMatchObject({ status: 200, json: same });
    }
    const narrow = { note: "c", permissions: ["payout_read"] };
    expect(await ask(path, "POST", narrow)).toMatchObject({ json: { ...same, ...narrow } });
    const unknownName = refused(400, "api_key_permissions_invalid");
    expect(await ask(path, "POST", { permissions: ["no_such_read"] })).toMatchObject(unknownName);
    const field = await ask(path, "POST", { status: "active" });
    expect(field).toMatchObject({
      status: 400,
      json: { error: { message: expect.stringContaining("status") } },
    });

    await ask(`${path}/expire`, "POST");
    expect(await ask(path, "POST", { note: "d" })).toMatchObject(refused(400, "api_key_expired"));
    expect(await ask(`${path}/expire`, "POST")).toMatchObject(refused(400, "api_key_expired"));
    expect(await ask(`${keys}/mk_none`, "POST", {})).toMatchObject(refused(404, "not_found"));
    expect(await ask(`${path}/rotate`, "POST", {})).toMatchObject({ status: 404 });
  });

  it("refuses wrong creations and a key too many", async () => {
    const started = await start();
    const ask = asApp(started);
    const permissions = refused(400, "api_key_permissions_invalid");
    expect(await ask(keys, "POST", { ...creation, permissions: ["no_such_read"] })).toMatchObject(
      permissions,
    );
    const past = started.now().toISOString();
    for (const body of [{}, { ...creation, colour: 1 }, { ...creation, expires_at: past }, [], "x"]) {
      expect(await ask(keys, "POST", body)).toMatchObject({ status: 400 });
    }
    expect(started.fake.keys()).toEqual([]);
    started.fake.set("keyLimit", 1);
    const { id } = await madeBy(ask(keys, "POST", creation));
    expect(await ask(keys, "POST", creation)).toMatchObject(refused(400, "api_key_limit_reached"));
    started.fake.ownerExpires(id);
    expect(await ask(keys, "POST", creation)).toMatchObject({ status: 200 });
  });

  it("pages by path, newest first, a hundred at most", async () => {
    const started = await start();
    const ask = asApp(started);
    const made: string[] = [];
    for (let n = 0; n < 5; n++) made.unshift((await madeBy(ask(keys, "POST", creation))).id);
    const limit = { error: { message: "limit: The maximum page limit is 100" } };
    expect(await ask(`${keys}?limit=101`)).toMatchObject({ status: 400, json: limit });
    expect(await ask(`${keys}?limit=0`)).toMatchObject({ status: 400 });
    const first = await ask(`${keys}?limit=3`);
    const path = expect.stringMatching(/^\/v2\/iam\/api_keys\?page=page_\w+/);
    const some = made.slice(0, 3).map((id) => ({ id }));
    expect(first.json).toMatchObject({ data: some, next_page_url: path, previous_page_url: null });
    const next = /"next_page_url":"([^"]+)"/.exec(JSON.stringify(first.json))?.[1] ?? "";
    started.fake.ownerExpires(made[2] ?? "");
    const rest = made.slice(3).map((id) => ({ id }));
    expect((await ask(next)).json).toMatchObject({ data: rest, next_page_url: null });
  });

  it("answers a success again, runs a failure anew, and refuses another body", async () => {
    const started = await start();
    const ask = asApp(started);
    const slot = { "idempotency-key": "one" };
    started.fake.set("keyLimit", 0);
    expect(await ask(keys, "POST", creation, slot)).toMatchObject({ status: 400 });
    started.fake.set("keyLimit", 9);
    const first = await madeBy(ask(keys, "POST", creation, slot));
    expect(await madeBy(ask(keys, "POST", creation, slot))).toEqual(first);
    const other = await ask(keys, "POST", { ...creation, note: "x" }, slot);
    expect(other).toMatchObject(refused(409, "idempotency_error"));
    expect(started.fake.keys()).toHaveLength(1);
  });
});

describe("the fake's keys", () => {
  const customers = "/v1/customers?limit=1";

  it("work for what they may do, by bearer and basic authentication", async () => {
    const started = await start();
    const { ask } = started;
    const { secret_key } = await madeBy(asApp(started)(keys, "POST", creation));
    const { token } = secret_key;
    const list = { status: 200, json: { object: "list", data: [], has_more: false } };
    expect(await ask(customers, { token })).toMatchObject(list);
    const basic = `Basic ${Buffer.from(`${token}:`).toString("base64")}`;
    expect(await ask(customers, { token, headers: { authorization: basic } })).toMatchObject(list);
    const barred = await ask("/v1/charges", { token });
    expect(barred).toMatchObject({ status: 403, json: { error: { type: "invalid_request_error" } } });
    expect(JSON.stringify(barred.json)).toContain("rak_charge_read");
    expect(JSON.stringify(barred.json)).not.toContain(token);
    expect(await ask("/v1/refunds", { token })).toMatchObject({ status: 404 });
  });

  it("name route and key to the journal, and never the key's value", async () => {
    const { fake, admission } = await start();
    const seen = (method: string, path: string, token: string, body = "") => {
      const headers = { ...preview, "stripe-context": String(admission.config["account"]) };
      const query = new URLSearchParams();
      return fake.handle({
        method,
        path,
        query,
        headers: { ...headers, authorization: `Bearer ${token}` },
        body,
      });
    };
    const app = String(admission.admin["appKey"]);
    const made = await seen("POST", keys, app, JSON.stringify(creation));
    expect(made).toMatchObject({ route: keys, credential: "app" });
    const { id, secret_key } = await madeBy(Promise.resolve({ json: made.body }));
    const one = await seen("GET", `${keys}/${id}`, app);
    expect(one).toMatchObject({ route: "/v2/iam/api_keys/{id}", credential: "app" });
    const { token } = secret_key;
    expect(await seen("GET", "/v1/customers", token)).toMatchObject({
      route: "/v1/customers",
      credential: id,
    });
    const end = await seen("POST", `${keys}/${id}/expire`, app);
    expect(end).toMatchObject({ route: "/v2/iam/api_keys/{id}/expire", credential: "app" });
    const unknown = await seen("GET", "/v1/customers", `${token}x`);
    expect([unknown.route, unknown.credential]).toEqual(["/v1/customers", undefined]);
  });

  it.each([0, 9, 300, "never"])("die %s seconds after they were ended, and stay dead", async (lag) => {
    const started = await start();
    const { ask, fake, advance } = started;
    fake.set("deathSeconds", lag);
    const { id, secret_key } = await madeBy(asApp(started)(keys, "POST", creation));
    const { token } = secret_key;
    fake.ownerExpires(id);
    if (lag !== 0) expect(await ask(customers, { token })).toMatchObject({ status: 200 });
    expect(fake.keys()).toMatchObject([{ handle: id, retired: true, live: lag !== 0 }]);
    advance(typeof lag === "number" ? lag : day);
    fake.set("deathSeconds", 9_999);
    expect(await ask(customers, { token })).toMatchObject({ status: lag === "never" ? 200 : 401 });
    expect(fake.keys()).toMatchObject([{ live: lag === "never" }]);
  });

  it("refuses unknown and ended keys with Stripe's words, and never prints them", async () => {
    const started = await start();
    const { ask, fake } = started;
    fake.set("deathSeconds", 0);
    const { id, secret_key } = await madeBy(asApp(started)(keys, "POST", creation));
    fake.ownerExpires(id);
    const ended = await ask(customers, { token: secret_key.token });
    expect(ended).toMatchObject({ status: 401, json: { error: { code: "api_key_expired" } } });
    expect(JSON.stringify(ended.json)).toMatch(/rk_test_\*+\w{6}"/);
    const token = randomBytes(20).toString("hex");
    const unknown = await ask(customers, { token });
    expect(unknown).toMatchObject({ status: 401, json: { error: { type: "invalid_request_error" } } });
    expect(JSON.stringify(unknown.json)).toContain("Invalid API Key provided: *");
    for (const authorization of ["", "Bearer", "Basic !", "Digest x"]) {
      expect(await ask(customers, { token, headers: { authorization } })).toMatchObject({ status: 401 });
    }
  });
});

describe("the fake as a vendor", () => {
  it("forgets everything, settings too, by reset", async () => {
    const { fake, connection, now, admission } = await start();
    fake.set("keyLimit", 0);
    await expect(connection.mint(request(now()))).rejects.toMatchObject({ code: "quota_reached" });
    fake.reset();
    expect(fake.keys()).toEqual([]);
    await expect(connection.mint(request(now()))).rejects.toMatchObject({ code: "admin_rejected" });
    expect(fake.admit("stripe/restricted-key").admin).not.toEqual(admission.admin);
  });

  it("gives each customer an account of its own, under one App", async () => {
    const { fake, admission } = await start();
    const other = fake.admit("stripe/restricted-key");
    expect(other.admin).toEqual(admission.admin);
    expect(other.config["account"]).not.toBe(admission.config["account"]);
    expect(() => fake.admit("stripe/other")).toThrow(RangeError);
    expect(() => fake.ownerExpires("mk_none")).toThrow(RangeError);
  });

  it.each([
    ["colour", 1],
    ["deathSeconds", -1],
    ["deathSeconds", "soon"],
    ["settleSeconds", "never"],
    ["settleSeconds", Number.NaN],
    ["keyLimit", 1.5],
    ["appInstalled", 1],
    ["pageSize", 0],
    ["pageSize", 101],
  ])("refuses the setting %s = %s and names the known ones", async (name, value) => {
    const { fake } = await start();
    const known = /deathSeconds.+settleSeconds.+keyLimit.+appInstalled.+pageSize/;
    expect(() => fake.set(name, value)).toThrow(RangeError);
    expect(() => fake.set(name, value)).toThrow(known);
  });
});
