import { describe, expect, it } from "vitest";
import { Secret } from "../../../providers/kit/secret.js";
import restrictedKey from "../../../providers/stripe/restricted-key.js";
import { day, everythingIn, failure, found, request, start } from "./harness.js";

const verify = "GET /v1/customers?limit=1";

describe("mint", () => {
  it("sends one request with label, nonce, permissions and an end, as the App for the account", async () => {
    const { connection, served, admission, now } = await start();
    const wanted = request(now());
    const key = await connection.make(wanted);

    expect(served.requests).toHaveLength(1);
    const [{ method, path, headers, body } = { method: "", path: "", headers: {}, body: "" }] =
      served.requests;
    expect(`${method} ${path}`).toBe("POST /v2/iam/api_keys");
    expect(headers).toMatchObject({
      authorization: `Bearer ${admission.admin["appKey"]}`,
      "content-type": "application/json",
      "idempotency-key": wanted.idempotencyKey,
      "stripe-context": admission.config["account"],
      "stripe-version": "2026-09-30.preview",
    });
    expect(headers).not.toHaveProperty("x-stripe-client-telemetry");
    expect(JSON.parse(body)).toEqual({
      type: "secret_key",
      name: wanted.label,
      note: expect.stringContaining(wanted.nonce),
      permissions: admission.config["permissions"],
      expires_at: wanted.expiresAt.toISOString(),
    });
    expect(key.handle).toMatch(/^mk_/);
    expect(key.expiresAt).toEqual(wanted.expiresAt);
    expect(key.fields["apiKey"]?.reveal()).toMatch(/^rk_test_/);
    expect(everythingIn(key)).not.toContain(key.fields["apiKey"]?.reveal());
  });

  it("is one key however often one process sends it, and a conflict for another process", async () => {
    const { connection, fake, now } = await start();
    const wanted = request(now());
    const [first, again] = [await connection.make(wanted), await connection.make(wanted)];
    expect(again.handle).toBe(first.handle);

    const other = await failure(connection.make({ ...wanted, nonce: "another" }));
    expect(other).toMatchObject({ code: "unavailable", retryable: true });
    expect(other.message).toContain("idempotency_error");
    expect(fake.keys()).toHaveLength(1);
  });

  it("takes explicit nulls and absent fields alike", async () => {
    const { connection, served, now } = await start();
    const secret_key = { token: "t0ken" };
    const absent = { object: "v2.iam.api_key", id: "mk_absent", secret_key };
    served.answer(() => ({ status: 200, body: absent }));
    expect(await connection.make(request(now()))).not.toHaveProperty("expiresAt");
    served.answer(() => ({ status: 200, body: { ...absent, expires_at: null, name: null } }));
    expect(await connection.make(request(now()))).not.toHaveProperty("expiresAt");
  });

  it.each([null, undefined, { token: null }, {}, { token: "" }, { encrypted_secret: { ciphertext: "c" } }])(
    "fails on an answer without the key itself: %j",
    async (secret_key) => {
      const { connection, served, now } = await start();
      const body = { object: "v2.iam.api_key", id: "mk_1", livemode: true, secret_key };
      served.answer(() => ({ status: 200, body }));
      expect(await failure(connection.make(request(now())))).toMatchObject({ code: "unexpected" });
    },
  );
});

describe("verify", () => {
  it("asks as the key itself, without the App's context", async () => {
    const { connection, served, now } = await start();
    const key = await connection.make(request(now()));
    expect(await connection.verify(key)).toBe("accepted");
    const last = served.requests.at(-1);
    expect(`${last?.method} ${last?.path}`).toBe(verify);
    expect(last?.headers["authorization"]).toBe(`Bearer ${key.fields["apiKey"]?.reveal()}`);
    expect(last?.headers).not.toHaveProperty("stripe-context");
  });

  it("accepts a key that lacks the permission, and rejects an unknown one", async () => {
    const { connectWith, admission, now } = await start();
    const config = { ...admission.config, permissions: ["charge_read"] };
    const connection = await connectWith({ config });
    const key = await connection.make(request(now()));
    expect(await connection.verify(key)).toBe("accepted");
    const unknown = { handle: "mk_none", fields: { apiKey: new Secret("rk_unknown") } };
    expect(await connection.verify(unknown)).toBe("rejected");
  });

  it("sees the delay of a new key, a slow death, and a key's own end", async () => {
    const { connection, fake, advance, now } = await start();
    fake.set("settleSeconds", 5);
    const key = await connection.make(request(now()));
    expect(await connection.verify(key)).toBe("rejected");
    advance(5);
    expect(await connection.verify(key)).toBe("accepted");

    fake.set("deathSeconds", 300);
    await connection.retire(key);
    advance(299);
    expect(await connection.verify(key)).toBe("accepted");
    advance(1);
    expect(await connection.verify(key)).toBe("rejected");

    fake.set("settleSeconds", 0);
    const forgotten = await connection.make(request(now()));
    advance(day / 1000);
    expect(await connection.verify(forgotten)).toBe("rejected");
  });

  it.each([{}, { apiKey: new Secret("") }, { apiKey: new Secret("a b\n") }])(
    "sends nothing without a usable value: %j",
    async (fields) => {
      const { connection, served } = await start();
      const error = await failure(connection.verify({ handle: "mk_1", fields }));
      expect(error.code).toBe("config_invalid");
      expect(served.requests).toEqual([]);
    },
  );
});

describe("retire", () => {
  it("records the time, ends the key by its id, and succeeds again", async () => {
    const { connection, sent, fake, advance, now } = await start();
    const key = await connection.make(request(now()));
    const at = now();
    sent();
    await connection.retire({ handle: key.handle, fields: {} });
    const path = `/v2/iam/api_keys/${key.handle}`;
    expect(sent()).toEqual([`POST ${path}`, `POST ${path}/expire`]);
    expect(fake.keys()).toMatchObject([{ handle: key.handle, live: true, retired: true }]);

    advance(100);
    await connection.retire(key);
    expect(sent()).toEqual([`POST ${path}`]);
    expect(await found(connection)).toMatchObject([{ state: "ended", endedAt: at }]);
  });

  it("succeeds for a key that is not there, and touches nothing of another account", async () => {
    const { connection, connectWith, fake, now } = await start();
    const key = await connection.make(request(now()));
    const elsewhere = await connectWith(fake.admit("stripe/restricted-key"));
    await elsewhere.retire(key);
    await elsewhere.retire({ handle: "mk_none", fields: {} });
    expect(fake.keys()).toMatchObject([{ retired: false }]);
  });

  it("succeeds when the owner was quicker, between our two requests too", async () => {
    const { connection, served, fake, now } = await start();
    const [one, two] = [await connection.make(request(now())), await connection.make(request(now()))];
    fake.ownerExpires(one.handle);
    await connection.retire(one);
    served.answer(({ path }) => {
      if (path.endsWith("/expire")) fake.ownerExpires(two.handle);
      return undefined;
    });
    await connection.retire(two);
    expect(fake.keys().every((key) => key.retired)).toBe(true);
  });

  it("takes the key's permissions first, so that it can do nothing long before it is dead", async () => {
    const { connection, fake, served, advance, ask, now } = await start({ set: { deathSeconds: 300 } });
    const key = await connection.make(request(now()));
    const token = key.fields["apiKey"]?.reveal() ?? "";
    const asked = async (path: string) => (await ask(path, { token })).status;
    expect(await asked("/v1/charges")).toBe(200);
    served.requests.splice(0);
    await connection.retire(key);
    expect(JSON.parse(served.requests[0]?.body ?? "")).toEqual({
      note: `keyturn retired ${now().toISOString()}`,
      permissions: ["plan_read"],
    });
    advance(1);
    expect([await asked("/v1/charges"), await asked("/v1/customers"), await asked("/v1/plans")]).toEqual([
      ...[403, 403, 200],
    ]);
    expect(await connection.verify(key)).toBe("accepted");
    advance(299);
    expect(await connection.verify(key)).toBe("rejected");
    expect(fake.keys()).toMatchObject([{ live: false, retired: true }]);
  });

  it("writes the note alone where Stripe refuses the narrowing, and ends the key", async () => {
    const { connection, served, sent, fake, now } = await start();
    const key = await connection.make(request(now()));
    sent();
    const error = { message: "no", code: "api_key_permissions_invalid" };
    served.answer(({ body }) =>
      body.includes("permissions") ? { status: 400, body: { error } } : undefined,
    );
    await connection.retire(key);
    const path = `/v2/iam/api_keys/${key.handle}`;
    expect(sent()).toEqual([`POST ${path}`, `POST ${path}`, `POST ${path}/expire`]);
    expect(fake.keys()).toMatchObject([{ retired: true }]);
    expect(await found(connection)).toMatchObject([{ state: "ended", endedAt: now() }]);
  });

  it("does it all again after it failed half-way, and the later time counts", async () => {
    const { connection, served, advance, ask, now } = await start({ set: { deathSeconds: "never" } });
    const key = await connection.make(request(now()));
    served.answer(({ path }) => (path.endsWith("/expire") ? "drop" : undefined));
    expect(await failure(connection.retire(key))).toMatchObject({ code: "unavailable" });
    served.answer(undefined);
    expect(await found(connection)).toMatchObject([{ state: "active" }]);
    advance(100);
    await connection.retire(key);
    expect(await found(connection)).toMatchObject([{ state: "ended", endedAt: now() }]);
    const token = key.fields["apiKey"]?.reveal() ?? "";
    expect((await ask("/v1/customers", { token })).status).toBe(403);
  });

  it("ends the key though Stripe refuses every note for good, and not when a retry may write it", async () => {
    const { connection, served, fake, now } = await start();
    const key = await connection.make(request(now()));
    let status = 503;
    served.answer(({ path }) => {
      const error = { message: "no", code: "some_code" };
      return path.endsWith(key.handle) ? { status, body: { error } } : undefined;
    });
    expect(await failure(connection.retire(key))).toMatchObject({ code: "unavailable" });
    expect(fake.keys()).toMatchObject([{ retired: false }]);
    status = 400;
    await connection.retire(key);
    expect(fake.keys()).toMatchObject([{ retired: true }]);
    expect(await found(connection)).toEqual([
      {
        ...{ handle: key.handle, label: expect.any(String), createdAt: now(), state: "ended" },
        isOther: expect.any(Function),
      },
    ]);
  });

  it.each([
    [{ message: "Unrecognized request URL", type: "invalid_request_error" }],
    [{ message: "", code: "not_found" }],
    [undefined],
  ])("does not take a 404 that is not about the key for success: %j", async (error) => {
    const { connection, served } = await start();
    served.answer(() => ({ status: 404, body: { error, message: "Not Found" } }));
    const outcome = failure(connection.retire({ handle: "mk_1", fields: {} }));
    expect(await outcome).toMatchObject({ code: "config_invalid" });
  });

  it.each(["", "..", "mk_1/expire", "mk_1?x", "a b"])("sends nothing for the handle %j", async (handle) => {
    const { connection, served } = await start();
    const error = await failure(connection.retire({ handle, fields: {} }));
    expect(error.code).toBe("config_invalid");
    expect(served.requests).toEqual([]);
  });
});

describe("config and credential", () => {
  it("knows its shape", async () => {
    const { admission } = await start();
    await restrictedKey.checkConfig(admission.config);
    const wrong: unknown[] = [
      undefined,
      {},
      { ...admission.config, account: "cus_1" },
      { ...admission.config, permissions: [] },
      { ...admission.config, permissions: ["charge_read", "charge_read"] },
      { ...admission.config, permissions: ["everything"] },
      { ...admission.config, livemode: true },
    ];
    for (const config of wrong) {
      const error = await failure(restrictedKey.checkConfig(config));
      expect(error.code).toBe("config_invalid");
    }
  });

  it.each([{}, { appKey: "" }, { appKey: "two words" }, { appKey: "x", more: 1 }, "text"])(
    "refuses an admin secret like %j before any request",
    async (admin) => {
      const { connectWith } = await start();
      expect(await failure(connectWith({ admin }))).toMatchObject({ code: "admin_rejected" });
    },
  );
});
