import { afterAll, beforeEach, expect, test } from "vitest";
import { newToken, start, startSecretsManager } from "./harness.js";

const aws = await startSecretsManager(afterAll);
const { client, refusal } = aws;

beforeEach(() => aws.reset());

test("gives what GetSecretValue gives, secret by secret, by name, ARN and ARN without suffix", async () => {
  const arns: string[] = [];
  for (const Name of ["a", "b", "c"]) arns.push((await aws.createSecret(Name)).arn);
  await client.putSecretValue({ SecretId: "c", SecretBinary: Uint8Array.from([0, 255]) });
  const single = await Promise.all(
    ["a", "b", "c"].map(async (SecretId) => {
      const { $metadata: _, ...value } = await client.getSecretValue({ SecretId });
      return value;
    }),
  );
  const SecretIdList = ["c", arns[1]?.slice(0, -7) ?? "", arns[0] ?? ""];
  const { $metadata: _, ...answer } = await client.batchGetSecretValue({ SecretIdList });
  expect(answer).toEqual({ SecretValues: single.toReversed(), Errors: [] });
  expect(single[0]).toMatchObject({
    SecretString: "first",
    CreatedDate: start,
    VersionStages: ["AWSCURRENT"],
  });
});

test("tells what it could not read in Errors, and gives the rest", async () => {
  await aws.createSecret("good");
  await aws.createSecret("gone");
  await client.deleteSecret({ SecretId: "gone" });
  await client.createSecret({ Name: "empty" });
  const SecretIdList = ["none", "gone", "good", "empty", "bad name"];
  const { SecretValues, Errors } = await client.batchGetSecretValue({ SecretIdList });
  expect(SecretValues).toMatchObject([{ Name: "good", SecretString: "first" }]);
  const expected = SecretIdList.filter((id) => id !== "good").map(async (SecretId) => {
    const [ErrorCode, ...text] = (await refusal(client.getSecretValue({ SecretId }))).split(": ");
    return { SecretId, ErrorCode, Message: text.join(": ") };
  });
  expect(Errors).toEqual(await Promise.all(expected));
  expect(Errors?.map(({ ErrorCode }) => ErrorCode)).toEqual([
    "ResourceNotFoundException",
    "InvalidRequestException",
    "ResourceNotFoundException",
    "ValidationException",
  ]);
});

test("chosen by filters, leaves out what is to be deleted, and tells what has no value", async () => {
  for (const Name of ["app/a", "app/b", "app/gone", "other"]) await aws.createSecret(Name);
  await client.deleteSecret({ SecretId: "app/gone" });
  const { ARN: SecretId } = await client.createSecret({ Name: "app/empty" });
  const Filters = [{ Key: "name" as const, Values: ["app/"] }];
  const { SecretValues, Errors } = await client.batchGetSecretValue({ Filters });
  expect(SecretValues?.map(({ Name }) => Name)).toEqual(["app/a", "app/b"]);
  expect(Errors).toMatchObject([{ SecretId, ErrorCode: "ResourceNotFoundException" }]);
});

test("gives the current version, whatever else there is, and marks it as accessed", async () => {
  await aws.createSecret("a");
  const ClientRequestToken = newToken();
  await client.putSecretValue({ SecretId: "a", SecretString: "second", ClientRequestToken });
  await client.putSecretValue({ SecretId: "a", SecretString: "third", VersionStages: ["AWSPENDING"] });
  const { SecretValues } = await client.batchGetSecretValue({ SecretIdList: ["a"] });
  expect(SecretValues).toMatchObject([{ SecretString: "second", VersionId: ClientRequestToken }]);
  expect(await client.describeSecret({ SecretId: "a" })).toHaveProperty("LastAccessedDate");
});

const either =
  "InvalidParameterException: Either 'SecretIdList' or 'Filters' must be provided, but not both.";
const forFilters =
  "InvalidParameterException: 'Filters' must be provided to use 'MaxResults' or 'NextToken'.";
test.each([
  [{}, either],
  [{ SecretIdList: ["a"], Filters: [] }, either],
  [{ SecretIdList: ["a"], MaxResults: 5 }, forFilters],
  [{ SecretIdList: ["a"], NextToken: "x" }, forFilters],
])("%o: %s", async (input, expected) => {
  expect(await refusal(client.batchGetSecretValue(input))).toBe(expected);
});
