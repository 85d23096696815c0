import type Stripe from "stripe";
import { describe, expect, it } from "vitest";
import { day, refusedBy, serveFakeStripe } from "./fake-bench.js";

const bench = serveFakeStripe();
const wanted: Stripe.WebhookEndpointCreateParams = {
  url: "https://example.com/hooks",
  enabled_events: ["charge.succeeded"],
};
const missing = { status: 404, code: "resource_missing", type: "invalid_request_error", param: "id" };

describe("webhook endpoints", () => {
  it("are made with a secret that is never shown again", async () => {
    const { stripe } = bench.merchant();
    const made = await stripe.webhookEndpoints.create({
      ...wanted,
      enabled_events: ["charge.succeeded", "customer.created"],
      api_version: "2026-10-28.endive",
      description: "ours",
      metadata: { keyturn: "label", nonce: "n" },
    });
    expect(made).toMatchObject({
      object: "webhook_endpoint",
      api_version: "2026-10-28.endive",
      application: null,
      created: bench.now().getTime() / 1000,
      description: "ours",
      enabled_events: ["charge.succeeded", "customer.created"],
      livemode: false,
      metadata: { keyturn: "label", nonce: "n" },
      status: "enabled",
      url: wanted.url,
    });
    expect(made.id).toMatch(/^we_\w+$/);
    expect(made.secret).toMatch(/^whsec_\w{32,}$/);

    const { secret, ...rest } = made;
    const one = await stripe.webhookEndpoints.retrieve(made.id);
    expect(one).toEqual(rest);
    const updated = await stripe.webhookEndpoints.update(made.id, {});
    expect(updated).toEqual(rest);
    const { data, has_more, object } = await stripe.webhookEndpoints.list();
    expect({ data, has_more, object }).toEqual({ data: [rest], has_more: false, object: "list" });
    expect(JSON.stringify([one, updated, data])).not.toContain(secret);
  });

  it("say null and nothing where nothing was given", async () => {
    const { stripe } = bench.merchant();
    const made = await stripe.webhookEndpoints.create(wanted);
    expect(made).toMatchObject({ api_version: null, description: null, metadata: {} });
  });

  it("are changed in url, events, description, metadata and being disabled, each alone", async () => {
    const { stripe } = bench.merchant();
    const metadata = { a: "1", b: "2" };
    const { id, secret, ...made } = await stripe.webhookEndpoints.create({ ...wanted, metadata });
    const steps: [Stripe.WebhookEndpointUpdateParams, object][] = [
      [{ url: "https://example.com/other" }, { url: "https://example.com/other" }],
      [{ enabled_events: ["*"] }, { enabled_events: ["*"] }],
      [{ description: "d" }, { description: "d" }],
      [{ description: "" }, { description: null }],
      [{ metadata: { b: "3", c: "4" } }, { metadata: { a: "1", b: "3", c: "4" } }],
      [{ metadata: { a: "" } }, { metadata: { b: "3", c: "4" } }],
      [{ metadata: "" }, { metadata: {} }],
      [{ disabled: true }, { status: "disabled" }],
      [{ description: "e" }, { description: "e" }],
      [{ disabled: false }, { status: "enabled" }],
    ];
    let expected: object = { ...made, id };
    for (const [change, effect] of steps) {
      expected = { ...expected, ...effect };
      expect(await stripe.webhookEndpoints.update(id, change)).toEqual(expected);
      expect(await stripe.webhookEndpoints.retrieve(id)).toEqual(expected);
    }
    const bad = { url: "http://example.com", description: "f" };
    expect(await refusedBy(stripe.webhookEndpoints.update(id, bad))).toMatchObject({ code: "url_invalid" });
    expect(await stripe.webhookEndpoints.retrieve(id)).toEqual(expected);
  });

  it("are gone once deleted, for every verb", async () => {
    const { stripe } = bench.merchant();
    const { id } = await stripe.webhookEndpoints.create(wanted);
    expect(await stripe.webhookEndpoints.del(id)).toEqual({ id, object: "webhook_endpoint", deleted: true });
    const verbs = [
      () => stripe.webhookEndpoints.retrieve(id),
      () => stripe.webhookEndpoints.update(id, { disabled: true }),
      () => stripe.webhookEndpoints.del(id),
      () => stripe.webhookEndpoints.retrieve("we_none"),
    ];
    for (const verb of verbs) expect(await refusedBy(verb())).toMatchObject(missing);
    expect((await stripe.webhookEndpoints.list()).data).toEqual([]);
  });

  it("belong to one account and one mode", async () => {
    const mine = bench.merchant();
    const { id } = await mine.stripe.webhookEndpoints.create(wanted);
    const other = bench.merchant();
    bench.fake.set("mode", "live");
    const live = bench.client(bench.fake.ownerMakesKey(mine.account));
    for (const { webhookEndpoints } of [other.stripe, live]) {
      expect(await refusedBy(webhookEndpoints.retrieve(id))).toMatchObject(missing);
      expect(await refusedBy(webhookEndpoints.del(id))).toMatchObject(missing);
      expect((await webhookEndpoints.list()).data).toEqual([]);
    }
    expect(await live.webhookEndpoints.create(wanted)).toMatchObject({ livemode: true });
  });

  it("may have one address twice, and number no more than the limit, disabled ones included", async () => {
    const { stripe } = bench.merchant();
    const made: string[] = [];
    for (let n = 0; n < 16; n++) made.push((await stripe.webhookEndpoints.create(wanted)).id);
    const full = { status: 400, type: "invalid_request_error", code: undefined };
    const message = "You have reached the maximum of 16 test webhook endpoints.";
    expect(await refusedBy(stripe.webhookEndpoints.create(wanted))).toMatchObject({ ...full, message });
    await stripe.webhookEndpoints.update(made[0] ?? "", { disabled: true });
    expect(await refusedBy(stripe.webhookEndpoints.create(wanted))).toMatchObject(full);
    await stripe.webhookEndpoints.del(made[0] ?? "");
    await stripe.webhookEndpoints.create(wanted);
    expect(await refusedBy(stripe.webhookEndpoints.create(wanted))).toMatchObject(full);
    await bench.merchant().stripe.webhookEndpoints.create(wanted);
    bench.fake.set("endpointLimit", 17);
    await stripe.webhookEndpoints.create(wanted);
    expect(await refusedBy(stripe.webhookEndpoints.create(wanted))).toMatchObject(full);
    bench.fake.set("endpointLimit", 0);
    bench.fake.set("mode", "live");
    const live = await refusedBy(bench.merchant().stripe.webhookEndpoints.create(wanted));
    expect(live.message).toBe("You have reached the maximum of 0 webhook endpoints.");
  });

  it("are listed newest first, ten at a time unless asked, from one on or before one", async () => {
    bench.fake.set("endpointLimit", 12);
    const { stripe } = bench.merchant();
    const made: string[] = [];
    for (let n = 0; n < 12; n++) made.unshift((await stripe.webhookEndpoints.create(wanted)).id);
    const list = async (params?: Stripe.WebhookEndpointListParams) => {
      const { data, has_more } = await stripe.webhookEndpoints.list(params);
      return { ids: data.map(({ id }) => id), more: has_more };
    };
    const [after = "", before = ""] = [made[3], made[9]];
    expect(await list()).toEqual({ ids: made.slice(0, 10), more: true });
    expect(await list({ limit: 100 })).toEqual({ ids: made, more: false });
    expect(await list({ limit: 12 })).toEqual({ ids: made, more: false });
    expect(await list({ limit: 3, starting_after: after })).toEqual({ ids: made.slice(4, 7), more: true });
    expect(await list({ limit: 3, ending_before: before })).toEqual({ ids: made.slice(6, 9), more: true });
    expect(await list({ starting_after: made.at(-1) ?? "" })).toEqual({ ids: [], more: false });
    bench.fake.set("pageSize", 2);
    expect(await list({ limit: 100 })).toEqual({ ids: made.slice(0, 2), more: true });
    const all: string[] = [];
    for await (const { id } of stripe.webhookEndpoints.list({ limit: 100 })) all.push(id);
    expect(all).toEqual(made);
    const gone = { status: 400, code: "resource_missing", param: "starting_after" };
    expect(await refusedBy(list({ starting_after: "we_none" }))).toMatchObject(gone);
  });

  it("count among the vendor's keys: live while enabled, retired once deleted", async () => {
    const { stripe } = bench.merchant();
    const metadata = { keyturn: "keyturn:label" };
    const [first, second] = [
      await stripe.webhookEndpoints.create({ ...wanted, metadata }),
      await stripe.webhookEndpoints.create(wanted),
    ];
    const provider = "stripe/webhook-secret";
    const mine = { provider, handle: first.id, label: "keyturn:label", live: true, retired: false };
    const other = { provider, handle: second.id, label: "", live: true, retired: false };
    expect(bench.fake.keys()).toEqual([mine, other]);
    await stripe.webhookEndpoints.update(first.id, { disabled: true });
    expect(bench.fake.keys()).toEqual([{ ...mine, live: false }, other]);
    await stripe.webhookEndpoints.del(first.id);
    expect(bench.fake.keys()).toEqual([{ ...mine, live: false, retired: true }, other]);
  });
});

describe("making a webhook endpoint", () => {
  const slot = { idempotencyKey: "one" };
  const broken = { status: 500, type: "api_error" };

  it.each([
    ["500 before commit", 0],
    ["500 after commit", 1],
  ] as const)("can fail with %s, which leaves %d, and is answered so for a day", async (how, left) => {
    const { stripe } = bench.merchant();
    const create = (params = wanted, options: Stripe.RequestOptions = slot) =>
      stripe.webhookEndpoints.create(params, options);
    bench.fake.set("webhookCreation", how);
    expect(await refusedBy(create())).toMatchObject(broken);
    expect(bench.fake.keys()).toHaveLength(left);
    bench.fake.set("webhookCreation", "works");
    expect(await refusedBy(create())).toMatchObject(broken);
    bench.advance(day - 1);
    expect(await refusedBy(create())).toMatchObject(broken);
    expect(bench.fake.keys()).toHaveLength(left);
    await create(wanted, { idempotencyKey: "two" });
    expect(bench.fake.keys()).toHaveLength(left + 1);
    bench.advance(1);
    await create();
    expect(bench.fake.keys()).toHaveLength(left + 2);
  });

  it("is a replay, secret included, whatever became of the endpoint", async () => {
    const { stripe } = bench.merchant();
    const made = await stripe.webhookEndpoints.create(wanted, slot);
    expect(await stripe.webhookEndpoints.create(wanted, slot)).toEqual(made);
    await stripe.webhookEndpoints.del(made.id);
    const again = await stripe.webhookEndpoints.create(wanted, slot);
    expect(again).toEqual(made);
    expect(again.lastResponse.headers["idempotent-replayed"]).toBe("true");
    expect(made.lastResponse.headers["idempotent-replayed"]).toBeUndefined();
    expect(bench.fake.keys()).toMatchObject([{ live: false }]);
  });

  it("replays the limit too, though there is room by then: nobody says otherwise", async () => {
    const { stripe } = bench.merchant();
    bench.fake.set("endpointLimit", 0);
    const full = await refusedBy(stripe.webhookEndpoints.create(wanted, slot));
    bench.fake.set("endpointLimit", 1);
    expect(await refusedBy(stripe.webhookEndpoints.create(wanted, slot))).toEqual(full);
  });

  it("refuses a key with other parameters or for another endpoint, and does nothing", async () => {
    const { stripe, account } = bench.merchant();
    const { id } = await stripe.webhookEndpoints.create(wanted, slot);
    const conflict = { status: 400, type: "idempotency_error" };
    const other = { ...wanted, metadata: { nonce: "other" } };
    expect(await refusedBy(stripe.webhookEndpoints.create(other, slot))).toMatchObject({
      ...conflict,
      message: expect.stringContaining("with the same parameters"),
    });
    expect(await refusedBy(stripe.webhookEndpoints.update(id, wanted, slot))).toMatchObject({
      ...conflict,
      message: expect.stringContaining("/v1/webhook_endpoints"),
    });
    expect(bench.fake.keys()).toHaveLength(1);
    // For another account, and in the other mode, it is another key.
    await bench.merchant().stripe.webhookEndpoints.create(other, slot);
    bench.fake.set("mode", "live");
    await bench.client(bench.fake.ownerMakesKey(account)).webhookEndpoints.create(other, slot);
    expect(bench.fake.keys()).toHaveLength(3);
  });

  it("remembers nothing that was refused before it began", async () => {
    const { stripe, account, apiKey } = bench.merchant();
    const bad = { ...wanted, url: "example.com" };
    expect(await refusedBy(stripe.webhookEndpoints.create(bad, slot))).toMatchObject({ status: 400 });
    const reader = bench.client(bench.fake.ownerMakesKey(account, ["webhook_read"]));
    expect(await refusedBy(reader.webhookEndpoints.create(wanted, slot))).toMatchObject({ status: 403 });
    bench.fake.set("requestsPerSecond", 1);
    await bench.ask("/v1/customers", { token: apiKey });
    expect(await refusedBy(stripe.webhookEndpoints.create(wanted, slot))).toMatchObject({ status: 429 });
    bench.fake.set("requestsPerSecond", "off");
    await stripe.webhookEndpoints.create(wanted, slot);
  });

  it("takes http for this machine in test mode only", async () => {
    const outcome = async (stripe: Stripe, url: string) => {
      const made = stripe.webhookEndpoints.create({ ...wanted, url });
      return made.then(
        () => "made",
        async () => {
          const { code, param } = await refusedBy(made);
          return `${code} ${param}`;
        },
      );
    };
    const local = ["http://127.0.0.1:3000/h", "http://localhost/h", "http://[::1]:1/h"];
    const never = [
      "http://example.com",
      "http://127.0.0.1.example.com",
      "ftp://localhost",
      "example.com",
      "https://",
    ];
    const test = bench.merchant().stripe;
    bench.fake.set("mode", "live");
    const live = bench.merchant().stripe;
    for (const url of local) {
      expect([url, await outcome(test, url), await outcome(live, url)]).toEqual([
        url,
        "made",
        "url_invalid url",
      ]);
    }
    for (const url of never) expect([url, await outcome(test, url)]).toEqual([url, "url_invalid url"]);
    expect(await outcome(live, "https://127.0.0.1/h")).toBe("made");
  });
});
