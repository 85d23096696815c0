import { describe, expect, it } from "vitest";
import { day, keysPath, refusal, serveFakeStripe, textAt } from "./fake-bench.js";

const bench = serveFakeStripe();
const { fake } = bench;
const creation = { type: "secret_key", permissions: ["customer_read"] };

describe("an idempotency key", () => {
  const slot = { "idempotency-key": "one" };

  it("gives a success again, as the key is by now, and runs a failure anew", async () => {
    const { send } = bench.customer();
    fake.set("keyLimit", 0);
    expect(await send(keysPath, "POST", creation, slot)).toMatchObject({ status: 400 });
    fake.set("keyLimit", 9);
    const first = await send(keysPath, "POST", creation, slot);
    const id = textAt(first.json, "id");
    expect((await send(keysPath, "POST", creation, slot)).json).toEqual(first.json);
    fake.ownerExpires(id);
    const again = await send(keysPath, "POST", creation, slot);
    expect(again).toMatchObject({ status: 200, json: { id, status: "expired" } });
    expect(fake.keys()).toHaveLength(1);
  });

  it("counts for one body, one path, one account and thirty days", async () => {
    const { send } = bench.customer();
    const first = await send(keysPath, "POST", creation, slot);
    const id = textAt(first.json, "id");
    const changed = await send(keysPath, "POST", { ...creation, note: "x" }, slot);
    expect(changed).toMatchObject(refusal(409, "idempotency_error"));
    expect(fake.keys()).toHaveLength(1);
    expect(await send(`${keysPath}/${id}/expire`, "POST", {}, slot)).toMatchObject({
      json: { status: "expired" },
    });
    expect(await send(`${keysPath}/${id}/expire`, "POST", {}, slot)).toMatchObject({
      json: { status: "expired" },
    });
    const other = await bench.customer().send(keysPath, "POST", { ...creation, note: "x" }, slot);
    expect(other).toMatchObject({ status: 200 });
    bench.advance(30 * day - 1);
    expect(await send(keysPath, "POST", creation, slot)).toMatchObject({ json: { id } });
    bench.advance(1);
    expect(textAt((await send(keysPath, "POST", creation, slot)).json, "id")).not.toBe(id);
  });

  it("holds when two requests come at once, and may have 255 characters", async () => {
    const { send } = bench.customer();
    const long = { "idempotency-key": "x".repeat(255) };
    const both = await Promise.all([1, 2].map(() => send(keysPath, "POST", creation, long)));
    expect(both[0]?.json).toEqual(both[1]?.json);
    const longer = { "idempotency-key": "x".repeat(256) };
    expect(await send(keysPath, "POST", creation, longer)).toMatchObject(refusal(400, "invalid_fields"));
    expect(fake.keys()).toHaveLength(1);
  });
});
