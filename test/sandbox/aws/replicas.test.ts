import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { operations } from "../../../services/sandbox/aws/operations/index.js";
import { authorizationOf, newToken, region, start, startSecretsManager } from "./harness.js";
import { requestsOn } from "./requests.js";

const SecretId = "app/key";
const other = "us-east-1";
const third = "ap-south-1";
const aws = await startSecretsManager(afterAll);
const { client, timeline, refusal } = aws;
const elsewhere = aws.connect({ region: other });
let primary = { arn: "", version: "" };
const replicaArn = () => primary.arn.replace(region, other);
const inSync = (Region: string) => ({ Region, KmsKeyId: "alias/aws/secretsmanager", Status: "InSync" });

beforeEach(async () => {
  aws.reset();
  primary = await aws.createSecret();
  await client.tagResource({ SecretId, Tags: [{ Key: "kept", Value: "v" }] });
});
const replicate = (Region = other, more = {}) =>
  client.replicateSecretToRegions({ SecretId, AddReplicaRegions: [{ Region }], ...more });

const readOnly = "Operation not permitted on a replica secret. Call must be made in primary secret's region.";
const works = undefined;
/** What each operation says of a replica, asked in its region. */
const answers: Readonly<Record<string, readonly [code: string, message: string] | undefined>> = {
  BatchGetSecretValue: works,
  CancelRotateSecret: ["InvalidParameterException", readOnly],
  CreateSecret: [
    "ResourceExistsException",
    "The operation failed because the secret app/key already exists.",
  ],
  DeleteResourcePolicy: ["InvalidParameterException", readOnly],
  DeleteSecret: ["InvalidParameterException", readOnly],
  DescribeSecret: works,
  GetRandomPassword: works,
  GetResourcePolicy: works,
  GetSecretValue: works,
  ListSecretVersionIds: works,
  ListSecrets: works,
  PutResourcePolicy: ["InvalidParameterException", readOnly],
  PutSecretValue: ["InvalidParameterException", readOnly],
  RemoveRegionsFromReplication: ["InvalidParameterException", readOnly],
  ReplicateSecretToRegions: ["InvalidParameterException", readOnly],
  RestoreSecret: ["InvalidParameterException", readOnly],
  RotateSecret: ["InvalidParameterException", readOnly],
  StopReplicationToReplica: works,
  TagResource: ["InvalidParameterException", readOnly],
  UntagResource: ["InvalidParameterException", readOnly],
  UpdateSecret: ["InvalidParameterException", readOnly],
  UpdateSecretVersionStage: ["InvalidParameterException", readOnly],
  ValidateResourcePolicy: works,
};

describe("a replica", () => {
  test("the table names every operation", () => {
    expect(Object.keys(answers)).toEqual([...operations.keys()]);
  });

  test.each(Object.entries(answers))("%s: %s", async (operation, refused) => {
    await replicate();
    const before = await aws.everything();
    const authorization = authorizationOf("keyturn-sandbox").replace(region, other);
    const answer = await aws.send(operation, requestsOn(SecretId)[operation], { authorization });
    expect([answer.status, answer.body]).toEqual(
      refused === works ? [200, expect.any(Object)] : [400, { __type: refused[0], Message: refused[1] }],
    );
    if (refused !== works) expect(await aws.everything()).toEqual(before);
  });

  test("has its primary's name, suffix, value, labels, tags and policy", async () => {
    const policy = '{"Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}';
    await client.putResourcePolicy({ SecretId, ResourcePolicy: policy });
    await client.updateSecret({ SecretId, Description: "mine" });
    expect((await replicate()).ReplicationStatus).toEqual([inSync(other)]);
    const { $metadata: _, ...described } = await elsewhere.describeSecret({ SecretId });
    expect(described).toEqual({
      ARN: replicaArn(),
      Name: SecretId,
      Description: "mine",
      CreatedDate: start,
      LastChangedDate: start,
      PrimaryRegion: region,
      Tags: [{ Key: "kept", Value: "v" }],
      VersionIdsToStages: { [primary.version]: ["AWSCURRENT"] },
    });
    expect((await elsewhere.getSecretValue({ SecretId: replicaArn() })).SecretString).toBe("first");
    expect((await elsewhere.getResourcePolicy({ SecretId })).ResourcePolicy).toBe(policy);
  });

  test("follows its primary's value, labels, tags, description and policy at once", async () => {
    await replicate();
    const ClientRequestToken = newToken();
    await client.putSecretValue({ SecretId, ClientRequestToken, SecretString: "second" });
    await client.tagResource({ SecretId, Tags: [{ Key: "more", Value: "v" }] });
    await client.updateSecret({ SecretId, Description: "new" });
    expect(await elsewhere.getSecretValue({ SecretId })).toMatchObject({
      ARN: replicaArn(),
      SecretString: "second",
      VersionId: ClientRequestToken,
    });
    expect(await elsewhere.describeSecret({ SecretId })).toMatchObject({
      Description: "new",
      VersionIdsToStages: { [primary.version]: ["AWSPREVIOUS"], [ClientRequestToken]: ["AWSCURRENT"] },
      Tags: [{ Key: "kept" }, { Key: "more" }],
    });
  });

  test("has a key and an access date of its own", async () => {
    await client.replicateSecretToRegions({
      SecretId,
      AddReplicaRegions: [{ Region: other, KmsKeyId: "k1" }],
    });
    await timeline.advance(86_400_000);
    await elsewhere.getSecretValue({ SecretId });
    const status = async () => (await client.describeSecret({ SecretId })).ReplicationStatus;
    const LastAccessedDate = new Date("2026-11-22T00:00:00Z");
    expect(await status()).toEqual([{ Region: other, KmsKeyId: "k1", Status: "InSync", LastAccessedDate }]);
    expect(await client.describeSecret({ SecretId })).not.toHaveProperty("LastAccessedDate");
    for (const one of [client, elsewhere]) {
      const { Versions } = await one.listSecretVersionIds({ SecretId });
      expect(Versions).toEqual([expect.not.objectContaining({ LastAccessedDate: expect.anything() })]);
    }
    await elsewhere.updateSecret({ SecretId, KmsKeyId: "k2" });
    expect(await status()).toMatchObject([{ KmsKeyId: "k2" }]);
    expect(await elsewhere.describeSecret({ SecretId })).toMatchObject({ KmsKeyId: "k2" });
    expect(await client.describeSecret({ SecretId })).not.toHaveProperty("KmsKeyId");
    for (const SecretString of ["2", "3"]) await client.putSecretValue({ SecretId, SecretString });
    await client.updateSecret({ SecretId, KmsKeyId: "k0" });
    const keysIn = async (one: typeof client) => {
      const { Versions = [] } = await one.listSecretVersionIds({ SecretId, IncludeDeprecated: true });
      return Versions.map(({ KmsKeyIds }) => KmsKeyIds?.join());
    };
    expect(await keysIn(client)).toEqual(["DefaultEncryptionKey", "k0", "k0"]);
    expect(await keysIn(elsewhere)).toEqual(["k2", "k2", "k2"]);
    expect(await refusal(elsewhere.updateSecret({ SecretId, KmsKeyId: "k3", Description: "d" }))).toMatch(
      readOnly,
    );
  });

  test("does not show its primary's rotation", async () => {
    aws.register(async () => undefined);
    aws.manager.set("retries", 0);
    await replicate();
    await aws.rotate({ RotationRules: { AutomaticallyAfterDays: 30 } });
    await timeline.idle();
    expect(await client.describeSecret({ SecretId })).toHaveProperty("RotationEnabled", true);
    for (const field of ["RotationEnabled", "RotationRules", "RotationLambdaARN", "NextRotationDate"]) {
      expect(await elsewhere.describeSecret({ SecretId })).not.toHaveProperty(field);
    }
  });

  test("promoted, it is a secret of its own, under the same ARN", async () => {
    await replicate();
    expect((await elsewhere.stopReplicationToReplica({ SecretId })).ARN).toBe(replicaArn());
    expect(await client.describeSecret({ SecretId })).not.toHaveProperty("ReplicationStatus");
    await client.putSecretValue({ SecretId, SecretString: "only here" });
    expect((await elsewhere.getSecretValue({ SecretId })).SecretString).toBe("first");
    await elsewhere.putSecretValue({ SecretId, SecretString: "only there" });
    expect((await client.getSecretValue({ SecretId })).SecretString).toBe("only here");
    for (const one of [client, elsewhere]) {
      expect((await one.listSecretVersionIds({ SecretId, IncludeDeprecated: true })).Versions).toHaveLength(
        2,
      );
    }
    expect(await elsewhere.describeSecret({ SecretId })).not.toHaveProperty("PrimaryRegion");
    await client.deleteSecret({ SecretId });
    expect((await elsewhere.getSecretValue({ SecretId })).SecretString).toBe("only there");
    expect(await refusal(elsewhere.stopReplicationToReplica({ SecretId }))).toMatch(
      "InvalidRequestException",
    );
  });
});

describe("a primary", () => {
  test("is made with its replicas", async () => {
    const created = await client.createSecret({
      Name: "new",
      SecretString: "x",
      AddReplicaRegions: [{ Region: other }, { Region: third }],
    });
    expect(created.ReplicationStatus).toEqual([inSync(other), inSync(third)]);
    const described = await client.describeSecret({ SecretId: "new" });
    expect(described).toMatchObject({ PrimaryRegion: region, ReplicationStatus: created.ReplicationStatus });
    expect((await elsewhere.getSecretValue({ SecretId: "new" })).SecretString).toBe("x");
  });

  test("without a value has replicas without one, until there is one", async () => {
    await client.createSecret({ Name: "new", AddReplicaRegions: [{ Region: other }] });
    expect(await refusal(elsewhere.getSecretValue({ SecretId: "new" }))).toMatch("ResourceNotFoundException");
    await client.putSecretValue({ SecretId: "new", SecretString: "x" });
    expect((await elsewhere.getSecretValue({ SecretId: "new" })).SecretString).toBe("x");
  });

  test("cannot be deleted while it has replicas, by force neither", async () => {
    await replicate(other);
    await replicate(third);
    const expected = `InvalidParameterException: You can't delete secret ${primary.arn} that still has replica regions [${other}, ${third}].`;
    expect(await refusal(client.deleteSecret({ SecretId }))).toBe(expected);
    expect(await refusal(client.deleteSecret({ SecretId, ForceDeleteWithoutRecovery: true }))).toBe(expected);
    const removed = await client.removeRegionsFromReplication({
      SecretId,
      RemoveReplicaRegions: [other, "eu-west-3"],
    });
    expect(removed).toMatchObject({ ARN: primary.arn, ReplicationStatus: [inSync(third)] });
    expect(await refusal(elsewhere.describeSecret({ SecretId }))).toMatch("ResourceNotFoundException");
    await client.removeRegionsFromReplication({ SecretId, RemoveReplicaRegions: [third] });
    expect(await client.describeSecret({ SecretId })).not.toHaveProperty("PrimaryRegion");
    expect(await refusal(client.deleteSecret({ SecretId }))).toBe("no error");
  });

  test.each([
    ["its own region", [{ Region: region }]],
    ["a region twice", [{ Region: other }, { Region: other, KmsKeyId: "k" }]],
    ["no region", [{ KmsKeyId: "k" }]],
  ])("is not replicated to %s", async (_, AddReplicaRegions) => {
    const before = await aws.everything();
    const expected = "InvalidParameterException: Invalid replica region.";
    expect(await refusal(client.replicateSecretToRegions({ SecretId, AddReplicaRegions }))).toBe(expected);
    expect(await refusal(client.createSecret({ Name: "new", AddReplicaRegions }))).toBe(expected);
    expect(await aws.everything()).toEqual(before);
  });

  test("replicated again where it is already stays as it is", async () => {
    await replicate();
    expect((await replicate()).ReplicationStatus).toEqual([inSync(other)]);
    expect((await replicate(other, { ForceOverwriteReplicaSecret: true })).ReplicationStatus).toEqual([
      inSync(other),
    ]);
  });

  test("whose name is taken there is told so, and may take it by force", async () => {
    await elsewhere.createSecret({ Name: SecretId, SecretString: "theirs" });
    const StatusMessage = `Replication failed: Secret name ${SecretId} already exists in region ${other}.`;
    expect((await replicate()).ReplicationStatus).toEqual([
      { ...inSync(other), Status: "Failed", StatusMessage },
    ]);
    expect((await elsewhere.getSecretValue({ SecretId })).SecretString).toBe("theirs");
    const forced = await replicate(other, { ForceOverwriteReplicaSecret: true });
    expect(forced.ReplicationStatus).toEqual([inSync(other)]);
    expect(await elsewhere.getSecretValue({ SecretId })).toMatchObject({
      ARN: replicaArn(),
      SecretString: "first",
    });
  });

  test("does not overwrite, nor remove, another's replica or a primary that has replicas", async () => {
    const [inThird, force] = [aws.connect({ region: third }), { ForceOverwriteReplicaSecret: true }];
    await inThird.createSecret({ Name: SecretId, SecretString: "theirs" });
    await inThird.replicateSecretToRegions({ SecretId, AddReplicaRegions: [{ Region: other }] });
    expect((await replicate(other, force)).ReplicationStatus).toMatchObject([{ Status: "Failed" }]);
    expect((await replicate(third, force)).ReplicationStatus).toMatchObject([
      { Region: other, Status: "Failed" },
      { Region: third, Status: "Failed" },
    ]);
    await client.removeRegionsFromReplication({ SecretId, RemoveReplicaRegions: [other, third] });
    expect((await elsewhere.getSecretValue({ SecretId })).SecretString).toBe("theirs");
  });
});
