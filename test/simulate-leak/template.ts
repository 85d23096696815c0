import {
  DescribeSecretCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import * as z from "zod/mini";
import type { Clock } from "../../services/clock.js";
import { functionOf } from "../../services/sandbox/place.js";
import type { Way } from "./flow.js";
import { beginStandIn, clientOn, type Run, runFunction, secret } from "./stand-in.js";
import { pauseMs } from "./tolls.js";
import { mint } from "./vendor-of.js";

const event = z.object({ SecretId: z.string(), ClientRequestToken: z.string(), Step: z.string() });
type Event = z.infer<typeof event>;

/**
 * AWS's template for rotation functions, filled in for a vendor that makes keys: createSecret makes one, testSecret tries it, finishSecret
 * moves AWSCURRENT. The old key stays as AWSPREVIOUS, until the next createSecret ends it before it makes another. So after a leak:
 * rotate, wait, rotate once more.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
 */
export const template: Way = {
  names: ["template, twice"],
  isRenewed: false,
  async setUp(world) {
    const { sandbox, provider } = world;
    const standIn = await beginStandIn(world);
    const { arn, accessKeyId } = functionOf(provider.id);
    const invoke = (given: unknown, { clock }: { readonly clock: Clock }) => {
      const asked = event.parse(given);
      const who = { as: "rotation", token: asked.ClientRequestToken } as const;
      return runFunction(standIn, who, clock, (run) => step(run, asked));
    };
    sandbox.functions.register(arn, invoke, accessKeyId);
    const aws = clientOn({ aws: sandbox.urls.aws, vendor: "", close: () => Promise.resolve() }, world);
    const rules = { RotationLambdaARN: arn, RotationRules: { AutomaticallyAfterDays: 30 } };
    await aws.send(new RotateSecretCommand({ SecretId: secret, ...rules }));
    aws.destroy();
    await sandbox.timeline.idle();
    return {
      secret,
      async respond({ clock, line }) {
        const operator = clientOn(line, world);
        await rotate(operator, clock);
        await rotate(operator, clock);
        operator.destroy();
        return undefined;
      },
    };
  },
};

/** RotateSecret, and then the look whether it is over, again and again: AWS begins no rotation while one is open. */
async function rotate(aws: SecretsManagerClient, clock: Clock): Promise<void> {
  const { VersionId: token = "" } = await aws.send(new RotateSecretCommand({ SecretId: secret }));
  for (;;) {
    await clock.sleep(pauseMs);
    const { VersionIdsToStages = {} } = await aws.send(new DescribeSecretCommand({ SecretId: secret }));
    const labels = VersionIdsToStages[token] ?? [];
    if (labels.includes("AWSCURRENT") && !labels.includes("AWSPENDING")) return;
  }
}

async function step(run: Run, { Step, ClientRequestToken: token }: Event): Promise<void> {
  const { RotationEnabled, VersionIdsToStages = {} } = await run.aws.send(
    new DescribeSecretCommand({ SecretId: secret }),
  );
  const labels = VersionIdsToStages[token];
  if (!RotationEnabled || !labels) throw new Error("no rotation of this secret is under way");
  if (labels.includes("AWSCURRENT")) return;
  if (Step === "createSecret") await create(run, token);
  if (Step === "testSecret") await test(run, token);
  if (Step === "finishSecret") await finish(run, token);
}

async function create(run: Run, token: string): Promise<void> {
  await run.read({ VersionStage: "AWSCURRENT" });
  if (await run.read({ VersionId: token, VersionStage: "AWSPENDING" })) return;
  const previous = await run.read({ VersionStage: "AWSPREVIOUS" });
  const vendor = await run.vendor();
  if (previous) await vendor.retire(previous);
  const key = await mint(vendor, run.clock, token);
  const stored = { SecretString: run.text(key), VersionStages: ["AWSPENDING"] };
  await run.aws.send(new PutSecretValueCommand({ SecretId: secret, ClientRequestToken: token, ...stored }));
}

async function test(run: Run, token: string): Promise<void> {
  const key = await run.read({ VersionId: token, VersionStage: "AWSPENDING" });
  const vendor = await run.vendor();
  if (!key || (await vendor.verify(key)) !== "accepted") throw new Error("the new key does not work");
}

async function finish({ aws }: Run, token: string): Promise<void> {
  const { VersionIdsToStages = {} } = await aws.send(new DescribeSecretCommand({ SecretId: secret }));
  const [current] =
    Object.entries(VersionIdsToStages).find(([, stages]) => stages.includes("AWSCURRENT")) ?? [];
  const from = { SecretId: secret, RemoveFromVersionId: current };
  await aws.send(
    new UpdateSecretVersionStageCommand({ ...from, VersionStage: "AWSCURRENT", MoveToVersionId: token }),
  );
  await aws.send(
    new UpdateSecretVersionStageCommand({
      ...{ SecretId: secret, VersionStage: "AWSPENDING", RemoveFromVersionId: token },
    }),
  );
}
