import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { afterEach, beforeEach, expect } from "vitest";
import { boundFetch } from "../../../providers/kit/bound-fetch.js";
import type { Key, MintRequest } from "../../../providers/kit/contract.js";
import { ProviderError } from "../../../providers/kit/failure.js";
import { formatLabel } from "../../../providers/kit/label.js";
import type { Connection, Lent } from "../../../providers/kit/plug.js";
import { Secret } from "../../../providers/kit/secret.js";
import { createFakeStripe } from "../../../providers/stripe/fake/fake.js";
import restrictedKey from "../../../providers/stripe/restricted-key.js";
import webhookSecret from "../../../providers/stripe/webhook-secret.js";
import { type ServedFake, serveFake } from "../serve-fake.js";

export const providers = [restrictedKey, webhookSecret];
export const day = 86_400_000;

let at = 0;
const now = () => new Date(at);
const fake = createFakeStripe({ now });
let opened: Promise<ServedFake> | undefined;

interface Wanted {
  readonly provider?: typeof restrictedKey;
  /** Settings of the fake. */
  readonly set?: Readonly<Record<string, unknown>>;
  readonly fetch?: typeof globalThis.fetch;
  readonly timeoutMs?: number;
}

/** This worker's fake Stripe as new, with one customer of a provider, restricted keys if not told, and that connected to it. */
export async function start({ provider = restrictedKey, set = {}, ...lend }: Wanted = {}) {
  opened ??= serveFake(fake);
  const served = await opened;
  at = Date.parse("2026-11-21T12:00:00.000Z");
  fake.reset();
  for (const [name, value] of Object.entries(set)) fake.set(name, value);
  served.answer(undefined);
  const admission = fake.admit(provider.id);
  served.requests.splice(0);
  const signal = new AbortController().signal;
  const bounds = { endpoint: served.url, signal, timeoutMs: lend.timeoutMs ?? 15_000 };
  const lent: Lent = {
    ...admission,
    endpoint: served.url,
    fetch: lend.fetch ?? boundFetch(bounds),
    signal,
    timeoutMs: bounds.timeoutMs,
    now,
  };
  return {
    fake,
    served,
    admission,
    lent,
    now,
    connection: await provider.connect(lent),
    connectWith: (part: { config?: unknown; admin?: unknown }) => provider.connect({ ...lent, ...part }),
    advance: (seconds: number) => {
      at += seconds * 1000;
    },
    /** "METHOD path" of what was asked since the last time. */
    sent: () => served.requests.splice(0).map(({ method, path }) => `${method} ${path}`),
    /** A request to the fake as any client would send it. */
    ask: async (path: string, init: { token: string; method?: string; headers?: object; body?: unknown }) => {
      const headers = { authorization: `Bearer ${init.token}`, ...init.headers };
      const body = init.body === undefined ? {} : { body: JSON.stringify(init.body) };
      const answer = await fetch(served.url + path, { method: init.method ?? "GET", headers, ...body });
      const json: unknown = await answer.json();
      return { status: answer.status, json, requestId: answer.headers.get("request-id") };
    },
  };
}

export type Started = Awaited<ReturnType<typeof start>>;

let rotation = 0;
const letters = "abcdefghijklmnopqrstuvwxyz";

/** A mint of a new rotation; `part` overrides. */
export function request(now: Date, part: Partial<MintRequest> = {}): MintRequest {
  rotation += 1;
  const tail = [...String(rotation)].map((digit) => letters[Number(digit)]).join("");
  const label = formatLabel({
    installation: "abcdefgh",
    secret: "abcdefghijklmnop",
    rotation: tail.padStart(12, "z"),
    attempt: 0,
  });
  const idempotencyKey = randomBytes(16).toString("hex");
  const nonce = randomBytes(8).toString("hex");
  return { label, idempotencyKey, nonce, expiresAt: new Date(now.getTime() + day), ...part };
}

export type Verb = "mint" | "verify" | "retire" | "find";
export const verbs: readonly Verb[] = ["mint", "verify", "retire", "find"];

export function call(connection: Connection, verb: Verb, key: Key, now: Date): Promise<unknown> {
  if (verb === "mint") return connection.make(request(now));
  if (verb === "find") return found(connection);
  return verb === "verify" ? connection.verify(key) : connection.retire(key);
}

export async function found(connection: Connection) {
  if (!connection.find) throw new TypeError("this provider lists its keys");
  return connection.find();
}

/** The ProviderError that `promise` fails with; anything else fails the test. */
export async function failure(promise: Promise<unknown>): Promise<ProviderError> {
  let outcome: unknown;
  try {
    outcome = await promise;
  } catch (thrown) {
    if (thrown instanceof ProviderError) return thrown;
    throw thrown;
  }
  throw new TypeError(`expected a ProviderError, found success: ${inspect(outcome)}`);
}

/** Everything that printing `value` in any way could show. */
export function everythingIn(value: unknown): string {
  const shown = inspect(value, { depth: null, showHidden: true, getters: true, maxStringLength: null });
  const text = value instanceof Error ? `${value.message}\n${value.stack}\n${String(value)}` : "";
  return `${shown}\n${JSON.stringify(value)}\n${text}`;
}

/** The fields of a key with this value. */
export const fieldsOf = ({ fields }: typeof restrictedKey, value: string) => ({
  [fields[0]]: new Secret(value),
});

/** An error as Stripe writes it, with no code that means anything. */
export const envelope = { error: { message: "no", code: "some_code", type: "invalid_request_error" } };

/** An answer that is not JSON, or whatever else must be sent as it is. */
export function page(status: number, body: string) {
  return { status, body, headers: { "content-type": "text/html" } };
}

/** For a whole file: nothing may reach a log behind our back, as rejections nobody awaits and the stripe package's notices do. */
export function nothingBehind(): void {
  const behind: unknown[] = [];
  const rejected = (reason: unknown) => behind.push(reason);
  const warned = (warning: Error) => {
    if (warning.name === "Stripe") behind.push(warning.message);
  };
  beforeEach(() => {
    process.on("unhandledRejection", rejected);
    process.on("warning", warned);
  });
  afterEach(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", rejected);
    process.off("warning", warned);
    expect(behind.splice(0)).toEqual([]);
  });
}
