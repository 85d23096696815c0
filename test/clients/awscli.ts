import * as z from "zod/mini";
import { sandboxCredentials, sandboxRegion } from "../../services/sandbox/seed.js";
import { awsPath, type Client, environment, type Outcome, run } from "./client.js";

const refusal = /^An error occurred \((\w+)\) when calling the (\w+) operation(?: \([^)]*\))?: (.*)$/s;
const object = z.record(z.string(), z.unknown());

/** AWS's command line: one process for each call, with the flags that a person would write. */
export function awscli(endpoint: string): Client {
  return {
    async call(operation, input, options = {}): Promise<Outcome> {
      const { region = sandboxRegion, accessKeyId = sandboxCredentials.accessKeyId, pageSize } = options;
      const args = [
        ...["secretsmanager", kebab(operation), "--endpoint-url", endpoint, "--output", "json"],
        ...Object.entries(input).flatMap(([name, value]) => flag(kebab(name), value)),
        ...(pageSize === undefined ? [] : ["--page-size", String(pageSize)]),
      ];
      const { code, stdout, stderr } = await run(awsPath, args, environment(region, accessKeyId));
      if (code === 0) return { output: stdout.trim() === "" ? {} : object.parse(JSON.parse(stdout)) };
      const [, error, named, message] = refusal.exec(stderr.trim()) ?? [];
      // 254 is how this client says that the service, not it, refused.
      if (code !== 254 || !error || !named || message === undefined) {
        throw new Error(`aws ${args.join(" ")} ended with ${code}: ${stderr}`);
      }
      return { error: { code: error, operation: named, message } };
    },
    close: () => undefined,
  };
}

const kebab = (name: string) => name.replaceAll(/([a-z])([A-Z])/g, "$1-$2").toLowerCase();

function flag(name: string, value: unknown): readonly string[] {
  if (typeof value === "boolean") return [value ? `--${name}` : `--no-${name}`];
  return [`--${name}`, typeof value === "string" ? value : JSON.stringify(value)];
}
