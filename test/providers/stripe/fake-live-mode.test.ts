import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { compactDecrypt, decodeProtectedHeader } from "jose";
import { describe, expect, it } from "vitest";
import { keysPath, preview, refusal, serveFakeStripe, textAt, valueAt } from "./fake-bench.js";

const bench = serveFakeStripe();
const { fake } = bench;

const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pem = (key: KeyObject, type: "spki" | "pkcs1" = "spki") =>
  key.export({ type, format: "pem" }).toString();
const sent = (data: string, algorithm = "rsa") => ({ id: "attempt-1", pem_key: { algorithm, data } });
const public_key = sent(pem(publicKey));
const creation = { type: "secret_key", permissions: ["customer_read"], public_key };

async function opened(json: unknown): Promise<string> {
  const jwe = textAt(json, "secret_key.encrypted_secret.ciphertext");
  // Not the generated key itself, which jose would export as a JWK: see newRecipient.
  const { plaintext } = await compactDecrypt(
    jwe,
    createPrivateKey(privateKey.export({ type: "pkcs8", format: "pem" })),
  );
  return new TextDecoder().decode(plaintext);
}
const status = async (token: string) => (await bench.ask("/v1/customers", { token })).status;

describe("live mode", () => {
  it("gives the secret once, encrypted for the key that was sent", async () => {
    fake.set("mode", "live");
    const { send, make, appKey } = bench.customer();
    expect(appKey).toMatch(/^sk_live_/);
    const { id, json } = await make(creation);
    expect(json).toMatchObject({
      livemode: true,
      secret_key: {
        token: null,
        secret_token_redacted: expect.stringMatching(/^rk_live_\.\.\.\w{4}$/),
        encrypted_secret: { format: "jwe_compact", recipient_key_id: "attempt-1" },
      },
    });
    const jwe = textAt(json, "secret_key.encrypted_secret.ciphertext");
    expect(decodeProtectedHeader(jwe)).toEqual({ alg: "RSA-OAEP-256", enc: "A256GCM" });
    const token = await opened(json);
    expect(token).toMatch(/^rk_live_51\w{97}$/);
    expect(await status(token)).toBe(200);

    const shown = [
      await send(`${keysPath}/${id}`),
      await send(`${keysPath}/${id}`, "POST", { note: "x" }),
      await send(keysPath),
      await send(`${keysPath}/${id}/expire`, "POST"),
    ];
    for (const answer of shown) {
      const object = Array.isArray(valueAt(answer.json, "data"))
        ? valueAt(answer.json, "data.0")
        : answer.json;
      expect(object).toMatchObject({ id, secret_key: { token: null, encrypted_secret: null } });
      expect(JSON.stringify(answer.json)).not.toContain(token);
    }
    expect(fake.keys()).toMatchObject([{ handle: id, retired: true }]);
  });

  it("makes an unrestricted key without permissions", async () => {
    fake.set("mode", "live");
    const { json } = await bench.customer().make({ permissions: undefined, public_key });
    expect(await opened(json)).toMatch(/^sk_live_/);
  });

  it.each(["RSA-OAEP", "RSA-OAEP-512"])("encrypts with %s when told so", async (alg) => {
    fake.set("mode", "live");
    fake.set("jweAlg", alg);
    const { json } = await bench.customer().make(creation);
    const jwe = textAt(json, "secret_key.encrypted_secret.ciphertext");
    expect(decodeProtectedHeader(jwe)).toEqual({ alg, enc: "A256GCM" });
    expect(await status(await opened(json))).toBe(200);
  });

  it("takes a public key as Stripe asks for it, and no other", async () => {
    fake.set("mode", "live");
    const { send, make } = bench.customer();
    const oneLine = pem(publicKey).replace(/(?<!-)\n(?!-)/g, "");
    for (const given of [
      sent(oneLine),
      sent(pem(publicKey), "RSA"),
      sent(pem(publicKey, "pkcs1")),
      { pem_key: public_key.pem_key },
    ]) {
      const { json } = await make({ public_key: given });
      expect(await status(await opened(json))).toBe(200);
      const id = "id" in given ? "attempt-1" : null;
      expect(valueAt(json, "secret_key.encrypted_secret.recipient_key_id")).toBe(id);
    }
    const small = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey;
    const curve = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey;
    const wrong = [
      ...[
        undefined,
        {},
        "x",
        sent(""),
        sent("x"),
        sent(pem(small)),
        sent(pem(curve)),
        sent(pem(publicKey), "ec"),
      ],
      ...[
        sent(pem(publicKey).replace("-\n", "-")),
        sent(pem(publicKey).replace("\n-", "-")),
        sent(pem(publicKey).replace(/MII/, "AAA")),
      ],
      ...[sent(privateKey.export({ type: "pkcs8", format: "pem" }).toString()), { ...public_key, colour: 1 }],
    ];
    const before = fake.keys().length;
    const { id } = await make({ public_key });
    for (const given of wrong) {
      const fields = { ...creation, public_key: given };
      expect(await send(keysPath, "POST", fields)).toMatchObject(refusal(400, "invalid_fields"));
      const body = given === undefined ? {} : { public_key: given };
      expect(await send(`${keysPath}/${id}/rotate`, "POST", body)).toMatchObject(
        refusal(400, "invalid_fields"),
      );
    }
    expect(fake.keys()).toHaveLength(before + 1);
  });

  it("rotates to a key whose secret is encrypted too", async () => {
    fake.set("mode", "live");
    const { send, make } = bench.customer();
    const old = await make(creation);
    const made = await send(`${keysPath}/${old.id}/rotate`, "POST", { public_key });
    expect(await status(await opened(old.json))).toBe(401);
    expect(await status(await opened(made.json))).toBe(200);
    expect(valueAt(made.json, "secret_key.encrypted_secret.recipient_key_id")).toBe("attempt-1");
  });

  it.each([true, false])("repeats the secret in an idempotent replay: %s", async (repeats) => {
    fake.set("mode", "live");
    fake.set("replayRepeatsSecret", repeats);
    const { send } = bench.customer();
    const create = () => send(keysPath, "POST", creation, { "idempotency-key": "one" });
    const [first, again] = [await create(), await create()];
    const secret = valueAt(first.json, "secret_key.encrypted_secret");
    expect(secret).not.toBeNull();
    expect(valueAt(again.json, "secret_key.encrypted_secret")).toEqual(repeats ? secret : null);
    expect(textAt(again.json, "id")).toBe(textAt(first.json, "id"));
    expect(fake.keys()).toHaveLength(1);
    const changed = { ...creation, public_key: { ...public_key, id: "attempt-2" } };
    const conflict = await send(keysPath, "POST", changed, { "idempotency-key": "one" });
    expect(conflict).toMatchObject(refusal(409, "idempotency_error"));
  });
});

describe("test mode", () => {
  it("needs no public key, looks at one all the same, and sends plain text", async () => {
    const { send, make } = bench.customer();
    const { json } = await make(creation);
    expect(json).toMatchObject({
      secret_key: { token: expect.stringMatching(/^rk_test_/), encrypted_secret: null },
    });
    const fields = { ...creation, public_key: sent("x") };
    expect(await send(keysPath, "POST", fields)).toMatchObject(refusal(400, "invalid_fields"));
  });
});

it("an App key of one mode neither sees nor names keys of the other", async () => {
  const test = bench.customer();
  const { id, token } = await test.make();
  fake.set("mode", "live");
  const { appKey } = bench.customer();
  const slot = { "idempotency-key": "one" };
  const headers = { ...preview, "stripe-context": test.account, ...slot };
  const live = (path: string, method = "GET", body?: unknown) =>
    bench.ask(path, { token: appKey, method, headers, body });
  const mismatch = refusal(400, "api_key_livemode_mismatch");
  expect(await live(`${keysPath}/${id}`)).toMatchObject(mismatch);
  for (const rest of ["", "/expire", "/rotate"]) {
    expect(await live(`${keysPath}/${id}${rest}`, "POST", {})).toMatchObject(mismatch);
  }
  expect(await live(keysPath)).toMatchObject({ status: 200, json: { data: [] } });
  expect(await test.send(keysPath)).toMatchObject({ json: { data: [{ id }] } });
  // One idempotency key in both modes is two.
  const made = await test.send(keysPath, "POST", creation, slot);
  expect(made).toMatchObject({ status: 200, json: { livemode: false } });
  expect(await live(keysPath, "POST", creation)).toMatchObject({ status: 200, json: { livemode: true } });
  expect(await status(token)).toBe(200);
});
