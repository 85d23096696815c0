import { type Command, InvalidArgumentError } from "commander";
import type { Declaration } from "../../config/declare.js";
import { logGroupOf } from "../../environment-names.js";
import type { Sandbox, SandboxUrls } from "../../sandbox/sandbox.js";

/** A secret that the sandbox was filled with. */
export interface Seeded {
  readonly name: string;
  readonly provider: string;
  readonly declaration: Declaration;
}

export interface SandboxCommandParts {
  /** Loaded when the command runs, so that other commands start without it. */
  readonly start: (options: { port: number; moving: boolean }) => Promise<Sandbox>;
  /** Fills the sandbox, with the environment of this name if there is to be one; not called with `--empty`. */
  readonly seed: (sandbox: Sandbox, environment: string | undefined) => Promise<readonly Seeded[]>;
  /** Writes the declarations of these secrets to a file. */
  readonly writeConfig: (
    file: string,
    seeded: readonly Seeded[],
    environment: string | undefined,
  ) => Promise<void>;
  readonly write: (text: string) => void;
  /** Resolves when the user wants to end it. */
  readonly interrupted: () => Promise<void>;
}

/** The environment that its secrets are in: group of schedules, bus and log group are named after it. */
const environmentName = "sandbox";

/** Ports are five in a row: the last must exist. */
const highestPort = 65_535 - 4;

interface SandboxOptions {
  readonly port: number;
  readonly json: boolean;
  readonly empty: boolean;
  readonly schedules: boolean;
  readonly writeConfig?: string;
}

/** `keyturn sandbox`: starts the sandbox on real time, says where it is, and ends it when told to. */
export function addSandboxCommand(program: Command, parts: SandboxCommandParts): void {
  program
    .command("sandbox")
    .description(
      "Run AWS Secrets Manager, EventBridge, GitHub and Stripe on this machine, with keys that work nowhere else.",
    )
    .option("--port <number>", "first of five ports in a row; 0 for free ones", portOf, 4566)
    .option("--json", "print one line of JSON with the addresses when it is ready, and nothing else", false)
    .option("--empty", "declare no secrets", false)
    .option("--no-schedules", "no schedule, no events, no recovery: its secrets rotate when told to")
    .option("--write-config <file>", "write the declarations of its secrets to this .json file", jsonFile)
    .action(async (options: SandboxOptions) => {
      const interrupted = parts.interrupted();
      const sandbox = await parts.start({ port: options.port, moving: true });
      try {
        const fill = async () => {
          const environment = options.schedules && !options.empty ? environmentName : undefined;
          const seeded = options.empty ? [] : await parts.seed(sandbox, environment);
          if (options.writeConfig) await parts.writeConfig(options.writeConfig, seeded, environment);
          const { urls } = sandbox;
          parts.write(options.json ? `${JSON.stringify(urls)}\n` : welcome(urls, seeded, environment));
        };
        // Whoever interrupts the filling wants it to end, not to hear that it did not succeed.
        await Promise.race([fill(), interrupted]);
        await interrupted;
      } finally {
        await sandbox.close();
      }
    });
}

function jsonFile(text: string): string {
  if (!text.endsWith(".json")) throw new InvalidArgumentError("Expected a file name that ends in .json.");
  return text;
}

function portOf(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > highestPort) {
    throw new InvalidArgumentError(`Expected a whole number from 0 to ${highestPort}.`);
  }
  return port;
}

function welcome(urls: SandboxUrls, seeded: readonly Seeded[], environment: string | undefined): string {
  const aws = (command: string) =>
    "AWS_ACCESS_KEY_ID=keyturn-sandbox AWS_SECRET_ACCESS_KEY=none \\\n" +
    `    aws ${command} --region us-east-1 --endpoint-url ${urls.aws}`;
  const post = (path: string, body: string) =>
    `curl -H 'content-type: application/json' -d '${body}' ${urls.control}${path}`;
  const [first] = seeded;
  const lines = [
    "The sandbox is up. It keeps nothing: Ctrl-C ends it, and everything in it.",
    "",
    `  AWS       ${urls.aws}   Secrets Manager, rotation included; EventBridge, Scheduler, SQS, CloudWatch Logs`,
    `  GitHub    ${urls.github}`,
    `  Stripe    ${urls.stripe}`,
    `  control   ${urls.control}   time, faults, keys, journal`,
    `  SSH       ${urls.ssh}          GitHub's own, for deploy keys`,
    "",
    ...secretLines(seeded),
    ...(environment === undefined || !first
      ? []
      : [
          "",
          `They rotate by the schedules in the group keyturn-${environment}; what happens goes to the bus keyturn-${environment}`,
          `and the log group ${logGroupOf(environment)}. --no-schedules leaves all of this out.`,
        ]),
    "",
    "Try next",
    ...(first
      ? ["  Rotate a secret:", `  ${aws(`secretsmanager rotate-secret --secret-id ${first.name}`)}`]
      : ["  List the secrets:", `  ${aws("secretsmanager list-secrets")}`]),
    "  See every key there is, and which of them work:",
    `  curl ${urls.control}/keys`,
    environment === undefined
      ? "  Let an hour go by, after which GitHub's tokens have ended, as at GitHub itself:"
      : "  Let an hour go by, in which GitHub's token rotates, because it would end within that hour:",
    `  ${post("/clock", '{"advance":"1h"}')}`,
    ...(environment === undefined
      ? []
      : [
          "  Read what happened:",
          `  ${aws(`logs filter-log-events --log-group-name ${logGroupOf(environment)}`)}`,
        ]),
  ];
  return `${lines.join("\n")}\n`;
}

function secretLines(seeded: readonly Seeded[]): readonly string[] {
  if (seeded.length === 0) return ["No secret is declared."];
  const width = Math.max(...seeded.map(({ name }) => name.length)) + 3;
  return ["Secrets", ...seeded.map(({ name, provider }) => `  ${name.padEnd(width)}${provider}`)];
}
