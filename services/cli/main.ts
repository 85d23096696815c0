#!/usr/bin/env node
import { writeFile } from "node:fs/promises";
import { Command, CommanderError } from "commander";
import { CodedError } from "../../providers/kit/failure.js";
import { addJobCommands } from "./commands/jobs.js";
import { addRollbackCommand } from "./commands/rollback.js";
import { addRotateSecretCommand } from "./commands/rotate-secret.js";
import { addSandboxCommand } from "./commands/sandbox.js";
import { addScheduleCommands } from "./commands/schedules.js";
import { addStatusCommand } from "./commands/status.js";
import { packageVersion } from "./version.js";

// Read by the AWS SDK when it is loaded, which happens only inside commands.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

const interruptedCode = 130;
process.exitCode = await run(process.argv);
// What an interrupted command had begun may take minutes.
if (process.exitCode === interruptedCode) process.exit();

/**
 * 0: done. 1: it did not succeed; standard error says why. 2: the command line was wrong. 3: done, and somebody has to do something.
 * `rotate-secret` has more: its help names them.
 */
async function run(argv: readonly string[]): Promise<number> {
  let isTroubled = false;
  let endedWith: number | undefined;
  const program = new Command("keyturn")
    .description("Rotates third-party API keys that live in AWS Secrets Manager.")
    .version(await packageVersion())
    .showHelpAfterError("Run with --help to see what it takes.")
    .exitOverride();
  addSandboxCommand(program, {
    start: async (options) => (await import("../sandbox/sandbox.js")).startSandbox(options),
    seed: async (sandbox, environment) => {
      const [{ seedSandbox }, { loadFunction }] = await Promise.all([
        import("../sandbox/seed.js"),
        import("./load-function.js"),
      ]);
      return seedSandbox(sandbox, {
        load: loadFunction,
        ...(environment !== undefined && { environment }),
      });
    },
    writeConfig: async (file, seeded, environment) => {
      const { sandboxInstallation: installation } = await import("../sandbox/seed.js");
      const secrets = Object.fromEntries(seeded.map(({ name, declaration }) => [name, declaration]));
      await writeFile(file, `${JSON.stringify({ installation, environment, secrets }, null, 2)}\n`);
    },
    write: (text) => process.stdout.write(text),
    interrupted,
  });
  addJobCommands(program, {
    run: async (order) => (await import("./run-jobs.js")).runJobs(order, progress),
    write: (text) => process.stdout.write(text),
  });
  addScheduleCommands(program, {
    list: async (order) => (await import("./run-schedules.js")).listSchedules(order),
    set: async (order) => (await import("./run-schedules.js")).setSchedule(order),
    pause: async (order) => (await import("./run-schedules.js")).pauseSecret(order),
    resume: async (order) => (await import("./run-schedules.js")).resumeSecret(order),
    write: (text) => process.stdout.write(text),
  });
  addRollbackCommand(program, {
    roll: async (order) => (await import("./run-rollback.js")).rollBack(order, progress),
    write: (text) => process.stdout.write(text),
  });
  addStatusCommand(program, {
    read: async (order) => (await import("./run-status.js")).readStatus(order),
    show: async (report) => (await import("../status/show.js")).show(report),
    write: (text) => process.stdout.write(text),
    troubled: () => {
      isTroubled = true;
    },
  });
  addRotateSecretCommand(program, {
    run: async (order, ifInterrupted) => {
      const [{ runRotateSecret }, terminal] = await Promise.all([
        import("./rotate/run.js"),
        import("./rotate/terminal.js"),
      ]);
      return runRotateSecret(order, { say, ifInterrupted, terminal });
    },
    isKey: async (text) => (await import("./rotate/is-key.js")).isKey(text),
    write: (text) => process.stdout.write(text),
    say,
    interrupted,
    ended: (code) => {
      endedWith = code;
    },
  });
  try {
    await program.parseAsync(argv);
    return endedWith ?? (isTroubled ? 3 : 0);
  } catch (error) {
    // Commander has printed its message already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    process.stderr.write(`keyturn: ${explain(error)}\n`);
    return 1;
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Errors that are not ours may hold anything: only their name is shown. */
function explain(error: unknown): string {
  if (error instanceof CodedError) return error.message;
  const name = error instanceof Error ? error.name : typeof error;
  return `internal: ${name}. This is a bug; please report it with the command you ran.`;
}

/** A function's log line, for people. It holds no secret. */
function progress(line: string): void {
  const { level, event, provider, job, timestamp, environment, ...fields }: Record<string, unknown> =
    JSON.parse(line);
  // A line of metrics has no event.
  if (event === undefined || event === "job_done" || event === "job_failed") return;
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
