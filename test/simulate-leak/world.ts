import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import * as z from "zod/mini";
import { builtin } from "../../providers/index.js";
import type { Provider } from "../../providers/kit/plug.js";
import type { Clock } from "../../services/clock.js";
import { awsOf } from "../../services/sandbox/place.js";
import { type Sandbox, startSandbox } from "../../services/sandbox/sandbox.js";
import { type Line, type Onlooker, openLine } from "./line.js";
import { tollMs } from "./tolls.js";
import type { Who } from "./track.js";

/** One kind of key that its vendor lists and ends by its id, and one that is ended by holding it. */
export const kinds = ["stripe/restricted-key", "github/installation-token"] as const;
export type KeyKind = (typeof kinds)[number];

/** What every value here says of its key. */
const stored = z.looseObject({ keyturn: z.looseObject({ handle: z.string() }) });

/** A sandbox in which calls take time, with one kind of key. */
export interface World {
  readonly sandbox: Sandbox;
  readonly provider: Provider;
  readonly vendor: "github" | "stripe";
  /** The field of the secret's value that holds the key. */
  readonly field: string;
  /** A way to AWS and the vendor on which each call takes its time. */
  line(who: Who, clock: Clock): Promise<Line>;
  /** Who sees each call, instead of whoever did before. */
  watch(onlooker: Onlooker): void;
  /** Lambda's own time before a function's code runs. */
  invoked(who: Who, clock: Clock): Promise<void>;
  /** The key in AWSCURRENT, read in no time: for an application, or whoever looks on. */
  read(name: string): Promise<{ readonly key: string; readonly handle: string }>;
  /** The truth, which nobody else sees: ids of the versions that hold the labels. */
  holder(name: string, stage: string): string | undefined;
  close(): Promise<void>;
}

export async function openWorld(kind: KeyKind): Promise<World> {
  const provider = builtin.find(({ id }) => id === kind);
  if (!provider) throw new RangeError(`no provider ${kind}`);
  const sandbox = await startSandbox({ start: new Date("2026-06-01T00:00:00Z") });
  const vendor = kind === "stripe/restricted-key" ? "stripe" : "github";
  const [field] = provider.fields;
  const reader = new SecretsManagerClient({ ...awsOf(sandbox, "reader"), maxAttempts: 1 });
  let onlooker: Onlooker = { arrived: () => undefined, answered: () => undefined };
  return {
    ...{ sandbox, provider, vendor, field },
    line: (who, clock) =>
      openLine({
        sandbox,
        vendor,
        who,
        clock,
        onlooker: { arrived: () => onlooker.arrived(), answered: (call) => onlooker.answered(call) },
      }),
    watch: (next) => {
      onlooker = next;
    },
    async invoked(who, clock) {
      const began = clock.now().getTime();
      await clock.sleep(tollMs.lambda);
      onlooker.answered({ who, on: "lambda", began, ended: clock.now().getTime() });
    },
    async read(name) {
      const { SecretString = "{}" } = await reader.send(new GetSecretValueCommand({ SecretId: name }));
      const value = stored.parse(JSON.parse(SecretString));
      return { key: z.parse(z.string(), value[field]), handle: value.keyturn.handle };
    },
    holder(name, stage) {
      const secret = sandbox.secretsManager.describe().find((one) => one.name === name);
      return secret?.versions.find(({ stages }) => stages.includes(stage))?.id;
    },
    async close() {
      reader.destroy();
      await sandbox.close();
    },
  };
}
