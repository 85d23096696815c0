import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const script = fileURLToPath(new URL("../../services/bootstrap/ensure-installed.mjs", import.meta.url));
let folder = "";
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "keyturn-bootstrap-")));
  mkdirSync(join(folder, "services/bootstrap"), { recursive: true });
  copyFileSync(script, join(folder, "services/bootstrap/ensure-installed.mjs"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const lockFile = (packages: Record<string, object>) => JSON.stringify({ packages: { "": {}, ...packages } });
const wanted = {
  "node_modules/a": { version: "1.2.3" },
  "node_modules/a/node_modules/b": { version: "2.0.0" },
  "node_modules/other-platform": { version: "3.0.0", optional: true },
};
const installed = {
  "node_modules/a": { version: "1.2.3" },
  "node_modules/a/node_modules/b": { version: "2.0.0" },
};

/** Runs the script with a stand-in for npm that notes its arguments and ends with `npmExits`. */
function run(npmExits: number, hidden?: Record<string, object>, preload?: string) {
  writeFileSync(join(folder, "package-lock.json"), lockFile(wanted));
  if (hidden) {
    mkdirSync(join(folder, "node_modules"));
    writeFileSync(join(folder, "node_modules/.package-lock.json"), lockFile(hidden));
  }
  const npm = join(folder, "npm-cli.js");
  const calls = join(folder, "calls");
  writeFileSync(
    npm,
    `require("node:fs").appendFileSync(${JSON.stringify(calls)}, process.argv.slice(2).join(" ") + " in " + process.cwd() + "\\n");
     console.log("added"); process.exit(${npmExits});`,
  );
  const flags =
    preload === undefined ? [] : ["--import", `data:text/javascript,${encodeURIComponent(preload)}`];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...flags, join(folder, "services/bootstrap/ensure-installed.mjs")],
    { cwd: tmpdir(), encoding: "utf8", env: { npm_execpath: npm } },
  );
  return { status, stdout, stderr, calls: existsSync(calls) ? readFileSync(calls, "utf8").trim() : "" };
}

test("does nothing and says nothing when what the lock file names is installed", () => {
  expect(run(0, installed)).toEqual({ status: 0, stdout: "", stderr: "", calls: "" });
});

test.each([
  ["nothing is installed yet", undefined],
  ["b is not installed", { "node_modules/a": { version: "1.2.3" } }],
  ["a is 1.2.2 and not 1.2.3", { ...installed, "node_modules/a": { version: "1.2.2" } }],
  [
    "other-platform is 2.0.0 and not 3.0.0",
    { ...installed, "node_modules/other-platform": { version: "2.0.0" } },
  ],
])("installs once from the lock file when %s", (reason, hidden) => {
  const { status, stdout, stderr, calls } = run(0, hidden);
  expect({ status, stdout, calls }).toEqual({
    status: 0,
    stdout: "",
    calls: `ci --ignore-scripts in ${folder}`,
  });
  expect(stderr).toBe(`keyturn: ${reason}, so npm ci runs first\nadded\n`);
});

test("ends as npm ends", () => {
  expect(run(7).status).toBe(7);
});

test("refuses a Node that is too old, before anything else", () => {
  const old =
    'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "18.20.0" } });';
  const { status, stderr, calls } = run(0, undefined, old);
  expect({ status, calls }).toEqual({ status: 1, calls: "" });
  expect(stderr).toMatch(/^keyturn: expected Node 20 or later; found v/);
});
