import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { builtin } from "../../providers/index.js";
import { type Bundle, bundleFunction } from "../../services/bundle/bundle.js";
import { functionName } from "../../services/function-name.js";
import type { FunctionModule } from "../../services/rotation/function.js";
import { startSandbox } from "../../services/sandbox/sandbox.js";
import { seedSandbox } from "../../services/sandbox/seed.js";

const kB = 1000;
/** How large each function may get. */
const budgets: Readonly<Record<string, number>> = {
  "github/installation-token": 520 * kB,
  // An SSH client is half of it.
  "github/deploy-key": 870 * kB,
  "stripe/restricted-key": 750 * kB,
  "stripe/webhook-secret": 750 * kB,
};
/** For each vendor: the packages that only its functions may hold. */
const sdks: Readonly<Record<string, RegExp>> = {
  github: /^@octokit\/|^universal-github-app-jwt$|^ssh2$/,
  stripe: /^stripe$/,
};
const tools = /^(esbuild|tsx|commander|vitest|constructs|aws-cdk.*)$/;

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "keyturn-bundles-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe.each(builtin)("the bundle of $id", (provider) => {
  const vendor = provider.id.split("/")[0] ?? "";
  let bundle: Bundle;
  beforeAll(async () => {
    bundle = await bundleFunction(provider, join(folder, functionName(provider.id)));
  });

  test("stays within its budget", () => {
    expect(bundle.bytes).toBeLessThan(budgets[provider.id] ?? 0);
  });

  test("holds its own vendor's SDK, no other's, and no tool", () => {
    const held = Object.keys(sdks).filter((name) => bundle.packages.some((one) => sdks[name]?.test(one)));
    expect(held).toEqual([vendor]);
    expect(bundle.packages.includes("ssh2")).toBe(provider.id === "github/deploy-key");
    expect(bundle.packages.filter((one) => tools.test(one))).toEqual([]);
    expect(bundle.packages).toContain("@aws-sdk/client-secrets-manager");
  });

  test("has no source of credentials but its environment, starts no program, loads no machine code", async () => {
    const sources = bundle.packages.filter((one) => one.startsWith("@aws-sdk/credential-provider-"));
    expect(sources.map((one) => one.split("-").at(-1))).toEqual(["env", "http", "node"]);
    expect(await readFile(bundle.file, "utf8")).not.toMatch(/child_process|\.node["']|\(["']cpu-features/);
  });

  test("rotates, as it would on Lambda", async () => {
    const sandbox = await startSandbox({ start: new Date("2026-06-01T00:00:00Z") });
    onTestFinished(() => sandbox.close());
    const module: FunctionModule = await import(pathToFileURL(bundle.file).href);
    await seedSandbox(sandbox, { load: async () => module, providers: [provider] });
    expect(sandbox.keys().filter((key) => key.provider === provider.id)).toMatchObject([{ live: true }]);
    const outcomes = sandbox.journal
      .since(0)
      .flatMap((line) => (line.kind === "rotation" ? line.outcome : []));
    expect(outcomes).toEqual(["started", "succeeded"]);
  });

  test("loads alone under plain node, with the two exports", async () => {
    const script = `const it = await import(${JSON.stringify(pathToFileURL(bundle.file).href)});
      console.log(JSON.stringify(Object.entries(it).map(([name, value]) => [name, typeof value])));`;
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      ["--input-type=module", "--eval", script],
      { cwd: folder, env: { PATH: process.env.PATH } },
    );
    expect({ exports: JSON.parse(stdout), stderr }).toEqual({
      exports: [
        ["createHandler", "function"],
        ["handler", "function"],
      ],
      stderr: "",
    });
  });
});

test("a module without a provider is refused when it is bundled, not when it first runs", async () => {
  const module = join(folder, "nothing.mjs");
  await writeFile(module, "export const provider = 1;\n");
  const empty = { id: "nobody/nothing", module: pathToFileURL(module).href } as const;
  await expect(bundleFunction(empty, join(folder, "nothing"))).rejects.toThrow(/default/);
});
