import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

test("without a build the command says how to get one", () => {
  const folder = mkdtempSync(join(tmpdir(), "keyturn-unbuilt-"));
  try {
    const copy = join(folder, "services/bootstrap/keyturn.mjs");
    mkdirSync(join(folder, "services/bootstrap"), { recursive: true });
    copyFileSync(fileURLToPath(new URL("../../services/bootstrap/keyturn.mjs", import.meta.url)), copy);
    const { status, stdout, stderr } = spawnSync(process.execPath, [copy, "--version"], { encoding: "utf8" });
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/found none\. Run npm ci/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
