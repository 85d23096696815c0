import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import * as z from "zod/mini";

const root = fileURLToPath(new URL("..", import.meta.url));

test("npx keyturn runs the built command from the checkout, and needs no registry", async () => {
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8")));
  // npx remembers in npm's cache how it linked a checkout: start without a memory.
  const cache = await mkdtemp(join(tmpdir(), "keyturn-npm-cache-"));
  try {
    const { stdout } = await promisify(execFile)("npx", ["--no-install", "keyturn", "--version"], {
      cwd: root,
      env: {
        ...process.env,
        npm_config_cache: cache,
        // Nobody listens there: a look-up would fail.
        npm_config_registry: "http://127.0.0.1:9",
        npm_config_fetch_retries: "0",
      },
    });
    expect(stdout.trim()).toBe(version);
  } finally {
    await rm(cache, { recursive: true });
  }
}, 30_000);
