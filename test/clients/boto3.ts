import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import * as z from "zod/mini";
import { sandboxCredentials, sandboxRegion } from "../../services/sandbox/seed.js";
import { type Client, environment, type Outcome, pythonPath } from "./client.js";

const script = fileURLToPath(new URL("boto3_calls.py", import.meta.url));
const answer = z.union([
  z.object({ output: z.record(z.string(), z.unknown()) }),
  z.object({ error: z.object({ code: z.string(), operation: z.string(), message: z.string() }) }),
]);

/** AWS's SDK for Python: one process for all calls, which it makes one after the other. */
export function boto3(endpoint: string): Client {
  const { accessKeyId: usual } = sandboxCredentials;
  const child = spawn(pythonPath, ["-B", script, endpoint], {
    env: environment(sandboxRegion, usual),
    stdio: ["pipe", "pipe", "inherit"],
  });
  const waiting: { resolve: (line: string) => void; reject: (error: Error) => void }[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => waiting.shift()?.resolve(line));
  child.on("close", (code) => {
    for (const { reject } of waiting.splice(0)) reject(new Error(`boto3 ended with ${code}`));
  });
  return {
    async call(operation, input, options = {}): Promise<Outcome> {
      const line = await new Promise<string>((resolve, reject) => {
        waiting.push({ resolve, reject });
        const asked = { region: sandboxRegion, accessKeyId: usual, operation, input, ...options };
        child.stdin.write(`${JSON.stringify(asked)}\n`);
      });
      return answer.parse(JSON.parse(line));
    },
    close: () => child.stdin.end(),
  };
}
