import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { createHandler } from "../../services/rotation/handler.js";
import { type Sandbox, startSandbox } from "../../services/sandbox/sandbox.js";
import { sandboxRegion, seedSandbox } from "../../services/sandbox/seed.js";
import type { CallOptions, Client, Connect } from "./client.js";

const functionArn = `arn:aws:lambda:${sandboxRegion}:123456789012:function:keyturn-github-installation-token`;
const rotating = "app/github-installation-token";
const start = "2026-03-01T12:00:00+00:00";
const policy = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { AWS: "arn:aws:iam::123456789012:root" },
      Action: "secretsmanager:GetSecretValue",
      Resource: "*",
    },
  ],
});

/** What a client that knows nothing of this project does with Secrets Manager, and what it must be told. */
export function secretsManagerCases(connect: Connect): void {
  let sandbox: Sandbox;
  let client: Client;

  beforeAll(async () => {
    sandbox = await startSandbox({ start: new Date(start) });
    client = connect(sandbox.urls.aws);
    await seedSandbox(sandbox, {
      load: (provider) => Promise.resolve({ createHandler: (options) => createHandler(provider, options) }),
    });
  });
  afterAll(async () => {
    client.close();
    await sandbox.close();
  });

  async function done(operation: string, input: object, options?: CallOptions) {
    const outcome = await client.call(operation, input, options);
    if ("error" in outcome) throw new Error(`${operation}: ${outcome.error.code}: ${outcome.error.message}`);
    return outcome.output;
  }
  const create = (Name: string, more: object = {}) =>
    done("CreateSecret", { Name, SecretString: "first", ...more });
  const names = (output: Readonly<Record<string, unknown>>) =>
    listed.parse(output).SecretList.map(({ Name }) => Name);

  describe.concurrent("the life of a secret", () => {
    test("create, describe, put, read by stage and by version", async () => {
      const Name = "value/text";
      const first = randomUUID();
      const created = await create(Name, { Description: "a key", ClientRequestToken: first });
      expect(created).toEqual({
        ARN: expect.stringMatching(/^arn:aws:secretsmanager:us-east-1:\d{12}:secret:value\/text-\w{6}$/),
        Name,
        VersionId: first,
      });
      const put = await done("PutSecretValue", { SecretId: created["ARN"], SecretString: "second" });
      expect(put).toMatchObject({ Name, VersionStages: ["AWSCURRENT"] });
      const second = String(put["VersionId"]);
      expect(await done("DescribeSecret", { SecretId: Name })).toMatchObject({
        ...{ ARN: created["ARN"], Name, Description: "a key", CreatedDate: start, LastChangedDate: start },
        VersionIdsToStages: { [first]: ["AWSPREVIOUS"], [second]: ["AWSCURRENT"] },
      });
      expect(await done("GetSecretValue", { SecretId: Name })).toEqual({
        ...{ ARN: created["ARN"], Name, VersionId: second, SecretString: "second" },
        ...{ VersionStages: ["AWSCURRENT"], CreatedDate: start },
      });
      const previous = { VersionId: first, SecretString: "first", VersionStages: ["AWSPREVIOUS"] };
      expect(await done("GetSecretValue", { SecretId: Name, VersionStage: "AWSPREVIOUS" })).toMatchObject(
        previous,
      );
      expect(await done("GetSecretValue", { SecretId: Name, VersionId: first })).toMatchObject(previous);
    });

    test("bytes come back as they went", async () => {
      const SecretBinary = randomBytes(48).toString("base64");
      await done("CreateSecret", { Name: "value/bytes", SecretBinary });
      const read = await done("GetSecretValue", { SecretId: "value/bytes" });
      expect([read["SecretBinary"], read["SecretString"]]).toEqual([SecretBinary, undefined]);
    });

    test("update: what it says of itself, and its value", async () => {
      const { VersionId: first } = await create("update/both");
      const input = { SecretId: "update/both", Description: "changed" };
      expect(await done("UpdateSecret", input)).not.toHaveProperty("VersionId");
      const { VersionId: second } = await done("UpdateSecret", { ...input, SecretString: "second" });
      expect(await done("DescribeSecret", { SecretId: "update/both" })).toMatchObject({
        Description: "changed",
        VersionIdsToStages: { [String(first)]: ["AWSPREVIOUS"], [String(second)]: ["AWSCURRENT"] },
      });
    });

    test("tag and untag", async () => {
      const SecretId = "tags/one";
      await create(SecretId, { Tags: [{ Key: "team", Value: "red" }] });
      await done("TagResource", {
        SecretId,
        Tags: [
          { Key: "team", Value: "blue" },
          { Key: "stage", Value: "test" },
        ],
      });
      await done("UntagResource", { SecretId, TagKeys: ["stage", "absent"] });
      const { Tags } = await done("DescribeSecret", { SecretId });
      expect(Tags).toEqual([{ Key: "team", Value: "blue" }]);
    });

    test("a staging label moves only when its holder is named", async () => {
      const SecretId = "labels/one";
      const { VersionId: first } = await create(SecretId);
      const { VersionId: second } = await done("PutSecretValue", {
        ...{ SecretId, SecretString: "second", VersionStages: ["CANDIDATE"] },
      });
      const move = { SecretId, VersionStage: "AWSCURRENT", MoveToVersionId: second };
      expect(await client.call("UpdateSecretVersionStage", move)).toEqual(
        refusal(
          "UpdateSecretVersionStage",
          "InvalidParameterException",
          "The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to " +
            `version ${first}, so you must explicitly reference that version in RemoveFromVersionId.`,
        ),
      );
      await done("UpdateSecretVersionStage", { ...move, RemoveFromVersionId: first });
      const { Versions } = await done("ListSecretVersionIds", { SecretId, IncludeDeprecated: true });
      expect(Versions).toHaveLength(2);
      expect(Versions).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ VersionId: first, VersionStages: ["AWSPREVIOUS"], CreatedDate: start }),
          expect.objectContaining({
            VersionId: second,
            VersionStages: expect.arrayContaining(["CANDIDATE", "AWSCURRENT"]),
          }),
        ]),
      );
    });

    test("delete, restore, delete for good, and the name is free again", async () => {
      const SecretId = "deletion/one";
      const { ARN } = await create(SecretId);
      expect(await done("DeleteSecret", { SecretId, RecoveryWindowInDays: 7 })).toEqual({
        ...{ ARN, Name: SecretId, DeletionDate: "2026-03-08T12:00:00+00:00" },
      });
      expect(await client.call("GetSecretValue", { SecretId })).toEqual(
        refusal("GetSecretValue", "InvalidRequestException"),
      );
      expect(await done("RestoreSecret", { SecretId })).toEqual({ ARN, Name: SecretId });
      await done("DeleteSecret", { SecretId, ForceDeleteWithoutRecovery: true });
      expect(await client.call("DescribeSecret", { SecretId })).toEqual(
        refusal(
          "DescribeSecret",
          "ResourceNotFoundException",
          "Secrets Manager can't find the specified secret.",
        ),
      );
      const { ARN: later } = await create(SecretId);
      expect(later).not.toBe(ARN);
    });
  });

  describe.concurrent("lists", () => {
    test("are put together from pages, with and without filters", async () => {
      const all = ["list/alpha", "list/beta", "list/gamma"];
      await create("list/alpha");
      await create("list/beta", { Tags: [{ Key: "kind", Value: "key" }] });
      await create("list/gamma", { Description: "Spare" });
      const list = async (...filters: readonly (readonly [string, ...string[]])[]) => {
        const Filters = filters.map(([Key, ...Values]) => ({ Key, Values }));
        return names(await done("ListSecrets", { Filters }, { pageSize: 2 })).sort();
      };
      expect(await list(["name", "list/"])).toEqual(all);
      expect(await list(["name", "list/alpha", "list/b"])).toEqual(["list/alpha", "list/beta"]);
      expect(await list(["name", "list/"], ["tag-key", "!kind"])).toEqual(["list/alpha", "list/gamma"]);
      expect(await list(["name", "list/"], ["description", "spare"])).toEqual(["list/gamma"]);
    });
  });

  describe.concurrent("rotation", () => {
    test("rotates by the registered function, to its end", async () => {
      const rule = { RotationLambdaARN: functionArn, RotationRules: { AutomaticallyAfterDays: 9 } };
      const { VersionId } = await done("RotateSecret", { SecretId: rotating, ...rule });
      await settled(sandbox);
      const described = await done("DescribeSecret", { SecretId: rotating });
      expect(described).toMatchObject({ RotationEnabled: true, LastRotatedDate: start, ...rule });
      const { SecretString, VersionId: current } = await done("GetSecretValue", { SecretId: rotating });
      expect(current).toBe(VersionId);
      const { handle } = stored.parse(JSON.parse(String(SecretString))).keyturn;
      expect(sandbox.keys()).toContainEqual(expect.objectContaining({ handle, live: true }));

      await done("CancelRotateSecret", { SecretId: rotating });
      expect(await done("DescribeSecret", { SecretId: rotating })).toMatchObject({ RotationEnabled: false });
    });
  });

  describe.concurrent("policies and replicas", () => {
    test("a policy is kept, checked and taken away", async () => {
      const SecretId = "policy/one";
      await create(SecretId);
      await done("PutResourcePolicy", { SecretId, ResourcePolicy: policy, BlockPublicPolicy: true });
      const { ResourcePolicy } = await done("GetResourcePolicy", { SecretId });
      expect(JSON.parse(String(ResourcePolicy))).toEqual(JSON.parse(policy));
      const checked = await done("ValidateResourcePolicy", { SecretId, ResourcePolicy: policy });
      expect(checked).toEqual({ PolicyValidationPassed: true, ValidationErrors: [] });
      await done("DeleteResourcePolicy", { SecretId });
      expect(await done("GetResourcePolicy", { SecretId })).not.toHaveProperty("ResourcePolicy");
      expect(await client.call("PutResourcePolicy", { SecretId, ResourcePolicy: "{no policy}" })).toEqual(
        refusal("PutResourcePolicy", "MalformedPolicyDocumentException"),
      );
    });

    test("a replica is read in its region and not written there", async () => {
      const SecretId = "replica/one";
      const region = "eu-central-1";
      await create(SecretId);
      const AddReplicaRegions = [{ Region: region }];
      const { ReplicationStatus } = await done("ReplicateSecretToRegions", { SecretId, AddReplicaRegions });
      expect(ReplicationStatus).toEqual([expect.objectContaining({ Region: region, Status: "InSync" })]);
      expect(await done("GetSecretValue", { SecretId }, { region })).toMatchObject({ SecretString: "first" });
      expect(await client.call("PutSecretValue", { SecretId, SecretString: "second" }, { region })).toEqual(
        refusal(
          "PutSecretValue",
          "InvalidParameterException",
          "Operation not permitted on a replica secret. Call must be made in primary secret's region.",
        ),
      );
      await done("RemoveRegionsFromReplication", { SecretId, RemoveReplicaRegions: [region] });
      expect(await client.call("GetSecretValue", { SecretId }, { region })).toEqual(
        refusal("GetSecretValue", "ResourceNotFoundException"),
      );
    });
  });

  describe.concurrent("refusals", () => {
    beforeAll(() => create("refusal/taken"));

    test.each<[string, object, string, string?]>([
      ["GetSecretValue", { SecretId: "refusal/absent" }, "ResourceNotFoundException"],
      [
        "GetSecretValue",
        { SecretId: "refusal/taken", VersionStage: "AWSPENDING" },
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret value for staging label: AWSPENDING",
      ],
      ["CreateSecret", { Name: "refusal/taken", SecretString: "other" }, "ResourceExistsException"],
      [
        "DeleteSecret",
        { SecretId: "refusal/taken", RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: true },
        "InvalidParameterException",
      ],
      [
        "RotateSecret",
        { SecretId: "refusal/taken" },
        "InvalidRequestException",
        "No Lambda rotation function ARN is associated with this secret.",
      ],
      ["ListSecrets", { NextToken: "invented" }, "InvalidNextTokenException"],
      ["CreateSecret", { Name: "no blanks", SecretString: "first" }, "ValidationException"],
    ])("%s %o: %s", async (operation, input, code, message) => {
      expect(await client.call(operation, input)).toEqual(refusal(operation, code, message));
    });

    test("credentials that look real", async () => {
      const accessKeyId = `AKIA${randomBytes(8).toString("hex").toUpperCase()}`;
      expect(await client.call("ListSecrets", {}, { accessKeyId })).toEqual(
        refusal("ListSecrets", "UnrecognizedClientException"),
      );
    });

    test("a throttled request is made again, by the client's own doing", async () => {
      const operation = "GetRandomPassword";
      sandbox.faults.add({ service: "secretsmanager", operation, fault: { kind: "throttle" } });
      const { RandomPassword } = await done(operation, { PasswordLength: 20, ExcludePunctuation: true });
      expect(RandomPassword).toMatch(/^[a-zA-Z0-9]{20}$/);
      const asked = sandbox.journal
        .since(0)
        .filter((entry) => entry.kind === "request" && entry.operation === operation);
      expect(asked.map((entry) => entry.kind === "request" && entry.error)).toEqual(["throttle", undefined]);
    });
  });
}

const refusal = (operation: string, code: string, message?: string) => ({
  error: { operation, code, message: message ?? expect.stringMatching(/\w/) },
});

const listed = z.object({ SecretList: z.array(z.object({ Name: z.string() })) });
const stored = z.object({ keyturn: z.object({ handle: z.string() }) });

/** Waits as someone outside the process would. */
async function settled({ urls }: Sandbox): Promise<void> {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${urls.control}/idle`, { method: "POST", headers, body: "{}" });
  expect(answer.status).toBe(200);
}
