/**
 * Receives Stripe's webhooks while their signing secret is rotated by `stripe/webhook-secret`.
 *
 *     npx tsx examples/stripe-webhook-receiver.ts <name of the rotated secret> [port]
 *
 * During a rotation two endpoints stand for this address, so each event comes twice, signed with the current and with the
 * previous secret. Both are accepted, and an event's id is handled once. A secret that is not current yet is refused: Stripe
 * sends that event again, and its twin has come with the previous secret meanwhile.
 */
import { createServer, type IncomingMessage, type Server } from "node:http";
import { pathToFileURL } from "node:url";
import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import Stripe from "stripe";

export interface ReceiverOptions {
  readonly aws: SecretsManagerClient;
  /** Name of the rotated secret. It is read from Secrets Manager again and again: an environment variable would go stale. */
  readonly secret: string;
  /** Called once for each event. When it throws, Stripe is told so and sends the event again. */
  readonly handle: (event: Stripe.Event) => Promise<void>;
  /** Under which name the declaration stores the signing secret. */
  readonly field?: string;
  /** How many events are remembered. A real receiver has the ids in its database, in the transaction that handles the event. */
  readonly remember?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** A secret that no version holds any more is accepted for so long at most, while AWS can be reached. Milliseconds. */
const maxAge = 5 * 60_000;
/** Secrets are read no more often than this, whoever sends what. Milliseconds. */
const minPause = 10_000;
/** Bytes. */
const maxBody = 1024 * 1024;

/** An HTTP server that does not listen yet. It answers 200, 400 to what Stripe has not signed, and 500 when it should come again. */
export function createReceiver(options: ReceiverOptions): Server {
  const { handle, remember = 10_000, now = Date.now } = options;
  const seen = new Map<string, Promise<void>>();
  let secrets: readonly string[] = [];
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;

  /** Old secrets go on to serve when Secrets Manager cannot be reached. */
  async function refresh(): Promise<void> {
    readAt = now();
    reading ??= signingSecrets(options)
      .then((read) => {
        secrets = read;
      })
      .catch(() => undefined)
      .finally(() => {
        reading = undefined;
      });
    await reading;
  }

  async function verified(body: Buffer, signature: string): Promise<Stripe.Event | undefined> {
    if (now() - readAt >= maxAge) await refresh();
    const event = eventOf(body, signature, secrets, now());
    if (event || (now() - readAt < minPause && !reading)) return event;
    await refresh();
    return eventOf(body, signature, secrets, now());
  }

  /** The twin of an event that is being handled waits for the same outcome. */
  function once(event: Stripe.Event): Promise<void> {
    const before = seen.get(event.id);
    if (before) return before;
    const handled = handle(event);
    seen.set(event.id, handled);
    handled.catch(() => seen.delete(event.id));
    for (const id of seen.keys()) {
      if (seen.size <= remember) break;
      seen.delete(id);
    }
    return handled;
  }

  /** The status alone: whoever sends something else is not told what was wrong with it. */
  async function answer(request: IncomingMessage): Promise<number> {
    const body = await rawBody(request);
    const event = await verified(body, String(request.headers["stripe-signature"]));
    if (!event) return secrets.length > 0 ? 400 : 500;
    await once(event);
    return 200;
  }

  return createServer(async (request, response) => {
    response.writeHead(await answer(request).catch(() => 500)).end();
  });
}

/** The event, if one of the secrets has signed it within the last five minutes. */
function eventOf(body: Buffer, signature: string, secrets: readonly string[], receivedAt: number) {
  for (const secret of secrets) {
    try {
      return Stripe.webhooks.constructEvent(body, signature, secret, 300, undefined, receivedAt);
    } catch {
      // Not this one.
    }
  }
  return undefined;
}

/** What AWSCURRENT and AWSPREVIOUS hold; a version that is not there, or holds no secret yet, has none. */
async function signingSecrets({ aws, secret, field = "signingSecret" }: ReceiverOptions): Promise<string[]> {
  const stages = ["AWSCURRENT", "AWSPREVIOUS"].map(async (VersionStage) => {
    try {
      const version = await aws.send(new GetSecretValueCommand({ SecretId: secret, VersionStage }));
      const value: Record<string, unknown> = JSON.parse(version.SecretString ?? "{}");
      const text = value[field];
      return typeof text === "string" ? text : [];
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return [];
      throw error;
    }
  });
  return (await Promise.all(stages)).flat();
}

/** The bytes as they came: parsed and written again they would differ. What is too long is cut off, and so signed by nobody. */
async function rawBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length <= maxBody) chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [, , secret = "app/stripe-webhook-secret", port = "3000"] = process.argv;
  const handle = async ({ type, id }: Stripe.Event) => {
    process.stdout.write(`${type} ${id}\n`);
  };
  createReceiver({ aws: new SecretsManagerClient(), secret, handle }).listen(Number(port));
}
