import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The built CLI, in a process of its own. It ends with the test. */
export function keyturn(...args: string[]) {
  return keyturnWith({}, ...args);
}

/** The same, with these environment variables beside its own. */
export function keyturnWith(env: Readonly<Record<string, string | undefined>>, ...args: string[]) {
  const child: ChildProcess = spawn(
    process.execPath,
    ["dist/services/cli/main.js", ...args],
    // Without this variable the CLI must be as quiet as with it.
    {
      cwd: root,
      env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: undefined, ...env },
    },
  );
  onTestFinished(() => void child.kill("SIGKILL"));
  const out = { stdout: "", stderr: "" };
  const ended = once(child, "close").then(() => ({ code: child.exitCode, ...out }));
  child.stderr?.on("data", (chunk) => {
    out.stderr += chunk;
  });
  const printed = new Promise<string>((resolve, reject) => {
    child.stdout?.on("data", (chunk) => {
      out.stdout += chunk;
      if (out.stdout.endsWith("\n")) resolve(out.stdout);
    });
    ended.then(() => reject(new Error(`ended first: ${out.stderr}`)), reject);
  });
  printed.catch(() => undefined);
  return { child, ended, printed };
}
