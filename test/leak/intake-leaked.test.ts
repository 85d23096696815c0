import { readFile } from "node:fs/promises";
import { SecretsManager } from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Declaration } from "../../services/config/declare.js";
import { approvalOf } from "../../services/leak/intake/approval.js";
import { parseLeakReport } from "../../services/leak/intake/leak-report.js";
import { leakedBy } from "../../services/leak/intake/leaked.js";
import { awsOf } from "../../services/sandbox/place.js";
import { type Sandbox, startSandbox } from "../../services/sandbox/sandbox.js";
import { secretsManagerStore } from "../../services/store/secrets-manager.js";
import type { Store } from "../../services/store/store.js";

const at = new Date("2026-06-01T00:00:00Z");
const declaration: Declaration = { provider: "a/b", config: {}, admin: "admin/a", every: "1d" };
const names = ["app/one", "app/two", "app/three", "app/away", "app/gone"];
const declarations = {
  installation: "abcdefgh2345",
  secrets: Object.fromEntries(names.map((name) => [name, declaration])),
};
const print = "0123456789abcdef".repeat(2);
const versionId = "v".repeat(32);

let sandbox: Sandbox;
let store: Store;
beforeAll(async () => {
  sandbox = await startSandbox({ start: at });
  store = secretsManagerStore(awsOf(sandbox), 3_000);
  const here = new SecretsManager(awsOf(sandbox));
  const away = new SecretsManager({ ...awsOf(sandbox), region: "eu-west-1" });
  const made = (Name: string) => ({
    ...{ Name, ClientRequestToken: versionId, SecretString: "{}" },
    Tags: [{ Key: "keyturn:fp:0", Value: `${print} ${versionId}` }],
  });
  for (const name of ["app/one", "app/two", "app/three", "app/undeclared"])
    await here.createSecret(made(name));
  await away.createSecret({ ...made("app/away"), AddReplicaRegions: [{ Region: "us-east-1" }] });
  await here.deleteSecret({ SecretId: "app/one", RecoveryWindowInDays: 7 });
  here.destroy();
  away.destroy();
  await sandbox.timeline.advance(600_000);
});
afterAll(() => sandbox.close());

const sought = () =>
  leakedBy({ detail: { v: 1, source: "test", fingerprint: print }, at }, { store, declarations });

describe("a fingerprint in the tags of several secrets", () => {
  test("is about each; an undeclared one, a replica, one that is being deleted stops no other", async () => {
    const meant = await sought();
    const said = meant.map((one) => ("code" in one ? `${one.code} ${one.message}` : one.name)).sort();
    expect(said).toEqual([
      "app/three",
      "app/two",
      expect.stringMatching(/^leak_report_refused .*app\/one.*scheduled for deletion/),
      expect.stringMatching(/^leak_report_refused .*a replica of one in eu-west-1/),
      expect.stringMatching(/^secret_undeclared .*app\/undeclared/),
    ]);
    expect(meant).toMatchObject(
      expect.arrayContaining([expect.objectContaining({ name: "app/two", versions: [versionId] })]),
    );
  });

  test("whatever else fails makes the report come again", async () => {
    const fault = { kind: "throttle" } as const;
    sandbox.faults.add({
      ...{ service: "secretsmanager", operation: "ListSecretVersionIds", after: 1, times: 2, fault },
    });
    await expect(sought()).rejects.toMatchObject({ code: "store_throttled" });
  });
});

test("a secret that is declared, and that AWS does not have", async () => {
  const report = { detail: { v: 1 as const, source: "test", secret: "app/gone" }, at };
  await expect(leakedBy(report, { store, declarations })).rejects.toMatchObject({
    code: "leak_report_refused",
    message: expect.stringContaining("none in this account"),
  });
});

test.each([
  ["plain", "app/a-b_c@d", "app/a-b_c@d"],
  ["a sign that a shell expands", "app/a!b", "'app/a!b'"],
  ["a quote", "a'b;c", "'a'\\''b;c'"],
])("a word of the command to approve with: %s", (_, word, quoted) => {
  const command = approvalOf({ secret: word, version: word, source: "--now", reason: "it's `x`\u202e" });
  expect(command).toBe(
    `keyturn rotate-secret ${quoted} --leaked --only ${quoted} --reason 'reported by --now: its x'`,
  );
});

test("the reason in the command is as long as a report takes", () => {
  const command = approvalOf({ secret: "a", version: "b", source: "c", reason: "x".repeat(256) });
  expect(/--reason '(.*)'$/.exec(command)?.[1]).toHaveLength(256);
});

test("the page's example is a report, and its fields are those that there are", async () => {
  const page = await readFile(new URL("../../docs/leak-events.md", import.meta.url), "utf8");
  const [, shown = "{}"] = /--entries '\[(.*?)\]'/s.exec(page) ?? [];
  const { DetailType, Detail } = JSON.parse(shown);
  const report = (detail: object) =>
    parseLeakReport({ id: "1", "detail-type": DetailType, time: at.toISOString(), detail }, at);
  expect(report(JSON.parse(Detail)).detail).toEqual(JSON.parse(Detail));
  const rows = [...page.matchAll(/^\| `([a-z]+)(\??)` \|/gm)].map(([, name = "", optional]) => [
    name,
    optional,
  ]);
  const values: Readonly<Record<string, unknown>> = {
    ...{ v: 1, secret: "app/stripe", version: versionId, source: "a", reason: "b", by: "c" },
  };
  const known = rows.filter(([name]) => name !== "fingerprint");
  const whole = Object.fromEntries(known.map(([name = ""]) => [name, values[name]]));
  expect(report(whole).detail).toEqual(values);
  for (const [name = "", optional] of known) {
    const { [name]: _, ...without } = whole;
    const parsing = expect(() => report(without));
    if (optional) parsing.not.toThrow();
    else parsing.toThrow(/leak_report_refused/);
  }
  expect(report({ v: 1, source: "a", fingerprint: print }).at).toEqual(at);
});
