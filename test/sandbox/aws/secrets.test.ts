import { expect, test } from "vitest";
import { newToken, start, startSecretsManager } from "./harness.js";

const SecretId = "app/key";
const day = 86_400_000;

test("strings and bytes come back as they were written", async () => {
  const { client, createSecret } = await startSecretsManager();
  const { version } = await createSecret();
  expect(await client.getSecretValue({ SecretId })).toMatchObject({
    Name: SecretId,
    SecretString: "first",
    VersionId: version,
    VersionStages: ["AWSCURRENT"],
    CreatedDate: start,
  });
  const SecretBinary = Uint8Array.from([0, 255, 128, 10]);
  await client.putSecretValue({ SecretId, SecretBinary });
  const read = await client.getSecretValue({ SecretId });
  expect([...(read.SecretBinary ?? [])]).toEqual([...SecretBinary]);
  expect(read.SecretString).toBeUndefined();
});

test("the same token with the same value is no second write", async () => {
  const { client, labels, createSecret } = await startSecretsManager();
  const { version: v1 } = await createSecret();
  const again = { ClientRequestToken: newToken(), SecretString: "second" };
  await client.putSecretValue({ SecretId, ...again });
  await client.putSecretValue({ SecretId, SecretString: "third" });
  const before = await labels();
  const answer = await client.putSecretValue({ SecretId, ...again });
  expect(answer).toMatchObject({ VersionId: again.ClientRequestToken, VersionStages: ["AWSPREVIOUS"] });
  expect(await labels()).toEqual(before);
  const created = { Name: SecretId, ClientRequestToken: v1, SecretString: "first" };
  expect((await client.createSecret(created)).VersionId).toBe(v1);
  expect(await labels()).toEqual(before);
});

test("a version without labels can be read when it is set so", async () => {
  const { client, manager, createSecret } = await startSecretsManager();
  const { version: v1 } = await createSecret();
  for (const SecretString of ["second", "third"]) await client.putSecretValue({ SecretId, SecretString });
  manager.set("unlabelledVersions", "readable");
  const read = await client.getSecretValue({ SecretId, VersionId: v1 });
  expect(read.SecretString).toBe("first");
  expect(read.VersionStages).toBeUndefined();
});

test("DescribeSecret tells dates and tags, and leaves out what never was", async () => {
  const { client, timeline, createSecret } = await startSecretsManager();
  const { version, arn } = await createSecret();
  const { $metadata: _, ...fresh } = await client.describeSecret({ SecretId });
  expect(fresh).toEqual({
    ARN: arn,
    Name: SecretId,
    CreatedDate: start,
    LastChangedDate: start,
    VersionIdsToStages: { [version]: ["AWSCURRENT"] },
  });
  await timeline.advance(1500);
  await client.tagResource({ SecretId, Tags: [{ Key: "a", Value: "1" }, { Key: "b" }] });
  await client.tagResource({ SecretId, Tags: [{ Key: "a", Value: "2" }] });
  await client.untagResource({ SecretId, TagKeys: ["b", "never"] });
  await client.getSecretValue({ SecretId });
  expect(await client.describeSecret({ SecretId })).toMatchObject({
    LastChangedDate: new Date(start.getTime() + 1500),
    LastAccessedDate: new Date("2026-11-21T00:00:00.000Z"),
    Tags: [{ Key: "a", Value: "2" }],
  });
});

test("a deleted secret is described and hidden until its window is over, then its name is free", async () => {
  const { client, timeline, createSecret, refusal } = await startSecretsManager();
  await createSecret();
  const until = new Date(start.getTime() + 7 * day);
  expect((await client.deleteSecret({ SecretId, RecoveryWindowInDays: 7 })).DeletionDate).toEqual(until);
  expect((await client.describeSecret({ SecretId })).DeletedDate).toEqual(until);
  expect((await client.listSecrets({})).SecretList).toEqual([]);
  expect((await client.listSecrets({ IncludePlannedDeletion: true })).SecretList).toHaveLength(1);
  await timeline.advance(7 * day - 1);
  expect(await refusal(client.describeSecret({ SecretId }))).toBe("no error");
  await timeline.advance(1);
  expect(await refusal(client.describeSecret({ SecretId }))).toMatch("ResourceNotFoundException");
  await createSecret();
});

test("a secret deleted by force can be made again, with another ARN; a missing one is no error", async () => {
  const { client, createSecret } = await startSecretsManager();
  const first = await createSecret();
  await client.deleteSecret({ SecretId, ForceDeleteWithoutRecovery: true });
  expect((await createSecret()).arn).not.toBe(first.arn);
  const missing = await client.deleteSecret({ SecretId: "none", ForceDeleteWithoutRecovery: true });
  expect(missing.Name).toBe("none");
});

test("ListSecrets pages in order of name, and filters by prefix", async () => {
  const { client } = await startSecretsManager();
  for (const Name of ["b/2", "a/1", "b/1", "B/3", "c"]) {
    await client.createSecret({ Name, SecretString: "x", Tags: [{ Key: `of-${Name}`, Value: "v" }] });
  }
  const pages: (string | undefined)[][] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.listSecrets({ MaxResults: 2, NextToken });
    pages.push((page.SecretList ?? []).map(({ Name }) => Name));
    NextToken = page.NextToken;
  } while (NextToken);
  expect(pages).toEqual([["B/3", "a/1"], ["b/1", "b/2"], ["c"]]);

  const names = async (Key: "name" | "tag-key" | "all", ...Values: string[]) => {
    const { SecretList } = await client.listSecrets({ Filters: [{ Key, Values }] });
    return SecretList?.map(({ Name }) => Name);
  };
  expect(await names("name", "b/")).toEqual(["b/1", "b/2"]);
  expect(await names("name", "a", "c")).toEqual(["a/1", "c"]);
  expect(await names("name", "!b/")).toEqual(["B/3", "a/1", "c"]);
  expect(await names("all", "b/")).toEqual(["B/3", "b/1", "b/2"]);
  expect(await names("tag-key", "of-c")).toEqual(["c"]);
});

test("ListSecretVersionIds pages, deprecated versions on request only", async () => {
  const { client, createSecret } = await startSecretsManager();
  const ids = [(await createSecret()).version];
  for (const SecretString of ["2", "3", "4"]) {
    ids.push((await client.putSecretValue({ SecretId, SecretString })).VersionId ?? "");
  }
  const first = await client.listSecretVersionIds({ SecretId, IncludeDeprecated: true, MaxResults: 3 });
  const { NextToken } = first;
  const rest = await client.listSecretVersionIds({ SecretId, IncludeDeprecated: true, NextToken });
  const listed = [...(first.Versions ?? []), ...(rest.Versions ?? [])];
  expect(listed.map(({ VersionId }) => VersionId)).toEqual(ids);
  expect(listed[0]).toEqual({
    VersionId: ids[0],
    CreatedDate: start,
    KmsKeyIds: ["DefaultEncryptionKey"],
  });
  expect((await client.listSecretVersionIds({ SecretId })).Versions).toHaveLength(2);
});

test("beyond a hundred versions the oldest unlabelled go, but none within a day", async () => {
  const { client, timeline, createSecret } = await startSecretsManager();
  await createSecret();
  for (let n = 0; n < 104; n++) await client.putSecretValue({ SecretId, SecretString: `${n}` });
  const count = async () => {
    let total = 0;
    let NextToken: string | undefined;
    do {
      const page = await client.listSecretVersionIds({ SecretId, IncludeDeprecated: true, NextToken });
      total += page.Versions?.length ?? 0;
      NextToken = page.NextToken;
    } while (NextToken);
    return total;
  };
  expect(await count()).toBe(105);
  await timeline.advance(day);
  await client.putSecretValue({ SecretId, SecretString: "next" });
  expect(await count()).toBe(100);
});

test("GetRandomPassword obeys length, exclusions and required types", async () => {
  const { client, refusal } = await startSecretsManager();
  expect((await client.getRandomPassword({})).RandomPassword).toHaveLength(32);
  const digits = { ExcludeLowercase: true, ExcludeUppercase: true, ExcludePunctuation: true };
  const odd = await client.getRandomPassword({ ...digits, ExcludeCharacters: "02468", PasswordLength: 200 });
  expect(odd.RandomPassword).toMatch(/^[13579]{200}$/);
  for (let n = 0; n < 20; n++) {
    const { RandomPassword } = await client.getRandomPassword({ PasswordLength: 4 });
    expect(RandomPassword).toMatch(/^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[^a-zA-Z\d]).{4}$/);
  }
  expect(await refusal(client.getRandomPassword({ PasswordLength: 3 }))).toMatch("InvalidParameterException");
});
