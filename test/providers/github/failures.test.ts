import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { MintedKey } from "../../../providers/kit/contract.js";
import type { FakeResponse } from "../../../providers/kit/fake.js";
import type { Connection } from "../../../providers/kit/plug.js";
import { type Bench, mintRequest, openBench, outcome } from "./bench.js";

let bench: Bench;
let github: Connection;
let key: MintedKey;
beforeEach(async () => {
  bench = await openBench();
  github = await bench.connect();
  key = await github.make(mintRequest());
  bench.served.requests.length = 0;
});
afterEach(() => bench.served.close());

const verbs = ["mint", "verify", "retire"] as const;
type Verb = (typeof verbs)[number];
const call = (verb: Verb, connection = github) =>
  verb === "mint" ? connection.make(mintRequest()) : connection[verb](key);

/** What each status means, for [mint, verify, retire], when GitHub itself gives it. */
const meanings: readonly (readonly [number, string, string, string])[] = [
  [400, "config_invalid", "config_invalid", "config_invalid"],
  [401, "admin_rejected", "rejected", "ok"],
  [403, "admin_rejected", "accepted", "admin_rejected"],
  [404, "config_invalid", "config_invalid", "config_invalid"],
  [408, "unavailable", "unavailable", "unavailable"],
  [409, "unavailable", "unavailable", "unavailable"],
  [410, "config_invalid", "config_invalid", "config_invalid"],
  [418, "config_invalid", "config_invalid", "config_invalid"],
  [422, "config_invalid", "config_invalid", "config_invalid"],
  [429, "rate_limited", "rate_limited", "rate_limited"],
  [451, "config_invalid", "config_invalid", "config_invalid"],
  [500, "unavailable", "unavailable", "unavailable"],
  [502, "unavailable", "unavailable", "unavailable"],
  [503, "unavailable", "unavailable", "unavailable"],
  [504, "unavailable", "unavailable", "unavailable"],
  [599, "unavailable", "unavailable", "unavailable"],
];
const html = (status: number): FakeResponse => ({
  status,
  headers: { "content-type": "text/html; charset=utf-8" },
  body: "<html><title>Please sign in</title></html>",
});

describe.each(verbs)("%s", (verb) => {
  const meaning = (row: (typeof meanings)[number]) => row[1 + verbs.indexOf(verb)];

  it("turns every status of GitHub's into one code, with one request", async () => {
    for (const row of meanings) {
      const [status] = row;
      bench.served.requests.length = 0;
      const body = { message: "No.", documentation_url: "https://docs.github.com/rest", status: `${status}` };
      bench.served.answer(() => ({ status, body }));
      expect(await outcome(call(verb)), `HTTP ${status}`).toBe(meaning(row));
      expect(bench.served.requests, `HTTP ${status}`).toHaveLength(1);
    }
  });

  it("takes a status that is not GitHub's for no verdict on any credential", async () => {
    const strange = (status: number): readonly FakeResponse[] => [
      html(status),
      { status },
      { status, body: [] },
      { status, body: { error: { message: "No." } } },
      { status, headers: { "content-type": "not a type;;=" }, body: "x" },
    ];
    for (const row of meanings) {
      const [status] = row;
      const passing = row[1] === "unavailable" || row[1] === "rate_limited";
      for (const answer of strange(status)) {
        bench.served.requests.length = 0;
        bench.served.answer(() => answer);
        expect(await outcome(call(verb)), inspect(answer)).toBe(passing ? row[1] : "unexpected");
        expect(bench.served.requests).toHaveLength(1);
      }
    }
  });

  it("takes a success of the wrong shape for unexpected", async () => {
    const answers: readonly FakeResponse[] = [
      html(200),
      html(201),
      { status: 200 },
      { status: 201 },
      { status: 200, body: {} },
      { status: 200, body: [] },
      { status: 200, body: "text" },
      { status: 200, headers: { "content-type": "application/json" } },
      { status: 200, body: { message: "Not Found" } },
      { status: 201, body: { token: "", expires_at: "2031-05-17T09:30:12Z" } },
      { status: 201, body: { token: 17, expires_at: "2031-05-17T09:30:12Z" } },
      { status: 201, body: { token: "x", expires_at: "soon" } },
      { status: 201, body: { token: "x" } },
      { status: 200, body: { total_count: 1 } },
      ...(verb === "retire" ? [] : [{ status: 204 }]),
    ];
    for (const answer of answers) {
      bench.served.answer(() => answer);
      expect(await outcome(call(verb)), inspect(answer)).toBe("unexpected");
    }
  });

  it("follows no redirect", async () => {
    for (const status of [301, 302, 303, 307, 308]) {
      bench.served.requests.length = 0;
      bench.served.answer(() => ({ status, headers: { location: `${bench.served.url}/meta` } }));
      expect(await outcome(call(verb)), `HTTP ${status}`).toBe("unexpected");
      expect(bench.served.requests).toHaveLength(1);
    }
  });

  it("knows a rate limit by each of its signs", async () => {
    const docs = "https://docs.github.com";
    const limits: readonly FakeResponse[] = [
      { status: 403, headers: { "retry-after": "60" }, body: { message: "No." } },
      { status: 403, headers: { "x-ratelimit-remaining": "0" }, body: { message: "No." } },
      {
        status: 403,
        body: {
          message: "No.",
          documentation_url: `${docs}/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits`,
        },
      },
      { status: 403, body: { message: "You have exceeded a secondary rate limit." } },
      { status: 403, body: { message: "No.", documentation_url: `${docs}/rest#abuse-rate-limits` } },
      {
        status: 403,
        body: { message: "Maximum number of login attempts exceeded. Please try again later." },
      },
      { status: 429, headers: { "retry-after": "1" }, body: { message: "No." } },
    ];
    for (const answer of limits) {
      bench.served.requests.length = 0;
      bench.served.answer(() => answer);
      expect(await outcome(call(verb)), inspect(answer)).toBe("rate_limited");
      expect(bench.served.requests).toHaveLength(1);
    }
    bench.served.answer(undefined);
    for (const kind of ["bare", "retry-after"]) {
      bench.github.set("secondaryLimit", kind);
      expect(await outcome(call(verb)), kind).toBe("rate_limited");
    }
  });

  it("sends one request into a connection that breaks or stays silent", async () => {
    const hasty = await bench.connect({ timeoutMs: 100 });
    for (const fault of ["drop", "hang"] as const) {
      bench.served.requests.length = 0;
      bench.served.answer(() => fault);
      expect(await outcome(call(verb, hasty)), fault).toBe("unavailable");
      expect(bench.served.requests, fault).toHaveLength(1);
    }
    await bench.served.close();
    expect(await outcome(call(verb))).toBe("unavailable");
  });

  it("lets nothing of the vendor's answer, the token or the App's key into an error", async () => {
    const planted = `planted${randomBytes(12).toString("hex")}`;
    const pem = String(bench.admin["privateKey"]).split("\n");
    const secrets = [planted, key.fields["token"]?.reveal() ?? "", pem[1] ?? "", pem.at(-3) ?? ""];
    expect(secrets.every((text) => text.length > 15)).toBe(true);
    const body = { message: planted, documentation_url: planted, errors: [{ message: planted }] };
    const header = { "x-planted": planted };
    const plans: readonly FakeResponse[] = [
      ...meanings.map(([status]) => ({ status, body, headers: header })),
      { status: 403, body: { message: `${planted} has been suspended` } },
      { status: 403, body: { message: `${planted} secondary rate limit` } },
      { status: 500, headers: { "content-type": "text/plain" }, body: planted },
      { status: 400, headers: { "content-type": "text/plain" }, body: planted },
      { status: 200, headers: { "content-type": "text/plain" }, body: planted },
      { status: 200, body: { token: planted } },
      { status: 302, headers: { location: `https://example.com/${planted}` } },
    ];
    let errors = 0;
    for (const answer of plans) {
      bench.served.answer(() => answer);
      const error = await call(verb).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (!(error instanceof Error)) continue;
      errors++;
      const texts = [
        error.message,
        error.stack ?? "",
        String(error),
        inspect(error, { depth: 9, showHidden: true }),
      ];
      texts.push(JSON.stringify(error), JSON.stringify(Object.getOwnPropertyDescriptors(error)));
      for (const text of texts) for (const secret of secrets) expect(text).not.toContain(secret);
      expect(error.cause).toBeUndefined();
    }
    expect(errors).toBeGreaterThan(plans.length - 4);
  });
});
