import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { operations } from "../../../services/sandbox/aws/operations/index.js";
import { newToken, start, startSecretsManager } from "./harness.js";
import { requestsOn } from "./requests.js";

const SecretId = "app/key";
const day = 86_400_000;
const aws = await startSecretsManager(afterAll);
const { client, timeline, refusal } = aws;
let arn = "";

beforeEach(async () => {
  aws.reset();
  ({ arn } = await aws.createSecret());
  await client.tagResource({ SecretId, Tags: [{ Key: "kept", Value: "v" }] });
});

const marked = "You can't perform this operation on the secret because it was marked for deletion.";
const works = undefined;
/** What each operation says of a secret that is scheduled for deletion. */
const answers: Readonly<Record<string, string | undefined>> = {
  BatchGetSecretValue: works,
  CancelRotateSecret: marked,
  CreateSecret:
    "You can't create this secret because a secret with this name is already scheduled for deletion.",
  DeleteResourcePolicy: marked,
  DeleteSecret: marked,
  DescribeSecret: works,
  GetRandomPassword: works,
  GetResourcePolicy: marked,
  GetSecretValue: marked,
  ListSecretVersionIds: works,
  ListSecrets: works,
  PutResourcePolicy: marked,
  PutSecretValue: marked,
  RemoveRegionsFromReplication: marked,
  ReplicateSecretToRegions: marked,
  RestoreSecret: works,
  RotateSecret: marked,
  StopReplicationToReplica: marked,
  TagResource: marked,
  UntagResource: marked,
  UpdateSecret: marked,
  UpdateSecretVersionStage: marked,
  ValidateResourcePolicy: marked,
};

describe("a secret that is scheduled for deletion", () => {
  test("the table names every operation", () => {
    expect(Object.keys(answers)).toEqual([...operations.keys()]);
  });

  test.each(Object.entries(answers))("%s: %s", async (operation, message) => {
    await client.deleteSecret({ SecretId });
    const before = await aws.everything();
    const answer = await aws.send(operation, requestsOn(SecretId)[operation]);
    expect([answer.status, answer.body]).toEqual(
      message === works
        ? [200, expect.any(Object)]
        : [400, { __type: "InvalidRequestException", Message: message }],
    );
    if (operation !== "RestoreSecret") expect(await aws.everything()).toEqual(before);
  });

  test("is described with the end of its window, and hidden in lists, until it is gone and its name free", async () => {
    const until = new Date(start.getTime() + 7 * day);
    expect((await client.deleteSecret({ SecretId, RecoveryWindowInDays: 7 })).DeletionDate).toEqual(until);
    expect(await client.describeSecret({ SecretId })).toMatchObject({ DeletedDate: until });
    expect((await client.listSecrets({})).SecretList).toEqual([]);
    const { SecretList } = await client.listSecrets({ IncludePlannedDeletion: true });
    expect(SecretList).toMatchObject([{ Name: SecretId, DeletedDate: until }]);
    await timeline.advance(7 * day - 1);
    expect(await refusal(client.describeSecret({ SecretId }))).toBe("no error");
    await timeline.advance(1);
    expect(await refusal(client.describeSecret({ SecretId }))).toMatch("ResourceNotFoundException");
    expect((await aws.createSecret()).arn).not.toBe(arn);
  });

  test.each([7, 30, undefined])("has the days that were asked for: %s", async (RecoveryWindowInDays) => {
    const { DeletionDate } = await client.deleteSecret({ SecretId, RecoveryWindowInDays });
    expect(DeletionDate).toEqual(new Date(start.getTime() + (RecoveryWindowInDays ?? 30) * day));
  });

  test("is as it was when it is restored, and stays when its window would have ended", async () => {
    const { secrets } = await aws.everything();
    await client.deleteSecret({ SecretId, RecoveryWindowInDays: 7 });
    expect(await client.restoreSecret({ SecretId })).toMatchObject({ ARN: arn, Name: SecretId });
    expect((await aws.everything()).secrets).toEqual(secrets);
    expect((await client.getSecretValue({ SecretId })).SecretString).toBe("first");
    await timeline.advance(40 * day);
    expect((await client.describeSecret({ SecretId })).ARN).toBe(arn);
  });

  test("restored and deleted again it has its window anew", async () => {
    await client.deleteSecret({ SecretId, RecoveryWindowInDays: 7 });
    await timeline.advance(5 * day);
    await client.restoreSecret({ SecretId });
    await client.deleteSecret({ SecretId, RecoveryWindowInDays: 7 });
    await timeline.advance(6 * day);
    expect(await refusal(client.describeSecret({ SecretId }))).toBe("no error");
    await timeline.advance(day);
    expect(await refusal(client.describeSecret({ SecretId }))).toMatch("ResourceNotFoundException");
  });

  test("can be deleted by force, and its name is free at once", async () => {
    await client.deleteSecret({ SecretId });
    const { DeletionDate } = await client.deleteSecret({ SecretId, ForceDeleteWithoutRecovery: true });
    expect(DeletionDate).toEqual(start);
    const again = await aws.createSecret();
    expect(again.arn).not.toBe(arn);
    await timeline.advance(31 * day);
    expect((await client.describeSecret({ SecretId })).ARN).toBe(again.arn);
  });
});

test("a secret that is not to be deleted is not changed when it is restored", async () => {
  const before = await aws.everything();
  await timeline.advance(1000);
  expect((await client.restoreSecret({ SecretId })).ARN).toBe(arn);
  expect(await aws.everything()).toEqual(before);
  expect(await refusal(client.restoreSecret({ SecretId: "none" }))).toMatch("ResourceNotFoundException");
});

test("deleting by force what does not exist is no error; without force it is", async () => {
  const missing = await client.deleteSecret({ SecretId: "none", ForceDeleteWithoutRecovery: true });
  expect(missing).toMatchObject({ Name: "none", ARN: expect.stringMatching(/:secret:none-[A-Za-z0-9]{6}$/) });
  expect(await refusal(client.deleteSecret({ SecretId: "none" }))).toMatch("ResourceNotFoundException");
  expect(await refusal(client.deleteSecret({ SecretId, ForceDeleteWithoutRecovery: false }))).toBe(
    "no error",
  );
});

test("AWSCURRENT, versions and values are kept through deletion and restoration", async () => {
  await client.putSecretValue({ SecretId, SecretString: "second", ClientRequestToken: newToken() });
  await client.deleteSecret({ SecretId });
  await client.restoreSecret({ SecretId });
  const previous = await client.getSecretValue({ SecretId, VersionStage: "AWSPREVIOUS" });
  expect([previous.SecretString, (await client.getSecretValue({ SecretId })).SecretString]).toEqual([
    "first",
    "second",
  ]);
});
