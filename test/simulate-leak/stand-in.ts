import { randomUUID } from "node:crypto";
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import * as z from "zod/mini";
import type { Key } from "../../providers/kit/contract.js";
import type { Connection } from "../../providers/kit/plug.js";
import { Secret } from "../../providers/kit/secret.js";
import type { Clock } from "../../services/clock.js";
import { awsOf, functionOf } from "../../services/sandbox/place.js";
import type { Line } from "./line.js";
import type { Who } from "./track.js";
import { mint, vendorOf } from "./vendor-of.js";
import type { World } from "./world.js";

export const secret = "app/key";
const adminSecret = "admin/key";

const shape = z.looseObject({ keyturn: z.object({ handle: z.string() }) });

/** What both stand-ins are made of: a secret with a first key in it, and runs of a function that rotates it. */
export interface StandIn {
  readonly world: World;
  readonly config: Readonly<Record<string, unknown>>;
}

/** One run of a rotator's code. */
export interface Run {
  readonly aws: SecretsManagerClient;
  readonly clock: Clock;
  /** Reads the admin credential, and connects. */
  vendor(): Promise<Connection>;
  /** GetSecretValue; undefined where there is no such version, or no value in it. */
  read(which: { readonly VersionStage: string; readonly VersionId?: string }): Promise<Key | undefined>;
  /** As a value is stored: the key in its field, and its handle. */
  text(key: Key): string;
}

/** The secret as a human began it: with a key of the vendor's in it. */
export async function beginStandIn(world: World): Promise<StandIn> {
  const { sandbox, provider, vendor: name } = world;
  const { config, admin } = sandbox.vendors[name].admit(provider.id, { ...sandbox.urls });
  const { clock, leave } = sandbox.timeline.join();
  const aws = new SecretsManagerClient(awsOf(sandbox));
  try {
    const line = { aws: sandbox.urls.aws, vendor: sandbox.urls[name], close: () => Promise.resolve() };
    const vendor = await vendorOf({ provider, config, clock, line }, admin);
    const SecretString = textOf(world, await mint(vendor, clock, randomUUID()));
    await aws.send(new CreateSecretCommand({ Name: adminSecret, SecretString: JSON.stringify(admin) }));
    await aws.send(new CreateSecretCommand({ Name: secret, SecretString }));
    return { world, config };
  } finally {
    aws.destroy();
    leave();
  }
}

/** Runs a rotator's code as Lambda would. */
export async function runFunction(
  { world, config }: StandIn,
  who: Who,
  clock: Clock,
  code: (run: Run) => Promise<void>,
): Promise<void> {
  const { provider } = world;
  const line = await world.line(who, clock);
  const { accessKeyId } = functionOf(provider.id);
  const aws = clientOn(line, world, accessKeyId);
  const get = async (input: { SecretId: string; VersionStage?: string; VersionId?: string }) =>
    (await aws.send(new GetSecretValueCommand(input))).SecretString ?? "{}";
  try {
    await world.invoked(who, clock);
    await code({
      ...{ aws, clock, text: (key) => textOf(world, key) },
      async vendor() {
        return vendorOf({ provider, config, clock, line }, JSON.parse(await get({ SecretId: adminSecret })));
      },
      async read(which) {
        try {
          const value = shape.parse(JSON.parse(await get({ SecretId: secret, ...which })));
          const key = new Secret(z.parse(z.string(), value[world.field]));
          return { handle: value.keyturn.handle, fields: { [world.field]: key } };
        } catch (error) {
          if (error instanceof Error && error.name === "ResourceNotFoundException") return undefined;
          throw error;
        }
      },
    });
  } finally {
    aws.destroy();
    await line.close();
  }
}

/** An AWS client whose calls take their time. */
export function clientOn(line: Line, { sandbox }: World, accessKeyId?: string): SecretsManagerClient {
  return new SecretsManagerClient({ ...awsOf(sandbox, accessKeyId), endpoint: line.aws, maxAttempts: 1 });
}

function textOf({ field }: World, { handle, fields }: Key): string {
  return JSON.stringify({ [field]: fields[field]?.reveal(), keyturn: { handle } });
}
