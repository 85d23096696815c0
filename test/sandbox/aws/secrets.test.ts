import { expect, test } from "vitest";
import { newToken, start, startSecretsManager } from "./harness.js";

const SecretId = "app/key";

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

test("a name that ends as an ARN does is not found by the ARN without its suffix, as recorded on AWS", async () => {
  const { client, createSecret, refusal } = await startSecretsManager();
  for (const name of ["Name-a1b2c3", "Name-a1b2", "Name-a1b2c3-"]) {
    const { arn } = await createSecret(name);
    expect((await client.getSecretValue({ SecretId: arn })).Name).toBe(name);
    const partial = await refusal(client.getSecretValue({ SecretId: arn.slice(0, -7) }));
    expect(partial).toBe(
      name === "Name-a1b2c3"
        ? "ResourceNotFoundException: Secrets Manager can't find the specified secret."
        : "no error",
    );
  }
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

test("an empty version that lost its label is not listed", async () => {
  const aws = await startSecretsManager();
  const { version } = await aws.createSecret();
  aws.register(() => Promise.reject(new Error("not now")));
  aws.manager.set("retries", 0);
  const token = await aws.rotate();
  await aws.timeline.idle();
  const listed = async () => {
    const { Versions } = await aws.client.listSecretVersionIds({ SecretId, IncludeDeprecated: true });
    return Versions?.map(({ VersionId }) => VersionId);
  };
  expect(await listed()).toEqual([version, token]);
  const VersionStage = "AWSPENDING";
  await aws.client.updateSecretVersionStage({ SecretId, VersionStage, RemoveFromVersionId: token });
  expect(await listed()).toEqual([version]);
});
