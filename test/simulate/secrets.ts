import { CreateSecretCommand, RotateSecretCommand } from "@aws-sdk/client-secrets-manager";
import { builtin } from "../../providers/index.js";
import type { Provider } from "../../providers/kit/plug.js";
import type { Declaration, Declarations } from "../../services/config/declare.js";
import { declaredSecret } from "../../services/config/declared.js";
import { functionName } from "../../services/function-name.js";
import { secretRef } from "../../services/rotation/event.js";
import { awsOf, functionOf } from "../../services/sandbox/place.js";
import type { Sandbox } from "../../services/sandbox/sandbox.js";
import { sandboxClient, sandboxInstallation } from "../../services/sandbox/seed.js";
import { awsSchedules } from "../../services/schedules/aws-schedules.js";
import { secretIdOf } from "../../services/schedules/names.js";
import { ensureRoutine } from "../../services/schedules/routine.js";
import type { Surroundings } from "../../services/surroundings.js";
import type { Wish } from "./plan.js";

/** A secret that is to be rotated, not there yet. */
export interface Declared {
  readonly name: string;
  readonly provider: Provider;
  readonly declaration: Declaration;
  readonly admin: Readonly<Record<string, unknown>>;
}

/** One that is there. */
export interface Planted extends Declared {
  readonly arn: string;
  /** In names of schedules and labels of keys. */
  readonly id: string;
}

/** @throws RangeError for a provider that there is not */
export function providerOf(id: string): Provider {
  const provider = builtin.find((one) => one.id === id);
  if (provider) return provider;
  throw new RangeError(`expected one of ${builtin.map((one) => one.id).join(", ")}; found ${id}`);
}

/** Each at a customer of its own at its vendor. */
export function declare(sandbox: Sandbox, wishes: readonly Wish[]): readonly Declared[] {
  return wishes.map(({ provider: id, every, jitter }, index) => {
    const provider = providerOf(id);
    const [vendor = ""] = id.split("/");
    const fake = Object.values(sandbox.vendors).find((one) => one.vendor === vendor);
    if (!fake) throw new RangeError(`the sandbox has no vendor ${vendor}`);
    const { config, admin } = fake.admit(id, { ...sandbox.urls });
    const endpoint = new Map(Object.entries(sandbox.urls)).get(vendor) ?? "";
    const name = `app/${functionName(id)}-${index + 1}`;
    const declaration = {
      ...{
        provider: id,
        config: { ...config },
        admin: `admin/${functionName(id)}-${index + 1}`,
        endpoint,
        every,
      },
      ...(jitter !== undefined && { jitter }),
    };
    return { name, provider, declaration, admin };
  });
}

export function declarationsOf(environment: string, secrets: readonly Declared[]): Declarations {
  return {
    ...{ installation: sandboxInstallation, environment },
    secrets: Object.fromEntries(secrets.map(({ name, declaration }) => [name, declaration])),
  };
}

/** Makes them as a user would: admin secret, placeholder, RotateSecret, schedule. Resolves when each has its first key. */
export async function plant(
  sandbox: Sandbox,
  secrets: readonly Declared[],
  declarations: Declarations,
  around: ReadonlyMap<string, Surroundings>,
): Promise<readonly Planted[]> {
  const client = sandboxClient(sandbox);
  const planted: Planted[] = [];
  for (const secret of secrets) {
    const { name, provider, declaration, admin } = secret;
    const place = around.get(provider.id);
    if (!place) throw new Error(`nothing stands around ${provider.id}`);
    await client.send(
      new CreateSecretCommand({ Name: declaration.admin, SecretString: JSON.stringify(admin) }),
    );
    await client.send(new CreateSecretCommand({ Name: name, SecretString: '{"keyturn":{"v":1}}' }));
    const { ARN: arn = "" } = await client.send(
      new RotateSecretCommand({
        SecretId: name,
        RotationLambdaARN: functionOf(provider.id).arn,
        RotationRules: { AutomaticallyAfterDays: 30 },
      }),
    );
    const schedules = awsSchedules(awsOf(sandbox), place, 10_000);
    await ensureRoutine(schedules, declaredSecret(declarations, name, provider), arn, {
      ...{ owner: "cli", now: sandbox.timeline.now(), place },
    });
    planted.push({ ...secret, arn, id: secretIdOf(secretRef(arn)) });
  }
  client.destroy();
  await sandbox.timeline.idle();
  return planted;
}
