import { Scheduler } from "@aws-sdk/client-scheduler";
import { SecretsManager } from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, beforeEach } from "vitest";
import * as z from "zod/mini";
import { secretRef } from "../../services/rotation/event.js";
import { awsOf } from "../../services/sandbox/place.js";
import { type Sandbox, startSandbox } from "../../services/sandbox/sandbox.js";
import { awsSchedules } from "../../services/schedules/aws-schedules.js";
import { secretIdOf } from "../../services/schedules/names.js";
import type { Place } from "../../services/schedules/request.js";
import type { Schedules } from "../../services/schedules/schedules.js";
import { isProblem, type Timing, timingOf, type Written } from "../../services/schedules/timing.js";
import { secretsManagerStore } from "../../services/store/secrets-manager.js";
import type { Store } from "../../services/store/store.js";

const account = "123456789012";
export const functionArn = `arn:aws:lambda:us-east-1:${account}:function:keyturn-acme-key`;
export const place: Required<Place> = {
  scheduleGroup: "keyturn-test",
  schedulerRole: `arn:aws:iam::${account}:role/scheduler`,
  deadLetters: `arn:aws:sqs:us-east-1:${account}:keyturn-test-acme-key`,
};

/** One sandbox for the tests of a file, with the group of an environment. */
export interface ScheduleBench {
  readonly sandbox: Sandbox;
  readonly aws: SecretsManager;
  readonly scheduler: Scheduler;
  readonly schedules: Schedules;
  readonly store: Store;
  /** Makes a secret with a key in it and a rule of its own; its ARN and its id in names. */
  addSecret(name: string, rules?: object): Promise<{ readonly arn: string; readonly id: string }>;
  /** The tokens under which rotations of a secret started, dry runs included. */
  started(name: string): readonly string[];
}

/** A bench for the tests of a file; its sandbox begins anew, on 1 June 2026, for each of them. */
export function scheduleBench(): () => ScheduleBench {
  let bench: ScheduleBench | undefined;
  const onEnd: (() => void)[] = [];
  beforeAll(async () => {
    const sandbox = await startSandbox({ start: new Date("2026-06-01T00:00:00Z") });
    const accessKeyId = "function-keyturn-acme-key";
    const asFunction = new SecretsManager(awsOf(sandbox, accessKeyId));
    onEnd.push(() => asFunction.destroy());
    sandbox.functions.register(functionArn, (event) => rotate(event, asFunction), accessKeyId);
    const config = { ...awsOf(sandbox), maxAttempts: 1 };
    const [aws, scheduler] = [new SecretsManager(config), new Scheduler(config)];
    bench = {
      ...{ sandbox, aws, scheduler },
      schedules: awsSchedules(awsOf(sandbox), place, 10_000),
      store: secretsManagerStore(awsOf(sandbox), 10_000),
      async addSecret(name, rules = { AutomaticallyAfterDays: 30 }) {
        const { ARN: arn = "" } = await aws.createSecret({ Name: name, SecretString: "{}" });
        await aws.rotateSecret({
          ...{
            SecretId: name,
            RotationLambdaARN: functionArn,
            RotationRules: rules,
            RotateImmediately: false,
          },
        });
        await sandbox.timeline.advance(1000);
        return { arn, id: secretIdOf(secretRef(arn)) };
      },
      started: (name) =>
        sandbox.journal
          .since(0)
          .flatMap((entry) =>
            entry.kind === "rotation" && entry.secret === name && entry.outcome === "started"
              ? [entry.token]
              : [],
          ),
    };
  });
  beforeEach(async () => {
    bench?.sandbox.reset();
    await bench?.scheduler.createScheduleGroup({ Name: place.scheduleGroup });
    bench?.sandbox.aws.queues.create(place.deadLetters);
  });
  afterAll(async () => {
    for (const end of onEnd) end();
    bench?.aws.destroy();
    bench?.scheduler.destroy();
    await bench?.sandbox.close();
  });
  return () => {
    if (!bench) throw new Error("the sandbox has not started");
    return bench;
  };
}

const eventSchema = z.object({ Step: z.string(), SecretId: z.string(), ClientRequestToken: z.string() });

/** A rotation as AWS's templates do it, without a vendor. */
async function rotate(event: unknown, aws: SecretsManager): Promise<void> {
  const { Step, SecretId, ClientRequestToken } = eventSchema.parse(event);
  if (Step === "createSecret") {
    const VersionStages = ["AWSPENDING"];
    await aws.putSecretValue({ SecretId, ClientRequestToken, VersionStages, SecretString: "{}" });
  }
  if (Step === "finishSecret") {
    const { VersionIdsToStages = {} } = await aws.describeSecret({ SecretId });
    const from = Object.keys(VersionIdsToStages).find((id) => VersionIdsToStages[id]?.includes("AWSCURRENT"));
    await aws.updateSecretVersionStage({
      ...{ SecretId, VersionStage: "AWSCURRENT", MoveToVersionId: ClientRequestToken },
      ...{ RemoveFromVersionId: from },
    });
  }
}

/** A timing that can be declared. */
export function timing(written: Written): Timing {
  const result = timingOf(written);
  if (isProblem(result)) throw new Error(`${result.found}: ${result.next}`);
  return result;
}
