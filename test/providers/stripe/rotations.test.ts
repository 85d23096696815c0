import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { createFakeStripe, type FakeStripe } from "../../../providers/stripe/fake/fake.js";
import restrictedKey from "../../../providers/stripe/restricted-key.js";
import webhookSecret from "../../../providers/stripe/webhook-secret.js";
import { type Bench, mostLive, openBench } from "../../rotation/bench.js";
import { turns } from "../../rotation/refusal.js";

/** A bench of one provider at a Stripe with these settings. */
async function open(provider: typeof webhookSecret, settings: Readonly<Record<string, unknown>> = {}) {
  const fakes: FakeStripe[] = [];
  const stripe = (lent: { now: () => Date }) => {
    const fake = createFakeStripe(lent);
    for (const [name, value] of Object.entries(settings)) fake.set(name, value);
    fakes.push(fake);
    return fake;
  };
  return openBench({ providers: [provider], requestTimeoutMs: 10_000 }, { stripe });
}

const succeeded = { outcome: "succeeded", errors: [] };
async function rotated(bench: Bench, kind: "stripe" | "webhook", retrySeconds = 0) {
  await bench.pastOverlap(bench[kind]);
  const { outcome, errors, vendor } = await bench.rotate(bench[kind], retrySeconds);
  return { outcome, errors, vendor };
}

describe("stripe/restricted-key in live mode", () => {
  it("rotates: two keys at most, each opened with a key pair that is kept nowhere", async () => {
    const bench = await open(restrictedKey, { mode: "live" });
    const tokens = new Set<string>();
    for (let round = 1; round <= 2; round++) {
      expect(await rotated(bench, "stripe")).toMatchObject(succeeded);
      const value = await bench.value(bench.stripe, "AWSCURRENT");
      expect(value).toMatchObject({ apiKey: expect.stringMatching(/^rk_live_/) });
      tokens.add(String(value["apiKey"]));
      expect(JSON.stringify(value)).not.toMatch(/PRIVATE|PUBLIC|eyJ/);
    }
    expect(tokens.size).toBe(2);
    expect(mostLive(bench)).toBe(2);
    expect(bench.log.join("\n")).not.toMatch(/[rs]k_live|PRIVATE|PUBLIC|eyJ/);
  });

  it("makes no key that it cannot open, and ends what Stripe has made of the try", async () => {
    const bench = await open(restrictedKey, { mode: "live" });
    const before = await bench.value(bench.stripe, "AWSCURRENT");
    bench.sandbox.vendors.stripe.set("jweAlg", "RSA-OAEP-512");
    const { errors } = await rotated(bench, "stripe");
    expect(errors).toMatchObject([{ step: "createSecret", name: "unexpected" }]);
    expect(bench.handles(bench.stripe, "not retired")).toHaveLength(2);
    bench.sandbox.vendors.stripe.set("jweAlg", "RSA-OAEP-256");
    await turns(bench, bench.stripe);
    expect(await bench.value(bench.stripe, "AWSPREVIOUS")).toEqual(before);
    expect(bench.handles(bench.stripe, "not retired")).toHaveLength(2);
    expect(mostLive(bench)).toBe(2);
  });
});

describe("stripe/webhook-secret", () => {
  it("rotates: two endpoints at most, and the log says what a verdict rests on", async () => {
    const bench = await open(webhookSecret);
    for (let round = 1; round <= 3; round++) expect(await rotated(bench, "webhook")).toMatchObject(succeeded);
    expect(bench.handles(bench.webhook, "live")).toHaveLength(2);
    expect(mostLive(bench)).toBe(2);
    const lines = bench.log.map((line): unknown => JSON.parse(line));
    expect(lines).toContainEqual(expect.objectContaining({ event: "key_accepted", proof: "listed" }));
    expect(lines).toContainEqual(expect.objectContaining({ event: "key_refused", proof: "listed" }));
    expect(bench.log.join("\n")).not.toMatch(/whsec_|[rs]k_test_/);
  });

  it("ends the endpoint of a creation that Stripe answered with 500, and makes another under the same token", async () => {
    const bench = await open(webhookSecret);
    await rotated(bench, "webhook");
    await bench.pastOverlap(bench.webhook);
    bench.sandbox.vendors.stripe.set("webhookCreation", "500 after commit");
    const { token, errors } = await bench.rotate(bench.webhook);
    expect(errors).toMatchObject([{ step: "createSecret", name: "unavailable" }]);
    const orphaned = bench.handles(bench.webhook, "live");
    expect(orphaned).toHaveLength(2);
    bench.sandbox.vendors.stripe.set("webhookCreation", "works");
    await bench.sandbox.timeline.advance(600_000);
    expect((await bench.labels(bench.webhook))[token]).toContain("AWSCURRENT");
    const living = bench.handles(bench.webhook, "live");
    expect(living).toHaveLength(2);
    expect(living).not.toEqual(orphaned);
    expect(mostLive(bench)).toBe(2);
  });

  it("changes nothing at the account's cap, and goes on once there is room", async () => {
    const bench = await open(webhookSecret);
    await rotated(bench, "webhook");
    const current = await bench.value(bench.webhook, "AWSCURRENT");
    const { SecretString = "" } = await bench.aws.getSecretValue({
      SecretId: bench.webhook.declaration.admin,
    });
    const others: string[] = [];
    const ask = async (method: string, path: string, body?: string) => {
      const answer = await fetch(`${bench.sandbox.urls.stripe}/v1/webhook_endpoints${path}`, {
        method,
        headers: {
          authorization: `Bearer ${JSON.parse(SecretString).apiKey}`,
          "content-type": "application/x-www-form-urlencoded",
        },
        ...(body === undefined ? {} : { body }),
      });
      const json: unknown = await answer.json();
      return z.looseObject({ id: z.string() }).parse(json).id;
    };
    bench.sandbox.vendors.stripe.set("endpointLimit", 17);
    // With both of ours seventeen: the previous one is ended before another is made.
    for (let n = 0; n < 15; n++)
      others.push(await ask("POST", "", "url=https://example.com&enabled_events[]=*"));
    bench.sandbox.secretsManager.set("retries", 0);
    const { errors } = await rotated(bench, "webhook");
    expect(errors).toMatchObject([{ step: "createSecret", name: "quota_reached" }]);
    expect(await bench.value(bench.webhook, "AWSCURRENT")).toEqual(current);
    expect(bench.handles(bench.webhook, "live")).toContain(current.keyturn.handle);
    await ask("DELETE", `/${others[0]}`);
    await turns(bench, bench.webhook);
    expect(bench.handles(bench.webhook, "live")).toEqual(expect.arrayContaining(others.slice(1)));
  });
});
