import { afterAll, beforeEach, expect, test } from "vitest";
import { newToken, startSecretsManager, wellBehaved } from "./harness.js";

const SecretId = "app/key";
const aws = await startSecretsManager(afterAll);
const { client, timeline, manager } = aws;
let v1 = "";

beforeEach(async () => {
  aws.reset();
  ({ version: v1 } = await aws.createSecret());
  await timeline.advance(3_600_000);
});

const listed = async (more = {}) => (await client.listSecrets({ ...more })).SecretList ?? [];
const namesListed = async (more = {}) => (await listed(more)).map(({ Name }) => Name);
const batched = async () => {
  const { SecretValues, Errors } = await client.batchGetSecretValue({ Filters: [] });
  return [
    SecretValues?.map(({ Name, SecretString }) => [Name, SecretString]),
    Errors?.map((one) => one.ErrorCode),
  ];
};

test("a change is listed when it is as old as the switch says, and described at once", async () => {
  manager.set("listStaleSeconds", 60);
  const Tags = [{ Key: "a", Value: "1" }];
  const ClientRequestToken = newToken();
  await client.createSecret({ Name: "new", SecretString: "x" });
  await client.tagResource({ SecretId, Tags });
  await client.updateSecret({ SecretId, Description: "d" });
  await client.putSecretValue({ SecretId, ClientRequestToken, SecretString: "second" });
  const changed = { Tags, Description: "d" };
  const stages = { [v1]: ["AWSPREVIOUS"], [ClientRequestToken]: ["AWSCURRENT"] };
  expect(await client.describeSecret({ SecretId })).toMatchObject({ ...changed, VersionIdsToStages: stages });

  for (const wait of [0, 59_999]) {
    await timeline.advance(wait);
    const [only, ...others] = await listed();
    expect(others).toEqual([]);
    expect(only).toMatchObject({ Name: SecretId, SecretVersionsToStages: { [v1]: ["AWSCURRENT"] } });
    expect(only).not.toHaveProperty("Tags");
    expect(only).not.toHaveProperty("Description");
    expect(await namesListed({ Filters: [{ Key: "tag-key", Values: ["a"] }] })).toEqual([]);
  }
  await timeline.advance(1);
  expect(await namesListed()).toEqual([SecretId, "new"]);
  expect(await listed({ Filters: [{ Key: "tag-key", Values: ["a"] }] })).toMatchObject([
    { Name: SecretId, ...changed, SecretVersionsToStages: stages },
  ]);
});

test("each change comes at its own time", async () => {
  manager.set("listStaleSeconds", 300);
  for (const Name of ["s1", "s2", "s3"]) {
    await client.createSecret({ Name, SecretString: "x" });
    await timeline.advance(100_000);
  }
  expect(await namesListed()).toEqual([SecretId, "s1"]);
  await timeline.advance(99_999);
  expect(await namesListed()).toEqual([SecretId, "s1"]);
  await timeline.advance(1);
  expect(await namesListed()).toEqual([SecretId, "s1", "s2"]);
  await timeline.advance(100_000);
  expect(await namesListed()).toEqual([SecretId, "s1", "s2", "s3"]);
});

test("a deleted secret is listed for a while, and a batch chosen by filters says that it is gone", async () => {
  manager.set("listStaleSeconds", 60);
  await client.createSecret({ Name: "planned", SecretString: "x" });
  await timeline.advance(60_000);
  await client.deleteSecret({ SecretId, ForceDeleteWithoutRecovery: true });
  await client.deleteSecret({ SecretId: "planned" });
  expect(await namesListed()).toEqual([SecretId, "planned"]);
  expect(await batched()).toEqual([[], ["ResourceNotFoundException", "InvalidRequestException"]]);
  await timeline.advance(60_000);
  expect(await namesListed()).toEqual([]);
  expect(await namesListed({ IncludePlannedDeletion: true })).toEqual(["planned"]);
  expect(await batched()).toEqual([[], []]);
});

test("a batch chosen by filters finds late, but reads values as they are", async () => {
  manager.set("listStaleSeconds", 60);
  await client.putSecretValue({ SecretId, SecretString: "second" });
  await client.createSecret({ Name: "new", SecretString: "x" });
  expect(await batched()).toEqual([[[SecretId, "second"]], []]);
});

test("nothing is listed that is older than the switch says, whatever happened meanwhile", async () => {
  manager.set("listStaleSeconds", 60);
  aws.register(wellBehaved(aws));
  await aws.rotate();
  await timeline.idle();
  await client.deleteSecret({ SecretId, RecoveryWindowInDays: 7 });
  await client.restoreSecret({ SecretId });
  await timeline.advance(60_000);
  const [{ SecretVersionsToStages } = {}] = await listed();
  expect(SecretVersionsToStages).toEqual(await aws.labels());
  // Gone at the end of its window: nobody asked at that moment.
  await client.deleteSecret({ SecretId, RecoveryWindowInDays: 7 });
  await timeline.advance(8 * 86_400_000);
  expect(await namesListed({ IncludePlannedDeletion: true })).toEqual([]);
});

test("set back to 0, lists are up to date", async () => {
  manager.set("listStaleSeconds", 300);
  await client.createSecret({ Name: "new", SecretString: "x" });
  expect(await namesListed()).toEqual([SecretId]);
  manager.set("listStaleSeconds", 0);
  expect(await namesListed()).toEqual([SecretId, "new"]);
});

test("a value that is read late is marked as read now, on the secret as it is", async () => {
  manager.set("readLagSeconds", 60);
  const today = new Date("2026-11-21T00:00:00Z");
  await client.getSecretValue({ SecretId });
  expect(await client.describeSecret({ SecretId })).not.toHaveProperty("LastAccessedDate");
  manager.set("readLagSeconds", 0);
  expect(await client.describeSecret({ SecretId })).toHaveProperty("LastAccessedDate", today);
  const { Versions } = await client.listSecretVersionIds({ SecretId });
  expect(Versions).toMatchObject([{ VersionId: v1, LastAccessedDate: today }]);

  // Of the secret that has its name now, nothing was read.
  manager.set("readLagSeconds", 60);
  await client.describeSecret({ SecretId });
  await client.deleteSecret({ SecretId, ForceDeleteWithoutRecovery: true });
  await aws.createSecret();
  expect((await client.getSecretValue({ SecretId })).VersionId).toBe(v1);
  manager.set("readLagSeconds", 0);
  expect(await client.describeSecret({ SecretId })).not.toHaveProperty("LastAccessedDate");
});
