import { describe, expect, it } from "vitest";
import { day, keysPath, refusal, refusedBy, serveFakeStripe, textAt } from "./fake-bench.js";

const bench = serveFakeStripe();
const { fake } = bench;
const status = async (token: string, path = "/v1/customers") => (await bench.ask(path, { token })).status;

describe("what a key may do", () => {
  const lists = ["customers", "charges", "plans", "prices", "products"];
  const readable = async (token: string) => {
    const statuses = await Promise.all(lists.map((name) => status(token, `/v1/${name}`)));
    return lists.filter((_, index) => statuses[index] === 200);
  };

  it.each([
    [["customer_read"], ["customers"]],
    [["customer_write"], ["customers"]],
    [
      ["charge_read", "product_write"],
      ["charges", "products"],
    ],
    [["plan_read"], ["plans", "prices"]],
    [["product_read"], ["products"]],
    [["payout_read"], []],
    [undefined, lists],
  ])("is what its permissions name: %j", async (permissions, expected) => {
    const { make, account } = bench.customer();
    const { token } = await make({ permissions });
    expect(await readable(token)).toEqual(expected);
    expect(await readable(fake.ownerMakesKey(account, permissions))).toEqual(expected);
  });

  it("is said in a refusal that never prints the key", async () => {
    const { make, account } = bench.customer();
    const { token } = await make();
    const { json } = await bench.ask("/v1/charges", { token });
    const message = textAt(json, "error.message");
    expect(message).toContain(`'rk_test_${"*".repeat(93)}${token.slice(-6)}'`);
    expect(message).toContain("'rak_charge_read'");
    expect(message).toContain(account);
    expect(JSON.stringify(json)).not.toContain(token);
    const list = { object: "list", data: [], has_more: false, url: "/v1/customers" };
    expect((await bench.ask("/v1/customers?limit=1", { token })).json).toEqual(list);
  });

  it("are webhooks, to read, to write or not at all", async () => {
    const wanted = { url: "https://example.com", enabled_events: ["*" as const] };
    const { account, stripe } = bench.merchant();
    const { id } = await stripe.webhookEndpoints.create(wanted);
    const outcomes = async (permissions: string[]) => {
      const { webhookEndpoints } = bench.client(fake.ownerMakesKey(account, permissions));
      const tries = [
        () => webhookEndpoints.list(),
        () => webhookEndpoints.retrieve(id),
        () => webhookEndpoints.create(wanted),
        () => webhookEndpoints.update(id, {}),
        () => webhookEndpoints.del(id),
      ];
      const done: (number | undefined)[] = [];
      for (const attempt of tries)
        done.push(
          await attempt().then(
            () => 200,
            async (thrown: unknown) => (await refusedBy(Promise.reject(thrown))).status,
          ),
        );
      return done;
    };
    expect(await outcomes(["customer_write"])).toEqual([403, 403, 403, 403, 403]);
    expect(await outcomes(["webhook_read"])).toEqual([200, 200, 403, 403, 403]);
    expect(await outcomes(["webhook_write"])).toEqual([200, 200, 200, 200, 200]);
  });

  it.each([0, 1, 60])("changes %d s after it was changed; the key goes on authenticating", async (lag) => {
    fake.set("narrowSeconds", lag);
    const { send, make } = bench.customer();
    const { id, token } = await make();
    // A permission that it never had, as in a leak: everything else is over.
    const narrowed = await send(`${keysPath}/${id}`, "POST", { permissions: ["plan_read"] });
    expect(narrowed).toMatchObject({ json: { permissions: ["plan_read"], status: "active" } });
    if (lag > 0) {
      expect(await readable(token)).toEqual(["customers"]);
      bench.advance(lag - 0.001);
      expect(await readable(token)).toEqual(["customers"]);
      bench.advance(0.001);
    }
    expect(await readable(token)).toEqual(["plans", "prices"]);
    expect(await status(token)).toBe(403);
    expect(fake.keys()).toMatchObject([{ live: true, retired: false }]);
    await send(`${keysPath}/${id}/expire`, "POST");
    expect(await status(token, "/v1/plans")).toBe(200);
    bench.advance(9);
    expect(await status(token, "/v1/plans")).toBe(401);
  });

  it("ends after a second when nobody says otherwise, also that of an unrestricted key, and widens alike", async () => {
    const { send, make } = bench.customer();
    const { id, token } = await make({ permissions: undefined });
    await send(`${keysPath}/${id}`, "POST", { permissions: ["plan_read"] });
    expect(await readable(token)).toEqual(lists);
    bench.advance(1);
    expect(await readable(token)).toEqual(["plans", "prices"]);
    await send(`${keysPath}/${id}`, "POST", { permissions: ["plan_read", "charge_read"] });
    await send(`${keysPath}/${id}`, "POST", { permissions: ["charge_read"] });
    expect(await readable(token)).toEqual(["plans", "prices"]);
    bench.advance(1);
    expect(await readable(token)).toEqual(["charges"]);
  });
});

describe("a key", () => {
  it.each([0, 9, 300, "never"])("dies %s seconds after it was ended, and stays dead", async (lag) => {
    fake.set("deathSeconds", lag);
    const { send, make } = bench.customer();
    const keys = [await make(), await make()];
    fake.ownerExpires(keys[0]?.id ?? "");
    expect(await send(`${keysPath}/${keys[1]?.id}/expire`, "POST")).toMatchObject({
      json: { status: "expired" },
    });
    // Counts for keys that are ended from now on.
    fake.set("deathSeconds", 9_999);
    const alive = async (live: boolean) => {
      for (const { token } of keys) expect(await status(token)).toBe(live ? 200 : 401);
      expect(fake.keys()).toMatchObject(keys.map(({ id }) => ({ handle: id, retired: true, live })));
    };
    await alive(lag !== 0);
    if (typeof lag === "number" && lag > 0) {
      bench.advance(lag - 0.001);
      await alive(true);
      bench.advance(0.001);
      await alive(false);
    }
    bench.advance(day);
    await alive(lag === "never");
  });

  it("takes nine seconds to die when nobody says otherwise", async () => {
    const { make } = bench.customer();
    const { id, token } = await make();
    fake.ownerExpires(id);
    bench.advance(5);
    fake.ownerExpires(id);
    bench.advance(3.999);
    expect(await status(token)).toBe(200);
    bench.advance(0.001);
    expect(await status(token)).toBe(401);
  });

  it("is refused until it has settled, and from its own end on", async () => {
    fake.set("settleSeconds", 5);
    const { make } = bench.customer();
    const { token } = await make({ expires_at: new Date(bench.now().getTime() + 60_000).toISOString() });
    fake.set("settleSeconds", 0);
    for (const [seconds, expected] of [
      [0, 401],
      [4.999, 401],
      [0.001, 200],
      [54.999, 200],
      [0.001, 401],
    ]) {
      bench.advance(seconds ?? 0);
      expect(await status(token)).toBe(expected);
      expect(fake.keys()).toMatchObject([{ live: expected === 200 }]);
    }
    expect(fake.keys()).toMatchObject([{ retired: true }]);
  });

  it("that was ended is refused in Stripe's words", async () => {
    fake.set("deathSeconds", 0);
    const { make } = bench.customer();
    const { id, token } = await make();
    fake.ownerExpires(id);
    for (const path of ["/v1/customers", keysPath]) {
      const { status: code, json } = await bench.ask(path, { token });
      expect({ status: code, json }).toMatchObject(refusal(401, "api_key_expired"));
      expect(textAt(json, "error.message")).toBe(
        `Expired API Key provided: rk_test_${"*".repeat(93)}${token.slice(-6)}`,
      );
    }
  });

  it("acts for its own account only", async () => {
    const { make, account } = bench.customer();
    const { token } = await make();
    for (const header of ["stripe-account", "stripe-context"]) {
      const as = (value: string) => bench.ask("/v1/customers", { token, headers: { [header]: value } });
      expect(await as(account)).toMatchObject({ status: 200 });
      expect(await as(bench.customer().account)).toMatchObject(refusal(403, "account_invalid"));
    }
  });
});

describe("a limit on requests", () => {
  it("lets so many of an account through in a second, and refuses in the words of each API", async () => {
    const { account, send, make, appKey } = bench.customer();
    const { token } = await make();
    const { apiKey } = bench.merchant();
    fake.set("requestsPerSecond", 2);
    bench.advance(1);
    const statuses = async (n: number, key: string) => {
      const seen: number[] = [];
      for (let count = 0; count < n; count++) seen.push(await status(key));
      return seen;
    };
    expect(await statuses(4, token)).toEqual([200, 200, 429, 429]);
    // Another key of the account shares its limit, another account has its own.
    expect(await statuses(1, fake.ownerMakesKey(account))).toEqual([429]);
    expect(await statuses(3, apiKey)).toEqual([200, 200, 429]);
    expect(await statuses(1, `${token}x`)).toEqual([401]);
    expect(await statuses(2, appKey)).toEqual([200, 200]);
    const v2 = await send(keysPath);
    expect(v2).toMatchObject({ status: 429, json: { error: { code: "rate_limit", type: "rate_limit" } } });
    const v1 = await bench.ask("/v1/customers", { token });
    const error = { code: "rate_limit", type: "invalid_request_error" };
    expect(v1).toMatchObject({ status: 429, json: { error } });
    expect(v1.headers.get("stripe-rate-limited-reason")).toBe("global-rate");
    bench.advance(1);
    expect(await statuses(3, token)).toEqual([200, 200, 429]);
    fake.set("requestsPerSecond", "off");
    expect(await statuses(3, token)).toEqual([200, 200, 200]);
  });

  it("keeps what it refuses from being done", async () => {
    const { send } = bench.customer();
    fake.set("requestsPerSecond", 1);
    await send(keysPath);
    expect(await send(keysPath, "POST", { type: "secret_key" })).toMatchObject({ status: 429 });
    expect(fake.keys()).toEqual([]);
  });
});
