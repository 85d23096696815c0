#!/usr/bin/env node
import { writeFile } from "node:fs/promises";
import { Command, CommanderError } from "commander";
import { CodedError } from "../../providers/kit/failure.js";
import { addJobCommands } from "./commands/jobs.js";
import { addSandboxCommand } from "./commands/sandbox.js";
import { packageVersion } from "./version.js";

// Read by the AWS SDK when it is loaded, which happens only inside commands.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

process.exitCode = await run(process.argv);

/** 0: done. 1: it did not succeed; standard error says why. 2: the command line was wrong. */
async function run(argv: readonly string[]): Promise<0 | 1 | 2> {
  const program = new Command("keyturn")
    .description("Rotates third-party API keys that live in AWS Secrets Manager.")
    .version(await packageVersion())
    .showHelpAfterError("Run with --help to see what it takes.")
    .exitOverride();
  addSandboxCommand(program, {
    start: async (options) => (await import("../sandbox/sandbox.js")).startSandbox(options),
    seed: async (sandbox) => {
      const [{ seedSandbox }, { loadFunction }] = await Promise.all([
        import("../sandbox/seed.js"),
        import("./load-function.js"),
      ]);
      return seedSandbox(sandbox, { load: loadFunction });
    },
    writeConfig: async (file, seeded) => {
      const { sandboxInstallation: installation } = await import("../sandbox/seed.js");
      const secrets = Object.fromEntries(seeded.map(({ name, declaration }) => [name, declaration]));
      await writeFile(file, `${JSON.stringify({ installation, secrets }, null, 2)}\n`);
    },
    write: (text) => process.stdout.write(text),
    interrupted,
  });
  addJobCommands(program, {
    run: async (order) => (await import("./run-jobs.js")).runJobs(order, progress),
    write: (text) => process.stdout.write(text),
  });
  try {
    await program.parseAsync(argv);
    return 0;
  } catch (error) {
    // Commander has printed its message already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    process.stderr.write(`keyturn: ${explain(error)}\n`);
    return 1;
  }
}

/** Errors that are not ours may hold anything: only their name is shown. */
function explain(error: unknown): string {
  if (error instanceof CodedError) return error.message;
  const name = error instanceof Error ? error.name : typeof error;
  return `internal: ${name}. This is a bug; please report it with the command you ran.`;
}

/** A function's log line, for people. It holds no secret. */
function progress(line: string): void {
  const { level, event, provider, job, ...fields }: Record<string, unknown> = JSON.parse(line);
  if (event === "job_done" || event === "job_failed") return;
  const told = Object.entries(fields).map(([name, value]) => ` ${name}=${String(value)}`);
  process.stderr.write(`${String(event)}${told.join("")}\n`);
}

/** Resolves on the first Ctrl-C or SIGTERM; the second one kills. */
function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      process.off("SIGINT", stop).off("SIGTERM", stop);
      resolve();
    };
    process.on("SIGINT", stop).on("SIGTERM", stop);
  });
}
