import type { Filter, FilterNameStringType } from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { region, startSecretsManager } from "./harness.js";

type Key = FilterNameStringType;

const aws = await startSecretsManager(afterAll);
const { client, refusal } = aws;

interface Made {
  readonly Name: string;
  readonly Description?: string;
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[];
}

const made: readonly Made[] = [
  { Name: "prod/AppBeta/x1" },
  { Name: "prod_AppBeta_x1", Description: "One two" },
  { Name: "prod+AppBeta+x1", Tags: [{ Key: "Team", Value: "Blue Whale" }] },
  { Name: "uat/COMPANY/x1", Description: "one and two" },
  { Name: "uat/COMPANYthings/x1", Description: "two" },
  {
    Name: "SecretFTag",
    Tags: [
      { Key: "team", Value: "foo" },
      { Key: "Stage", Value: "prod" },
    ],
  },
  { Name: "Thirdsecret", Description: "DescTwo", Tags: [{ Key: "foo", Value: "v" }] },
  { Name: "SecretOne", Description: "unrelated" },
  { Name: "other" },
];
const all = made.map(({ Name }) => Name);

beforeAll(async () => {
  for (const { Tags, ...secret } of made) {
    await client.createSecret({ ...secret, SecretString: "x", ...(Tags && { Tags: [...Tags] }) });
  }
  await client.replicateSecretToRegions({ SecretId: "other", AddReplicaRegions: [{ Region: "us-east-1" }] });
});

const found = async (...Filters: Filter[]) =>
  ((await client.listSecrets({ Filters })).SecretList ?? []).map(({ Name }) => Name);
const by = (key: Key, ...Values: string[]) => found({ Key: key, Values });

/** What is searched from its beginning, case counting. */
const prefixed: Readonly<Record<string, (secret: Made) => readonly string[]>> = {
  name: ({ Name }) => [Name],
  "tag-key": ({ Tags = [] }) => Tags.map(({ Key: key }) => key),
  "tag-value": ({ Tags = [] }) => Tags.map(({ Value }) => Value),
};
const flipped = (text: string) =>
  text.replace(/\p{L}/gu, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  );

describe.each([["name"], ["tag-key"], ["tag-value"]] as const)("%s", (key) => {
  const textsOf = (secret: Made) => prefixed[key]?.(secret) ?? [];
  const texts = made.flatMap(textsOf);

  test("finds every beginning, in that case only, and nothing by what stands further on", async () => {
    for (const text of texts) {
      for (let length = 1; length <= text.length; length++) {
        const wanted = text.slice(0, length);
        const expected = made.filter((secret) => textsOf(secret).some((one) => one.startsWith(wanted)));
        expect(await by(key, wanted), wanted).toEqual(expected.map(({ Name }) => Name));
      }
      const inner = text.slice(1);
      if (!texts.some((one) => one.startsWith(inner))) expect(await by(key, inner), inner).toEqual([]);
      if (!texts.some((one) => one.startsWith(flipped(text)))) {
        expect(await by(key, flipped(text)), flipped(text)).toEqual([]);
      }
    }
  });

  test("negated finds all the others", async () => {
    for (const text of texts) {
      const hits = await by(key, text);
      expect(await by(key, `!${text}`), text).toEqual(all.filter((name) => !hits.includes(name)));
    }
  });
});

describe("searched word by word, in any case", () => {
  // As recorded on AWS; it takes COMPANYthings for COMPAN and Ythings.
  test.each<[Key, string, readonly string[]]>([
    ["all", "AppBeta", ["prod/AppBeta/x1", "prod_AppBeta_x1", "prod+AppBeta+x1"]],
    ["all", "Beta", ["prod/AppBeta/x1", "prod_AppBeta_x1", "prod+AppBeta+x1"]],
    ["all", "beta app", ["prod/AppBeta/x1", "prod_AppBeta_x1", "prod+AppBeta+x1"]],
    ["all", "+", []],
    [
      "all",
      "x1",
      ["prod/AppBeta/x1", "prod_AppBeta_x1", "prod+AppBeta+x1", "uat/COMPANY/x1", "uat/COMPANYthings/x1"],
    ],
    ["all", "company", ["uat/COMPANY/x1"]],
    ["all", "things", []],
    ["all", "Ythings", ["uat/COMPANYthings/x1"]],
    ["all", "N", []],
    ["all", "pany", []],
    ["all", "foo", ["SecretFTag", "Thirdsecret"]],
    ["all", "Secret", ["SecretFTag", "SecretOne"]],
    ["all", "sec", ["SecretFTag", "SecretOne"]],
    ["all", "ret", []],
    ["all", "d t", ["Thirdsecret"]],
    ["all", "Whale blu", ["prod+AppBeta+x1"]],
    ["description", "one two", ["prod_AppBeta_x1", "uat/COMPANY/x1"]],
    ["description", "two one", ["prod_AppBeta_x1", "uat/COMPANY/x1"]],
    ["description", "o t", ["prod_AppBeta_x1", "uat/COMPANY/x1"]],
    ["description", "t", ["prod_AppBeta_x1", "uat/COMPANY/x1", "uat/COMPANYthings/x1", "Thirdsecret"]],
    ["description", "wo", []],
    ["description", "ONE", ["prod_AppBeta_x1", "uat/COMPANY/x1"]],
    ["description", "Secret", []],
    ["description", "", []],
  ])("%s: %s", async (key, wanted, names) => {
    expect(await by(key, wanted)).toEqual(names);
    expect(
      await by(key, flipped(wanted) === wanted || /[A-Z]/.test(wanted) ? wanted : flipped(wanted)),
    ).toEqual(names);
    expect(await by(key, `!${wanted}`)).toEqual(all.filter((name) => !names.includes(name)));
  });
});

test("primary-region finds replicated secrets and replicas; owning-service finds nothing", async () => {
  expect(await by("primary-region", region)).toEqual(["other"]);
  expect(await by("primary-region", "eu-")).toEqual(["other"]);
  expect(await by("primary-region", "EU-")).toEqual([]);
  expect(await by("primary-region", "us-east-1")).toEqual([]);
  expect(await by("primary-region", `!${region}`)).toEqual(all.filter((name) => name !== "other"));
  const elsewhere = aws.connect({ region: "us-east-1" });
  const { SecretList } = await elsewhere.listSecrets({
    Filters: [{ Key: "primary-region", Values: [region] }],
  });
  expect(SecretList?.map(({ Name }) => Name)).toEqual(["other"]);
  expect(await by("owning-service", "rds")).toEqual([]);
  expect(await by("owning-service", "!rds")).toEqual(all);
});

test("values of one filter add up, and filters narrow down: for every pair of them", async () => {
  const wanted: readonly [Key, string][] = [
    ["name", "prod"],
    ["name", "!prod"],
    ["tag-key", "team"],
    ["tag-value", "!foo"],
    ["description", "two"],
    ["description", "!one"],
    ["all", "secret"],
    ["all", "!x"],
  ];
  for (const [key, value] of wanted) {
    for (const [otherKey, other] of wanted) {
      const [these, those] = [await by(key, value), await by(otherKey, other)];
      const both = await found({ Key: key, Values: [value] }, { Key: otherKey, Values: [other] });
      expect(both, `${key} ${value}, ${otherKey} ${other}`).toEqual(
        these.filter((name) => those.includes(name)),
      );
      if (key !== otherKey) continue;
      expect(await by(key, value, other), `${key} ${value} or ${other}`).toEqual(
        all.filter((name) => these.includes(name) || those.includes(name)),
      );
    }
  }
});

test("a filter needs a key and values", async () => {
  for (const Filters of [[{ Values: ["a"] }], [{ Key: "name" as const }], [{ Key: "name" as const }, {}]]) {
    for (const call of [client.listSecrets({ Filters }), client.batchGetSecretValue({ Filters })]) {
      expect(await refusal(call)).toMatch("InvalidParameterException: Invalid filter");
    }
  }
});

test("no filters find everything", async () => {
  expect(await found()).toEqual(all);
});
