import { describe, expect, it } from "vitest";
import { day, keysPath, preview, refusal, serveFakeStripe, textAt, valueAt } from "./fake-bench.js";

const bench = serveFakeStripe();
const { fake } = bench;
const creation = { type: "secret_key", permissions: ["customer_read"] };

describe("access to managed keys", () => {
  it("needs a preview version", async () => {
    const { send } = bench.customer();
    for (const version of ["", "2026-10-28.endive", "2026-09-30", "2026-09-30.previews", ".preview"]) {
      expect(await send(keysPath, "GET", undefined, { "stripe-version": version })).toMatchObject({
        status: 400,
      });
    }
    expect(await send(keysPath, "GET", undefined, { "stripe-version": "2026-08-26.preview" })).toMatchObject({
      status: 200,
    });
  });

  it("is an App's alone, for another account that installed it", async () => {
    const { appKey, account, send, make } = bench.customer();
    const { id, token } = await make({ permissions: ["api_key_write"] });
    const { apiKey, account: stranger } = bench.merchant();
    const direct = refusal(400, "api_key_direct_operation_not_supported");
    const verbs: [string, string, unknown][] = [
      ["GET", keysPath, undefined],
      ["POST", keysPath, creation],
      ["GET", `${keysPath}/${id}`, undefined],
      ["POST", `${keysPath}/${id}`, {}],
      ["POST", `${keysPath}/${id}/expire`, {}],
      ["POST", `${keysPath}/${id}/rotate`, {}],
    ];
    for (const [method, path, body] of verbs) {
      const as = (key: string, headers: Record<string, string>) =>
        bench.ask(path, { token: key, method, body, headers: { ...preview, ...headers } });
      expect(await as(appKey, {})).toMatchObject(direct);
      expect(await as(appKey, { "stripe-context": fake.accountOf(appKey) })).toMatchObject(direct);
      expect(await as(apiKey, { "stripe-context": stranger })).toMatchObject(direct);
      expect(await as(apiKey, { "stripe-context": account })).toMatchObject(direct);
      expect(await as(token, { "stripe-context": account })).toMatchObject(direct);
      expect(await as(appKey, { "stripe-context": stranger })).toMatchObject({ status: 403 });
      expect(await as(appKey, { "stripe-context": "acct_none" })).toMatchObject({ status: 403 });
      fake.set("appInstalled", false);
      expect(await as(appKey, { "stripe-context": account })).toMatchObject({ status: 403 });
      fake.set("appInstalled", true);
    }
    expect(fake.keys()).toMatchObject([{ handle: id, live: true, retired: false }]);
    expect(await send(keysPath)).toMatchObject({ json: { data: [{ id }] } });
  });

  it("ends at the account: another's key is not found", async () => {
    const { id } = await bench.customer().make();
    const { send } = bench.customer();
    for (const [method, rest] of [
      ["GET", ""],
      ["POST", ""],
      ["POST", "/expire"],
      ["POST", "/rotate"],
    ]) {
      expect(await send(`${keysPath}/${id}${rest}`, method)).toMatchObject(refusal(404, "not_found"));
    }
    expect(await send(keysPath)).toMatchObject({ json: { data: [] } });
  });

  it("keeps keys alive when the App is uninstalled", async () => {
    const { make } = bench.customer();
    const { token } = await make();
    fake.set("appInstalled", false);
    expect(await bench.ask("/v1/customers", { token })).toMatchObject({ status: 200 });
    expect(fake.keys()).toMatchObject([{ live: true, retired: false }]);
  });
});

describe("a managed key", () => {
  it("is shown with explicit nulls, and in test mode with its secret, in list and retrieve too", async () => {
    const { send, make } = bench.customer();
    const { id, token, json } = await make();
    expect(json).toMatchObject({
      ...{ id: expect.stringMatching(/^mk_\w+$/), object: "v2.iam.api_key", type: "secret_key" },
      ...{ connect_permissions: null, expires_at: null, last_used: null, name: null, note: null },
      ...{ publishable_key: null, permissions: ["customer_read"], ip_allowlist: [] },
      ...{ created: bench.now().toISOString(), livemode: false, status: "active" },
      managed_by: { type: "application", application: { id: expect.stringMatching(/^ca_/) } },
      secret_key: {
        encrypted_secret: null,
        secret_token_redacted: `rk_test_...${token.slice(-4)}`,
        token: expect.stringMatching(/^rk_test_51\w{97}$/),
      },
    });
    expect((await send(`${keysPath}/${id}`)).json).toEqual(json);
    const empty = { next_page_url: null, previous_page_url: null };
    expect((await send(keysPath)).json).toEqual({ data: [json], ...empty });
    await bench.ask("/v1/customers", { token });
    expect(await send(`${keysPath}/${id}`)).toMatchObject({ json: { last_used: bench.now().toISOString() } });

    const ended = { status: "expired", secret_key: { secret_token_redacted: null, token } };
    expect(await send(`${keysPath}/${id}/expire`, "POST")).toMatchObject({ status: 200, json: ended });
    expect(await send(`${keysPath}/${id}`)).toMatchObject({ json: ended });
    expect((await send(keysPath)).json).toEqual({ data: [], ...empty });
    expect(await send(`${keysPath}?include_expired=true`)).toMatchObject({ json: { data: [ended] } });
  });

  it("carries what it was made with", async () => {
    const { make } = bench.customer();
    const expires_at = new Date(bench.now().getTime() + 1000 * day).toISOString();
    const fields = {
      ...{ name: "a", note: "b", expires_at },
      ...{ permissions: ["charge_write", "plan_read"], connect_permissions: ["product_read"] },
    };
    expect((await make(fields)).json).toMatchObject(fields);
  });

  it("may do everything when made without permissions", async () => {
    const { make } = bench.customer();
    for (const permissions of [undefined, []]) {
      const { token, json } = await make({ permissions });
      expect(token).toMatch(/^sk_test_/);
      expect(valueAt(json, "permissions")).toBeNull();
      expect(await bench.ask("/v1/charges", { token })).toMatchObject({ status: 200 });
    }
  });

  it("is not made of wrong input, and not beyond the limit", async () => {
    const { send, make } = bench.customer();
    const names = refusal(400, "api_key_permissions_invalid");
    for (const permissions of [
      ["no_such_read"],
      ["customer_read", "customer"],
      ["rak_customer_read"],
      ["*"],
    ]) {
      expect(await send(keysPath, "POST", { ...creation, permissions })).toMatchObject(names);
      expect(await send(keysPath, "POST", { ...creation, connect_permissions: permissions })).toMatchObject(
        names,
      );
    }
    const past = bench.now().toISOString();
    const wrong = [
      ...["", "{", [], "x", null, {}, { ...creation, type: "publishable_key" }, { ...creation, colour: 1 }],
      ...[
        { ...creation, expires_at: past },
        { ...creation, expires_at: "soon" },
        { ...creation, permissions: "x" },
      ],
    ];
    for (const body of wrong) {
      expect(await send(keysPath, "POST", body)).toMatchObject(refusal(400, "invalid_fields"));
    }
    const colour = await send(keysPath, "POST", { ...creation, colour: 1 });
    expect(textAt(colour.json, "error.message")).toContain("Unknown field colour");
    expect(fake.keys()).toEqual([]);

    fake.set("keyLimit", 1);
    const { id } = await make();
    expect(await send(keysPath, "POST", creation)).toMatchObject(refusal(400, "api_key_limit_reached"));
    await bench.customer().make();
    fake.ownerExpires(id);
    await make();
  });

  it("is changed in name, note and both permissions; blank ones change nothing; nothing else can be", async () => {
    const { send, make } = bench.customer();
    const before = {
      name: "a",
      note: "b",
      permissions: ["customer_read"],
      connect_permissions: ["charge_read"],
    };
    const { id } = await make(before);
    const path = `${keysPath}/${id}`;
    for (const body of [
      { permissions: [] },
      { connect_permissions: [] },
      { name: "", note: "" },
      {},
      undefined,
    ]) {
      expect(await send(path, "POST", body)).toMatchObject({ status: 200, json: before });
    }
    let expected: object = before;
    for (const change of [
      { name: "c" },
      { note: "d" },
      { permissions: ["plan_read"] },
      { connect_permissions: ["product_read"] },
    ]) {
      expected = { ...expected, ...change };
      expect(await send(path, "POST", change)).toMatchObject({ status: 200, json: expected });
    }
    const both = { permissions: ["payout_read"], connect_permissions: ["payout_write"] };
    expect(await send(path, "POST", both)).toMatchObject({ status: 200, json: both });
    const names = refusal(400, "api_key_permissions_invalid");
    expect(await send(path, "POST", { name: "e", permissions: ["no_such_read"] })).toMatchObject(names);
    for (const field of ["status", "ip_allowlist", "expires_at", "type"]) {
      const answer = await send(path, "POST", { name: "e", [field]: "x" });
      expect(answer).toMatchObject(refusal(400, "invalid_fields"));
      expect(textAt(answer.json, "error.message")).toContain(`Unknown field ${field}`);
    }
    expect(await send(path)).toMatchObject({ json: { ...both, name: "c", note: "d" } });
  });

  it("cannot be changed once it is expired, by whomever or by its own end", async () => {
    const { send, make } = bench.customer();
    const expires_at = new Date(bench.now().getTime() + 60_000).toISOString();
    const [byApp, byOwner, byItself] = [await make(), await make(), await make({ expires_at })];
    await send(`${keysPath}/${byApp.id}/expire`, "POST", {});
    fake.ownerExpires(byOwner.id);
    bench.advance(60);
    for (const { id } of [byApp, byOwner, byItself]) {
      expect(await send(`${keysPath}/${id}`)).toMatchObject({ json: { status: "expired" } });
      for (const rest of ["", "/expire", "/rotate"]) {
        const answer = await send(`${keysPath}/${id}${rest}`, "POST", {});
        expect([rest, answer]).toMatchObject([rest, refusal(400, "api_key_expired")]);
      }
    }
    expect(fake.keys()).toMatchObject(Array(3).fill({ retired: true }));
  });
});

describe("the list of managed keys", () => {
  it("pages by path, newest first, a hundred at most", async () => {
    const { send, make } = bench.customer();
    const made: string[] = [];
    for (let n = 0; n < 12; n++) made.unshift((await make()).id);
    const message = "limit: The maximum page limit is 100";
    expect(await send(`${keysPath}?limit=101`)).toMatchObject({ status: 400, json: { error: { message } } });
    for (const query of ["limit=0", "limit=-1", "limit=x", "limit=1.5", "page=x", "page=page_e30"]) {
      expect(await send(`${keysPath}?${query}`)).toMatchObject(refusal(400, "invalid_fields"));
    }
    const pages = async (first: string) => {
      const sizes: number[] = [];
      const ids: unknown[] = [];
      let next: unknown = first;
      while (typeof next === "string") {
        const { json } = await send(next);
        const data = valueAt(json, "data");
        const page = Array.isArray(data) ? data.map((key: unknown) => textAt(key, "id")) : [];
        sizes.push(page.length);
        ids.push(...page);
        next = valueAt(json, "next_page_url");
        if (next !== null) expect(next).toMatch(/^\/v2\/iam\/api_keys\?page=page_\w+/);
      }
      return { sizes, ids };
    };
    expect(await pages(keysPath)).toEqual({ sizes: [10, 2], ids: made });
    expect(await pages(`${keysPath}?limit=100`)).toEqual({ sizes: [12], ids: made });
    expect(await pages(`${keysPath}?limit=5`)).toEqual({ sizes: [5, 5, 2], ids: made });
    fake.ownerExpires(made[6] ?? "");
    const rest = made.toSpliced(6, 1);
    expect(await pages(`${keysPath}?limit=5`)).toEqual({ sizes: [5, 5, 1], ids: rest });
    expect(await pages(`${keysPath}?limit=5&include_expired=true`)).toEqual({ sizes: [5, 5, 2], ids: made });
    fake.set("pageSize", 4);
    expect(await pages(`${keysPath}?limit=100`)).toEqual({ sizes: [4, 4, 3], ids: rest });
  });

  it("shows a new key late when told so, though it can be asked for", async () => {
    const { send, make } = bench.customer();
    fake.set("listLagSeconds", 5);
    const { id } = await make();
    bench.advance(4.999);
    expect(await send(keysPath)).toMatchObject({ json: { data: [] } });
    expect(await send(`${keysPath}/${id}`)).toMatchObject({ status: 200 });
    bench.advance(0.001);
    expect(await send(keysPath)).toMatchObject({ json: { data: [{ id }] } });
  });
});
