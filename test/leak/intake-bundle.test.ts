import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Bundle, bundleIntake } from "../../services/bundle/bundle.js";

let folder = "";
let bundle: Bundle;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "keyturn-intake-"));
  bundle = await bundleIntake(folder);
});
afterAll(() => rm(folder, { recursive: true }));

test("holds the two clients of AWS that it needs, and no provider", async () => {
  const clients = bundle.packages.filter((one) => one.startsWith("@aws-sdk/client-"));
  expect(clients).toEqual(["@aws-sdk/client-eventbridge", "@aws-sdk/client-secrets-manager"]);
  expect(bundle.packages.filter((one) => /octokit|ssh2|stripe|esbuild|commander/.test(one))).toEqual([]);
  expect(bundle.bytes).toBeLessThan(450_000);
  expect(await readFile(bundle.file, "utf8")).not.toMatch(/child_process/);
});

test("runs as on Lambda: with the declarations beside it, and where its variables say", async () => {
  const declarations = { installation: "abcdefgh2345", environment: "live", secrets: {} };
  await writeFile(join(folder, "keyturn.json"), JSON.stringify(declarations));
  const script = `const it = await import(${JSON.stringify(pathToFileURL(bundle.file).href)});
    const event = { id: "1", "detail-type": "Leak Report", time: "2026-06-01T00:00:00Z",
      detail: { v: 1, secret: "app/x", source: "test" } };
    await it.handler(event, { getRemainingTimeInMillis: () => 5000 });
    console.log(JSON.stringify(Object.keys(it)));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: folder,
    env: {
      ...{ PATH: process.env.PATH, AWS_REGION: "us-east-1" },
      ...{
        KEYTURN_ENVIRONMENT: "live",
        KEYTURN_BUS: "keyturn-live",
        KEYTURN_WORK_BUS: "keyturn-live-work",
      },
    },
  });
  const [line = "", exports = ""] = stdout.trim().split("\n");
  expect(JSON.parse(line)).toMatchObject({
    event: "leak_report_refused",
    code: "secret_undeclared",
    environment: "live",
  });
  expect(JSON.parse(exports)).toEqual(["createIntake", "handler"]);
});
