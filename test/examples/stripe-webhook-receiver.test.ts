import type { Server } from "node:http";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import Stripe from "stripe";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createReceiver, type ReceiverOptions } from "../../examples/stripe-webhook-receiver.js";
import { createFakeStripe, type FakeStripe } from "../../providers/stripe/fake/fake.js";
import webhookSecret from "../../providers/stripe/webhook-secret.js";
import { sandboxCredentials, sandboxRegion } from "../../services/sandbox/seed.js";
import { type Bench, startBench } from "../rotation/bench.js";
import { stage } from "../rotation/staged.js";

type Sent = Pick<ReturnType<FakeStripe["deliveries"]>[number], "body" | "headers">;

let bench: Bench & { close(): Promise<void> };
let fake: FakeStripe;
let aws: SecretsManagerClient;
let account = "";
let receiver: Server;
/** Ids of the events that were handled, in order. */
let handled: string[] = [];

beforeAll(async () => {
  const stripe = (lent: { now: () => Date }) => {
    fake = createFakeStripe(lent);
    return fake;
  };
  bench = await startBench({ providers: [webhookSecret], requestTimeoutMs: 10_000 }, { stripe });
  const { SecretString = "" } = await bench.aws.getSecretValue({ SecretId: bench.webhook.declaration.admin });
  account = fake.accountOf(JSON.parse(SecretString).apiKey);
  const endpoint = bench.sandbox.urls.aws;
  aws = new SecretsManagerClient({
    ...{ endpoint, region: sandboxRegion, credentials: sandboxCredentials, maxAttempts: 1 },
  });
});
afterAll(async () => {
  aws.destroy();
  await bench.close();
});

const now = () => bench.sandbox.timeline.now().getTime();
const pass = (seconds: number) => bench.sandbox.timeline.advance(seconds * 1000);

async function open(options: Partial<ReceiverOptions> = {}): Promise<void> {
  handled = [];
  const handle = async ({ id }: Stripe.Event) => {
    handled.push(id);
  };
  receiver = createReceiver({ aws, secret: bench.webhook.name, handle, now, ...options });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
}
async function close(): Promise<void> {
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
}
async function reopen(options: Partial<ReceiverOptions>): Promise<void> {
  await close();
  await open(options);
}
beforeEach(() => open());
afterEach(async () => {
  bench.sandbox.faults.clear();
  await close();
});

async function deliver({ body, headers }: Sent, method = "POST"): Promise<number> {
  const address = receiver.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const sent = method === "POST" ? { body } : {};
  const answer = await fetch(`http://127.0.0.1:${port}/`, { method, headers, ...sent });
  expect(await answer.text()).toBe("");
  return answer.status;
}

let events = 0;
/** What Stripe sends because of one event more: by endpoint, the older one first. */
function happens(): readonly Sent[] {
  events += 1;
  return [...fake.deliveries(account, { id: `evt_${events}`, type: "charge.succeeded" })].reverse();
}
const id = () => `evt_${events}`;

/** A request that anyone who has a secret can make. */
function signedWith(secret: string, more: object = {}): Sent {
  events += 1;
  const payload = JSON.stringify({ id: id(), object: "event", type: "charge.succeeded", ...more });
  const timestamp = Math.floor(now() / 1000);
  return {
    body: payload,
    headers: { "Stripe-Signature": Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp }) },
  };
}
const secretOf = async (label: string) => String((await bench.value(bench.webhook, label))["signingSecret"]);

/** How often the receiver has read each label since the journal's entry `from`. */
function reads(from: number): number {
  const { name } = bench.webhook;
  return bench.sandbox.journal
    .since(from)
    .filter(
      (entry) => entry.kind === "request" && entry.operation === "GetSecretValue" && entry.secret === name,
    ).length;
}

describe("a receiver whose signing secret is rotated", () => {
  it("handles every event once, and refuses a secret after its end", async () => {
    const expected: string[] = [];
    const [first = ""] = [await secretOf("AWSCURRENT")];
    const refused: Sent[] = [];
    /** Sends what Stripe would, and keeps what was refused for the next time. */
    const event = async (statuses: readonly number[]) => {
      const sent = happens();
      expected.push(id());
      const answers: number[] = [];
      for (const one of sent) {
        const status = await deliver(one);
        answers.push(status);
        if (status !== 200) refused.push(one);
      }
      expect(answers).toEqual(statuses);
    };
    await event([200]);
    expect(bench.handles(bench.webhook, "live")).toHaveLength(1);

    for (let round = 1; round <= 2; round++) {
      await bench.pastOverlap(bench.webhook);
      const rotation = await stage(bench, bench.webhook);
      await event(round === 1 ? [200] : [200, 200]);
      await rotation.run("createSecret");
      // The new endpoint hears of events before its secret is current: refused, to come again; its twin is handled.
      await event([200, 400]);
      await pass(1);
      for (const step of ["setSecret", "testSecret", "finishSecret"] as const) await rotation.run(step);
      await pass(10);
      await event([200, 200]);
      for (const one of refused.splice(0)) expect(await deliver(one)).toBe(200);
      expect(bench.handles(bench.webhook, "live")).toHaveLength(2);
    }
    expect(handled).toEqual(expected);
    expect(await deliver(signedWith(first))).toBe(400);
    expect(await deliver(signedWith(await secretOf("AWSPREVIOUS")))).toBe(200);
    expect(await deliver(signedWith(await secretOf("AWSCURRENT")))).toBe(200);
  });

  it("refuses an ended secret after five minutes even when nothing else comes", async () => {
    const oldest = await secretOf("AWSPREVIOUS");
    expect(await deliver(signedWith(oldest))).toBe(200);
    await bench.pastOverlap(bench.webhook);
    await deliver(signedWith(oldest));
    expect((await bench.rotate(bench.webhook)).outcome).toBe("succeeded");
    expect(await deliver(signedWith(oldest))).toBe(200);
    await pass(300);
    expect(await deliver(signedWith(oldest))).toBe(400);
  });
});

describe("a receiver", () => {
  it("waits with an event's twin for the first, and lets it come again when that fails", async () => {
    let fail: (reason: Error) => void = () => undefined;
    const failing = new Promise<void>((_, reject) => {
      fail = reject;
    });
    const given: string[] = [];
    await reopen({
      handle: async (event) => {
        given.push(event.id);
        if (given.length === 2) await failing;
      },
    });
    // With the secrets read, a request that has come whole is looked at without further ado.
    await deliver(signedWith(await secretOf("AWSCURRENT")));
    const [one, two] = happens();
    if (!one || !two) throw new TypeError("two endpoints stand");
    const whole = new Promise<void>((resolve) => {
      let ended = 0;
      receiver.on("request", (request) => request.on("end", () => ++ended === 2 && resolve()));
    });
    const both = Promise.all([deliver(one), deliver(two)]);
    await whole;
    await new Promise((resolve) => setImmediate(resolve));
    expect(given.slice(1)).toEqual([id()]);
    fail(new Error("the database is down"));
    expect(await both).toEqual([500, 500]);
    expect([await deliver(two), await deliver(one)]).toEqual([200, 200]);
    expect(given.slice(1)).toEqual([id(), id()]);
  });

  it("forgets the oldest events, and no others", async () => {
    await reopen({ remember: 2 });
    const sent = [happens(), happens(), happens()].map(([one = { body: "", headers: {} }]) => one);
    for (const one of sent) await deliver(one);
    const before = handled.length;
    for (const one of [...sent.slice(1), ...sent.slice(0, 1)]) await deliver(one);
    expect([before, handled.length]).toEqual([3, 4]);
  });

  it("says nothing of why it refuses, and reads the secrets once in ten seconds for it", async () => {
    const [good = { body: "", headers: {} }] = happens();
    const altered = { ...good, body: good.body.replace("charge", "refund") };
    const reformatted = { ...good, body: JSON.stringify(JSON.parse(good.body)) };
    const long = signedWith(await secretOf("AWSCURRENT"), { data: "x".repeat(2 * 1024 * 1024) });
    const bad = [altered, reformatted, long, { ...good, headers: {} }, signedWith("none")];
    expect(await deliver(good)).toBe(200);
    const from = bench.sandbox.journal.last;
    for (let n = 0; n < 3; n++) {
      for (const one of bad) expect(await deliver(one)).toBe(400);
      expect(await deliver(good, "GET")).toBe(400);
    }
    expect(reads(from)).toBe(0);
    await pass(10);
    for (const one of [...bad, ...bad]) await deliver(one);
    expect(reads(from)).toBe(2);
    await pass(291);
    // Five minutes and a second after it was signed.
    expect(await deliver(good)).toBe(400);
    expect(handled).toHaveLength(1);
  });

  it("asks for the event again while it has no secret, and goes on with the old ones when AWS is down", async () => {
    const service = "secretsmanager";
    const down = { service, operation: "GetSecretValue", times: "always", fault: { kind: "refuse" } };
    bench.sandbox.faults.add(down);
    const [one = { body: "", headers: {} }] = happens();
    expect(await deliver(one)).toBe(500);
    bench.sandbox.faults.clear();
    await pass(10);
    expect(await deliver(one)).toBe(200);
    bench.sandbox.faults.add(down);
    await pass(300);
    const [another = { body: "", headers: {} }] = happens();
    expect(await deliver(another)).toBe(200);
  });

  it("has none while the secret holds the placeholder, or under another name", async () => {
    const name = "app/empty";
    await bench.aws.createSecret({ Name: name, SecretString: '{"keyturn":{"v":1}}' });
    for (const options of [{ secret: name }, { field: "STRIPE_SIGNING_SECRET" }]) {
      await reopen(options);
      const [one = { body: "", headers: {} }] = happens();
      expect(await deliver(one)).toBe(500);
    }
    await bench.aws.putSecretValue({
      SecretId: name,
      SecretString: JSON.stringify({ STRIPE_SIGNING_SECRET: await secretOf("AWSCURRENT") }),
    });
    await reopen({ secret: name, field: "STRIPE_SIGNING_SECRET" });
    expect(await deliver(signedWith(await secretOf("AWSCURRENT")))).toBe(200);
  });

  it("needs no previous secret", async () => {
    const secret = "app/first";
    const signingSecret = await secretOf("AWSCURRENT");
    await bench.aws.createSecret({ Name: secret, SecretString: JSON.stringify({ signingSecret }) });
    await reopen({ secret });
    expect(await deliver(signedWith(signingSecret))).toBe(200);
  });
});
