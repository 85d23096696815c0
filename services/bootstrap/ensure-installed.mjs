// Plain JavaScript with node: imports only: it runs before anything is installed.
// Installs what package-lock.json names unless it is there already; exits as npm does.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = new URL("../../", import.meta.url);
const leastNode = 20;

if (Number.parseInt(process.versions.node, 10) < leastNode) {
  console.error(
    `keyturn: expected Node ${leastNode} or later; found ${process.version}. Install a current Node and try again.`,
  );
  process.exit(1);
}

const reason = whyInstall();
if (reason) {
  console.error(`keyturn: ${reason}, so npm ci runs first`);
  // No package needs its install scripts, and the build follows anyway. Standard output stays the caller's.
  const args = ["ci", "--ignore-scripts"];
  const npm = process.env.npm_execpath?.endsWith("npm-cli.js") ? process.env.npm_execpath : undefined;
  const options = { cwd: fileURLToPath(root), stdio: ["inherit", 2, 2] };
  const run = npm
    ? spawnSync(process.execPath, [npm, ...args], options)
    : spawnSync("npm", args, { ...options, shell: process.platform === "win32" });
  if (run.error) console.error(`keyturn: npm did not start (${run.error.message}). Is it installed?`);
  process.exitCode = run.status ?? 1;
}

/** What is missing or differs, in words; undefined when node_modules holds what the lock file names. */
function whyInstall() {
  const wanted = packagesIn("package-lock.json");
  if (!wanted) return "there is no readable package-lock.json";
  // npm writes this file at the end of an installation, and never for one that it gave up.
  const installed = packagesIn("node_modules/.package-lock.json");
  if (!installed) return "nothing is installed yet";
  for (const [path, { version, optional }] of Object.entries(wanted)) {
    if (path === "") continue;
    const found = installed[path]?.version;
    if (found === version || (optional && found === undefined)) continue;
    const name = path.replace(/^.*node_modules\//, "");
    return found === undefined ? `${name} is not installed` : `${name} is ${found} and not ${version}`;
  }
  return undefined;
}

function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(new URL(file, root), "utf8")).packages;
  } catch {
    return undefined;
  }
}
