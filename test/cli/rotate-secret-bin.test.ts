import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import * as z from "zod/mini";

const root = new URL("../../", import.meta.url);

test("the command rotate-secret is keyturn rotate-secret, with the same arguments", async () => {
  const { bin } = z
    .object({ bin: z.record(z.string(), z.string()) })
    .parse(JSON.parse(await readFile(new URL("package.json", root), "utf8")));
  const folder = await mkdtemp(join(tmpdir(), "keyturn-bin-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const main = join(folder, "dist/services/cli/main.js");
  await mkdir(dirname(main), { recursive: true });
  await writeFile(join(folder, "package.json"), '{"type":"module"}');
  await writeFile(main, "console.log(JSON.stringify(process.argv.slice(2)));");
  for (const file of Object.values(bin)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await copyFile(new URL(file, root), join(folder, file));
  }
  const command = join(folder, bin["rotate-secret"] ?? "");
  const { stdout } = await promisify(execFile)(process.execPath, [command, "--leaked", "app/key"]);
  expect(JSON.parse(stdout)).toEqual(["rotate-secret", "--leaked", "app/key"]);
});
