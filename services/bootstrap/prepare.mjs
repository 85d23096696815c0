// Plain JavaScript: npm runs it after every installation, also one without the development packages.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const root = new URL("../../", import.meta.url);
const missing = ["typescript", "esbuild"].filter((name) => !isInstalled(name));
// The first `npx keyturn` links this package into npm's cache, and npm prepares whatever it links.
const built = existsSync(new URL("dist/services/cli/main.js", root));
const linking = process.env.npm_command === "exec" && built;

if (missing.length > 0) {
  console.error(`keyturn: not built, for want of ${missing.join(" and ")} (development packages)`);
} else if (!linking) {
  const options = { cwd: fileURLToPath(root), stdio: "inherit", shell: process.platform === "win32" };
  process.exitCode = spawnSync("npm", ["run", "build"], options).status ?? 1;
}

function isInstalled(name) {
  try {
    createRequire(import.meta.url).resolve(`${name}/package.json`);
    return true;
  } catch {
    return false;
  }
}
