import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Key } from "../../../providers/kit/contract.js";
import { ProviderError } from "../../../providers/kit/failure.js";
import type { FakeResponse } from "../../../providers/kit/fake.js";
import { mintRequest, openBench as openTokenBench } from "./bench.js";
import { aKey, type Bench, type Deployer, labelOf, openBench, outcome } from "./deploy-key-bench.js";

let bench: Bench;
let github: Deployer;
let api: Deployer;
let key: Key;
beforeEach(async () => {
  bench = await openBench();
  github = await bench.connect();
  api = await bench.connect({ config: { verify: "api" } });
  key = aKey();
  await github.register(key, labelOf(1));
  await api.find();
  bench.advance(5);
  bench.asked();
});
afterEach(() => bench.close());

/** Every request there is, as the verb that makes it: its method and the end of its path. */
const requests = {
  "mint a token": ["POST", /access_tokens$/, async () => (await bench.connect()).find()],
  register: ["POST", /\/keys$/, () => github.register(aKey(), labelOf(2))],
  find: ["GET", /\/keys$/, () => github.find()],
  "verify by record": ["GET", /\/keys$/, () => api.verify(key)],
  "verify by SSH": ["GET", /^\/meta$/, () => github.verify(key)],
  "list to retire": ["GET", /\/keys$/, () => github.retire(key)],
  retire: ["DELETE", /\/keys\/\d+$/, () => github.retire(key)],
} as const;
type Request = keyof typeof requests;
const names = Object.keys(requests).filter((name): name is Request => name in requests);

/** Puts `answer` in the place of GitHub's to this one request, runs the verb, and says how that ended. */
async function met(name: Request, answer: FakeResponse | "drop" | "hang"): Promise<string> {
  const [method, path, verb] = requests[name];
  let times = 0;
  bench.served.answer((sent) => {
    if (sent.method !== method || !path.test(sent.path)) return undefined;
    times++;
    return answer;
  });
  const code = await outcome(verb());
  expect(times, `requests to ${name}`).toBe(1);
  return code;
}

/** What each status of GitHub's means, whatever is asked; where a request differs, it is named. */
const meanings: readonly (readonly [number, string, Partial<Record<Request, string>>?])[] = [
  [400, "config_invalid"],
  [401, "admin_rejected"],
  [403, "admin_rejected"],
  [404, "config_invalid", { retire: "ok" }],
  [408, "unavailable"],
  [409, "unavailable"],
  [410, "config_invalid"],
  [418, "config_invalid"],
  [422, "config_invalid"],
  [423, "unavailable"],
  [429, "rate_limited"],
  [451, "config_invalid"],
  [500, "unavailable"],
  [502, "unavailable"],
  [503, "unavailable"],
  [504, "unavailable"],
];
const html = (status: number): FakeResponse => ({
  status,
  headers: { "content-type": "text/html; charset=utf-8" },
  body: "<html><title>Please sign in</title></html>",
});

describe.each(names)("%s", (name) => {
  it("turns every status of GitHub's into one code, with one request", async () => {
    for (const [status, code, except = {}] of meanings) {
      const body = { message: "No.", documentation_url: "https://docs.github.com/rest", status: `${status}` };
      expect(await met(name, { status, body }), `HTTP ${status}`).toBe(except[name] ?? code);
    }
  });

  it("takes a proxy's page for no word of GitHub's", async () => {
    for (const [status, code] of meanings) {
      const passing = code === "unavailable" || code === "rate_limited";
      const judges = status === 401 || status === 404;
      for (const answer of [html(status), ...(judges ? [{ status }, { status, body: [] }] : [])]) {
        expect(await met(name, answer), inspect(answer)).toBe(passing ? code : "unexpected");
      }
    }
    for (const status of [301, 307]) {
      const headers = { location: `${bench.served.url}/meta` };
      expect(await met(name, { status, headers }), `HTTP ${status}`).toBe("unexpected");
    }
  });

  it("takes a success of another shape for unexpected", async () => {
    const line = "ssh-ed25519 AAAA";
    const good = { id: 1, key: line, title: "x", created_at: "2031-05-17T08:30:12Z" };
    const wrong: readonly unknown[] = [
      ...["text", 17, null, { message: "Not Found" }, [17], { ssh_keys: "one" }, { ssh_keys: [17] }],
      ...[
        { ...good, id: "1" },
        { ...good, key: 17 },
        { ...good, title: null },
        { ...good, created_at: "soon" },
      ].flatMap((one) => [one, [one]]),
      ...(name === "register" ? [good, [good]] : []),
      ...(/SSH/.test(name) ? [{}, { ssh_keys: [] }, { ssh_keys: ["ssh-dss AAAA", "nonsense", ""] }] : []),
    ];
    for (const body of wrong) {
      expect(await met(name, { status: 200, body }), inspect(body)).toBe("unexpected");
    }
    for (const answer of [html(200), { status: 200 }, ...(name === "retire" ? [] : [{ status: 204 }])]) {
      expect(await met(name, answer), inspect(answer)).toBe("unexpected");
    }
  });

  it("sends one request into a connection that breaks", async () => {
    expect(await met(name, "drop")).toBe("unavailable");
  });
});

it("takes GitHub's words for a key in use under 422 alone", async () => {
  for (const [status, code] of [
    [403, "admin_rejected"],
    [404, "config_invalid"],
  ] as const) {
    expect(await met("register", { status, body: { message: "key is already in use" } })).toBe(code);
  }
});

describe("says what to do", () => {
  it.each([
    ["register", 403, "Resource not accessible by integration", /permission Administration: write/],
    ["find", 404, "Not Found", /no repository customer-1\/service that this installation reaches/],
    ["retire", 403, "This installation has been suspended", /suspended installation.*Lift/],
    ["register", 422, "Deploy keys are disabled for this repository", /forbids them.*Allow them/],
    ["verify by SSH", 200, "", /GET \/meta to name the SSH host keys.*verify: "api"/],
  ] as const)("%s: HTTP %i %s", async (name, status, message, said) => {
    const [, , verb] = requests[name];
    const [method, path] = requests[name];
    const body = status === 200 ? {} : { message };
    bench.served.answer((sent) =>
      sent.method === method && path.test(sent.path) ? { status, body } : undefined,
    );
    await expect(verb()).rejects.toThrow(said);
  });
});

describe("a rate limit", () => {
  const secondary = { message: "You have exceeded a secondary rate limit." };
  const no = { message: "No." };
  // The bench's clock shows 08:30:17.345 then.
  const reset = Date.UTC(2031, 4, 17, 8, 30, 17, 345) / 1000 + 900;
  const limits: readonly (readonly [FakeResponse, number])[] = [
    [{ status: 403, headers: { "retry-after": "7" }, body: no }, 7],
    [{ status: 429, headers: { "retry-after": "0" }, body: no }, 0],
    [
      {
        status: 403,
        headers: {
          "retry-after": "31",
          "x-ratelimit-remaining": "0",
          "x-ratelimit-reset": `${Math.floor(reset)}`,
        },
        body: no,
      },
      31,
    ],
    [
      {
        status: 403,
        headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": `${Math.floor(reset)}` },
        body: no,
      },
      900,
    ],
    [{ status: 429, headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1" }, body: no }, 0],
    [{ status: 429, headers: { "x-ratelimit-remaining": "9", "x-ratelimit-reset": "9" }, body: no }, 60],
    [{ status: 403, headers: { "x-ratelimit-remaining": "0" }, body: no }, 60],
    [{ status: 403, body: secondary }, 60],
    [{ status: 429, body: no }, 60],
    [{ status: 403, headers: { "retry-after": "soon" }, body: no }, 60],
    [{ status: 403, headers: { "retry-after": "-5" }, body: no }, 60],
  ];
  const waited = async (verb: () => Promise<unknown>) => {
    const error = await verb().catch((thrown: unknown) => thrown);
    return error instanceof ProviderError ? [error.code, error.retryAfterSeconds] : error;
  };

  it("says how long GitHub wants to be left alone, for deploy keys and tokens alike", async () => {
    const tokens = await openTokenBench();
    tokens.advance(5);
    const token = await tokens.connect();
    const minted = await token.make(mintRequest());
    for (const [answer, seconds] of limits) {
      bench.served.answer(() => answer);
      tokens.served.answer(() => answer);
      const verbs = [
        ...[
          () => github.find(),
          () => github.register(aKey(), ""),
          () => github.retire(key),
          () => github.verify(key),
        ],
        ...[() => token.make(mintRequest()), () => token.verify(minted), () => token.retire(minted)],
      ];
      for (const verb of verbs)
        expect(await waited(verb), inspect(answer)).toEqual(["rate_limited", seconds]);
    }
    await tokens.served.close();
  });
});

it("lets nothing of GitHub's answer, the key, the token or the App's key into an error", async () => {
  const planted = `planted${randomBytes(12).toString("hex")}`;
  const header = { "x-planted": planted };
  const body = { message: planted, documentation_url: planted, errors: [{ message: planted }] };
  const plans: readonly FakeResponse[] = [
    ...meanings.map(([status]) => ({ status, body, headers: header })),
    { status: 422, body: { ...body, errors: [{ message: `${planted} key is already in use` }] } },
    { status: 422, body: { message: `Deploy keys are disabled for this repository ${planted}` } },
    { status: 200, body: [{ id: 1, key: planted, title: planted }] },
    { status: 200, body: { ssh_keys: [planted] } },
    { status: 302, headers: { location: `https://example.com/${planted}` } },
  ];
  const pem = String(bench.admin["privateKey"]).split("\n");
  const own = key.fields["privateKey"]?.reveal().split("\n") ?? [];
  let errors = 0;
  for (const name of names) {
    for (const answer of plans) {
      const [method, path, verb] = requests[name];
      const secrets = [planted, pem[1] ?? "", pem.at(-3) ?? "", own[3] ?? "", own[4] ?? ""];
      bench.served.answer((sent) => (sent.method === method && path.test(sent.path) ? answer : undefined));
      const error = await verb().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      for (const { headers } of bench.served.requests.splice(0)) {
        secrets.push(headers["authorization"]?.split(" ")[1] ?? planted);
      }
      if (!(error instanceof Error)) continue;
      errors++;
      const texts = [error.message, error.stack ?? "", inspect(error, { depth: 9, showHidden: true })];
      texts.push(JSON.stringify(error), JSON.stringify(Object.getOwnPropertyDescriptors(error)));
      for (const text of texts) for (const secret of secrets) expect(text).not.toContain(secret);
      expect(error.cause).toBeUndefined();
    }
  }
  expect(errors).toBeGreaterThan(names.length * (plans.length - 4));
});
