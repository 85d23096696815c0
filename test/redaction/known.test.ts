import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { createHandler } from "../../services/rotation/handler.js";
import { type Bench, openBench } from "../rotation/bench.js";
import { fieldOf, kinds, only, quick } from "../rotation/refusal.js";
import { isHeld } from "./known.js";

const value = z.record(z.string(), z.unknown());
const stored = z.object({ SecretString: z.string() });
const listed = z.object({ Versions: z.array(z.object({ VersionId: z.string() })) });

/** Asks the sandbox's Secrets Manager behind the check's back: no request is sent, so that nothing gets known by it. */
function ask(bench: Bench, operation: string, input: unknown): unknown {
  const { body } = bench.sandbox.secretsManager.handle({
    ...{ method: "POST", path: "/", query: new URLSearchParams(), body: JSON.stringify(input) },
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `secretsmanager.${operation}`,
      authorization:
        "AWS4-HMAC-SHA256 Credential=keyturn-sandbox/20260601/us-east-1/secretsmanager/aws4_request",
    },
  });
  return body;
}

/** Every value that any version of a secret ever held. */
function valuesOf(bench: Bench, SecretId: string): readonly Record<string, unknown>[] {
  bench.sandbox.secretsManager.set("unlabelledVersions", "readable");
  const { Versions } = listed.parse(
    ask(bench, "ListSecretVersionIds", { SecretId, IncludeDeprecated: true }),
  );
  return Versions.map(({ VersionId }) => {
    const { SecretString } = stored.parse(ask(bench, "GetSecretValue", { SecretId, VersionId }));
    return value.parse(JSON.parse(SecretString));
  });
}

/** What of a field must be known: all of it, or each of the lines of a PEM. */
const runsOf = (field: unknown) =>
  String(field)
    .split("\n")
    .filter((line) => line.length >= 16 && !line.startsWith("-----"));

describe.each(kinds)("%s: known to be secret are", (kind) => {
  it("every key of every version, the admin credential, the tokens of the rotations", async () => {
    const rotationTokens = new Set<string>();
    const bench = await openBench({
      ...{ ...quick, providers: only(kind) },
      load: async (provider) => ({
        createHandler: (given) => (event, context) => {
          rotationTokens.add(z.object({ RotationToken: z.string() }).parse(event).RotationToken);
          return createHandler(provider, given)(event, context);
        },
      }),
    });
    for (let round = 0; round < 2; round++) {
      await bench.pastOverlap(bench[kind]);
      expect((await bench.rotate(bench[kind])).outcome).toBe("succeeded");
    }
    const keys = valuesOf(bench, bench[kind].name).flatMap((fields) => runsOf(fields[fieldOf[kind]] ?? ""));
    const admin = valuesOf(bench, bench[kind].declaration.admin).flatMap((fields) =>
      Object.values(fields).flatMap(runsOf),
    );
    expect([new Set(keys).size >= 3, admin.length >= 1, rotationTokens.size]).toEqual([true, true, 3]);
    const unknown = [...keys, ...admin, ...rotationTokens].filter((run) => !isHeld(run));
    expect(unknown.length).toBe(0);
  });
});

describe.each(["github", "stripe", "secretsmanager"] as const)("%s", (service) => {
  it("an error of any status: each of its texts, in JSON of any shape and in none", async () => {
    const bench = await openBench({ ...quick, providers: only("github") });
    const url = bench.sandbox.urls[service === "secretsmanager" ? "aws" : service];
    for (const status of [400, 401, 403, 404, 409, 422, 429, 500, 503]) {
      const [message, code, page] = [0, 1, 2].map(() => `canary-${randomBytes(18).toString("hex")}`);
      const body = { message, errors: [{ nested: { code } }] };
      const html = { headers: { "content-type": "text/html" }, body: `<h1 class="x">${page}</h1>` };
      for (const told of [{ body }, html]) {
        bench.sandbox.faults.add({ service, fault: { kind: "status", status, ...told } });
        expect((await fetch(url, { method: "POST", body: "{}" })).status).toBe(status);
      }
      expect(
        [message, code, page].map((text) => isHeld(text ?? "")),
        `status ${status}`,
      ).toEqual([true, true, true]);
    }
  });
});

it("what no function of ours ever used: in events, requests and answers, by their fields, by what keys look like", async () => {
  const bench = await openBench({ ...quick, providers: only("github") });
  const { aws, sandbox } = bench;
  const next = () => randomBytes(24).toString("hex");
  const [event, put, binary, header, json] = [next(), next(), next(), next(), next()];
  const minted = `ghs_${next()}`;
  const SecretId = bench.github.name;
  await expect(bench.invoke(bench.github, { RotationToken: event })).rejects.toThrow();
  await aws.putSecretValue({ SecretId, SecretString: JSON.stringify({ password: put, more: [json] }) });
  await aws.putSecretValue({ SecretId, SecretBinary: Buffer.from(binary) });
  const { RandomPassword = "" } = await aws.getRandomPassword({ ExcludePunctuation: true });
  sandbox.faults.add({ service: "github", fault: { kind: "status", status: 201, body: { odd: [minted] } } });
  await fetch(sandbox.urls.github, { headers: { authorization: `Bearer ${header}` } });
  const secrets = [event, put, json, Buffer.from(binary).toString("base64"), RandomPassword, header, minted];
  expect(secrets.map(isHeld)).toEqual(secrets.map(() => true));
});
