import { DisableRuleCommand, EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { DeleteScheduleCommand, paginateListSchedules, SchedulerClient } from "@aws-sdk/client-scheduler";
import { SecretsManager } from "@aws-sdk/client-secrets-manager";
import { ConfiguredRetryStrategy } from "@smithy/core/retry";
import { boundFetch } from "../../providers/kit/bound-fetch.js";
import type { Connection, Provider } from "../../providers/kit/plug.js";
import { Secret } from "../../providers/kit/secret.js";
import type { AwsConfig } from "../../services/aws-config.js";
import type { Declaration } from "../../services/config/declare.js";
import { functionName } from "../../services/function-name.js";
import type { FunctionContext, FunctionOptions, RotationFunction } from "../../services/rotation/handler.js";
import { startInvocation } from "../../services/sandbox/aws/invocation.js";
import type { SecretSummary } from "../../services/sandbox/aws/secrets-manager.js";
import { functionOf } from "../../services/sandbox/place.js";
import { type Sandbox, startSandbox } from "../../services/sandbox/sandbox.js";
import { sandboxCredentials, sandboxRegion, seedSandbox } from "../../services/sandbox/seed.js";
import { foreignLabels } from "../rotation/steady.js";
import { type Director, type Runner, Wire } from "./wire.js";

/** What is under test: the shipped code, or a build of it with one bug. */
export interface Product {
  readonly createHandler: (provider: Provider, options: FunctionOptions) => RotationFunction;
  readonly builtin: readonly Provider[];
}

/** One secret of one provider in a sandbox of its own, with neighbours that nothing may touch. */
export interface World {
  readonly sandbox: Sandbox;
  readonly provider: Provider;
  readonly aws: SecretsManager;
  readonly wire: Wire;
  readonly secretId: string;
  readonly arn: string;
  /** Handles of keys that are none of this secret's. */
  readonly planted: ReadonlySet<string>;
  /** The version that carries a staging label, as it is now. */
  holder(stage: string): string | undefined;
  /** The secret's versions and their staging labels, as they are now. */
  versions(): SecretSummary["versions"];
  /** Invokes the function as Lambda would, 60 s at most; rejects with what it threw, or was ended by. `sleeper` sleeps meanwhile. */
  invoke(name: string, event: unknown, sleeper?: Runner): Promise<void>;
  /** The vendor's owner, or an accident, ends the key that a staging label holds. */
  endKey(stage: string, handle: string): Promise<void>;
  /** Forgets every one-time schedule that ends a key: as if it were lost. */
  loseEnds(): Promise<void>;
  /** Names of the schedules that are there and begin with this. */
  schedules(prefix: string): Promise<readonly string[]>;
  /** What the function was made with, the wire apart. */
  options(): FunctionOptions;
  close(): Promise<void>;
}

/** Short enough that an installation token outlives two of them. */
const every = "20m";
const environment = "faults";
const pass: Director = { before: async () => "pass", after: async () => undefined };

/** @param surrounded whether schedules and a bus stand around the function, as in a deployment; nothing comes by itself but the end of a key */
export async function startWorld(product: Product, providerId: string, surrounded = false): Promise<World> {
  const sandbox = await startSandbox({ start: new Date("2026-06-01T00:00:00Z") });
  const { timeline, secretsManager } = sandbox;
  const config = { endpoint: sandbox.urls.aws, region: sandboxRegion, credentials: sandboxCredentials };
  const aws = new SecretsManager({ ...config, maxAttempts: 1 });
  // A deploy key's provider makes installation tokens to work with; elsewhere they are the keys.
  const wire = new Wire(sandbox, pass, providerId === "github/deploy-key" ? /access_tokens$/ : /^$/);
  const requestHandler = wire.throughWire(aws.config.requestHandler);
  const provider = product.builtin.find(({ id }) => id === providerId);
  if (!provider) throw new RangeError(`no provider ${providerId}`);
  const { arn: functionArn } = functionOf(providerId);
  let lent: FunctionOptions | undefined;
  let handler: RotationFunction | undefined;

  const run = (name: string, event: unknown, given: FunctionOptions, context: FunctionContext) => {
    // As often as the SDK would, without its pauses: they are real time.
    const retryStrategy = new ConfiguredRetryStrategy(2, 0);
    const aws = { ...given.aws, requestHandler, retryStrategy };
    handler ??= product.createHandler(provider, { ...given, aws, clock: wire.clock });
    const made = handler;
    const remaining = () => context.getRemainingTimeInMillis();
    const runner = { name, event, step: stepOf(event), clock: given.clock, remaining };
    return wire.run(runner, () => made(event, context));
  };
  const [seeded] = await seedSandbox(sandbox, {
    providers: [provider],
    load: () =>
      Promise.resolve({
        createHandler: (given) => {
          lent = given;
          return (event, context) => run("AWS's", event, given, context);
        },
      }),
    declare: { every },
    ...(surrounded ? { environment } : {}),
    // Not met: the wire tells at once who has waited long enough.
    requestTimeoutMs: 10_000,
  });
  const secretId = seeded?.name ?? "";
  if (!seeded) throw new Error("nothing was declared");
  const { ARN: arn = "" } = await aws.describeSecret({ SecretId: secretId });
  const scheduler = new SchedulerClient({ ...config, maxAttempts: 1 });
  const GroupName = `keyturn-${environment}`;
  const schedules = async (NamePrefix: string) => {
    const names: string[] = [];
    const pages = paginateListSchedules({ client: scheduler }, { GroupName, NamePrefix });
    for await (const { Schedules = [] } of pages) names.push(...Schedules.flatMap(({ Name }) => Name ?? []));
    return names;
  };
  const forget = async (prefix: string) => {
    for (const Name of await schedules(prefix))
      await scheduler.send(new DeleteScheduleCommand({ Name, GroupName }));
  };
  // What happens is the test's to say: no tick comes by itself, nor does recovery.
  if (surrounded) {
    await forget("kt-");
    await stopRecovery(config, providerId);
  }
  const connection = await reach(sandbox, provider, aws, seeded.declaration);
  const valueAt = async (stage: string) => {
    const { SecretString = "" } = await aws.getSecretValue({ SecretId: secretId, VersionStage: stage });
    return JSON.parse(SecretString);
  };

  const versions = () => secretsManager.describe().find(({ name }) => name === secretId)?.versions ?? [];
  const holder: World["holder"] = (stage) => versions().find(({ stages }) => stages.includes(stage))?.id;

  return {
    ...{ sandbox, provider, aws, wire, secretId, arn, versions, holder },
    planted: new Set(await plant(connection, (await valueAt("AWSCURRENT")).keyturn.label)),
    endKey: async (stage, handle) => {
      const value = await valueAt(stage);
      const fields = provider.fields.map((field): [string, Secret] => [
        field,
        new Secret(String(value[field])),
      ]);
      await connection.retire({ handle, fields: Object.fromEntries(fields) });
    },
    invoke: (name, event, sleeper) =>
      new Promise((resolve, reject) => {
        if (!lent) throw new Error("no function was called yet");
        const options = lent;
        const awake = new AbortController();
        startInvocation({
          ...{ timeline, event: {}, awsRequestId: name, timeoutSeconds: 60, functionArn },
          invoke: (_, context) => run(name, event, { ...options, clock: context.clock }, context),
          began: () => {
            sleeper?.clock.sleep(Number.POSITIVE_INFINITY, awake.signal).catch(() => undefined);
          },
          ended: (failure) => {
            awake.abort();
            if (failure) reject(Object.assign(new Error(failure.message), { name: failure.name }));
            else resolve();
          },
        });
      }),
    loseEnds: async () => {
      if (surrounded) await forget("kt-end-");
    },
    schedules,
    options: () => {
      if (!lent) throw new Error("no function was called yet");
      return lent;
    },
    close: async () => {
      wire.close();
      aws.destroy();
      scheduler.destroy();
      await sandbox.close();
    },
  };
}

async function stopRecovery(config: AwsConfig, providerId: string): Promise<void> {
  const events = new EventBridgeClient({ ...config, maxAttempts: 1 });
  await events.send(
    new DisableRuleCommand({ Name: `keyturn-${environment}-recover-${functionName(providerId)}` }),
  );
  events.destroy();
}

function stepOf(event: unknown): string {
  const { Step, keyturn } = Object(event);
  return String(Step ?? keyturn?.action);
}

/** A neighbour secret's key, another installation's, some with labels that only look like ours, and one made by hand. */
async function plant(connection: Connection, label: string): Promise<readonly string[]> {
  const planted: string[] = [];
  for (const [index, foreign] of foreignLabels(label).entries()) {
    const request = {
      label: foreign,
      idempotencyKey: `planted-${index}`,
      nonce: "",
      expiresAt: new Date("2036-01-01"),
    };
    const made = await connection.make(request);
    await connection.register?.(made, request.label);
    planted.push(made.handle);
  }
  return planted;
}

/** The vendor, as whoever has the admin credential reaches it. */
async function reach(
  sandbox: Sandbox,
  provider: Provider,
  aws: SecretsManager,
  declared: Declaration,
): Promise<Connection> {
  const admin = await aws.getSecretValue({ SecretId: declared.admin });
  const signal = new AbortController().signal;
  const bounds = { endpoint: declared.endpoint ?? "", signal, timeoutMs: 10_000 };
  return provider.connect({
    ...{
      ...bounds,
      config: declared.config,
      admin: JSON.parse(admin.SecretString ?? ""),
      fetch: boundFetch(bounds),
    },
    now: () => sandbox.timeline.now(),
  });
}
