import { describe, expect, it } from "vitest";
import { keysPath, refusal, serveFakeStripe, textAt, valueAt } from "./fake-bench.js";

const bench = serveFakeStripe();
const { fake } = bench;

describe("rotate", () => {
  const properties = {
    name: "a",
    note: "b",
    permissions: ["charge_read"],
    connect_permissions: ["plan_read"],
  };
  const works = async (token: string) => (await bench.ask("/v1/charges", { token })).status;

  it.each([{}, { expire_current_key_in_minutes: 0 }, undefined])(
    "without grace (%j) ends the old key at once and forgets its id",
    async (body) => {
      const { send, make } = bench.customer();
      const old = await make(properties);
      const made = await send(`${keysPath}/${old.id}/rotate`, "POST", body);
      expect(made).toMatchObject({ status: 200, json: { ...properties, status: "active" } });
      const fresh = { id: textAt(made.json, "id"), token: textAt(made.json, "secret_key.token") };
      expect(fresh.id).not.toBe(old.id);
      expect(fresh.token).not.toBe(old.token);
      expect([await works(old.token), await works(fresh.token)]).toEqual([401, 200]);
      for (const [method, rest] of [
        ["GET", ""],
        ["POST", ""],
        ["POST", "/expire"],
        ["POST", "/rotate"],
      ]) {
        expect(await send(`${keysPath}/${old.id}${rest}`, method)).toMatchObject(refusal(404, "not_found"));
      }
      const all = await send(`${keysPath}?include_expired=true`);
      expect(all).toMatchObject({ json: { data: [{ id: fresh.id }] } });
      expect(valueAt(all.json, "data")).toHaveLength(1);
      expect(fake.keys()).toMatchObject([
        { handle: old.id, live: false, retired: true },
        { handle: fresh.id, live: true, retired: false },
      ]);
    },
  );

  it.each([1, 60, 10_080])("with %d minutes of grace lets the old key work until then", async (minutes) => {
    const { send, make } = bench.customer();
    const old = await make(properties);
    const body = { expire_current_key_in_minutes: minutes };
    const made = await send(`${keysPath}/${old.id}/rotate`, "POST", body);
    const token = textAt(made.json, "secret_key.token");
    const end = new Date(bench.now().getTime() + minutes * 60_000).toISOString();
    expect(await send(`${keysPath}/${old.id}`)).toMatchObject({
      json: { status: "active", expires_at: end },
    });
    expect(valueAt(made.json, "expires_at")).toBeNull();
    const again = await send(`${keysPath}/${old.id}/rotate`, "POST", body);
    expect(again).toMatchObject(refusal(400, "api_key_already_rotated"));
    bench.advance(minutes * 60 - 1);
    expect([await works(old.token), await works(token)]).toEqual([200, 200]);
    bench.advance(1);
    expect([await works(old.token), await works(token)]).toEqual([401, 200]);
    expect(await send(`${keysPath}/${old.id}`)).toMatchObject({ json: { status: "expired" } });
    const late = await send(`${keysPath}/${old.id}/rotate`, "POST", body);
    expect(late).toMatchObject(refusal(400, "api_key_already_rotated"));
    expect(fake.keys()).toHaveLength(2);
  });

  it("keeps the end a key was made with: the new key has it, and grace does not put it off", async () => {
    const { send, make } = bench.customer();
    const expires_at = new Date(bench.now().getTime() + 60_000).toISOString();
    const { id } = await make({ expires_at });
    const made = await send(`${keysPath}/${id}/rotate`, "POST", { expire_current_key_in_minutes: 60 });
    expect(made).toMatchObject({ json: { expires_at } });
    expect(await send(`${keysPath}/${id}`)).toMatchObject({ json: { expires_at } });
  });

  it("can be cut short by expire, and the new key be rotated in turn", async () => {
    const { send, make } = bench.customer();
    const old = await make();
    const made = await send(`${keysPath}/${old.id}/rotate`, "POST", { expire_current_key_in_minutes: 60 });
    fake.set("deathSeconds", 0);
    await send(`${keysPath}/${old.id}/expire`, "POST");
    expect(await bench.ask("/v1/customers", { token: old.token })).toMatchObject({ status: 401 });
    const next = await send(`${keysPath}/${textAt(made.json, "id")}/rotate`, "POST", {});
    expect(next).toMatchObject({ status: 200 });
  });

  it("takes whole minutes of a week at most, and nothing unknown", async () => {
    const { send, make } = bench.customer();
    const { id } = await make();
    for (const minutes of [-1, 1.5, 10_081, "60", null]) {
      const answer = await send(`${keysPath}/${id}/rotate`, "POST", {
        expire_current_key_in_minutes: minutes,
      });
      expect([minutes, answer]).toMatchObject([minutes, refusal(400, "invalid_fields")]);
    }
    expect(await send(`${keysPath}/${id}/rotate`, "POST", { name: "x" })).toMatchObject({ status: 400 });
    expect(await send(`${keysPath}/${id}/expire`, "POST", { name: "x" })).toMatchObject({ status: 400 });
    expect(fake.keys()).toMatchObject([{ live: true, retired: false }]);
  });

  it.each([0, 60])("with %d minutes of grace is done once under an idempotency key", async (minutes) => {
    const { send, make } = bench.customer();
    const { id } = await make();
    const body = { expire_current_key_in_minutes: minutes };
    const rotate = () => send(`${keysPath}/${id}/rotate`, "POST", body, { "idempotency-key": "r" });
    const [first, again] = [await rotate(), await rotate()];
    expect([first.status, again.json]).toEqual([200, first.json]);
    expect(fake.keys()).toHaveLength(2);
  });
});
