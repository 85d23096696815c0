import { describe, expect, it } from "vitest";
import webhookSecret from "../../../providers/stripe/webhook-secret.js";
import { everythingIn, failure, found, nothingBehind, request, start } from "./harness.js";
import { disable, list, others, path } from "./webhook-owner.js";

nothingBehind();

const provider = webhookSecret;
const conflict = { error: { message: "no", type: "idempotency_error" } };

describe("mint", () => {
  it("counts, and sends one form with the declared config, label and nonce", async () => {
    const { connection, served, admission, now } = await start({ provider });
    const wanted = request(now());
    const key = await connection.make(wanted);

    const [counted, sent, ...more] = served.requests;
    expect(more).toEqual([]);
    expect(`${counted?.method} ${counted?.path}`).toBe(list);
    expect(`${sent?.method} ${sent?.path}`).toBe(`POST ${path}`);
    for (const one of [counted, sent]) {
      expect(one?.headers).toMatchObject({
        authorization: `Bearer ${admission.admin["apiKey"]}`,
        "stripe-version": "2026-10-28.endive",
      });
      expect(one?.headers).not.toHaveProperty("stripe-context");
      expect(one?.headers).not.toHaveProperty("x-stripe-client-telemetry");
    }
    expect(sent?.headers).toMatchObject({
      "content-type": "application/x-www-form-urlencoded",
      "idempotency-key": `${wanted.idempotencyKey}-0`,
    });
    expect(Object.fromEntries(new URLSearchParams(sent?.body))).toEqual({
      url: admission.config["url"],
      "enabled_events[0]": "charge.succeeded",
      "enabled_events[1]": "customer.created",
      description: "Made by Keyturn",
      "metadata[keyturn]": wanted.label,
      "metadata[nonce]": wanted.nonce,
    });
    expect(key.handle).toMatch(/^we_/);
    expect(key).not.toHaveProperty("expiresAt");
    expect(key.fields["signingSecret"]?.reveal()).toMatch(/^whsec_/);
    expect(everythingIn(key)).not.toContain("whsec_");
  });

  it("sends version and kind of events where they are declared", async () => {
    const { connectWith, served, admission, now } = await start({ provider });
    const apiVersion = "2026-10-28.endive";
    for (const connect of [true, false]) {
      const config = { ...admission.config, apiVersion, connect };
      await (await connectWith({ config })).make(request(now()));
      const sent = Object.fromEntries(new URLSearchParams(served.requests.at(-1)?.body));
      expect(sent).toMatchObject({ api_version: apiVersion, connect: String(connect) });
    }
  });

  it("works in live mode alike", async () => {
    const { connection, now } = await start({ provider, set: { mode: "live" } });
    expect(await connection.verify(await connection.make(request(now())))).toBe("accepted");
  });

  it.each([undefined, null, "", 5])("fails on an answer without the secret: %j", async (secret) => {
    const { connection, served, now } = await start({ provider });
    const body = { object: "webhook_endpoint", id: "we_1", status: "enabled", secret };
    served.answer(({ method }) => (method === "POST" ? { status: 200, body } : undefined));
    expect(await failure(connection.make(request(now())))).toMatchObject({ code: "unexpected" });
  });

  it("makes nothing once the account holds as many as declared, disabled ones counted, and tells whose they are", async () => {
    const started = await start({ provider, set: { endpointLimit: 100 } });
    const { connection, connectWith, admission, fake, sent, now } = started;
    const mine = [await connection.make(request(now())), await connection.make(request(now()))];
    await disable(started, mine[0]?.handle ?? "");
    await others(started, 14);
    sent();
    const error = await failure(connection.make(request(now())));
    expect(error).toMatchObject({ code: "quota_reached", retryable: false });
    expect(error.message).toMatch(/fewer than 16 .*found 16, of which 2 were made by Keyturn/);
    expect(sent()).toEqual([list]);
    expect(fake.keys()).toHaveLength(16);

    const raised = await connectWith({ config: { ...admission.config, maxEndpoints: 17 } });
    await raised.make(request(now()));
    expect(await failure(raised.make(request(now())))).toMatchObject({ code: "quota_reached" });
  });

  it("says what to look at when Stripe itself refuses: an address, an event, or its own cap", async () => {
    const started = await start({ provider, set: { endpointLimit: 0 } });
    const error = await failure(started.connection.make(request(started.now())));
    expect(error).toMatchObject({ code: "config_invalid" });
    expect(error.message).toMatch(/`url`, `enabledEvents` or `apiVersion`.*cap/);
  });
});

describe("mint and Stripe's idempotency keys", () => {
  /** The same mint, as another process tries it. */
  const again = (wanted: ReturnType<typeof request>, nonce = "another") => ({ ...wanted, nonce });

  it("make one endpoint when two runs have both seen room", async () => {
    const { lent, connection, fake, now } = await start({ provider });
    const wanted = request(now());
    let first: unknown;
    const slow = await provider.connect({
      ...lent,
      fetch: async (input, init) => {
        if (new Request(input, init).method === "POST") first ??= await connection.make(again(wanted));
        return lent.fetch(input, init);
      },
    });
    const error = await failure(slow.make(wanted));
    expect(error).toMatchObject({ code: "unavailable", retryable: true });
    expect(error.message).toContain("another run of this rotation");
    expect(first).toMatchObject({ handle: fake.keys()[0]?.handle });
    expect(fake.keys()).toHaveLength(1);
  });

  it("are passed over where they are spent: by an orphan that was swept since, a 500, or Stripe's cap", async () => {
    const { connection, fake, sent, now } = await start({ provider });
    const current = await connection.make(request(now()));
    const wanted = request(now());
    fake.set("webhookCreation", "500 after commit");
    expect(await failure(connection.make(wanted))).toMatchObject({ code: "unavailable" });
    fake.set("webhookCreation", "works");
    expect(await failure(connection.make(again(wanted)))).toMatchObject({ code: "unavailable" });
    const [orphan, ...more] = await found(connection);
    expect([orphan?.label, more]).toMatchObject([wanted.label, [{ handle: current.handle }]]);
    await connection.retire({ handle: orphan?.handle ?? "", fields: {} });

    fake.set("webhookCreation", "500 before commit");
    expect(await failure(connection.make(again(wanted, "b")))).toMatchObject({ code: "unavailable" });
    fake.set("webhookCreation", "works");
    fake.set("endpointLimit", 0);
    expect(await failure(connection.make(again(wanted, "c")))).toMatchObject({ code: "config_invalid" });
    fake.set("endpointLimit", 16);
    sent();
    const key = await connection.make(again(wanted, "d"));
    expect(sent()).toEqual([list, ...[1, 2, 3].flatMap(() => [`POST ${path}`, list]), `POST ${path}`]);
    const both = [{ handle: key.handle, label: wanted.label }, { handle: current.handle }];
    expect(await found(connection)).toMatchObject(both);
    expect(await failure(connection.make(again(wanted, "e")))).toMatchObject({ code: "unavailable" });
    expect(await found(connection)).toMatchObject(both);
  });

  it("are not taken for spent while what they made is listed, disabled too", async () => {
    const started = await start({ provider });
    const { connection, sent, now } = started;
    const wanted = request(now());
    const key = await connection.make(wanted);
    await connection.make(request(now()));
    await disable(started, key.handle);
    sent();
    expect(await failure(connection.make(again(wanted)))).toMatchObject({ code: "unavailable" });
    expect(sent()).toEqual([list, `POST ${path}`, list]);
  });

  it("number twenty at most in one mint, each another one", async () => {
    const { connection, served, now } = await start({ provider });
    served.answer(({ method }) => (method === "POST" ? { status: 400, body: conflict } : undefined));
    const wanted = request(now());
    const error = await failure(connection.make(wanted));
    expect(error).toMatchObject({ code: "unavailable" });
    expect(error.message).toMatch(/20 tries .*after a day/);
    const posts = served.requests.filter(({ method }) => method === "POST");
    expect(posts.map(({ headers }) => headers["idempotency-key"])).toEqual(
      Array.from({ length: 20 }, (_, n) => `${wanted.idempotencyKey}-${n}`),
    );
    expect(new Set(posts.map(({ body }) => body)).size).toBe(1);
  });

  it("let nothing pass that is still being made", async () => {
    const { connection, served, sent, now } = await start({ provider });
    served.answer(({ method }) => (method === "POST" ? { status: 409, body: conflict } : undefined));
    expect(await failure(connection.make(request(now())))).toMatchObject({ code: "unavailable" });
    expect(sent()).toEqual([list, `POST ${path}`]);
  });
});

describe("config and credential", () => {
  const config = { url: "https://example.com/hooks", enabledEvents: ["charge.succeeded"] };
  const known = { ...config, apiVersion: "", connect: true, maxEndpoints: 1 };

  it.each([
    {},
    { url: "https://example.com:8443/a/b?c=d" },
    { url: "http://127.0.0.1:3000/" },
    { url: "http://localhost" },
    { url: "http://[::1]:1/h" },
    { enabledEvents: ["*"] },
    { enabledEvents: ["charge.succeeded", "v1.billing.meter.error_report_triggered"] },
    { apiVersion: "2026-10-28.endive" },
    { apiVersion: "2020-08-27" },
    { connect: false },
    { maxEndpoints: 100 },
  ])("takes %j", async (part) => {
    await provider.checkConfig({ ...config, ...part });
  });

  it.each([
    { url: undefined },
    { url: "example.com" },
    { url: "http://example.com" },
    { url: "http://127.0.0.1.example.com" },
    { url: "https://user:pass@example.com" },
    { url: "https://example.com/#a" },
    { url: "ftp://localhost" },
    { enabledEvents: undefined },
    { enabledEvents: [] },
    { enabledEvents: ["charge"] },
    { enabledEvents: ["Charge.Succeeded"] },
    { enabledEvents: ["charge.*"] },
    { enabledEvents: ["*", "charge.succeeded"] },
    { enabledEvents: ["charge.succeeded", "charge.succeeded"] },
    { enabledEvents: "*" },
    { apiVersion: "latest" },
    { connect: "true" },
    { maxEndpoints: 1 },
    { maxEndpoints: 16.5 },
    { disabled: true },
    { metadata: {} },
  ])("refuses %j", async (part) => {
    const error = await failure(provider.checkConfig({ ...config, ...part }));
    expect(error.code).toBe("config_invalid");
    const [name = ""] = Object.keys(part);
    expect(error.message).toContain(name in known ? name : "no others than");
  });

  it.each([{}, { apiKey: "" }, { apiKey: "two words" }, { apiKey: "x", more: 1 }, { appKey: "x" }, "text"])(
    "refuses an admin secret like %j before any request",
    async (admin) => {
      const { connectWith, served } = await start({ provider });
      expect(await failure(connectWith({ admin }))).toMatchObject({ code: "admin_rejected" });
      expect(served.requests).toEqual([]);
    },
  );
});
