import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SecretsManager } from "@aws-sdk/client-secrets-manager";
import { Command, CommanderError } from "commander";
import { vi } from "vitest";
import { builtin } from "../../providers/index.js";
import { CodedError } from "../../providers/kit/failure.js";
import { addRotateSecretCommand } from "../../services/cli/commands/rotate-secret.js";
import { isKey } from "../../services/cli/rotate/is-key.js";
import { runRotateSecret } from "../../services/cli/rotate/run.js";
import { createHandler } from "../../services/rotation/handler.js";
import { awsOf, sandboxCredentials, sandboxRegion } from "../../services/sandbox/place.js";
import { type Sandbox, startSandbox } from "../../services/sandbox/sandbox.js";
import { sandboxInstallation, seedSandbox } from "../../services/sandbox/seed.js";

/** A terminal beside a sandbox, in which `keyturn rotate-secret` and `aws secretsmanager` are typed. */
export interface Desk {
  readonly sandbox: Sandbox;
  readonly aws: SecretsManager;
  /** What the terminal shows, progress and result, and the exit code. `pasted`: what comes on standard input. */
  type(line: string, pasted?: string): Promise<{ readonly code: number; readonly shown: string }>;
  close(): Promise<void>;
}

/** With one secret of each kind in the environment `live`, everything around it, and time that stands still. */
export async function startDesk(): Promise<Desk> {
  const environment = "live";
  const sandbox = await startSandbox({ start: new Date("2026-06-01T00:00:00Z") });
  const seeded = await seedSandbox(sandbox, {
    load: (provider) => Promise.resolve({ createHandler: (options) => createHandler(provider, options) }),
    environment,
    providers: builtin,
  });
  const folder = await mkdtemp(join(tmpdir(), "keyturn-desk-"));
  const config = join(folder, "keyturn.json");
  const secrets = Object.fromEntries(seeded.map(({ name, declaration }) => [name, declaration]));
  await writeFile(config, JSON.stringify({ installation: sandboxInstallation, environment, secrets }));
  const aws = new SecretsManager({ ...awsOf(sandbox), maxAttempts: 1 });
  vi.stubEnv("AWS_ENDPOINT_URL", sandbox.urls.aws);
  vi.stubEnv("AWS_REGION", sandboxRegion);
  vi.stubEnv("AWS_ACCESS_KEY_ID", sandboxCredentials.accessKeyId);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", sandboxCredentials.secretAccessKey);
  return {
    ...{ sandbox, aws },
    type(line, pasted = "") {
      const [program, ...words] = wordsOf(line);
      if (program === "keyturn") return keyturn(sandbox, [...words, "--config", config], pasted);
      if (program === "aws") return typeAws(aws, words);
      throw new RangeError(`neither keyturn nor aws: ${line}`);
    },
    async close() {
      vi.unstubAllEnvs();
      aws.destroy();
      await sandbox.close();
      await rm(folder, { recursive: true });
    },
  };
}

async function keyturn(sandbox: Sandbox, words: readonly string[], pasted: string) {
  const lines: string[] = [];
  let code = 0;
  const program = new Command("keyturn").exitOverride().configureOutput({
    writeErr: (text) => void lines.push(text.trimEnd()),
    writeOut: (text) => void lines.push(text.trimEnd()),
  });
  const { clock, leave } = sandbox.timeline.join();
  const say = (line: string) => void lines.push(line);
  addRotateSecretCommand(program, {
    run: (order, ifInterrupted) =>
      runRotateSecret(order, {
        ...{ say, ifInterrupted, clock },
        terminal: { ask: async () => undefined, readInput: async () => Buffer.from(pasted) },
      }),
    isKey: async (text) => isKey(text),
    write: (text) => void lines.push(text.trimEnd()),
    say,
    interrupted: () => new Promise(() => undefined),
    ended: (exitCode) => {
      code = exitCode;
    },
  });
  try {
    await program.parseAsync(["node", "keyturn", ...words]);
  } catch (error) {
    if (error instanceof CodedError) lines.push(`keyturn: ${error.message}`);
    else if (!(error instanceof CommanderError)) throw error;
    code = error instanceof CommanderError ? error.exitCode : 1;
  } finally {
    leave();
  }
  return { code, shown: lines.join("\n") };
}

/** `aws secretsmanager some-operation --its-member value` as AWS's own command line understands it, for members that are texts. */
async function typeAws(aws: SecretsManager, words: readonly string[]) {
  const [service, operation, ...flags] = words;
  const input = new Map<string, string>();
  for (let at = 0; at < flags.length; at += 2) input.set(flags[at] ?? "", flags[at + 1] ?? "");
  const member = (flag: string) => input.get(`--${flag}`) ?? "";
  const SecretId = member("secret-id");
  if (service === "secretsmanager" && operation === "rotate-secret") {
    return { code: 0, shown: shownOf(await aws.rotateSecret({ SecretId })) };
  }
  if (service === "secretsmanager" && operation === "update-secret-version-stage") {
    const [to, from] = [member("move-to-version-id"), member("remove-from-version-id")];
    const moved = {
      ...{ SecretId, VersionStage: member("version-stage") },
      ...(to !== "" && { MoveToVersionId: to }),
      ...(from !== "" && { RemoveFromVersionId: from }),
    };
    return { code: 0, shown: shownOf(await aws.updateSecretVersionStage(moved)) };
  }
  throw new RangeError(`this desk does not know: aws ${words.join(" ")}`);
}

function shownOf({ $metadata: _, ...answer }: { readonly $metadata: unknown }): string {
  return JSON.stringify(answer, null, 4);
}

/** As a shell parts them: by blanks, but not between double quotes. */
function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word);
}
