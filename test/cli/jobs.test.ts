import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SecretsManager } from "@aws-sdk/client-secrets-manager";
import { expect, onTestFinished, test } from "vitest";
import * as z from "zod/mini";
import { builtin } from "../../providers/index.js";
import { runJobs } from "../../services/cli/run-jobs.js";
import { sandboxCredentials, sandboxRegion } from "../../services/sandbox/seed.js";
import { keyturn, keyturnWith } from "./keyturn.js";

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "keyturn-cli-"));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

test("abort and recover work against a running sandbox, with the declarations that it wrote", async () => {
  const config = join(await folder(), "keyturn.sandbox.json");
  const { printed } = keyturn("sandbox", "--port", "0", "--json", "--write-config", config);
  const urls = z.object({ aws: z.string(), control: z.string() }).parse(JSON.parse(await printed));
  const env = {
    ...{ AWS_ENDPOINT_URL: urls.aws, AWS_REGION: sandboxRegion },
    ...{ AWS_ACCESS_KEY_ID: sandboxCredentials.accessKeyId, AWS_SECRET_ACCESS_KEY: "none" },
  };
  const run = (...args: string[]) => keyturnWith(env, ...args, "--config", config).ended;
  const aws = new SecretsManager({
    endpoint: urls.aws,
    region: sandboxRegion,
    credentials: sandboxCredentials,
  });
  onTestFinished(() => aws.destroy());
  const SecretId = "app/stripe-restricted-key";

  const { SecretString = "" } = await aws.getSecretValue({ SecretId });
  await aws.putSecretValue({
    ...{ SecretId, ClientRequestToken: "t".repeat(32), VersionStages: ["AWSPENDING"] },
    SecretString: "an accident",
  });
  const recovered = await run("recover");
  expect(recovered).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/^recovery_waits .*because=young/),
  });
  const told = builtin.map(({ id }) => `app/${id.replace("/", "-")}: nothing to do (nothing pending).`);
  const stuck = expect.stringMatching(`^${SecretId}: left alone \\(young, until 20.*Z\\)\\.$`);
  expect(recovered.stdout.trim().split("\n")).toEqual(
    told.map((line) => (line.startsWith(SecretId) ? stuck : line)),
  );

  const aborted = await run("abort", SecretId);
  expect(aborted).toMatchObject({ code: 0, stderr: expect.stringMatching(/^rotation_aborted /) });
  expect(aborted.stdout).toMatch(new RegExp(`^${SecretId}: rotation t{32} is ended for good\\.\n`));
  const { VersionIdsToStages = {} } = await aws.describeSecret({ SecretId });
  expect(Object.values(VersionIdsToStages).flat().sort()).toEqual(["AWSCURRENT", "AWSPREVIOUS"]);
  expect(await aws.getSecretValue({ SecretId })).toMatchObject({ SecretString });

  const again = await run("abort", SecretId, "--json");
  expect(JSON.parse(again.stdout)).toEqual({ action: "abort", secret: SecretId, outcome: "nothing_pending" });
  const key: unknown = JSON.parse(SecretString).apiKey;
  for (const { stdout, stderr } of [recovered, aborted, again]) expect(stdout + stderr).not.toContain(key);
}, 60_000);

test("a declaration, or its absence, is told with what to do next", async () => {
  const here = await folder();
  const config = join(here, "keyturn.json");
  await writeFile(config, JSON.stringify({ installation: "abcdefgh2345", secrets: {} }));
  const wrong = join(here, "wrong.json");
  await writeFile(wrong, "{");
  const order = { action: "abort", secret: "app/key" } as const;
  const code = (file: string) =>
    runJobs({ ...order, config: file }, () => undefined).catch(({ message }) => message);
  expect(await code(config)).toMatch(/^secret_undeclared: .*no secret.*--config/);
  expect(await code(wrong)).toMatch(/^declaration_invalid: .*SyntaxError.*--config/);
  expect(await code(join(here, "none.json"))).toMatch(/^declaration_invalid: .*ENOENT.*--config/);
});

test("what cannot be done is 1, with a code and what to do next", async () => {
  const here = await folder();
  const bad = join(here, "bad.config.ts");
  const defineConfig = JSON.stringify(new URL("../../services/config/declare.js", import.meta.url).href);
  await writeFile(
    bad,
    `import { defineConfig } from ${defineConfig};\nexport default defineConfig({ installation: "A", secrets: {} });\n`,
  );
  const none = { AWS_ACCESS_KEY_ID: undefined, AWS_PROFILE: undefined, AWS_REGION: undefined };
  const nowhere = {
    ...none,
    AWS_CONFIG_FILE: join(here, "none"),
    AWS_SHARED_CREDENTIALS_FILE: join(here, "none"),
  };
  const example = ["--config", "examples/keyturn.config.ts"];
  const rows: [string[], RegExp][] = [
    [["abort", "app/stripe-key", ...example], /store_unconfigured: .*no AWS Region.*AWS_REGION/],
    [["recover", "--config", bad], /declaration_invalid: .*installation: expected 8 to 16.*bad\.config\.ts/],
  ];
  const results = await Promise.all(rows.map(([args]) => keyturnWith(nowhere, ...args).ended));
  for (const [index, { code, stdout, stderr }] of results.entries()) {
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(rows[index]?.[1] ?? /^$/);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  }
}, 60_000);
