import { describe, expect, it } from "vitest";
import type { Provider } from "../../providers/kit/plug.js";
import { defineConfig, parseDeclarations } from "../../services/config/declare.js";
import { declaredSecret } from "../../services/config/declared.js";
import { formatDuration, parseDuration } from "../../services/duration.js";

const secret = { provider: "acme/key", config: {}, admin: "admin/acme", every: "1d" };
const declare = (over: Record<string, unknown>) => ({
  installation: "abcdefgh",
  secrets: { "app/key": { ...secret, ...over } },
});

const provider: Provider = {
  contract: 1,
  origin: "minted",
  id: "acme/key",
  module: "",
  endpoint: "https://api.acme.example",
  fields: ["apiKey", "keyId"],
  facts: { settleSeconds: 5, deathSeconds: 60 },
  handleOf: undefined,
  checkConfig: () => Promise.resolve(),
  connect: () => Promise.reject(new Error("not in this test")),
};
const hourLong: Provider = { ...provider, facts: { ...provider.facts, lifetimeSeconds: 3600 } };
const read = (over: Record<string, unknown>, from = provider) =>
  declaredSecret(parseDeclarations(declare(over)), "app/key", from);

describe("declarations", () => {
  it("pass through unchanged, so that keyturn.json is what keyturn.config.ts says", () => {
    const input = { installation: "abcdefgh", secrets: { "app/key": secret } };
    expect(defineConfig(input)).toEqual(input);
  });

  it.each<[string, unknown, RegExp]>([
    ["nothing", undefined, /whole/],
    ["an extra field", declare({ intervall: "1d" }), /intervall/],
    ["a wrong duration", declare({ every: "1 day" }), /every.*45m/],
    ["a wrong provider id", declare({ provider: "acme" }), /<vendor>\/<kind>/],
    ["http to the world", declare({ endpoint: "http://api.acme.example" }), /https/],
    ["an endpoint with credentials", declare({ endpoint: "https://me:it@api.acme.example" }), /https/],
    ["an upper-case installation", { installation: "ABCDEFGH", secrets: {} }, /installation/],
    ["a secret name AWS refuses", { installation: "abcdefgh", secrets: { "a b": secret } }, /a b|secrets/],
  ])("refuse %s", (_, input, found) => {
    expect(() => parseDeclarations(input)).toThrow(
      expect.objectContaining({ code: "declaration_invalid", message: expect.stringMatching(found) }),
    );
  });

  it.each(["http://127.0.0.1:4567", "http://localhost:1", "http://[::1]:2", "https://ghe.example/api/v3/"])(
    "take the endpoint %s",
    (endpoint) => {
      expect(read({ endpoint }).endpoint).toBe(endpoint.replace(/\/$/, ""));
    },
  );

  it("fill in defaults: vendor's endpoint, names of fields, overlap", () => {
    expect(read({ fields: { apiKey: "ACME_KEY" } })).toMatchObject({
      endpoint: provider.endpoint,
      fields: { apiKey: "ACME_KEY", keyId: "keyId" },
      everySeconds: 86_400,
      overlapSeconds: 65 * 60,
    });
    expect(read({ every: "45m" }).overlapSeconds).toBe(35 * 60);
    expect(read({ every: "5m" }).overlapSeconds).toBe(0);
  });

  it.each<[string, Record<string, unknown>, Provider, RegExp]>([
    [
      "an overlap that meets the next rotation",
      { every: "1h", overlap: "59m" },
      provider,
      /Rotate less often than every 1h/,
    ],
    ["an interval longer than the key's life", { every: "1h" }, hourLong, /at least every 54m/],
    ["a daily rotation of an hourly key", { every: "1d" }, hourLong, /at least every 54m/],
    ["a field the provider does not have", { fields: { token: "T" } }, provider, /token.*apiKey, keyId/],
    ["one name for two fields", { fields: { apiKey: "keyId" } }, provider, /two fields/],
    ["the reserved name", { fields: { apiKey: "keyturn" } }, provider, /reserved/],
  ])("refuse %s and say what works", (_, over, from, message) => {
    expect(() => read(over, from)).toThrow(
      expect.objectContaining({ code: "declaration_invalid", message: expect.stringMatching(message) }),
    );
  });

  it("let an installation token rotate every 40 to 50 minutes", () => {
    for (const every of ["40m", "45m", "50m"])
      expect(read({ every }, hourLong).everySeconds).toBeGreaterThan(0);
  });

  it("tell an undeclared secret from one of another function", () => {
    const all = parseDeclarations(declare({}));
    expect(() => declaredSecret(all, "app/other", provider)).toThrow(/secret_undeclared.*app\/key/);
    expect(() => declaredSecret(all, "app/key", { ...provider, id: "acme/other" })).toThrow(
      /provider_not_here/,
    );
  });
});

describe("durations", () => {
  it.each([
    ["0s", 0],
    ["45m", 2700],
    ["1h30m", 5400],
    ["1d", 86_400],
    ["1d1s", 86_401],
  ])("%s is %d seconds", (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
    expect(formatDuration(seconds)).toBe(text);
  });

  it.each(["", "1", "h", "1.5h", "-1h", "1h ", "1w"])("%j is none", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});
