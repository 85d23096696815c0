import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { vi } from "vitest";
import { CodedError } from "../../providers/kit/failure.js";
import { addRotateSecretCommand } from "../../services/cli/commands/rotate-secret.js";
import { isKey } from "../../services/cli/rotate/is-key.js";
import type { RotateOrder } from "../../services/cli/rotate/order.js";
import { runRotateSecret } from "../../services/cli/rotate/run.js";
import type { SeedOptions } from "../../services/sandbox/seed.js";
import { sandboxInstallation, sandboxRegion } from "../../services/sandbox/seed.js";
import { startBench } from "../rotation/bench.js";

/** What a command line is run with. */
export interface Around {
  /** Standard input. */
  readonly input?: string;
  /** What is typed when it asks; otherwise nobody is there. */
  readonly typed?: string;
  /** Interrupts it once it says this. */
  readonly interruptAt?: RegExp;
}

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  /** Lines for people. */
  readonly said: readonly string[];
  readonly error: CodedError<string> | undefined;
}

/** `keyturn rotate-secret` in this process, up to what it would run. */
export async function parse(...args: readonly string[]): Promise<RotateOrder | string> {
  let order: RotateOrder | undefined;
  let stderr = "";
  const program = new Command("keyturn").exitOverride().configureOutput({
    writeErr: (text) => {
      stderr += text;
    },
  });
  addRotateSecretCommand(program, {
    run: async (given) => {
      order = given;
      return { code: 0, text: "" };
    },
    isKey: async (text) => isKey(text),
    write: () => undefined,
    say: () => undefined,
    interrupted: () => new Promise(() => undefined),
    ended: () => undefined,
  });
  for (const command of program.commands) command.copyInheritedSettings(program);
  try {
    await program.parseAsync(["rotate-secret", ...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return stderr;
  }
  return order ?? "";
}

/** A bench whose secrets the command reaches as a user's would: by a config file and the environment's AWS. It runs on the sandbox's clock. */
export async function startRotating(options: Partial<SeedOptions> = {}) {
  const bench = await startBench({ environment: "test", ...options });
  const { sandbox, seeded } = bench;
  const folder = await mkdtemp(join(tmpdir(), "keyturn-rotate-"));
  const config = join(folder, "keyturn.json");
  const write = (changes: object = {}, more: object = {}) =>
    writeFile(
      config,
      JSON.stringify({
        ...{ installation: sandboxInstallation, environment: options.environment ?? "test", ...changes },
        secrets: {
          ...Object.fromEntries(seeded.map(({ name, declaration }) => [name, declaration])),
          ...more,
        },
      }),
    );
  await write();
  const env = {
    ...{ AWS_ENDPOINT_URL: sandbox.urls.aws, AWS_REGION: sandboxRegion },
    ...{ AWS_ACCESS_KEY_ID: "keyturn-sandbox", AWS_SECRET_ACCESS_KEY: "none" },
  };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);

  async function run(line: string | readonly string[], around: Around = {}): Promise<Ran> {
    const args = typeof line === "string" ? line.split(" ") : line;
    const order = await parse(...args, "--config", config);
    if (typeof order === "string") return { code: 2, stdout: "", said: [order], error: undefined };
    const said: string[] = [];
    const { promise: interrupted, resolve: interrupt } = deferred();
    const say = (text: string) => {
      said.push(text);
      if (around.interruptAt?.test(text)) interrupt();
    };
    let stdout = "";
    let code = -1;
    const { clock, leave } = sandbox.timeline.join();
    const program = new Command("keyturn").exitOverride();
    addRotateSecretCommand(program, {
      run: (given, ifInterrupted) =>
        runRotateSecret(given, {
          ...{ say, ifInterrupted, clock },
          terminal: {
            ask: async (question) => {
              said.push(question);
              return around.typed;
            },
            readInput: async () => Buffer.from(around.input ?? ""),
          },
        }),
      isKey: async () => false,
      write: (text) => {
        stdout += text;
      },
      say,
      interrupted: () => interrupted,
      ended: (given) => {
        code = given;
      },
    });
    try {
      await program.parseAsync(["rotate-secret", ...args, "--config", config], { from: "user" });
      return { code, stdout, said, error: undefined };
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      return { code: 1, stdout, said, error };
    } finally {
      leave();
    }
  }

  return {
    ...{ bench, config, env, run, write },
    close: async () => {
      vi.unstubAllEnvs();
      await bench.close();
      await rm(folder, { recursive: true });
    },
  };
}

function deferred() {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

export type Rotating = Awaited<ReturnType<typeof startRotating>>;
