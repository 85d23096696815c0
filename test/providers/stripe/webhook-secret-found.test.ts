import { describe, expect, it } from "vitest";
import webhookSecret from "../../../providers/stripe/webhook-secret.js";
import { everythingIn, failure, found, nothingBehind, request, start } from "./harness.js";
import { disable, others, owner, path } from "./webhook-owner.js";

nothingBehind();

const provider = webhookSecret;

describe("verify", () => {
  it("asks for the endpoint's record, and says that it rests on that", async () => {
    const started = await start({ provider });
    const { connection, sent, now } = started;
    const key = await connection.make(request(now()));
    sent();
    expect(connection.proof).toBe("listed");
    expect(await connection.verify({ handle: key.handle, fields: {} })).toBe("accepted");
    expect(sent()).toEqual([`GET ${path}/${key.handle}`]);
    await disable(started, key.handle);
    expect(await connection.verify(key)).toBe("rejected");
    await owner(started, "DELETE", `${path}/${key.handle}`);
    expect(await connection.verify(key)).toBe("rejected");
    expect(await connection.verify({ handle: "we_none", fields: {} })).toBe("rejected");
  });

  it("knows nothing of another account's endpoints", async () => {
    const { connection, connectWith, fake, now } = await start({ provider });
    const elsewhere = await connectWith(fake.admit(provider.id));
    expect(await elsewhere.verify(await connection.make(request(now())))).toBe("rejected");
  });

  it("takes a status that nobody knows for none that delivers", async () => {
    const { connection, served } = await start({ provider });
    served.answer(() => ({
      status: 200,
      body: { object: "webhook_endpoint", id: "we_1", status: "paused" },
    }));
    expect(await connection.verify({ handle: "we_1", fields: {} })).toBe("rejected");
  });
});

describe("retire", () => {
  it("disables and deletes, and succeeds again", async () => {
    const { connection, sent, fake, now } = await start({ provider });
    const [other, key] = [await connection.make(request(now())), await connection.make(request(now()))];
    sent();
    await connection.retire({ handle: key.handle, fields: {} });
    expect(sent()).toEqual([`POST ${path}/${key.handle}`, `DELETE ${path}/${key.handle}`]);
    await connection.retire(key);
    expect(sent()).toEqual([`POST ${path}/${key.handle}`]);
    expect(fake.keys()).toMatchObject([
      { handle: other.handle, live: true, retired: false },
      { handle: key.handle, live: false, retired: true },
    ]);
  });

  it("has stopped deliveries even if it cannot delete, and is found until it could", async () => {
    const { connection, served, fake, admission, now } = await start({ provider });
    const account = fake.accountOf(String(admission.admin["apiKey"]));
    const key = await connection.make(request(now()));
    expect(fake.deliveries(account, { type: "charge.succeeded" })).toHaveLength(1);
    served.answer(({ method }) => (method === "DELETE" ? { status: 500 } : undefined));
    expect(await failure(connection.retire(key))).toMatchObject({ code: "unavailable" });
    expect(fake.deliveries(account, { type: "charge.succeeded" })).toEqual([]);
    expect(await connection.verify(key)).toBe("rejected");
    expect(await found(connection)).toMatchObject([{ handle: key.handle, state: "active" }]);
    served.answer(undefined);
    await connection.retire(key);
    expect(await found(connection)).toEqual([]);
  });

  it("succeeds when the owner was quicker, between our two requests too", async () => {
    const started = await start({ provider });
    const { connection, served, fake, now } = started;
    const [one, two] = [await connection.make(request(now())), await connection.make(request(now()))];
    await owner(started, "DELETE", `${path}/${one.handle}`);
    await connection.retire(one);
    let removed: Promise<void> | undefined;
    served.answer(({ method, path: at }) => {
      if (method === "DELETE") removed ??= owner(started, "DELETE", at);
      return undefined;
    });
    await connection.retire(two);
    await removed;
    expect(fake.keys().every(({ retired }) => retired)).toBe(true);
  });

  it("ends nothing of another account", async () => {
    const { connection, connectWith, fake, now } = await start({ provider });
    const key = await connection.make(request(now()));
    const elsewhere = await connectWith(fake.admit(provider.id));
    await elsewhere.retire(key);
    expect(fake.keys()).toMatchObject([{ live: true, retired: false }]);
  });

  it.each([
    [{ message: "Unrecognized request URL", type: "invalid_request_error" }],
    [{ message: "", code: "resource_missing" }],
    [undefined],
  ])("does not take a 404 that is not about the endpoint for its end: %j", async (error) => {
    const { connection, served, now } = await start({ provider });
    const key = await connection.make(request(now()));
    served.answer(() => ({ status: 404, body: { error, message: "Not Found" } }));
    expect(await failure(connection.retire(key))).toMatchObject({ code: "config_invalid" });
    expect(await failure(connection.verify(key))).toMatchObject({ code: "config_invalid" });
  });
});

describe("a handle that is none", () => {
  it.each(["", "..", "we_1/x", "we_1?x", "a b"])("sends nothing, and says what to do: %j", async (handle) => {
    const { connection, served } = await start({ provider });
    for (const asking of [
      () => connection.verify({ handle, fields: {} }),
      () => connection.retire({ handle, fields: {} }),
    ]) {
      const error = await failure(asking());
      expect(error.code).toBe("config_invalid");
      expect(error.message).toMatch(/brought along.*AWSPREVIOUS/);
    }
    expect(served.requests).toEqual([]);
  });
});

describe("find", () => {
  it.each([
    ["pages of ten", 10, [8, 7]],
    ["the pages of a hundred that it asks for", 100, [60, 60]],
  ])("walks %s, and returns ours alone, once each, without a secret", async (_, pageSize, between) => {
    const started = await start({ provider, set: { endpointLimit: 200, pageSize } });
    const { connection, served, admission, connectWith, advance, now } = started;
    const many = await connectWith({ config: { ...admission.config, maxEndpoints: 200 } });
    const wanted: unknown[] = [];
    for (const count of between) {
      await others(started, count);
      const asked = request(now());
      const { handle } = await many.make(asked);
      wanted.unshift({ handle, label: asked.label, createdAt: now(), state: "active" });
      advance(10);
    }
    served.requests.splice(0);
    const all = await found(connection);
    expect(all).toEqual(wanted);
    expect(served.requests).toHaveLength(2);
    expect(served.requests[1]?.path).toMatch(/^\/v1\/webhook_endpoints\?limit=100&starting_after=we_\w+$/);
    expect(everythingIn(all)).not.toContain("whsec_");
  });

  it("can be asked again when the page it was to go on from is gone", async () => {
    const started = await start({ provider, set: { pageSize: 2 } });
    const { connection, served, now } = started;
    for (let n = 0; n < 4; n++) await connection.make(request(now()));
    served.answer(({ query }) => {
      const gone = query.get("starting_after");
      if (gone !== null) void owner(started, "DELETE", `${path}/${gone}`);
      return undefined;
    });
    expect(await failure(found(connection))).toMatchObject({ code: "unavailable", retryable: true });
    const body = { error: { code: "resource_missing", type: "invalid_request_error", message: "no" } };
    served.answer(({ query }) => (query.has("starting_after") ? { status: 404, body } : undefined));
    expect(await failure(found(connection))).toMatchObject({ code: "unavailable", retryable: true });
    served.answer(undefined);
    expect(await found(connection)).toHaveLength(3);
  });

  const item = { object: "webhook_endpoint", id: "we_1", created: 1_700_000_000 };
  it("takes absent and null metadata alike, and knows a label by its beginning only", async () => {
    const { connection, served } = await start({ provider });
    for (const metadata of [
      undefined,
      null,
      {},
      { keyturn: "" },
      { keyturn: "Keyturn:a" },
      { other: "keyturn:a" },
    ]) {
      served.answer(() => ({
        status: 200,
        body: { object: "list", data: [{ ...item, metadata }], has_more: false },
      }));
      expect(await found(connection)).toEqual([]);
    }
    const metadata = { keyturn: "keyturn:abc", nonce: "n" };
    served.answer(() => ({
      status: 200,
      body: { object: "list", data: [{ ...item, metadata }], has_more: false },
    }));
    expect(await found(connection)).toEqual([
      { handle: "we_1", label: "keyturn:abc", createdAt: new Date("2023-11-14T22:13:20Z"), state: "active" },
    ]);
  });

  it.each([
    [{ data: [item], has_more: true }, 2],
    [{ data: [], has_more: true }, 1],
    [{ data: [item] }, 1],
    [{ data: [{ ...item, created: "2023-11-14" }], has_more: false }, 1],
    [{ data: [{ ...item, created: -1 }], has_more: false }, 1],
    [{ data: [{ ...item, id: "we_1/.." }], has_more: false }, 1],
    [{ data: [{ ...item, metadata: { keyturn: 5 } }], has_more: false }, 1],
    [{ data: null, has_more: false }, 1],
  ])("fails on a list that leads nowhere or has another shape: %j", async (body, requests) => {
    const { connection, served } = await start({ provider });
    served.answer(() => ({ status: 200, body: { object: "list", ...body } }));
    expect(await failure(found(connection))).toMatchObject({ code: "unexpected" });
    expect(served.requests).toHaveLength(requests);
  });
});
