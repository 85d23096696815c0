import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { startSecretsManager } from "./harness.js";

const SecretId = "app/key";
const aws = await startSecretsManager(afterAll);
const { client, refusal } = aws;

beforeEach(async () => {
  aws.reset();
  await aws.createSecret();
});

const statement = {
  Effect: "Allow",
  Principal: { AWS: "arn:aws:iam::123456789012:root" },
  Action: "secretsmanager:GetSecretValue",
  Resource: "*",
};
const policy = (...changes: object[]) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: changes.map((change) => ({ ...statement, ...change })),
  });

test("a policy is kept word by word, given back, replaced and taken off", async () => {
  const read = async () => (await client.getResourcePolicy({ SecretId })).ResourcePolicy;
  expect(await read()).toBeUndefined();
  const spaced = ` ${JSON.stringify({ Statement: statement }, undefined, 2)} `;
  for (const ResourcePolicy of [spaced, policy({ Sid: "a" })]) {
    await client.putResourcePolicy({ SecretId, ResourcePolicy });
    expect(await read()).toBe(ResourcePolicy);
  }
  await client.deleteResourcePolicy({ SecretId });
  expect(await read()).toBeUndefined();
  expect(await refusal(client.deleteResourcePolicy({ SecretId }))).toBe("no error");
});

test("a policy is never acted by", async () => {
  const ResourcePolicy = policy({ Effect: "Deny", Principal: "*", Action: "secretsmanager:*" });
  await client.putResourcePolicy({ SecretId, ResourcePolicy });
  expect((await client.getSecretValue({ SecretId })).SecretString).toBe("first");
  expect(await refusal(client.putSecretValue({ SecretId, SecretString: "x" }))).toBe("no error");
});

const sound: Readonly<Record<string, string>> = {
  "one statement": JSON.stringify({ Statement: statement }),
  "an older version, an id": JSON.stringify({ Version: "2008-10-17", Id: "x", Statement: [statement] }),
  "lists of actions and resources": policy({ Action: ["a:b", "a:c"], Resource: ["*"] }),
  "several principals": policy({ Principal: { AWS: ["1", "2"], Service: "x.amazonaws.com" } }),
  "the opposites": policy({ Effect: "Deny", Principal: undefined, NotPrincipal: { AWS: "1" } }),
  "other actions": policy({ Action: undefined, NotAction: "a:b", Resource: undefined, NotResource: "x" }),
  conditions: policy({
    Condition: { StringEquals: { "aws:x": ["a", "b"] }, Bool: { y: true }, N: { z: 1 } },
  }),
};
const broken: Readonly<Record<string, string>> = {
  "no JSON": "{",
  "a text": '"*"',
  "a list": "[]",
  null: "null",
  nothing: "{}",
  "no statement": JSON.stringify({ Version: "2012-10-17", Statement: [] }),
  "a version that is none": JSON.stringify({ Version: "2019-10-19", Statement: [statement] }),
  "a member that is none": JSON.stringify({ Statement: statement, Other: 1 }),
  "a statement's member that is none": policy({ Other: 1 }),
  "no effect": policy({ Effect: undefined }),
  "an effect that is none": policy({ Effect: "allow" }),
  "no principal": policy({ Principal: undefined }),
  "a principal without its kind": policy({ Principal: "arn:aws:iam::123456789012:root" }),
  "a principal of no kind": policy({ Principal: { Other: "x" } }),
  "two principals": policy({ NotPrincipal: { AWS: "1" } }),
  "no action": policy({ Action: undefined }),
  "two actions": policy({ NotAction: "a:b" }),
  "no resource": policy({ Resource: undefined }),
  "two resources": policy({ NotResource: "*" }),
  "an action that is no text": policy({ Action: 7 }),
  "a condition that is none": policy({ Condition: "always" }),
};

describe("a policy's grammar", () => {
  test.each(Object.entries(sound))("takes %s", async (_, ResourcePolicy) => {
    expect(await refusal(client.putResourcePolicy({ SecretId, ResourcePolicy }))).toBe("no error");
    expect((await client.validateResourcePolicy({ ResourcePolicy })).PolicyValidationPassed).toBe(true);
  });

  test.each(Object.entries(broken))("refuses %s", async (_, ResourcePolicy) => {
    const before = await aws.everything();
    const expected = "MalformedPolicyDocumentException: This resource policy contains a syntax error.";
    expect(await refusal(client.putResourcePolicy({ SecretId, ResourcePolicy }))).toBe(expected);
    expect(await refusal(client.validateResourcePolicy({ ResourcePolicy }))).toBe(expected);
    expect(await aws.everything()).toEqual(before);
  });
});

const broad: Readonly<Record<string, string>> = {
  everyone: policy({ Principal: "*" }),
  "every account": policy({ Principal: { AWS: "*" } }),
  "every account among others": policy({ Principal: { Service: "x.amazonaws.com", AWS: ["1", "*"] } }),
  "everyone but one": policy({ Principal: undefined, NotPrincipal: { AWS: "1" } }),
  "everyone, in the second statement": policy({}, { Principal: "*" }),
  "everyone, in the only statement": JSON.stringify({ Statement: { ...statement, Principal: "*" } }),
};
const narrow: Readonly<Record<string, string>> = {
  "an account": policy({}),
  "everyone, on a condition": policy({
    Principal: "*",
    Condition: { StringEquals: { "aws:PrincipalOrgID": "o" } },
  }),
  "nobody, by denying everyone": policy({ Effect: "Deny", Principal: "*" }),
};

describe("public access", () => {
  test.each(Object.entries(broad))(
    "for %s is refused when it is to be blocked",
    async (_, ResourcePolicy) => {
      const before = await aws.everything();
      const blocked = { SecretId, ResourcePolicy, BlockPublicPolicy: true };
      expect(await refusal(client.putResourcePolicy(blocked))).toMatch(
        /^PublicPolicyException: The resource policy/,
      );
      expect(await aws.everything()).toEqual(before);
      expect(await client.validateResourcePolicy({ SecretId, ResourcePolicy })).toMatchObject({
        PolicyValidationPassed: false,
        ValidationErrors: [{ CheckName: "PUBLIC_POLICY", ErrorMessage: expect.stringContaining("wildcard") }],
      });
      for (const BlockPublicPolicy of [false, undefined]) {
        const unblocked = { SecretId, ResourcePolicy, BlockPublicPolicy };
        expect(await refusal(client.putResourcePolicy(unblocked))).toBe("no error");
      }
    },
  );

  test.each(Object.entries(narrow))("is not given to %s", async (_, ResourcePolicy) => {
    const blocked = { SecretId, ResourcePolicy, BlockPublicPolicy: true };
    expect(await refusal(client.putResourcePolicy(blocked))).toBe("no error");
    expect(await client.validateResourcePolicy({ ResourcePolicy })).toMatchObject({
      PolicyValidationPassed: true,
      ValidationErrors: [],
    });
  });
});

test("a policy for a secret that is not there is refused", async () => {
  const given = { SecretId: "none", ResourcePolicy: policy({}) };
  expect(await refusal(client.putResourcePolicy(given))).toMatch("ResourceNotFoundException");
  expect(await refusal(client.validateResourcePolicy(given))).toMatch("ResourceNotFoundException");
  expect(await refusal(client.getResourcePolicy(given))).toMatch("ResourceNotFoundException");
});

test("the errors of policies spell their message as the API's model does", async () => {
  const put = async (ResourcePolicy: string) =>
    (await aws.send("PutResourcePolicy", { SecretId, ResourcePolicy, BlockPublicPolicy: true })).body;
  expect(await put("{")).toEqual({ __type: "MalformedPolicyDocumentException", Message: expect.any(String) });
  expect(await put(policy({ Principal: "*" }))).toEqual({
    __type: "PublicPolicyException",
    Message: expect.any(String),
  });
});
