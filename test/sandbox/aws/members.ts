import { newToken } from "./harness.js";

/** What AWS's API model says of each member of each request, as examples on both sides of every limit. */

export type Refusal = "ValidationException" | "SerializationException" | "InvalidParameterException";

/** What a member takes, and what it refuses. */
export interface Kind {
  readonly good: readonly unknown[];
  readonly bad: readonly (readonly [value: unknown, code: Refusal])[];
}

const wrong = (...values: unknown[]) => values.map((value) => [value, "SerializationException"] as const);
const broken = (...values: unknown[]) => values.map((value) => [value, "ValidationException"] as const);

/** `fill` is one character, which may be two UTF-16 units. `badly` are texts of a good length. */
const text = (min: number, max: number, fill = "🔑", ...badly: string[]): Kind => ({
  good: [fill.repeat(min), fill.repeat(max)],
  bad: [
    ...broken(fill.repeat(max + 1), ...(min > 0 ? [fill.repeat(min - 1)] : []), ...badly),
    ...wrong(7, true, {}, ["a"]),
  ],
});

const oneOf = (...values: string[]): Kind => ({
  good: values,
  bad: [...broken("none-of-them", "", values[0]?.toUpperCase()), ...wrong(7, {})],
});

const whole = (min: number, max: number): Kind => ({
  good: [min, max],
  bad: [...broken(min - 1, max + 1), ...wrong(min + 0.5, String(min), {}, true)],
});

const flag: Kind = { good: [true, false], bad: wrong("true", 1, {}, []) };

const list = (item: Kind, min: number, max?: number): Kind => {
  const times = (count: number) => Array.from({ length: count }, () => item.good[0]);
  return {
    good: [times(min), times(max ?? 60), ...item.good.map((one) => [one])],
    bad: [
      ...(max === undefined ? [] : broken(times(max + 1))),
      ...(min > 0 ? broken(times(min - 1)) : []),
      ...wrong("a", 7, {}),
      ...item.bad.map(([value, code]) => [[value], code] as const),
    ],
  };
};

/** Members that are all taken together first, then each alone in what it refuses. */
const structure = (members: Readonly<Record<string, Kind>>): Kind => {
  const whole = Object.fromEntries(Object.entries(members).map(([name, { good }]) => [name, good.at(-1)]));
  return {
    good: [whole],
    bad: [
      ...wrong("a", 7, []),
      ...broken({ ...whole, Nonsense: 1 }),
      ...Object.entries(members).flatMap(([name, { bad }]) =>
        bad.map(([value, code]) => [{ ...whole, [name]: value }, code] as const),
      ),
    ],
  };
};

const name = text(1, 512, "a", "a b", "a*b", "ä", "a?", "a\n");
const secretId = text(1, 2048, "a", "a b", "a*b", "ä", "a?", "a\n");
const token = text(32, 64);
const description = text(0, 2048);
const kmsKey = text(0, 2048);
const stage = text(1, 256);
const tags = list(structure({ Key: text(1, 128), Value: text(0, 256) }), 0);
const region: Kind = {
  good: ["a-1", "us-east-1", "us-gov-west-1", `${"a".repeat(126)}-1`],
  bad: [
    ...broken("", "1", "us-east", "US-EAST-1", "us_east_1", "us-east-1a", `${"a".repeat(127)}-1`),
    ...wrong(7),
  ],
};
const replicaRegions = list(structure({ Region: region, KmsKeyId: kmsKey }), 1);
const secretString: Kind = {
  good: ["a", "a".repeat(65_536), "é".repeat(32_768)],
  bad: [...broken("", "a".repeat(65_537), "é".repeat(32_769)), ...wrong(7, {})],
};
const bytes = (count: number) => Buffer.alloc(count, 7).toString("base64");
const secretBinary: Kind = {
  good: [bytes(1), bytes(65_535), bytes(65_536)],
  bad: [...broken("", bytes(65_537), bytes(65_538)), ...wrong(7, "no base64!", "YQ")],
};
const filters = list(
  structure({
    Key: oneOf("name", "description", "tag-key", "tag-value", "primary-region", "owning-service", "all"),
    Values: list(text(0, 512, "a", "a#b", "a?", "ä", "a,b", "a*"), 1, 10),
  }),
  0,
  10,
);
const nextToken = text(1, 4096);
const policy = text(1, 20_480);
const value = { SecretString: secretString, SecretBinary: secretBinary };

export interface Table {
  /** A request that is let through. */
  readonly base: Readonly<Record<string, unknown>>;
  readonly members: Readonly<Record<string, Kind>>;
}
export const SecretId = "app/key";
const only = (members: Readonly<Record<string, Kind>> = {}, base = {}): Table => ({
  base: { SecretId, ...base },
  members: { SecretId: secretId, ...members },
});

export const tables: Readonly<Record<string, Table>> = {
  BatchGetSecretValue: {
    base: {},
    members: {
      SecretIdList: list(text(1, 2048, "a"), 1, 20),
      Filters: filters,
      MaxResults: whole(1, 20),
      NextToken: nextToken,
    },
  },
  CancelRotateSecret: only(),
  CreateSecret: {
    base: { Name: "other", ClientRequestToken: newToken() },
    members: {
      Name: name,
      ClientRequestToken: token,
      Description: description,
      KmsKeyId: kmsKey,
      ...value,
      Tags: tags,
      AddReplicaRegions: replicaRegions,
      ForceOverwriteReplicaSecret: flag,
    },
  },
  DeleteResourcePolicy: only(),
  DeleteSecret: only({
    RecoveryWindowInDays: {
      good: [7, 30],
      bad: [
        ...[6, 31, 0, -7].map((days) => [days, "InvalidParameterException"] as const),
        ...wrong("7", 7.5),
      ],
    },
    ForceDeleteWithoutRecovery: flag,
  }),
  DescribeSecret: only(),
  GetRandomPassword: {
    base: {},
    members: {
      PasswordLength: whole(1, 4096),
      ExcludeCharacters: text(0, 4096),
      ExcludeNumbers: flag,
      ExcludePunctuation: flag,
      ExcludeUppercase: flag,
      ExcludeLowercase: flag,
      IncludeSpace: flag,
      RequireEachIncludedType: flag,
    },
  },
  GetResourcePolicy: only(),
  GetSecretValue: only({ VersionId: token, VersionStage: stage }),
  ListSecretVersionIds: only({ MaxResults: whole(1, 100), NextToken: nextToken, IncludeDeprecated: flag }),
  ListSecrets: {
    base: {},
    members: {
      Filters: filters,
      MaxResults: whole(1, 100),
      NextToken: nextToken,
      IncludePlannedDeletion: flag,
      SortBy: oneOf("created-date", "last-accessed-date", "last-changed-date", "name"),
      SortOrder: oneOf("asc", "desc"),
    },
  },
  PutResourcePolicy: only({ ResourcePolicy: policy, BlockPublicPolicy: flag }, { ResourcePolicy: "{}" }),
  PutSecretValue: only(
    {
      ClientRequestToken: token,
      ...value,
      VersionStages: list(stage, 1, 20),
      RotationToken: text(36, 256, "a", "_".repeat(40), "ä".repeat(40)),
    },
    { ClientRequestToken: newToken() },
  ),
  RemoveRegionsFromReplication: only(
    { RemoveReplicaRegions: list(region, 1) },
    { RemoveReplicaRegions: ["us-east-1"] },
  ),
  ReplicateSecretToRegions: only(
    { AddReplicaRegions: replicaRegions, ForceOverwriteReplicaSecret: flag },
    { AddReplicaRegions: [{ Region: "us-east-1" }] },
  ),
  RestoreSecret: only(),
  RotateSecret: only({ ClientRequestToken: token }, { ClientRequestToken: newToken() }),
  StopReplicationToReplica: only(),
  TagResource: only({ Tags: tags }, { Tags: [{ Key: "a", Value: "b" }] }),
  UntagResource: only({ TagKeys: list(text(1, 128), 0) }, { TagKeys: ["a"] }),
  UpdateSecret: only(
    { ClientRequestToken: token, Description: description, KmsKeyId: kmsKey, ...value },
    { ClientRequestToken: newToken() },
  ),
  UpdateSecretVersionStage: only(
    { VersionStage: stage, RemoveFromVersionId: token, MoveToVersionId: token },
    { VersionStage: "A" },
  ),
  ValidateResourcePolicy: {
    base: { ResourcePolicy: "{}" },
    members: { SecretId: secretId, ResourcePolicy: policy },
  },
};

/** The members without which a request is refused. */
export const required: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    Object.entries(tables).map(([operation, { members }]) => [
      operation,
      "SecretId" in members && operation !== "ValidateResourcePolicy" ? ["SecretId"] : [],
    ]),
  ),
  CreateSecret: ["Name"],
  PutResourcePolicy: ["SecretId", "ResourcePolicy"],
  RemoveRegionsFromReplication: ["SecretId", "RemoveReplicaRegions"],
  ReplicateSecretToRegions: ["SecretId", "AddReplicaRegions"],
  TagResource: ["SecretId", "Tags"],
  UntagResource: ["SecretId", "TagKeys"],
  UpdateSecretVersionStage: ["SecretId", "VersionStage"],
  ValidateResourcePolicy: ["ResourcePolicy"],
};
