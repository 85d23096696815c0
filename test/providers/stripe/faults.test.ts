import { describe, expect, it } from "vitest";
import type { FailureCode } from "../../../providers/kit/failure.js";
import type { FakeRequest, FakeResponse } from "../../../providers/kit/fake.js";
import restrictedKey from "../../../providers/stripe/restricted-key.js";
import webhookSecret from "../../../providers/stripe/webhook-secret.js";
import { call, envelope, failure, nothingBehind, page, request, start, type Verb } from "./harness.js";

nothingBehind();

/** An HTTP status, and what it means. Written down here, not computed. */
const statuses: Record<number, FailureCode> = {
  400: "config_invalid",
  401: "admin_rejected",
  403: "admin_rejected",
  404: "config_invalid",
  408: "unavailable",
  409: "unavailable",
  418: "config_invalid",
  422: "config_invalid",
  425: "unavailable",
  429: "rate_limited",
  500: "unavailable",
  502: "unavailable",
  503: "unavailable",
  504: "unavailable",
};
const retryable: readonly FailureCode[] = ["unavailable", "rate_limited"];
const object = { id: "mk_1", data: [], secret_key: { token: "t0ken" }, secret: "t0ken", status: "enabled" };
const bodies: Record<string, Partial<FakeResponse>> = {
  "Stripe's error": { body: envelope },
  "an error without a type": { body: { error: { message: "no", code: "some_code" } } },
  "JSON without `error`": { body: { message: "Not Found" } },
  "a key": { body: { ...object, object: "v2.iam.api_key" } },
  "an endpoint": { body: { ...object, object: "webhook_endpoint", created: 1 } },
  "a deletion": { body: { ...object, object: "webhook_endpoint", deleted: true, status: null } },
  "a list": { body: { object: "list", data: [], has_more: false, next_page_url: null } },
  "an HTML page": page(0, "<html><body>Bad gateway</body></html>"),
  null: { body: null },
  "a JSON text": { body: "down" },
  "a JSON number": { body: 5 },
  "an `error` that is a text": { body: { error: "down" } },
  "an `error` that is a number": { body: { error: 5 } },
  "an `error` that is null": { body: { error: null } },
  nothing: {},
};

/** One request of a verb. */
interface Place {
  readonly provider: typeof restrictedKey;
  readonly verb: Verb;
  readonly method: string;
  readonly path: RegExp;
  /** Bodies of a success that are what was asked for here. */
  readonly right: readonly string[];
  /** The request may fail for good, and the verb goes on. */
  readonly goesOn?: boolean;
  /** Every body with every status: one place is enough for what is decided where all answers come in. */
  readonly thorough?: boolean;
}
const keys = /^\/v2\/iam\/api_keys$/;
const endpoints = /^\/v1\/webhook_endpoints$/;
const endpoint = /^\/v1\/webhook_endpoints\/\w+$/;
const none: readonly string[] = [];
const places: readonly Place[] = [
  { provider: restrictedKey, verb: "mint", method: "POST", path: keys, right: ["a key"] },
  {
    provider: restrictedKey,
    verb: "verify",
    method: "GET",
    path: /customers$/,
    right: ["a list"],
    thorough: true,
  },
  { provider: restrictedKey, verb: "retire", method: "POST", path: /\/mk_\w+$/, right: none, goesOn: true },
  { provider: restrictedKey, verb: "retire", method: "POST", path: /\/expire$/, right: ["a key"] },
  {
    provider: restrictedKey,
    verb: "find",
    method: "GET",
    path: keys,
    right: ["a list", "a key", "an endpoint", "a deletion"],
  },
  { provider: webhookSecret, verb: "mint", method: "GET", path: endpoints, right: ["a list"] },
  {
    provider: webhookSecret,
    verb: "mint",
    method: "POST",
    path: endpoints,
    right: ["an endpoint", "a deletion"],
  },
  {
    provider: webhookSecret,
    verb: "verify",
    method: "GET",
    path: endpoint,
    right: ["an endpoint"],
    thorough: true,
  },
  { provider: webhookSecret, verb: "retire", method: "POST", path: endpoint, right: none, goesOn: true },
  { provider: webhookSecret, verb: "retire", method: "DELETE", path: endpoint, right: ["a deletion"] },
  { provider: webhookSecret, verb: "find", method: "GET", path: endpoints, right: ["a list"] },
];
const named = places.map((place) => ({
  ...place,
  name: `${place.provider.id} ${place.verb}: ${place.method} ${place.path.source}`,
}));

describe.each(named)("$name", ({ provider, verb, method, path, right, goesOn = false, thorough = false }) => {
  const isHere = (asked: FakeRequest) => asked.method === method && path.test(asked.path);

  /** What the verb makes of a living key when its request here is answered so. */
  async function meeting() {
    const { connection, served, fake, now } = await start({ provider, set: { deathSeconds: 0 } });
    let key = await connection.make(request(now()));
    const dead = () => fake.keys().every(({ handle, live }) => handle !== key.handle || !live);
    return async (answer: FakeResponse) => {
      if (dead()) {
        // Whatever is left of it would count.
        await connection.retire(key);
        key = await connection.make(request(now()));
      }
      served.answer((asked) => (isHere(asked) ? answer : undefined));
      const outcome = call(connection, verb, key, now());
      await outcome.catch(() => undefined);
      served.answer(undefined);
      return { outcome, dead };
    };
  }

  it("gives every status its code, whatever the body", async () => {
    const meet = await meeting();
    for (const [kind, answer] of Object.entries(bodies)) {
      for (const [text, code] of Object.entries(statuses)) {
        const status = Number(text);
        const telling = kind === "an HTML page" ? [401, 404, 500] : kind === "nothing" ? [400, 429] : [];
        if (!thorough && kind !== "Stripe's error" && !telling.includes(status)) continue;
        const { outcome, dead } = await meet({ ...answer, status });
        const isVerdict = verb === "verify" && provider === restrictedKey && [401, 403].includes(status);
        if (isVerdict && kind === "Stripe's error") {
          expect(await outcome).toBe(status === 401 ? "rejected" : "accepted");
        } else if (goesOn && !retryable.includes(code)) {
          await outcome;
          expect([kind, status, dead()]).toEqual([kind, status, true]);
        } else {
          const error = await failure(outcome);
          expect([kind, status, error.code]).toEqual([kind, status, isVerdict ? "unexpected" : code]);
          expect(error.message).toContain(text);
          expect(error.retryable).toBe(retryable.includes(error.code));
          expect(error.retryAfterSeconds).toBeUndefined();
          // Disabled already when its deletion fails.
          expect(dead()).toBe(method === "DELETE");
        }
      }
    }
  });

  it("takes no success of another shape", async () => {
    const meet = await meeting();
    for (const [kind, answer] of Object.entries(bodies)) {
      if (right.includes(kind)) continue;
      for (const status of kind === "nothing" ? [200, 204] : [200]) {
        const { outcome, dead } = await meet({ ...answer, status });
        if (goesOn && kind !== "an HTML page") {
          await outcome;
          expect([kind, dead()]).toEqual([kind, true]);
        } else expect([kind, (await failure(outcome)).code]).toEqual([kind, "unexpected"]);
      }
    }
  });
});
