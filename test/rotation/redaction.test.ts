import { randomBytes } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { Provider } from "../../providers/kit/plug.js";
import type { Fault } from "../../services/sandbox/faults.js";
import { type Bench, openBench, startBench } from "./bench.js";
import { type Canary, everythingOf, linesOf, shown } from "./canaries.js";
import { eventFor, fieldOf, type Kind, kinds, only, quick, toSteady } from "./refusal.js";
import { type Staged, stage } from "./staged.js";
import { broughtTo, meetAt, requests, states } from "./vendor-requests.js";

const marker = `canary-${randomBytes(18).toString("hex")}`;
const rotationToken = randomBytes(24).toString("hex");

/** Every secret of a bench as it is now: keys in all versions, the admin credential, what vendors are made to say. */
async function canariesOf(bench: Bench, vendor: Kind): Promise<Canary[]> {
  const canaries = [
    { what: "the vendor's words", text: marker },
    { what: "the rotation token", text: rotationToken },
  ];
  for (const label of Object.values(await bench.labels(bench[vendor])).flat()) {
    const value = await bench.value(bench[vendor], label).catch(() => undefined);
    const key = value?.[fieldOf[vendor]];
    if (typeof key !== "string") continue;
    const what = `the key of ${label}`;
    canaries.push(...(key.includes("\n") ? linesOf(what, key) : [{ what, text: key }]));
  }
  const { SecretString } = await bench.aws.getSecretValue({ SecretId: bench[vendor].declaration.admin });
  const { appKey, apiKey = appKey, privateKey } = JSON.parse(SecretString ?? "");
  if (apiKey) canaries.push({ what: "the admin's key", text: apiKey });
  if (privateKey) canaries.push(...linesOf("the App's private key", privateKey));
  expect(canaries.length).toBeGreaterThan(3);
  return canaries;
}

/** Answers that speak of secrets: in bodies of every vendor's shape, in headers, in what no vendor sends. */
const words = {
  ...{
    message: marker,
    documentation_url: marker,
    status: marker,
    code: marker,
    __type: "InternalServiceError",
  },
  ...{ error: { message: marker, type: "x", code: marker, param: marker }, errors: [{ message: marker }] },
};
const headers = {
  ...{
    "request-id": marker,
    "x-github-request-id": marker,
    deprecation: marker,
    sunset: marker,
    link: marker,
  },
  ...{ "www-authenticate": marker, "x-stripe-should-retry": "false" },
};
const answers: readonly Fault[] = [
  ...[200, 201, 400, 401, 403, 404, 409, 422, 429, 500, 503].map(
    (status): Fault => ({ kind: "status", status, headers, body: words }),
  ),
  { kind: "status", status: 200, body: marker },
  { kind: "status", status: 403, headers: { "content-type": "text/html" }, body: `<h1>${marker}</h1>` },
  {
    kind: "status",
    status: 200,
    body: { token: marker, id: marker, expires_at: marker, secret_key: marker },
  },
  { kind: "redirect", location: `https://${marker}.example.com/${marker}` },
];

/** What a function lets out in one invocation, however it ends. */
async function letOut(bench: Bench, act: () => Promise<unknown>): Promise<string> {
  const from = bench.log.length;
  const journal = bench.sandbox.journal.last;
  const thrown = await act().then(() => "", everythingOf);
  const entries = bench.sandbox.journal.since(journal).map((entry) => JSON.stringify(entry));
  return [thrown, ...bench.log.slice(from), ...entries].join("\n");
}

const consoles = (["log", "info", "warn", "error", "debug"] as const).map((name) => vi.spyOn(console, name));
afterEach(() => {
  for (const spy of consoles) expect(spy).not.toHaveBeenCalled();
});

describe.each(kinds)("%s: whatever the vendor answers", (vendor) => {
  describe.each(states.filter((state) => requests[vendor][state]))("%s", (state) => {
    let bench: Awaited<ReturnType<typeof startBench>>;
    let rotation: Staged;
    let canaries: readonly Canary[];
    beforeAll(async () => {
      bench = await toSteady(await startBench({ ...quick, providers: only(vendor) }), [vendor]);
      rotation = await broughtTo(state, bench, vendor);
      canaries = await canariesOf(bench, vendor);
    });
    afterAll(() => bench.close());

    it.each(requests[vendor][state] ?? [])("to $what, nothing is let out", async (asked) => {
      for (const fault of answers) {
        meetAt(bench, vendor, asked, fault);
        const event = await eventFor(bench, bench[vendor], asked.step, rotation.token);
        // With so little time left nothing is asked twice.
        const text = await letOut(bench, () =>
          bench.invoke(bench[vendor], { ...event, RotationToken: rotationToken }, {}, 10),
        );
        bench.sandbox.faults.clear();
        expect(shown(canaries, text), `${fault.kind} ${JSON.stringify(fault)}`).toEqual([]);
      }
    });
  });
});

describe.each(kinds)("%s: nothing is let out", (vendor) => {
  it("whatever Secrets Manager answers", async () => {
    const bench = await toSteady(await openBench({ ...quick, providers: only(vendor) }), [vendor]);
    const rotation = await stage(bench, bench[vendor]);
    await rotation.run("createSecret");
    await rotation.run("setSecret");
    const canaries = await canariesOf(bench, vendor);
    const aws = { ...bench.options(bench[vendor]).aws, maxAttempts: 1 };
    for (const operation of ["DescribeSecret", "GetSecretValue", "UpdateSecretVersionStage"]) {
      for (const status of [200, 400, 403, 500]) {
        const event = await eventFor(bench, bench[vendor], "finishSecret", rotation.token);
        const fault = { kind: "status", status, headers, body: words };
        bench.sandbox.faults.add({ service: "secretsmanager", operation, times: "always", fault });
        const text = await letOut(bench, () => bench.invoke(bench[vendor], event, { aws }));
        bench.sandbox.faults.clear();
        expect(shown(canaries, text), `${operation} ${status}`).toEqual([]);
      }
    }
  });

  it("whatever stands in the secrets", async () => {
    const bench = await toSteady(await openBench({ ...quick, providers: only(vendor) }), [vendor]);
    const canaries = await canariesOf(bench, vendor);
    const value = await bench.value(bench[vendor], "AWSCURRENT");
    const key = String(value[fieldOf[vendor]]);
    const { SecretString: admin = "" } = await bench.aws.getSecretValue({
      SecretId: bench[vendor].declaration.admin,
    });
    const secrets = (text: string): string[] => [
      text,
      text.slice(0, -2),
      `'${text}'`,
      JSON.stringify([text]),
    ];
    const trials: [string, string][] = [
      ...[...secrets(key), ...secrets(JSON.stringify(value))].map((text): [string, string] => [
        bench[vendor].name,
        text,
      ]),
      ...[admin, ...Object.values<unknown>(JSON.parse(admin)).map(String)]
        .flatMap(secrets)
        .map((text): [string, string] => [bench[vendor].declaration.admin, text]),
    ];
    for (const [SecretId, SecretString] of trials.filter(([, text]) => text !== admin)) {
      await bench.aws.putSecretValue({ SecretId: bench[vendor].name, SecretString: JSON.stringify(value) });
      await bench.aws.putSecretValue({ SecretId, SecretString });
      const text = await letOut(bench, async () => (await stage(bench, bench[vendor])).run("createSecret"));
      expect(shown(canaries, text)).toEqual([]);
      expect(text).toContain("step_failed");
    }
  });

  it("by a rotation that succeeds", async () => {
    const bench = await openBench({ ...quick, providers: only(vendor) });
    await bench.pastOverlap(bench[vendor]);
    await bench.rotate(bench[vendor]);
    const text = [...bench.log, ...bench.sandbox.journal.since(0).map((entry) => JSON.stringify(entry))].join(
      "\n",
    );
    expect(text).toContain('"rotated"');
    expect(shown(await canariesOf(bench, vendor), text)).toEqual([]);
  });
});

describe("a provider that breaks its contract", () => {
  const spill: Readonly<Record<string, (key: string) => unknown>> = {
    "an error with the key in its message": (key) => new Error(key),
    "an error whose message looks like a stack": (key) => new Error(`no\n    at ${key} (file:///a.js:1:1)`),
    "an error with the key in its name": (key) => Object.assign(new Error("no"), { name: key }),
    "an error with the key as a property": (key) =>
      Object.assign(new Error("no"), { key, response: { key } }),
    "an error with the key in its cause": (key) => new Error("no", { cause: new Error(key) }),
    "the key itself": (key) => key,
    "an object": (key) => ({ stack: key, message: key, toString: () => key }),
  };

  it.each(Object.keys(spill))("and throws %s", async (name) => {
    let broken = false;
    const providers = only("github").map(
      (provider): Provider => ({
        ...provider,
        connect: async (lent) => {
          const connection = await provider.connect(lent);
          return {
            ...connection,
            verify: (key) => {
              if (broken) throw spill[name]?.(key.fields["token"]?.reveal() ?? "");
              return connection.verify(key);
            },
          };
        },
      }),
    );
    const bench = await toSteady(await openBench({ ...quick, providers }), ["github"]);
    const rotation = await stage(bench, bench.github);
    await rotation.run("createSecret");
    broken = true;
    const text = await letOut(bench, () => rotation.run("testSecret"));
    expect(text).toContain("internal_fault");
    expect(shown(await canariesOf(bench, "github"), text)).toEqual([]);
  });
});

describe("the check itself", () => {
  const key = randomBytes(40).toString("base64url");
  const canaries = [{ what: "the key", text: key }];
  const hidden = Object.defineProperty(new Error("no"), "request", { value: { headers: { auth: key } } });
  it.each<[string, unknown]>([
    ["a message", new Error(`no access with ${key}`)],
    ["the beginning", new Error(`no access with ${key.slice(0, 12)}…`)],
    ["base64", { body: Buffer.from(`${key} and more`).toString("base64") }],
    ["hexadecimal", Buffer.from(key).toString("hex")],
    ["a property that is not enumerable", hidden],
    ["a cause", new Error("no", { cause: { nested: [{ deep: { deeper: key } }] } })],
    ["a list in an error", new AggregateError([new Error(key)], "no")],
  ])("sees a key in %s", (_, planted) => {
    expect(shown(canaries, everythingOf(planted))).toEqual(["the key"]);
  });

  it("sees one planted in a function's own log, and nothing where there is nothing", async () => {
    const bench = await openBench({ ...quick, providers: only("github") });
    const canary = await canariesOf(bench, "github");
    const { token } = await bench.value(bench.github, "AWSCURRENT");
    const { log } = bench.options(bench.github);
    const clean = await letOut(bench, () => Promise.reject(new Error("no")));
    const leaking = await letOut(bench, async () => log(JSON.stringify({ event: "key_minted", token })));
    expect([shown(canary, clean), shown(canary, leaking)]).toEqual([[], ["the key of AWSCURRENT"]]);
  });
});
