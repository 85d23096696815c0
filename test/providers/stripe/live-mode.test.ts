import { CompactEncrypt, importSPKI } from "jose";
import { describe, expect, it } from "vitest";
import { newRecipient } from "../../../providers/stripe/sealed.js";
import { everythingIn, failure, found, nothingBehind, request, start } from "./harness.js";

nothingBehind();

const live = { mode: "live" };

describe("a restricted key in live mode", () => {
  it("is asked for with a public key of this one request, and read out of what is encrypted to it", async () => {
    const { connection, served, ask, now } = await start({ set: live });
    const keys = [await connection.make(request(now())), await connection.make(request(now()))];
    const sent = served.requests.map(({ body }) => JSON.parse(body)["public_key"]);
    for (const publicKey of sent) {
      expect(publicKey).toEqual({ pem_key: { algorithm: "rsa", data: expect.any(String) } });
      expect(publicKey.pem_key.data).toMatch(
        /^-----BEGIN PUBLIC KEY-----\n[\w+/=\n]+\n-----END PUBLIC KEY-----\n$/,
      );
    }
    expect(new Set(sent.map(({ pem_key }) => pem_key.data)).size).toBe(2);
    for (const { fields } of keys) {
      const token = fields["apiKey"]?.reveal() ?? "";
      expect(token).toMatch(/^rk_live_\w{90,}$/);
      expect((await ask("/v1/customers", { token })).status).toBe(200);
    }
    expect(everythingIn(keys)).not.toMatch(/rk_live|PRIVATE/);
    expect(everythingIn(served.requests.map(({ body }) => body))).not.toMatch(/PRIVATE/);
  });

  it("lives, is found and dies as in test mode, and its value is shown nowhere again", async () => {
    const { connection, advance, now } = await start({ set: { ...live, deathSeconds: 9 } });
    const wanted = request(now());
    const key = await connection.make(wanted);
    expect(key.expiresAt).toEqual(wanted.expiresAt);
    expect(await connection.verify(key)).toBe("accepted");
    expect(await found(connection)).toMatchObject([
      { handle: key.handle, label: wanted.label, state: "active" },
    ]);
    await connection.retire(key);
    expect(await found(connection)).toMatchObject([{ state: "ended", endedAt: now() }]);
    advance(9);
    expect(await connection.verify(key)).toBe("rejected");
    await connection.retire(key);
  });

  it("is made once: a second try has another public key, which is a conflict", async () => {
    const { connection, fake, now } = await start({ set: live });
    const wanted = request(now());
    await connection.make(wanted);
    expect(await failure(connection.make(wanted))).toMatchObject({ code: "unavailable", retryable: true });
    expect(fake.keys()).toHaveLength(1);
  });

  it("may be encrypted with RSA-OAEP, and with no other algorithm, which is named", async () => {
    const { connection, fake, now } = await start({ set: live });
    fake.set("jweAlg", "RSA-OAEP");
    expect(await connection.verify(await connection.make(request(now())))).toBe("accepted");
    fake.set("jweAlg", "RSA-OAEP-512");
    const wanted = request(now());
    const error = await failure(connection.make(wanted));
    expect(error).toMatchObject({ code: "unexpected", retryable: false });
    expect(error.message).toContain("RSA-OAEP-512");
    expect(everythingIn(error)).not.toMatch(/eyJ|rk_live|PRIVATE/);
    const orphan = (await found(connection)).find(({ label }) => label === wanted.label);
    await connection.retire({ handle: orphan?.handle ?? "", fields: {} });
    expect(fake.keys()).toMatchObject([{ retired: false }, { retired: true }]);
  });

  it("is not taken from an answer that holds nothing encrypted, though it holds a key in the open", async () => {
    const { connection, served, now } = await start({ set: live });
    for (const secret_key of [null, { token: "open" }, { token: "open", encrypted_secret: null }]) {
      served.answer(() => ({ status: 200, body: { object: "v2.iam.api_key", id: "mk_1", secret_key } }));
      expect(await failure(connection.make(request(now())))).toMatchObject({ code: "unexpected" });
    }
  });

  it("needs an account of the same mode", async () => {
    const test = await start();
    const key = await test.connection.make(request(test.now()));
    test.fake.set("mode", "live");
    const { admin } = test.fake.admit("stripe/restricted-key");
    const crossed = await test.connectWith({ admin });
    const error = await failure(crossed.retire(key));
    expect(error.code).toBe("config_invalid");
    expect(error.message).toContain("same mode");
    expect(test.fake.keys()).toMatchObject([{ retired: false }]);
  });
});

describe("what is encrypted", async () => {
  const recipient = await newRecipient();
  const { data } = recipient.publicKey.pem_key;
  const format = "jwe_compact";
  const text = (value: string) => new TextEncoder().encode(value);
  const token = "a-new-key";

  async function sealed(alg: string, enc: string, plaintext: string, more: object = {}): Promise<string> {
    const key = await importSPKI(data, alg);
    return new CompactEncrypt(text(plaintext)).setProtectedHeader({ alg, enc, ...more }).encrypt(key);
  }
  const headed = (header: unknown) =>
    `${Buffer.from(JSON.stringify(header)).toString("base64url")}.${"AAAA.".repeat(3)}AAAA`;

  it.each(["RSA-OAEP-256", "RSA-OAEP"])("is opened with %s and A256GCM", async (alg) => {
    const key = await recipient.open({ format, ciphertext: await sealed(alg, "A256GCM", token) });
    expect(key.reveal()).toBe(token);
  });

  it.each([
    ...["A128GCM", "A192GCM", "A128CBC-HS256", "A256CBC-HS512"].map((enc) => ["RSA-OAEP-256", enc] as const),
    ...["RSA-OAEP-384", "RSA-OAEP-512"].map((alg) => [alg, "A256GCM"] as const),
  ])("is refused with %s and %s, by name", async (alg, enc) => {
    const ciphertext = await sealed(alg, enc, token);
    const error = await failure(recipient.open({ format, ciphertext }));
    expect(error).toMatchObject({ code: "unexpected" });
    expect(error.message).toContain(`${alg} and ${enc}`);
    expect(error.message).not.toContain(ciphertext);
  });

  it.each([
    [{ alg: "RSA1_5", enc: "A256GCM" }, "RSA1_5 and A256GCM"],
    [{ alg: "dir", enc: "A256GCM" }, "dir and A256GCM"],
    [{ alg: "none", enc: "A256GCM" }, "none and A256GCM"],
    [{ alg: "rsa-oaep", enc: "A256GCM" }, "rsa-oaep and A256GCM"],
    [{ enc: "A256GCM" }, "of another name and A256GCM"],
    [{ alg: ["RSA-OAEP"], enc: "A256GCM" }, "of another name and A256GCM"],
    [{ alg: "x".repeat(21), enc: "a b" }, "of another name and of another name"],
    [{}, "of another name and of another name"],
  ])("is refused with the header %j", async (header, found) => {
    const error = await failure(recipient.open({ format, ciphertext: headed(header) }));
    expect(error).toMatchObject({ code: "unexpected" });
    expect(error.message).toContain(`the algorithms ${found}`);
  });

  it.each(["", "text", "a.b", "....", `${"é".repeat(9)}.a.b.c.d`, Buffer.from("{}").toString("base64")])(
    "is refused when it is no JWE: %j",
    async (ciphertext) => {
      expect(await failure(recipient.open({ format, ciphertext }))).toMatchObject({ code: "unexpected" });
    },
  );

  it("is refused in another format, by name", async () => {
    const ciphertext = await sealed("RSA-OAEP-256", "A256GCM", token);
    for (const [other, found] of [
      ["jwe_json", "the format jwe_json"],
      [`${token}\n`, "the format of another name"],
    ] as const) {
      const error = await failure(recipient.open({ format: other, ciphertext }));
      expect(error).toMatchObject({ code: "unexpected" });
      expect(error.message).toContain(found);
    }
  });

  it("is refused when it is for another key, altered, or holds no key", async () => {
    const ciphertext = await sealed("RSA-OAEP-256", "A256GCM", token);
    const parts = ciphertext.split(".");
    const other = await newRecipient();
    const opened = (one: string) => () => recipient.open({ format, ciphertext: one });
    const holding = (plaintext: string) => async () =>
      recipient.open({ format, ciphertext: await sealed("RSA-OAEP-256", "A256GCM", plaintext) });
    const cases: (() => Promise<unknown>)[] = [
      () => other.open({ format, ciphertext }),
      opened(headed({ alg: "RSA-OAEP", enc: "A256GCM" })),
      opened(parts.with(3, "AAAA").join(".")),
      opened(parts.with(4, "A".repeat(22)).join(".")),
      ...["", "two words", "line\n", "schlüssel"].map(holding),
    ];
    for (const opening of cases) {
      const error = await failure(opening());
      expect(error).toMatchObject({ code: "unexpected" });
      expect(error.message).toContain("does not open, or that holds no key");
      expect(everythingIn(error)).not.toMatch(new RegExp(`${token}|two words|PRIVATE|eyJ`));
    }
  });

  it("shows its private key to nobody", () => {
    expect(everythingIn(recipient)).not.toMatch(/PRIVATE|KeyObject/);
    expect(data).not.toContain("PRIVATE");
  });
});
