import Stripe from "stripe";
import { afterAll, beforeAll, beforeEach, expect } from "vitest";
import { createFakeStripe } from "../../../providers/stripe/fake/fake.js";
import { type ServedFake, serveFake } from "../serve-fake.js";
import { conformsToV2 } from "./fake-schemas.js";

export const keysPath = "/v2/iam/api_keys";
export const preview = { "stripe-version": "2026-09-30.preview" };
export const minute = 60;
export const day = 86_400;

export interface Answer {
  readonly status: number;
  readonly json: unknown;
  readonly headers: Headers;
}

interface Sent {
  readonly token?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text is sent as it is, anything else as JSON. */
  readonly body?: unknown;
}

/** A fake Stripe over HTTP for all tests of a file, as new before each. Every answer of v2 is held to Stripe's description. */
export function serveFakeStripe() {
  let time = 0;
  const now = () => new Date(time);
  const fake = createFakeStripe({ now });
  let served: ServedFake | undefined;
  beforeAll(async () => {
    served = await serveFake(fake);
  });
  afterAll(() => served?.close());
  beforeEach(() => {
    time = Date.parse("2026-11-21T12:00:00.000Z");
    fake.reset();
  });
  const url = () => served?.url ?? "";

  async function ask(path: string, { token, method = "GET", headers, body }: Sent = {}): Promise<Answer> {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const sent = body === undefined ? {} : { body: text };
    const answer = await fetch(url() + path, { method, headers: { ...authorization, ...headers }, ...sent });
    const json: unknown = await answer.json();
    if (path.startsWith("/v2/")) conformsToV2(json);
    return { status: answer.status, json, headers: answer.headers };
  }

  /** Another customer of the App, in the mode that is set, and the App's own requests for it. */
  function customer(): Customer {
    const { config, admin } = fake.admit("stripe/restricted-key");
    const account = String(config["account"]);
    const appKey = String(admin["appKey"]);
    const headers = { ...preview, "stripe-context": account };
    const send: Customer["send"] = (path, method = "GET", body, more = {}) =>
      ask(path, { token: appKey, method, headers: { ...headers, ...more }, body });
    const make: Customer["make"] = async (fields = {}) => {
      const body = { type: "secret_key", permissions: ["customer_read"], ...fields };
      const { status, json } = await send(keysPath, "POST", body);
      expect(status).toBe(200);
      return { id: textAt(json, "id"), token: String(valueAt(json, "secret_key.token")), json };
    };
    return { account, appKey, send, make };
  }

  /** An account with webhook endpoints, in the mode that is set, as the stripe package sees it. */
  function merchant() {
    const apiKey = String(fake.admit("stripe/webhook-secret").admin["apiKey"]);
    return { apiKey, account: fake.accountOf(apiKey), stripe: client(apiKey) };
  }

  function client(apiKey: string): Stripe {
    const { hostname, port } = new URL(url());
    return new Stripe(apiKey, {
      ...{ host: hostname, port, protocol: "http", maxNetworkRetries: 0, telemetry: false },
    });
  }

  return {
    fake,
    now,
    ask,
    customer,
    merchant,
    client,
    advance: (seconds: number) => {
      time += seconds * 1000;
    },
  };
}

export interface Customer {
  readonly account: string;
  readonly appKey: string;
  send(path: string, method?: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** A key that may read customers, if `fields` do not say otherwise. In live mode its token is "null". */
  make(fields?: object): Promise<{ readonly id: string; readonly token: string; readonly json: unknown }>;
}

/** What lies at a path such as `secret_key.token`; undefined when nothing does. */
export function valueAt(json: unknown, path: string): unknown {
  let value = json;
  for (const name of path.split(".")) {
    const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
    value = new Map<string, unknown>(entries).get(name);
  }
  return value;
}

export function textAt(json: unknown, path: string): string {
  const value = valueAt(json, path);
  if (typeof value !== "string") throw new TypeError(`no text at ${path}`);
  return value;
}

/** How an answer that refuses must look. */
export function refusal(status: number, code?: string) {
  return { status, json: { error: code === undefined ? {} : { code } } };
}

export interface Refusal {
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly type: string | undefined;
  readonly param: string | undefined;
  readonly message: string;
}

/** What the stripe package made of a refusal. */
export async function refusedBy(promise: Promise<unknown>): Promise<Refusal> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Stripe.errors.StripeError)) throw new TypeError("expected a refusal of Stripe's");
  const { statusCode, code, rawType, param, message } = error;
  return { status: statusCode, code, type: rawType, param, message };
}
