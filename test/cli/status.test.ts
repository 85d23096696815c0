import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SecretsManager } from "@aws-sdk/client-secrets-manager";
import { Command } from "commander";
import { expect, onTestFinished, test } from "vitest";
import * as z from "zod/mini";
import type { AwsConfig } from "../../services/aws-config.js";
import { addStatusCommand } from "../../services/cli/commands/status.js";
import { readStatus } from "../../services/cli/run-status.js";
import { sandboxCredentials, sandboxRegion } from "../../services/sandbox/seed.js";
import { show } from "../../services/status/show.js";
import { keyturn, keyturnWith } from "./keyturn.js";

/** The command lines of docs/status.md, as they stand there. */
async function documented(): Promise<readonly string[]> {
  const docs = await readFile(new URL("../../docs/status.md", import.meta.url), "utf8");
  return [...docs.matchAll(/^keyturn (.*)$/gm)].map(([, line = ""]) => line);
}

async function startedSandbox() {
  const folder = await mkdtemp(join(tmpdir(), "keyturn-cli-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const config = join(folder, "keyturn.sandbox.json");
  const { printed } = keyturn("sandbox", "--port", "0", "--json", "--write-config", config);
  const urls = z.object({ aws: z.string() }).parse(JSON.parse(await printed));
  const env = {
    ...{ AWS_ENDPOINT_URL: urls.aws, AWS_REGION: sandboxRegion },
    ...{ AWS_ACCESS_KEY_ID: sandboxCredentials.accessKeyId, AWS_SECRET_ACCESS_KEY: "none" },
  };
  const reached = { endpoint: urls.aws, region: sandboxRegion, credentials: sandboxCredentials };
  const aws = new SecretsManager(reached);
  onTestFinished(() => aws.destroy());
  const run = (line: string) => keyturnWith(env, ...line.split(" "), "--config", config).ended;
  return { aws, run, here: (line: string) => runHere(reached, `${line} --config ${config}`) };
}

/** `keyturn status` in this process: what the program adds is its exit code. */
async function runHere(aws: AwsConfig, line: string) {
  let [stdout, stderr, isTroubled] = ["", "", false];
  const program = new Command().exitOverride().configureOutput({
    writeErr: (text) => {
      stderr += text;
    },
  });
  addStatusCommand(program, {
    read: (order) => readStatus(order, { aws }),
    show: async (report) => show(report),
    write: (text) => {
      stdout += text;
    },
    troubled: () => {
      isTroubled = true;
    },
  });
  const failure = await program.parseAsync(line.split(" "), { from: "user" }).then(
    () => undefined,
    (error: unknown) => error,
  );
  return { stdout, stderr, isTroubled, failure };
}

/** A rotation by AWS, from its beginning to its end. */
async function rotated(aws: SecretsManager, SecretId: string): Promise<void> {
  const { VersionId = "" } = await aws.rotateSecret({ SecretId });
  for (;;) {
    const { VersionIdsToStages: stages = {} } = await aws.describeSecret({ SecretId });
    if (stages[VersionId]?.join() === "AWSCURRENT") return;
    await sleep(50);
  }
}

test("status and rollback against a running sandbox, as docs/status.md has them", async () => {
  const { aws, run, here } = await startedSandbox();
  const SecretId = "app/stripe-restricted-key";
  const [all = "", text = "", json = "", back = "", again = "", ...more] = await documented();
  expect([all, text, json, back, again, ...more]).toEqual([
    ...["status", `status ${SecretId}`, `status ${SecretId} --since 7d --json`],
    ...[`rollback ${SecretId}`, `rollback ${SecretId} --keep-schedule --json`],
  ]);
  const before = await aws.getSecretValue({ SecretId });
  await rotated(aws, SecretId);
  const well = await here(all);
  expect(well).toMatchObject({ isTroubled: false, failure: undefined, stderr: "" });
  expect(well.stdout).toMatch(/^4 secrets of sandbox: all well .*\n\nSTATE .*\n(ok .*\n){4}$/);

  const rolled = await run(back);
  expect(rolled).toMatchObject({ code: 0, stderr: expect.stringMatching(/^rolled_back .* from=.*\n$/) });
  expect(rolled.stdout).toMatch(
    new RegExp(
      [
        `^${SecretId}: version ${before.VersionId} is current again\\.`,
        "  mk_\\w+ the current key, which ends by itself at 20.*Z",
        "  mk_\\w+ the key rolled back from: is ended at 20.*Z",
        "There is no way forward again: the next rotation first ends the key rolled back from, then makes another\\.",
        `Its rotations are paused until 20.*Z, before the current key ends: keyturn resume ${SecretId}\n$`,
      ].join("\n"),
    ),
  );
  expect(await aws.getSecretValue({ SecretId })).toMatchObject({ SecretString: before.SecretString });

  const [repeated, troubled] = await Promise.all([run(again), run(all)]);
  expect(repeated).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(repeated.stdout)).toEqual({ action: "rollback", secret: SecretId, outcome: "already" });
  expect(troubled).toMatchObject({ code: 3, stderr: "" });
  expect(troubled.stdout).toMatch(
    /1 in trouble .*\n\nSTATE .*\npaused +app\/stripe-restricted-key .*\n(ok .*\n){3}/,
  );
  expect(troubled.stdout).toContain(`  > keyturn resume ${SecretId}\n`);

  const report = await here(json);
  expect(report).toMatchObject({ isTroubled: true, failure: undefined, stderr: "" });
  const told = JSON.parse(report.stdout);
  expect(told).toMatchObject({ v: 1, environment: "sandbox", well: false, secrets: [{ state: "paused" }] });
  expect(told.history.events.map(({ name }: { name: string }) => name)).toContain("Rotation Rolled Back");
  const shown = await here(text);
  expect(shown.stdout).toMatch(/ {2}Rotation Rolled Back from=/);
  expect(await here("status --since 31d")).toMatchObject({
    ...{
      stdout: "",
      stderr: expect.stringMatching(/30d at most/),
      failure: { code: "commander.invalidArgument" },
    },
  });
  expect((await here("status app/none")).failure).toMatchObject({ code: "secret_undeclared" });
  const key: unknown = JSON.parse(before.SecretString ?? "").apiKey;
  for (const { stdout, stderr } of [well, rolled, repeated, troubled, report, shown])
    expect(stdout + stderr).not.toContain(key);
}, 90_000);
