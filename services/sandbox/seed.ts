import {
  CreateSecretCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { builtin } from "../../providers/index.js";
import type { Provider } from "../../providers/kit/plug.js";
import { type Declaration, type Declarations, declarationsOf, defineConfig } from "../config/declare.js";
import { declaredSecret } from "../config/declared.js";
import type { FunctionModule } from "../rotation/function.js";
import { awsSchedules } from "../schedules/aws-schedules.js";
import { ensureRoutine } from "../schedules/routine.js";
import type { Surroundings } from "../surroundings.js";
import { installEnvironment } from "./environment.js";
import { inExecutionEnvironments } from "./execution-environments.js";
import { installLeakIntake } from "./leak-intake.js";
import { awsOf, functionOf } from "./place.js";
import type { Sandbox } from "./sandbox.js";

export { sandboxCredentials, sandboxRegion } from "./place.js";

/** A declared secret in the sandbox. */
export interface SeededSecret {
  readonly name: string;
  readonly provider: string;
  readonly declaration: Declaration;
}

export interface SeedOptions {
  /** The function that rotates a provider's secrets: built, or from source. */
  readonly load: (provider: Provider) => Promise<Pick<FunctionModule, "createHandler">>;
  /** Receives the functions' log lines. Default: dropped. */
  readonly log?: (line: string) => void;
  /** Changes to every declaration, such as another interval. */
  readonly declare?: Partial<Declaration>;
  /** How long a function waits for a vendor's answer. Milliseconds; default 10 000. */
  readonly requestTimeoutMs?: number;
  readonly providers?: readonly Provider[];
  /**
   * The name of an environment to make around the functions, as the stack does: bus, log, queues, recovery, the intake of reported leaks,
   * and a routine schedule for each secret, which fires first one interval from now. Default: none; nothing then happens by itself but
   * AWS's own schedule.
   */
  readonly environment?: string;
}

/** The id in the labels of its keys. */
export const sandboxInstallation = "sandbox2";

/**
 * Declares one secret for each provider and puts its first key in, by the way a user would: admin secret, placeholder,
 * RotateSecret. Resolves when those rotations are over, however they ended: the journal tells.
 */
export async function seedSandbox(sandbox: Sandbox, options: SeedOptions): Promise<readonly SeededSecret[]> {
  const client = sandboxClient(sandbox);
  const providers = options.providers ?? builtin;
  const { environment } = options;
  const seeded = providers.map((provider) => declareAt(sandbox, provider, options));
  const declarations = defineConfig({
    installation: sandboxInstallation,
    ...(environment !== undefined && { environment }),
    secrets: Object.fromEntries(seeded.map(({ name, declaration }) => [name, declaration])),
  });
  const around =
    environment === undefined ? undefined : await installEnvironment(sandbox, { environment, providers });
  if (environment !== undefined)
    await installLeakIntake(sandbox, { environment, declarations, providers, ...talk(options) });
  for (const { provider, name, declaration, admin } of seeded) {
    const surroundings = around?.get(provider.id);
    const arn = await registerFunction(sandbox, provider, declarations, options, surroundings);
    await client.send(
      new CreateSecretCommand({ Name: declaration.admin, SecretString: JSON.stringify(admin) }),
    );
    await client.send(new CreateSecretCommand({ Name: name, SecretString: '{"keyturn":{"v":1}}' }));
    const { ARN = "" } = await client.send(
      new RotateSecretCommand({
        SecretId: name,
        RotationLambdaARN: arn,
        RotationRules: { AutomaticallyAfterDays: 30 },
      }),
    );
    if (!surroundings) continue;
    // As if `keyturn schedule set` had made it: no stack owns a secret here, so that the command can be tried.
    const schedules = awsSchedules(awsOf(sandbox), surroundings, 10_000);
    const place = { owner: "cli", now: sandbox.timeline.now(), place: surroundings } as const;
    await ensureRoutine(schedules, declaredSecret(declarations, name, provider), ARN, place);
  }
  client.destroy();
  await sandbox.timeline.idle();
  return seeded.map(({ name, provider, declaration }) => ({ name, provider: provider.id, declaration }));
}

/** A client as a user of the sandbox would make it. */
export function sandboxClient(sandbox: Pick<Sandbox, "urls">): SecretsManagerClient {
  return new SecretsManagerClient(awsOf(sandbox));
}

function declareAt(sandbox: Sandbox, provider: Provider, options: SeedOptions) {
  const [vendor = "", kind = ""] = provider.id.split("/");
  const fake = Object.values(sandbox.vendors).find((one) => one.vendor === vendor);
  if (!fake)
    throw new RangeError(
      `the sandbox has no vendor ${vendor}; it has ${Object.keys(sandbox.vendors).join(", ")}`,
    );
  const endpoint = new Map(Object.entries(sandbox.urls)).get(vendor) ?? "";
  const { config, admin } = fake.admit(provider.id, { ...sandbox.urls });
  const declaration: Declaration = {
    ...{ provider: provider.id, config: { ...config }, admin: `admin/${vendor}-${kind}`, endpoint },
    every: provider.facts.lifetimeSeconds ? "45m" : "1d",
    ...options.declare,
  };
  return { provider, name: `app/${vendor}-${kind}`, declaration, admin };
}

/** How a function calls, and where it logs. */
const talk = ({ requestTimeoutMs = 10_000, log = () => undefined }: SeedOptions) => ({
  ...{ requestTimeoutMs, log },
});

async function registerFunction(
  sandbox: Sandbox,
  provider: Provider,
  declarations: Declarations,
  options: SeedOptions,
  surroundings: Surroundings | undefined,
): Promise<string> {
  const { arn, accessKeyId } = functionOf(provider.id);
  const { createHandler } = await options.load(provider);
  const lent = { declarations: declarationsOf(provider.id, declarations), ...talk(options) };
  const aws = awsOf(sandbox, accessKeyId);
  sandbox.functions.register(
    arn,
    inExecutionEnvironments((clock) => createHandler({ ...lent, surroundings, aws, clock })),
    accessKeyId,
  );
  return arn;
}
