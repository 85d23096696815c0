import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Provider } from "../../providers/kit/plug.js";
import type { Fault } from "../../services/sandbox/faults.js";
import { hold } from "../redaction/known.js";
import { openBench, startBench } from "./bench.js";
import { eventFor, fieldOf, only, quick, sorts, toSteady, vendors } from "./refusal.js";
import { type Staged, stage } from "./staged.js";
import { broughtTo, meetAt, requests, states } from "./vendor-requests.js";

// After each test, in every file, test/redaction/setup.ts looks at what was let out. Here is what to let out most easily.

const marker = `canary-${randomBytes(18).toString("hex")}`;
hold("the vendor's words", marker);
const rotationToken = randomBytes(24).toString("hex");

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
  ...[200, 401, 403, 404, 500].map((status): Fault => ({ kind: "status", status, headers, body: words })),
  { kind: "status", status: 200, body: marker },
  { kind: "status", status: 403, headers: { "content-type": "text/html" }, body: `<h1>${marker}</h1>` },
  {
    kind: "status",
    status: 200,
    body: { token: marker, id: marker, expires_at: marker, secret_key: marker },
  },
  { kind: "redirect", location: `https://${marker}.example.com/${marker}` },
];

/** However it ends. */
const ended = (act: Promise<unknown>) => act.catch(() => undefined);

// How each provider reads each answer is the conformance kit's to check; here is what the core makes of it.
describe.each(vendors)("%s: whatever the vendor answers", (vendor) => {
  describe.each(states.filter((state) => requests[vendor][state]))("%s", (state) => {
    let bench: Awaited<ReturnType<typeof startBench>>;
    let rotation: Staged;
    beforeAll(async () => {
      bench = await toSteady(await startBench({ ...quick, providers: only(vendor) }), [vendor]);
      rotation = await broughtTo(state, bench, vendor);
    });
    afterAll(() => bench.close());

    it.each(requests[vendor][state] ?? [])("to $what, nothing is let out", async (asked) => {
      for (const fault of answers) {
        meetAt(bench, vendor, asked, fault);
        const event = await eventFor(bench, bench[vendor], asked.step, rotation.token);
        // With so little time left nothing is asked twice.
        const from = bench.log.length;
        await ended(bench.invoke(bench[vendor], { ...event, RotationToken: rotationToken }, {}, 10));
        bench.sandbox.faults.clear();
        expect(bench.log.length).toBeGreaterThan(from);
      }
    });
  });
});

describe.each(sorts)("%s: nothing is let out", (vendor) => {
  it("whatever Secrets Manager answers", async () => {
    const bench = await toSteady(await openBench({ ...quick, providers: only(vendor) }), [vendor]);
    const rotation = await stage(bench, bench[vendor]);
    await rotation.run("createSecret");
    await rotation.run("setSecret");
    const aws = { ...bench.options(bench[vendor]).aws, maxAttempts: 1 };
    for (const operation of ["DescribeSecret", "GetSecretValue", "UpdateSecretVersionStage"]) {
      for (const status of [200, 400, 403, 500]) {
        const event = await eventFor(bench, bench[vendor], "finishSecret", rotation.token);
        const fault = { kind: "status", status, headers, body: words };
        bench.sandbox.faults.add({ service: "secretsmanager", operation, times: "always", fault });
        const from = bench.log.length;
        await ended(bench.invoke(bench[vendor], event, { aws }));
        bench.sandbox.faults.clear();
        expect(bench.log.length).toBeGreaterThan(from);
      }
    }
  });

  it("whatever stands in the secrets", async () => {
    const bench = await toSteady(await openBench({ ...quick, providers: only(vendor) }), [vendor]);
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
    const good = [admin, JSON.stringify(value)];
    for (const [SecretId, SecretString] of trials.filter(([, text]) => !good.includes(text))) {
      await bench.aws.putSecretValue({ SecretId: bench[vendor].name, SecretString: JSON.stringify(value) });
      await bench.aws.putSecretValue({ SecretId, SecretString });
      const rotation = await stage(bench, bench[vendor]);
      await expect(rotation.run("createSecret")).rejects.toThrow();
    }
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
    await expect(rotation.run("testSecret")).rejects.toThrow("internal");
    expect(bench.log.at(-2)).toContain("internal_fault");
  });
});
