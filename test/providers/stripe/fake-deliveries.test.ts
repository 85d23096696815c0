import { createServer } from "node:http";
import Stripe from "stripe";
import { describe, expect, it } from "vitest";
import { day, serveFakeStripe, textAt } from "./fake-bench.js";

const bench = serveFakeStripe();
const wanted: Stripe.WebhookEndpointCreateParams = {
  url: "https://example.com/hooks",
  enabled_events: ["charge.succeeded"],
};

describe("deliveries", () => {
  /** What a receiver got over HTTP, and what the stripe package says of it under a secret. */
  async function received(deliveries: ReturnType<typeof bench.fake.deliveries>) {
    const got: { body: string; signature: string; type: string | undefined }[] = [];
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(Buffer.from(chunk));
      const body = Buffer.concat(chunks).toString("utf8");
      got.push({
        body,
        signature: String(request.headers["stripe-signature"]),
        type: request.headers["content-type"],
      });
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    for (const { body, headers } of deliveries) {
      await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body, headers });
    }
    await new Promise((resolve) => server.close(resolve));
    return got;
  }

  const event = { type: "charge.succeeded" };
  const verify = (body: string, signature: string, secret = "") =>
    Stripe.webhooks.constructEvent(body, signature, secret, 300, undefined, bench.now().getTime());

  it("are one for each enabled endpoint that hears of the event, each signed with its own secret", async () => {
    const { stripe, account } = bench.merchant();
    const events: Stripe.WebhookEndpointCreateParams.EnabledEvent[][] = [
      ["charge.succeeded"],
      ["customer.created", "charge.succeeded"],
      ["*"],
      ["customer.created"],
    ];
    const made = [];
    for (const enabled_events of events) {
      made.unshift(await stripe.webhookEndpoints.create({ ...wanted, enabled_events }));
    }
    await stripe.webhookEndpoints.create({ ...wanted, connect: true });
    const off = await stripe.webhookEndpoints.create(wanted);
    await stripe.webhookEndpoints.update(off.id, { disabled: true });
    const gone = await stripe.webhookEndpoints.create(wanted);
    await stripe.webhookEndpoints.del(gone.id);
    await bench.merchant().stripe.webhookEndpoints.create(wanted);

    const hearing = made.slice(1);
    const deliveries = bench.fake.deliveries(account, { ...event, data: { object: { id: "ch_1" } } });
    expect(deliveries.map(({ endpoint, url }) => [endpoint, url])).toEqual(
      hearing.map(({ id, url }) => [id, url]),
    );
    const got = await received(deliveries);
    const ids = new Set<string>();
    for (const [index, { body, signature, type }] of got.entries()) {
      expect(type).toMatch(/^application\/json/);
      for (const { id, secret } of [...made, off, gone]) {
        if (id === hearing[index]?.id) {
          const read = verify(body, signature, secret);
          expect(read).toMatchObject({ ...event, object: "event", livemode: false, pending_webhooks: 3 });
          expect(read.data.object).toEqual({ id: "ch_1" });
          ids.add(read.id);
        } else {
          expect(() => verify(body, signature, secret)).toThrow(
            Stripe.errors.StripeSignatureVerificationError,
          );
        }
      }
    }
    expect(got).toHaveLength(3);
    expect(ids.size).toBe(1);
    expect([...ids][0]).toMatch(/^evt_\w+$/);
  });

  it("are signed at the clock's time, and age by it", async () => {
    const { stripe, account } = bench.merchant();
    const { secret } = await stripe.webhookEndpoints.create(wanted);
    bench.advance(30 * day);
    const [delivery] = bench.fake.deliveries(account, { ...event, id: "evt_given" });
    const signature = delivery?.headers["Stripe-Signature"] ?? "";
    expect(signature).toMatch(new RegExp(`^t=${bench.now().getTime() / 1000},v1=[0-9a-f]{64}$`));
    expect(verify(delivery?.body ?? "", signature, secret).id).toBe("evt_given");
    expect(() => verify(`${delivery?.body} `, signature, secret)).toThrow();
    bench.advance(301);
    expect(() => verify(delivery?.body ?? "", signature, secret)).toThrow(/tolerance/);
  });

  it("are of one mode, and of an account that exists", async () => {
    const { stripe, account } = bench.merchant();
    await stripe.webhookEndpoints.create(wanted);
    bench.fake.set("mode", "live");
    const live = bench.client(bench.fake.ownerMakesKey(account));
    const { id } = await live.webhookEndpoints.create({ ...wanted, api_version: "2026-10-28.endive" });
    expect(bench.fake.deliveries(account, event)).toHaveLength(1);
    const [delivery, ...rest] = bench.fake.deliveries(account, { ...event, livemode: true });
    expect([delivery?.endpoint, rest]).toEqual([id, []]);
    const body: unknown = JSON.parse(delivery?.body ?? "");
    expect(body).toMatchObject({ livemode: true, api_version: "2026-10-28.endive" });
    expect(textAt(body, "type")).toBe(event.type);
    expect(() => bench.fake.deliveries("acct_none", event)).toThrow(RangeError);
  });
});
