import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { FakeRequest } from "../../../providers/kit/fake.js";
import { keysPath, preview, refusal, serveFakeStripe, textAt } from "./fake-bench.js";

const bench = serveFakeStripe();
const { fake } = bench;

describe("the fake as a vendor", () => {
  it("gives each customer an account of its own, under one App", () => {
    const [one, other] = [fake.admit("stripe/restricted-key"), fake.admit("stripe/restricted-key")];
    expect(other.admin).toEqual(one.admin);
    expect(other.config["account"]).not.toBe(one.config["account"]);
    expect(one.config["account"]).toMatch(/^acct_\w+$/);
  });

  it("gives each webhook owner an account and an own key", () => {
    const [one, other] = [fake.admit("stripe/webhook-secret"), fake.admit("stripe/webhook-secret")];
    expect(one.config).toEqual({
      url: "https://example.com/stripe-webhooks",
      enabledEvents: ["charge.succeeded", "customer.created"],
    });
    expect(other.config).toEqual(one.config);
    expect(other.admin).not.toEqual(one.admin);
    const accounts = [one, other].map(({ admin }) => fake.accountOf(String(admin["apiKey"])));
    expect(new Set(accounts).size).toBe(2);
    expect(fake.ownerMakesKey(accounts[0] ?? "")).toMatch(/^sk_test_/);
    const restricted = fake.ownerMakesKey(accounts[0] ?? "", ["plan_read"]);
    expect([restricted.slice(0, 8), fake.accountOf(restricted)]).toEqual(["rk_test_", accounts[0]]);
  });

  it.each([
    ["stripe/restricted-key", "appKey"],
    ["stripe/webhook-secret", "apiKey"],
  ])("admits for %s in the mode that is set", (provider, name) => {
    expect(fake.admit(provider).admin[name]).toMatch(/^sk_test_51\w{97}$/);
    fake.set("mode", "live");
    expect(fake.admit(provider).admin[name]).toMatch(/^sk_live_51\w{97}$/);
  });

  it("does not know other providers, keys and accounts", () => {
    const { admin } = fake.admit("stripe/webhook-secret");
    for (const provider of ["stripe/other", "constructor", ""]) {
      expect(() => fake.admit(provider)).toThrow(/stripe\/restricted-key, stripe\/webhook-secret/);
    }
    expect(() => fake.ownerExpires("mk_none")).toThrow(RangeError);
    expect(() => fake.ownerMakesKey("acct_none")).toThrow(RangeError);
    expect(() => fake.accountOf(`${admin["apiKey"]}x`)).toThrow(RangeError);
  });

  it("forgets everything, settings too, by reset", async () => {
    const { appKey, account, send, make } = bench.customer();
    await make();
    await bench
      .merchant()
      .stripe.webhookEndpoints.create({ url: "https://example.com", enabled_events: ["*"] });
    fake.set("keyLimit", 0);
    fake.reset();
    expect(fake.keys()).toEqual([]);
    expect(await send(keysPath)).toMatchObject({ status: 401 });
    expect(() => fake.deliveries(account, { type: "charge.succeeded" })).toThrow(RangeError);
    const fresh = bench.customer();
    expect(fresh.appKey).not.toBe(appKey);
    await fresh.make();
  });

  it("names route and credential to the journal, and never a value", async () => {
    const { account, appKey, make } = bench.customer();
    const merchant = bench.merchant();
    const { id, token } = await make();
    const endpoint = await merchant.stripe.webhookEndpoints.create({
      ...{ url: "https://example.com", enabled_events: ["*"] },
    });
    const one = "/v1/webhook_endpoints/{id}";
    const cases: [string, string, string, string, string | undefined][] = [
      ["GET", keysPath, appKey, keysPath, "app"],
      ["GET", `${keysPath}/${id}`, appKey, `${keysPath}/{id}`, "app"],
      ["POST", `${keysPath}/${id}/rotate`, appKey, `${keysPath}/{id}/rotate`, "app"],
      ["POST", `${keysPath}/${id}/expire`, appKey, `${keysPath}/{id}/expire`, "app"],
      ["GET", "/v1/customers", token, "/v1/customers", id],
      ["GET", "/v1/customers", `${token}x`, "/v1/customers", undefined],
      ["GET", "/v1/webhook_endpoints", merchant.apiKey, "/v1/webhook_endpoints", "account"],
      ["GET", `/v1/webhook_endpoints/${endpoint.id}`, merchant.apiKey, one, "account"],
      ["DELETE", "/v1/webhook_endpoints/{id}", merchant.apiKey, "(unknown)", "account"],
      ["GET", `/v1/${token}`, token, "(unknown)", id],
    ];
    for (const [method, path, secret, route, credential] of cases) {
      const headers = { ...preview, "stripe-context": account, authorization: `Bearer ${secret}` };
      const request: FakeRequest = { method, path, query: new URLSearchParams(), headers, body: "" };
      const seen = await fake.handle(request);
      expect([method, path, seen.route, seen.credential]).toEqual([method, path, route, credential]);
    }
  });

  it("names a request of its own in every answer, and the version it was asked in", async () => {
    const { apiKey } = bench.merchant();
    const seen = new Set<string | null>();
    for (const path of ["/v1/customers", "/v1/none", keysPath]) {
      const version = { "stripe-version": "2026-08-26.preview" };
      const { headers } = await bench.ask(path, { token: apiKey, headers: version });
      expect(headers.get("stripe-version")).toBe("2026-08-26.preview");
      expect(headers.get("request-id")).toMatch(/^req_\w{14}$/);
      seen.add(headers.get("request-id"));
    }
    expect(seen.size).toBe(3);
    const { headers } = await bench.ask("/v1/customers", { token: apiKey });
    expect(headers.get("stripe-version")).toBe("2026-10-28.endive");
  });
});

describe("who asks", () => {
  const none = { message: "You did not provide an API key.", type: "invalid_request_error" };

  it("may say so by bearer or basic authentication", async () => {
    const { apiKey } = bench.merchant();
    const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;
    const good = [`Bearer ${apiKey}`, `bearer ${apiKey}`, basic(`${apiKey}:`), basic(apiKey)];
    for (const authorization of good) {
      expect(await bench.ask("/v1/customers", { headers: { authorization } })).toMatchObject({ status: 200 });
    }
    for (const authorization of [
      "",
      "Bearer",
      "Basic !",
      `Digest ${apiKey}`,
      basic(`:${apiKey}`),
      basic(`${apiKey}:x`),
    ]) {
      const answer = await bench.ask("/v1/customers", { headers: { authorization } });
      expect(answer).toMatchObject({ status: 401, json: { error: none } });
    }
  });

  it("is refused as unknown in the words of the API that was asked, with stars for the key", async () => {
    for (const prefix of ["", "rk_test_", "sk_live_"]) {
      const token = prefix + randomBytes(20).toString("hex");
      const stars = `Invalid API Key provided: ${prefix}${"*".repeat(34)}${token.slice(-6)}`;
      const error = { message: stars, type: "invalid_request_error" };
      const v1 = await bench.ask("/v1/customers", { token });
      expect(v1).toMatchObject({ status: 401, json: { error } });
      expect(v1.json).not.toHaveProperty("error.code");
      const v2 = await bench.ask(keysPath, { token });
      expect(v2).toMatchObject({ status: 401, json: { error: { ...error, code: expect.any(String) } } });
    }
    const starred = async (length: number) => {
      const { json } = await bench.ask("/v1/customers", { token: `sk_test_${"x".repeat(length)}` });
      return textAt(json, "error.message").replace("Invalid API Key provided: ", "");
    };
    expect(await starred(12)).toBe("*".repeat(20));
    expect(await starred(13)).toBe("sk_test_*******xxxxxx");
  });

  it("finds no other routes", async () => {
    const { apiKey } = bench.merchant();
    const paths = [
      "/",
      "/v1/refunds",
      "/v1/customers/cus_1",
      "/v1/webhook_endpoints/we_1/x",
      "/v1/webhook_endpoints/",
    ];
    for (const path of paths) expect(await bench.ask(path, { token: apiKey })).toMatchObject({ status: 404 });
    for (const path of ["/v2/none", `${keysPath}/mk_1/roll`]) {
      expect(await bench.ask(path, { token: apiKey })).toMatchObject(refusal(404, "not_found"));
    }
    for (const method of ["PUT", "PATCH", "DELETE"]) {
      expect(await bench.ask("/v1/customers", { token: apiKey, method })).toMatchObject({ status: 404 });
    }
  });
});

describe("settings", () => {
  it.each([
    ["colour", 1],
    ["__proto__", 1],
    ["deathSeconds", -1],
    ["deathSeconds", "soon"],
    ["deathSeconds", 1e12],
    ["settleSeconds", "never"],
    ["settleSeconds", Number.NaN],
    ["narrowSeconds", Number.POSITIVE_INFINITY],
    ["listLagSeconds", "1"],
    ["keyLimit", 1.5],
    ["appInstalled", 1],
    ["pageSize", 0],
    ["pageSize", 101],
    ["mode", "sandbox"],
    ["jweAlg", "RSA1_5"],
    ["replayRepeatsSecret", "true"],
    ["endpointLimit", -1],
    ["webhookCreation", true],
    ["requestsPerSecond", 0],
    ["requestsPerSecond", null],
  ])("refuse %s = %s and name the known ones", async (name, value) => {
    const known = [
      ...["deathSeconds", "settleSeconds", "narrowSeconds", "listLagSeconds", "keyLimit", "appInstalled"],
      ...["pageSize", "mode", "jweAlg", "replayRepeatsSecret", "endpointLimit", "webhookCreation"],
      "requestsPerSecond",
    ];
    expect(() => fake.set(name, value)).toThrow(RangeError);
    expect(() => fake.set(name, value)).toThrow(new RegExp(known.map((one) => `${one} \\(`).join(".+")));
    await bench.customer().make();
  });
});
