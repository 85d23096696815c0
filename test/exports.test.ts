import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

/** As a project that has installed the package writes it; a package may import itself by its name. */
function evaluate(code: string): string {
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  return execFileSync(process.execPath, ["--input-type=module", "-e", code], { cwd, encoding: "utf8" });
}

it("lets a project declare its secrets", () => {
  expect(evaluate('import { defineConfig } from "keyturn"; console.log(typeof defineConfig)')).toBe(
    "function\n",
  );
});

it("lets a project make a provider of its own signer, as the GitHub README shows", () => {
  const path = "keyturn/providers/github/installation-token";
  const code = `import { createInstallationToken } from "${path}"; console.log(typeof createInstallationToken)`;
  expect(evaluate(code)).toBe("function\n");
});
