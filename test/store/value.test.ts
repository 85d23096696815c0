import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Secret } from "../../providers/kit/secret.js";
import {
  formatValue,
  type KeyRecord,
  parseValue,
  type StoredValue,
  sameKey,
} from "../../services/store/value.js";

const reader = { secret: "app/key", versionId: "v1", provider: "acme/key", fields: { apiKey: "ACME_KEY" } };
const canary = randomBytes(12).toString("hex");
const record: Omit<KeyRecord, "v" | "handle" | "sum" | "fields"> = {
  provider: "acme/key",
  config: { account: "a" },
  label: "keyturn:x",
  createdAt: "2026-01-01T00:00:00.000Z",
};
const read = (value: unknown, from = reader): StoredValue =>
  parseValue(new Secret(typeof value === "string" ? value : JSON.stringify(value)), from);
const write = (handle: string, apiKey: string, names = reader.fields) =>
  formatValue({ handle, fields: { apiKey: new Secret(apiKey) } }, record, names, {
    region: "eu",
    nested: { a: 1 },
  });

describe("a stored value", () => {
  it("comes back as it was written, under the application's names, with its own fields kept", () => {
    const stored = parseValue(write("h1", canary), reader);
    expect(stored).toMatchObject({ kind: "key", extras: { region: "eu", nested: { a: 1 } }, record });
    expect(stored.kind === "key" && stored.key.fields["apiKey"]?.reveal()).toBe(canary);
    expect(JSON.parse(write("h1", canary).reveal())).toHaveProperty("ACME_KEY", canary);
  });

  it("is intact as long as record and key belong together, whatever else is edited", () => {
    const bend = (change: Record<string, unknown>) =>
      read({ ...JSON.parse(write("h1", canary).reveal()), ...change });
    expect(bend({ region: "us" })).toMatchObject({ kind: "key", intact: true });
    expect(bend({ ACME_KEY: `${canary}x` })).toMatchObject({ kind: "key", intact: false });
    const { keyturn } = JSON.parse(write("h2", canary).reveal());
    expect(bend({ keyturn: { ...keyturn, handle: "h1" } })).toMatchObject({ kind: "key", intact: false });
    expect(bend({ keyturn: { ...keyturn, label: "keyturn:y" } })).toMatchObject({
      kind: "key",
      intact: false,
    });
  });

  it("is read by the names it was written with, after the declaration renamed them", () => {
    const stored = parseValue(write("h1", canary), { ...reader, fields: { apiKey: "NEW_NAME" } });
    expect(stored.kind === "key" && stored.key.fields["apiKey"]?.reveal()).toBe(canary);
    expect(stored.extras).not.toHaveProperty("ACME_KEY");
  });

  it.each<[string, unknown, StoredValue["kind"]]>([
    ["the placeholder", { keyturn: { v: 1 } }, "placeholder"],
    ["the placeholder with the application's fields", { keyturn: { v: 1 }, region: "eu" }, "placeholder"],
    ["a key someone brought along", { ACME_KEY: canary }, "brought"],
    ["the same with an empty record", { ACME_KEY: canary, keyturn: { v: 1 } }, "brought"],
  ])("%s is told from a key of ours", (_, value, kind) => {
    expect(read(value).kind).toBe(kind);
  });

  it.each<[string, unknown, string]>([
    ["text that is not JSON", `${canary}{`, "value_invalid"],
    ["a JSON list", [canary], "value_invalid"],
    ["a JSON string", JSON.stringify(canary), "value_invalid"],
    ["nothing we know", { OTHER: canary }, "value_invalid"],
    [
      "an empty field",
      { ACME_KEY: "", keyturn: { v: 1, ...record, sum: "s", handle: "h" } },
      "value_invalid",
    ],
    ["a field that is no text", { ACME_KEY: { canary } }, "value_invalid"],
    ["a record without a format", { ACME_KEY: canary, keyturn: {} }, "value_invalid"],
    ["a record that is no object", { ACME_KEY: canary, keyturn: canary }, "value_invalid"],
    ["a format that never was", { ACME_KEY: canary, keyturn: { v: 0 } }, "value_invalid"],
    [
      "a newer format",
      { ACME_KEY: canary, keyturn: { v: 2, ...record, sum: "s", handle: "h" } },
      "value_newer",
    ],
    [
      "an extra field in the record",
      { ACME_KEY: canary, keyturn: { v: 1, ...record, sum: "s", handle: "h", x: canary } },
      "value_invalid",
    ],
    [
      "a record without a handle",
      { ACME_KEY: canary, keyturn: { v: 1, ...record, sum: "s" } },
      "value_invalid",
    ],
    [
      "another provider's key",
      { ACME_KEY: canary, keyturn: { v: 1, ...record, sum: "s", handle: "h", provider: "evil/key" } },
      "provider_mismatch",
    ],
  ])("%s is refused, and nothing of it shown", (_, value, code) => {
    try {
      read(value);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code });
      expect(String(error)).not.toContain(canary);
    }
  });
});

describe("sameKey", () => {
  const stored = (handle: string, apiKey: string) => parseValue(write(handle, apiKey), reader);
  it.each<[string, StoredValue, StoredValue, boolean]>([
    ["the same handle", stored("h1", "a"), stored("h1", "b"), true],
    [
      "another handle over the same value, as a rewritten record has it",
      stored("h1", "a"),
      stored("h2", "a"),
      true,
    ],
    ["another key", stored("h1", "a"), stored("h2", "b"), false],
    ["a brought-along copy", stored("h1", "a"), read({ ACME_KEY: "a" }), true],
    [
      "two brought-along keys, neither with a handle",
      read({ ACME_KEY: "a" }),
      read({ ACME_KEY: "b" }),
      false,
    ],
    ["placeholders", read({ keyturn: { v: 1 } }), read({ keyturn: { v: 1 } }), false],
  ])("%s", (_, a, b, expected) => {
    expect(sameKey(a, b)).toBe(expected);
    expect(sameKey(b, a)).toBe(expected);
  });
});
