import { describe, expect, it, test } from "vitest";
import type { Provider } from "../../providers/kit/plug.js";
import {
  declarationsOf,
  defineConfig,
  environmentOf,
  parseDeclarations,
} from "../../services/config/declare.js";
import { declaredSecret } from "../../services/config/declared.js";
import { warningsOf } from "../../services/config/warnings.js";
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
    ["neither interval nor cron", declare({ every: undefined }), /every.*45m here, or cron/],
    ["interval and cron", declare({ cron: "0 3 * * ? *" }), /every.*45m here, or cron/],
    ["a wrong cron", declare({ every: undefined, cron: "0 25 * * ? *" }), /cron.*0 to 23.*hours/],
    ["an unknown time zone", declare({ timezone: "Mars/Base" }), /timezone.*Europe\/Berlin/],
    ["a wrong jitter", declare({ jitter: "ten" }), /jitter.*45m/],
    ["a window of half hours", declare({ notDuring: ["09:30-17:00"] }), /notDuring.*whole hours/],
    ["no window", declare({ notDuring: [] }), /notDuring/],
    ["an unknown leak policy", declare({ onReport: "wait" }), /onReport/],
    ["another word for it", declare({ whenNotReplaced: "kill" }), /whenNotReplaced/],
    ["an environment in capitals", { ...declare({}), environment: "Live" }, /environment.*a-z 0-9 -/],
    ["an environment too long", { ...declare({}), environment: "e".repeat(21) }, /environment/],
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
    expect(read({ every: "10m" }).overlapSeconds).toBe(0);
    expect(read({})).toMatchObject({
      ...{ environment: "default", scheduledTokens: true, onReport: "act", whenNotReplaced: "keep serving" },
      ...{ longestGapSeconds: 86_400, jitterSeconds: 0, keyLifeSeconds: 3.5 * 86_400 },
      timing: { expression: "rate(1 day)" },
    });
  });

  it("of a cron have its smallest and its largest gap, and keys that outlive the largest", () => {
    const cron = { every: undefined, cron: "0 9-17 ? * MON-FRI *", timezone: "Europe/Berlin" };
    expect(read({ ...cron, jitter: "5m", overlap: "30m" })).toMatchObject({
      ...{ everySeconds: 3600, longestGapSeconds: 65 * 3600, jitterSeconds: 300, overlapSeconds: 1800 },
      keyLifeSeconds: 2.5 * 65 * 3600 + 86_400,
    });
  });

  it("say what is to be done with a leak, and where the environment's schedules stand", () => {
    const input = parseDeclarations({
      ...{ ...declare({ onReport: "ask", whenNotReplaced: "kill anyway" }), environment: "live-1" },
      scheduledTokens: false,
    });
    const told = {
      environment: "live-1",
      scheduledTokens: false,
      onReport: "ask",
      whenNotReplaced: "kill anyway",
    };
    expect(declaredSecret(input, "app/key", provider)).toMatchObject(told);
    expect(environmentOf(input)).toBe("live-1");
    expect(environmentOf(parseDeclarations(declare({})))).toBe("default");
    // What is deployed with a function has them too.
    expect(declarationsOf("acme/key", input)).toEqual(input);
    expect(declarationsOf("acme/other", input)).toEqual({ ...input, secrets: {} });
  });

  it.each<[string, Record<string, unknown>, Provider, RegExp]>([
    [
      "an overlap that meets the next rotation",
      { every: "1h", overlap: "59m" },
      provider,
      /Every 1h30m works, or declare a shorter overlap/,
    ],
    ["an interval longer than the key's life", { every: "1h" }, hourLong, /at least every 54m/],
    ["a daily rotation of an hourly key", { every: "1d" }, hourLong, /at least every 54m/],
    ["a rotation more often than AWS advises", { every: "9m" }, provider, /one write.*Every 10m works/],
    [
      "windows that no expression can keep",
      { every: "45m", notDuring: ["09:00-17:00"] },
      provider,
      /app\/key: every 45m with notDuring.*Declare every 30m or every 1h/,
    ],
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

test("warnings name their secret, and what windows leave out beside their own", () => {
  const secrets = {
    "app/calm": secret,
    "app/often": { ...secret, every: "15m", overlap: "5m" },
    "app/office": { ...secret, every: "2h", notDuring: ["Mon-Fri 09:00-17:00"] },
    "app/foreign": { ...secret, provider: "acme/other", every: "15m" },
  };
  expect(warningsOf(parseDeclarations({ installation: "abcdefgh", secrets }), [provider])).toEqual([
    expect.stringMatching(/^app\/often: every 15m: two writes/),
    expect.stringMatching(/^app\/often: the previous key lives on for 5m/),
    expect.stringMatching(
      /^app\/office: cron\(0 0,2,4,6,8,18,20,22 \* \* \? \*\) also leaves out .*Mon-Fri 09:00-17:00/,
    ),
  ]);
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
