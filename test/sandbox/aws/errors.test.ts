import { describe, expect, test } from "vitest";
import { functionArn, newToken, newValue, type Started, startSecretsManager } from "./harness.js";

const SecretId = "app/key";

/** One secret: `current` and `pending` name its versions, `unlabelled` one that has lost its label, `gone` a deleted secret. */
async function prepared() {
  const aws = await startSecretsManager();
  const { client } = aws;
  const { version: current, arn } = await aws.createSecret();
  const [unlabelled, pending] = [newToken(), newToken()];
  for (const ClientRequestToken of [unlabelled, pending]) {
    const value = { SecretString: newValue(), VersionStages: ["AWSPENDING"] };
    await client.putSecretValue({ SecretId, ClientRequestToken, ...value });
  }
  await aws.createSecret("gone");
  await client.deleteSecret({ SecretId: "gone" });
  return { ...aws, arn, current, pending, unlabelled };
}
type Prepared = Awaited<ReturnType<typeof prepared>>;

const missing = "00000000-0000-4000-8000-000000000000";
const value = { SecretString: "x" };
const marked =
  "InvalidRequestException: You can't perform this operation on the secret because it was marked for deletion.";
const unknown = "ResourceNotFoundException: Secrets Manager can't find the specified secret.";

const cases: Record<string, [(on: Prepared) => Promise<unknown>, string | ((on: Prepared) => string)]> = {
  "read: no such secret": [({ client }) => client.getSecretValue({ SecretId: "none" }), unknown],
  "describe: no such secret": [({ client }) => client.describeSecret({ SecretId: "none" }), unknown],
  "read: no such stage": [
    ({ client }) => client.getSecretValue({ SecretId, VersionStage: "NONE" }),
    "ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: NONE",
  ],
  "read: no such version": [
    ({ client }) => client.getSecretValue({ SecretId, VersionId: missing }),
    `ResourceNotFoundException: Secrets Manager can't find the specified secret value for VersionId: ${missing}`,
  ],
  "read: a version without labels": [
    ({ client, unlabelled }) => client.getSecretValue({ SecretId, VersionId: unlabelled }),
    ({ unlabelled }) =>
      `ResourceNotFoundException: Secrets Manager can't find the specified secret value for VersionId: ${unlabelled}`,
  ],
  "read: stage and version disagree": [
    ({ client, current }) =>
      client.getSecretValue({ SecretId, VersionId: current, VersionStage: "AWSPENDING" }),
    "InvalidRequestException: You provided a VersionStage that is not associated to the provided VersionId.",
  ],
  "write: token in use for another value": [
    ({ client, current }) => client.putSecretValue({ SecretId, ClientRequestToken: current, ...value }),
    ({ current, arn }) =>
      `ResourceExistsException: You can't use ClientRequestToken ${current} because that value is already in use for a version of secret ${arn}.`,
  ],
  "write: no value": [
    ({ client }) => client.putSecretValue({ SecretId }),
    "InvalidRequestException: You must provide either SecretString or SecretBinary.",
  ],
  "write: two values": [
    ({ client }) => client.putSecretValue({ SecretId, ...value, SecretBinary: Buffer.from("x") }),
    "InvalidParameterException: You can't specify both a binary secret value and a string secret value in the same secret.",
  ],
  "write: short token": [
    ({ client }) => client.putSecretValue({ SecretId, ...value, ClientRequestToken: "short" }),
    "ValidationException: 1 validation error detected: Value at 'clientRequestToken' failed to satisfy constraint: Member must have length greater than or equal to 32",
  ],
  "write: too many stages": [
    ({ client }) =>
      client.putSecretValue({
        SecretId,
        ...value,
        VersionStages: Array.from({ length: 21 }, (_, n) => `S${n}`),
      }),
    "ValidationException: 1 validation error detected: Value at 'versionStages' failed to satisfy constraint: Member must have length less than or equal to 20",
  ],
  "write: more than twenty labels on the secret": [
    ({ client }) =>
      client.putSecretValue({
        SecretId,
        ...value,
        VersionStages: Array.from({ length: 19 }, (_, n) => `S${n}`),
      }),
    "LimitExceededException: You can't attach more than 20 staging labels to the versions of a secret.",
  ],
  "move: RemoveFromVersionId missing": [
    ({ client, pending }) =>
      client.updateSecretVersionStage({ SecretId, VersionStage: "AWSCURRENT", MoveToVersionId: pending }),
    ({ current }) =>
      `InvalidParameterException: The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version ${current}, so you must explicitly reference that version in RemoveFromVersionId.`,
  ],
  "move: RemoveFromVersionId is not the holder": [
    ({ client, pending }) =>
      client.updateSecretVersionStage({
        SecretId,
        VersionStage: "AWSCURRENT",
        MoveToVersionId: pending,
        RemoveFromVersionId: pending,
      }),
    "InvalidParameterException: When you move staging label AWSCURRENT, if you specify RemoveFromVersionId, it must be set to the version that currently has the staging label AWSCURRENT.",
  ],
  "move: AWSCURRENT away from everything": [
    ({ client, current }) =>
      client.updateSecretVersionStage({
        SecretId,
        VersionStage: "AWSCURRENT",
        RemoveFromVersionId: current,
      }),
    "InvalidParameterException: You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed.",
  ],
  "move: no such version": [
    ({ client }) =>
      client.updateSecretVersionStage({ SecretId, VersionStage: "A", MoveToVersionId: missing }),
    `ResourceNotFoundException: Secrets Manager can't find the specified secret value for VersionId: ${missing}`,
  ],
  "move: from nowhere to nowhere": [
    ({ client }) => client.updateSecretVersionStage({ SecretId, VersionStage: "AWSPENDING" }),
    "InvalidParameterException: You must provide RemoveFromVersionId, MoveToVersionId or both.",
  ],
  "create: name taken": [
    ({ client }) => client.createSecret({ Name: SecretId, ...value }),
    "ResourceExistsException: The operation failed because the secret app/key already exists.",
  ],
  "create: name taken, token in use for another value": [
    ({ client, current }) => client.createSecret({ Name: SecretId, ClientRequestToken: current, ...value }),
    ({ current, arn }) =>
      `ResourceExistsException: You can't use ClientRequestToken ${current} because that value is already in use for a version of secret ${arn}.`,
  ],
  "create: name scheduled for deletion": [
    ({ client }) => client.createSecret({ Name: "gone", ...value }),
    "InvalidRequestException: You can't create this secret because a secret with this name is already scheduled for deletion.",
  ],
  "create: bad name": [
    ({ client }) => client.createSecret({ Name: "a b", ...value }),
    "ValidationException: Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
  ],
  "create: long name": [
    ({ client }) => client.createSecret({ Name: "a".repeat(513), ...value }),
    "ValidationException: 1 validation error detected: Value at 'name' failed to satisfy constraint: Member must have length less than or equal to 512",
  ],
  "create: a parameter the sandbox does not have": [
    ({ client }) => client.createSecret({ Name: "b", Type: "a-partner" }),
    "ValidationException: 1 validation error detected: The sandbox's Secrets Manager does not support Type at 'the request'",
  ],
  "rotate: no function ever": [
    ({ client }) => client.rotateSecret({ SecretId }),
    "InvalidRequestException: No Lambda rotation function ARN is associated with this secret.",
  ],
  "rotate: function missing": [
    ({ client }) => client.rotateSecret({ SecretId, RotationLambdaARN: functionArn }),
    "AccessDeniedException: Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.",
  ],
  "rotate: days and expression": [
    ({ client }) =>
      client.rotateSecret({
        SecretId,
        RotationRules: { AutomaticallyAfterDays: 1, ScheduleExpression: "rate(4 hours)" },
      }),
    "InvalidParameterException: You cannot specify both rotation frequency and schedule expression together.",
  ],
  "rotate: too many days": [
    ({ client }) => client.rotateSecret({ SecretId, RotationRules: { AutomaticallyAfterDays: 1001 } }),
    "ValidationException: 1 validation error detected: Value at 'rotationRules.automaticallyAfterDays' failed to satisfy constraint: Member must have value less than or equal to 1000",
  ],
  "rotate: another version is pending": [
    (on) => {
      on.register(async () => undefined);
      return on.client.rotateSecret({ SecretId, RotationLambdaARN: functionArn });
    },
    "InvalidRequestException: A previous rotation isn't complete. That rotation will be reattempted.",
  ],
  "cancel: rotation never configured": [
    ({ client }) => client.cancelRotateSecret({ SecretId }),
    "InvalidRequestException: No Lambda rotation function ARN is associated with this secret.",
  ],
  "delete: window and force": [
    ({ client }) =>
      client.deleteSecret({ SecretId, RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: true }),
    "InvalidParameterException: You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
  ],
  "delete: window too short": [
    ({ client }) => client.deleteSecret({ SecretId, RecoveryWindowInDays: 6 }),
    "InvalidParameterException: RecoveryWindowInDays value must be between 7 and 30 days (inclusive).",
  ],
  "deleted: read": [({ client }) => client.getSecretValue({ SecretId: "gone" }), marked],
  "deleted: write": [({ client }) => client.putSecretValue({ SecretId: "gone", ...value }), marked],
  "deleted: rotate": [({ client }) => client.rotateSecret({ SecretId: "gone" }), marked],
  "deleted: cancel": [({ client }) => client.cancelRotateSecret({ SecretId: "gone" }), marked],
  "deleted: tag": [({ client }) => client.tagResource({ SecretId: "gone", Tags: [] }), marked],
  "deleted: delete again": [({ client }) => client.deleteSecret({ SecretId: "gone" }), marked],
  "list: foreign page token": [
    ({ client }) => client.listSecrets({ NextToken: "bm9uZQ" }),
    "InvalidNextTokenException: The NextToken value is invalid.",
  ],
};

describe("refused, with AWS's code and text, and nothing changed", () => {
  test.each(Object.entries(cases))("%s", async (_, [call, expected]) => {
    const on = await prepared();
    const before = withoutRuns(on);
    expect(await on.refusal(call(on))).toBe(typeof expected === "string" ? expected : expected(on));
    expect(withoutRuns(on)).toEqual(before);
    expect(await on.client.describeSecret({ SecretId })).not.toHaveProperty("RotationEnabled");
  });
});

const withoutRuns = ({ manager }: Started) => manager.describe().map(({ rotating: _, ...secret }) => secret);
