import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { newToken, newValue, start, startSecretsManager } from "./harness.js";

const SecretId = "app/key";
const day = 86_400_000;
const aws = await startSecretsManager(afterAll);
const { client, timeline, manager, refusal, labels } = aws;
let arn = "";
let v1 = "";

beforeEach(async () => {
  aws.reset();
  ({ arn, version: v1 } = await aws.createSecret());
});

describe("UpdateSecret", () => {
  test("changes the description alone, and makes no version", async () => {
    await timeline.advance(1000);
    const { $metadata: _, ...answer } = await client.updateSecret({ SecretId, Description: "mine" });
    expect(answer).toEqual({ ARN: arn, Name: SecretId });
    expect(await client.describeSecret({ SecretId })).toMatchObject({
      Description: "mine",
      LastChangedDate: new Date(start.getTime() + 1000),
      VersionIdsToStages: { [v1]: ["AWSCURRENT"] },
    });
    await client.updateSecret({ SecretId, Description: "" });
    expect(await client.describeSecret({ SecretId })).not.toHaveProperty("Description");
  });

  test("writes a value, with or without metadata, as a version that becomes current", async () => {
    const ClientRequestToken = newToken();
    const answer = await client.updateSecret({ SecretId, ClientRequestToken, SecretString: "second" });
    expect(answer).toMatchObject({ ARN: arn, Name: SecretId, VersionId: ClientRequestToken });
    expect(await labels()).toEqual({ [v1]: ["AWSPREVIOUS"], [ClientRequestToken]: ["AWSCURRENT"] });
    const SecretBinary = Uint8Array.from([0, 255]);
    const { VersionId = "" } = await client.updateSecret({ SecretId, SecretBinary, Description: "both" });
    expect(await labels()).toEqual({ [ClientRequestToken]: ["AWSPREVIOUS"], [VersionId]: ["AWSCURRENT"] });
    expect([...((await client.getSecretValue({ SecretId })).SecretBinary ?? [])]).toEqual([0, 255]);
    expect((await client.describeSecret({ SecretId })).Description).toBe("both");
  });

  test("without anything to change changes nothing", async () => {
    const before = await aws.everything();
    await timeline.advance(1000);
    expect(await client.updateSecret({ SecretId })).toMatchObject({ ARN: arn, Name: SecretId });
    expect(await aws.everything()).toEqual(before);
  });

  test("refuses a token that is a version with another value, and changes nothing", async () => {
    const before = await aws.everything();
    const again = {
      SecretId,
      ClientRequestToken: v1,
      SecretString: "another",
      Description: "d",
      KmsKeyId: "k",
    };
    expect(await refusal(client.updateSecret(again))).toBe(
      `ResourceExistsException: You can't use ClientRequestToken ${v1} because that value is already in use for a version of secret ${arn}.`,
    );
    expect(await aws.everything()).toEqual(before);
  });

  test("takes a token with that version's own value, as recorded on AWS, and makes no version", async () => {
    await client.putSecretValue({ SecretId, SecretString: "second" });
    const before = await labels();
    const again = { SecretId, ClientRequestToken: v1, SecretString: "first" };
    expect((await client.updateSecret(again)).VersionId).toBe(v1);
    expect(await labels()).toEqual(before);
  });

  test("does not fill the empty version that a rotation began with", async () => {
    aws.register(() => Promise.reject(new Error("not now")));
    manager.set("retries", 0);
    const ClientRequestToken = await aws.rotate();
    await timeline.idle();
    const filling = { SecretId, ClientRequestToken, SecretString: "x" };
    expect(await refusal(client.updateSecret(filling))).toMatch("ResourceExistsException");
    expect((await labels())[ClientRequestToken]).toEqual(["AWSPENDING"]);
  });

  test("of the value ends a rotation that is open", async () => {
    await client.putSecretValue({ SecretId, SecretString: "pending", VersionStages: ["AWSPENDING"] });
    const { VersionId = "" } = await client.updateSecret({ SecretId, SecretString: "by hand" });
    expect(await labels()).toEqual({ [v1]: ["AWSPREVIOUS"], [VersionId]: ["AWSCURRENT"] });
  });

  test.each([
    [{ SecretString: "a", SecretBinary: Buffer.from("b") }, "InvalidParameterException"],
    [{ SecretId: "none", Description: "d" }, "ResourceNotFoundException"],
  ])("%o: %s", async (input, code) => {
    expect(await refusal(client.updateSecret({ SecretId, ...input }))).toMatch(code);
  });

  test("without ClientRequestToken is refused as recorded on AWS, before the secret is looked for", async () => {
    const { body } = await aws.send("UpdateSecret", { SecretId: "none", Description: "d" });
    expect(body).toEqual({
      __type: "InvalidRequestException",
      Message: "You must provide a ClientRequestToken value. We recommend a UUID-type value.",
    });
  });
});

describe("the KMS key", () => {
  const keys = async () => {
    const { Versions = [] } = await client.listSecretVersionIds({ SecretId, IncludeDeprecated: true });
    return Versions.map(({ KmsKeyIds }) => KmsKeyIds?.join());
  };

  test("changes for the versions with AWS's labels, and for those to come; the others keep theirs", async () => {
    for (const SecretString of ["2", "3"]) await client.putSecretValue({ SecretId, SecretString });
    await client.putSecretValue({ SecretId, SecretString: "4", VersionStages: ["AWSPENDING"] });
    await client.putSecretValue({ SecretId, SecretString: "5", VersionStages: ["MINE"] });
    await client.updateSecret({ SecretId, KmsKeyId: "key-1" });
    const own = "DefaultEncryptionKey";
    expect(await keys()).toEqual([own, "key-1", "key-1", "key-1", own]);
    expect((await client.describeSecret({ SecretId })).KmsKeyId).toBe("key-1");
    await client.putSecretValue({ SecretId, SecretString: "6" });
    await client.updateSecret({ SecretId, KmsKeyId: "key-2" });
    expect(await keys()).toEqual([own, "key-1", "key-2", "key-1", own, "key-2"]);
    const [RemoveFromVersionId] =
      Object.entries(await labels()).find(([, on]) => on.includes("AWSCURRENT")) ?? [];
    const rollback = { SecretId, VersionStage: "AWSCURRENT", MoveToVersionId: v1, RemoveFromVersionId };
    await client.updateSecretVersionStage(rollback);
    expect((await keys())[0]).toBe(own);
    await client.updateSecret({ SecretId, KmsKeyId: "key-3" });
    expect(await keys()).toEqual(["key-3", "key-1", "key-2", "key-1", own, "key-3"]);
  });

  test.each(["", "alias/aws/secretsmanager"])(
    "given as %o is AWS's own, which goes unsaid",
    async (KmsKeyId) => {
      await client.updateSecret({ SecretId, KmsKeyId: "key-1" });
      await client.updateSecret({ SecretId, KmsKeyId });
      expect(await client.describeSecret({ SecretId })).not.toHaveProperty("KmsKeyId");
      await client.createSecret({ Name: "new", KmsKeyId, SecretString: "x" });
      expect(await client.describeSecret({ SecretId: "new" })).not.toHaveProperty("KmsKeyId");
      expect(await keys()).toEqual(["DefaultEncryptionKey"]);
    },
  );

  test("is the one that the secret was made with", async () => {
    await client.createSecret({ Name: "new", KmsKeyId: "key-1", SecretString: "x" });
    expect((await client.describeSecret({ SecretId: "new" })).KmsKeyId).toBe("key-1");
    const { Versions } = await client.listSecretVersionIds({ SecretId: "new" });
    expect(Versions).toMatchObject([{ KmsKeyIds: ["key-1"] }]);
  });
});

describe("versions", () => {
  const put = (count: number) =>
    Promise.all(
      Array.from({ length: count }, () => client.putSecretValue({ SecretId, SecretString: newValue() })),
    );
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

  test("are kept for a day, then beyond a hundred the oldest without labels go", async () => {
    await put(104);
    expect(await count()).toBe(105);
    await timeline.advance(day - 1);
    await put(1);
    expect(await count()).toBe(106);
    await timeline.advance(1);
    await put(1);
    expect(await count()).toBe(100);
  });

  test("reach their quota when none may go; then no write makes another, until a day has passed", async () => {
    manager.set("versionQuota", 120);
    await put(119);
    const before = await aws.everything();
    const full = /^LimitExceededException: The secret has 120 versions, the most it can have is 120\./;
    expect(await refusal(client.putSecretValue({ SecretId, SecretString: "more" }))).toMatch(full);
    expect(await refusal(client.updateSecret({ SecretId, SecretString: "more", Description: "d" }))).toMatch(
      full,
    );
    expect(await aws.everything()).toEqual(before);
    const { SecretString, VersionId } = await client.getSecretValue({ SecretId });
    const again = { SecretId, SecretString, ClientRequestToken: VersionId };
    expect(await refusal(client.putSecretValue(again))).toBe("no error");
    await timeline.advance(day);
    await put(1);
    expect(await count()).toBe(100);
  });

  test("with labels never go", async () => {
    await client.updateSecretVersionStage({ SecretId, VersionStage: "KEEP", MoveToVersionId: v1 });
    await put(105);
    await timeline.advance(2 * day);
    await put(1);
    expect(await count()).toBe(100);
    expect((await client.getSecretValue({ SecretId, VersionStage: "KEEP" })).SecretString).toBe("first");
  });
});

describe("tags", () => {
  const tagged = async () => (await client.describeSecret({ SecretId })).Tags;

  test("are unsaid before the first, and an empty list after the last, as recorded on AWS", async () => {
    expect(await tagged()).toBeUndefined();
    await client.tagResource({ SecretId, Tags: [{ Key: "a", Value: "1" }] });
    await client.untagResource({ SecretId, TagKeys: ["a"] });
    expect(await tagged()).toEqual([]);
  });

  test("are given anew by key, in that case", async () => {
    await client.tagResource({ SecretId, Tags: [{ Key: "a", Value: "1" }, { Key: "A" }] });
    await client.tagResource({ SecretId, Tags: [{ Key: "a", Value: "2" }] });
    expect(await tagged()).toEqual([
      { Key: "a", Value: "2" },
      { Key: "A", Value: "" },
    ]);
  });

  test("a key that is not there is taken off without any change", async () => {
    const before = await aws.everything();
    await timeline.advance(1000);
    await client.untagResource({ SecretId, TagKeys: ["never"] });
    expect(await aws.everything()).toEqual(before);
  });

  test("are fifty at most", async () => {
    const some = (count: number, prefix = "k") =>
      Array.from({ length: count }, (_, n) => ({ Key: `${prefix}${n}`, Value: "v" }));
    const tooMany = "InvalidParameterException: A secret can have at most 50 tags.";
    await client.tagResource({ SecretId, Tags: some(50) });
    await client.tagResource({ SecretId, Tags: some(50) });
    expect(await refusal(client.tagResource({ SecretId, Tags: some(1, "other") }))).toBe(tooMany);
    expect(await refusal(client.createSecret({ Name: "new", Tags: some(51) }))).toBe(tooMany);
    expect((await client.createSecret({ Name: "new", Tags: some(50) })).Name).toBe("new");
  });

  test.each([{ Key: "aws:a" }, { Key: "AWS:a" }, { Key: "a", Value: "Aws:x" }])(
    "%o is AWS's own",
    async (tag) => {
      const before = await aws.everything();
      const Tags = [{ Key: "good", Value: "v" }, tag];
      const calls = [
        client.tagResource({ SecretId, Tags }),
        client.createSecret({ Name: "new", Tags }),
        ...(tag.Key === "a" ? [] : [client.untagResource({ SecretId, TagKeys: [tag.Key] })]),
      ];
      for (const call of calls) {
        expect(await refusal(call)).toMatch(
          /^InvalidParameterException: Tag keys and values that begin with aws:/,
        );
      }
      expect(await aws.everything()).toEqual(before);
    },
  );
});
