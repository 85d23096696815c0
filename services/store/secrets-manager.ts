import {
  CancelRotateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  paginateListSecrets,
  paginateListSecretVersionIds,
  RotateSecretCommand,
  type SecretListEntry,
  SecretsManagerClient,
  type SecretsManagerClientConfig,
  SecretsManagerServiceException,
  TagResourceCommand,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import { Secret } from "../../providers/kit/secret.js";
import { KeyturnError } from "../errors.js";
import { nativeRuleOf } from "./native-rule.js";
import type { ListedSecret, Store, VersionSummary } from "./store.js";

/** How long one try of a request may take at most. Milliseconds. */
const longestTry = 3_000;
/** Tries of one request: AWS and the core try again as well, and a step must end before its function's time is over. */
const maxAttempts = 2;

/**
 * The Store on AWS Secrets Manager. The one place where its client is used.
 * @param timeoutMs how long one try of a request may take; 3 s at most
 */
export function secretsManagerStore(config: SecretsManagerClientConfig, timeoutMs: number): Store {
  const requestTimeout = Math.min(longestTry, timeoutMs);
  // Without throwOnRequestTimeout the SDK only warns, and waits on.
  const requestHandler = { requestTimeout, connectionTimeout: requestTimeout, throwOnRequestTimeout: true };
  const client = new SecretsManagerClient({ requestHandler, maxAttempts, ...config });
  return {
    describe: (secretId) =>
      translated("DescribeSecret", secretId, async () => {
        const answer = await client.send(new DescribeSecretCommand({ SecretId: secretId }));
        return {
          arn: answer.ARN ?? secretId,
          name: answer.Name ?? secretId,
          rotationEnabled: answer.RotationEnabled ?? false,
          native: nativeRuleOf(answer),
          stages: new Map(Object.entries(answer.VersionIdsToStages ?? {})),
          ...(answer.LastRotatedDate ? { lastRotatedAt: answer.LastRotatedDate } : {}),
          ...(answer.LastChangedDate ? { lastChangedAt: answer.LastChangedDate } : {}),
          tags: tagsOf(answer.Tags),
          ...(answer.NextRotationDate ? { nextRotationAt: answer.NextRotationDate } : {}),
          ...(answer.DeletedDate ? { deletedAt: answer.DeletedDate } : {}),
        };
      }),

    read: async (secretId, versionId) => {
      try {
        return await translated("GetSecretValue", secretId, () =>
          value(client, secretId, { VersionId: versionId }),
        );
      } catch (error) {
        if (error instanceof KeyturnError && error.code === "store_missing") return undefined;
        throw error;
      }
    },

    readCurrent: (secretId) =>
      translated("GetSecretValue", secretId, () => value(client, secretId, { VersionStage: "AWSCURRENT" })),

    history: (secretId) =>
      translated("ListSecretVersionIds", secretId, async () => {
        const versions: VersionSummary[] = [];
        const pages = paginateListSecretVersionIds(
          { client },
          { SecretId: secretId, IncludeDeprecated: true },
        );
        for await (const page of pages) {
          for (const { VersionId, VersionStages, CreatedDate } of page.Versions ?? []) {
            if (!VersionId) continue;
            versions.push({
              versionId: VersionId,
              stages: VersionStages ?? [],
              createdAt: CreatedDate ?? new Date(0),
            });
          }
        }
        return versions;
      }),

    put: (secretId, version) =>
      translated("PutSecretValue", secretId, async () => {
        try {
          await client.send(
            new PutSecretValueCommand({
              SecretId: secretId,
              ClientRequestToken: version.versionId,
              SecretString: version.value.reveal(),
              ...(version.stages ? { VersionStages: [...version.stages] } : {}),
              ...(version.rotationToken ? { RotationToken: version.rotationToken } : {}),
            }),
          );
          return "written";
        } catch (error) {
          if (error instanceof SecretsManagerServiceException && error.name === "ResourceExistsException")
            return "taken";
          throw error;
        }
      }),

    moveStage: (secretId, stage, { from, to }) =>
      translated("UpdateSecretVersionStage", secretId, async () => {
        await client.send(
          new UpdateSecretVersionStageCommand({
            SecretId: secretId,
            VersionStage: stage,
            MoveToVersionId: to,
            ...(from ? { RemoveFromVersionId: from } : {}),
          }),
        );
      }),

    dropStage: (secretId, stage, from) =>
      translated("UpdateSecretVersionStage", secretId, async () => {
        await client.send(
          new UpdateSecretVersionStageCommand({
            SecretId: secretId,
            VersionStage: stage,
            RemoveFromVersionId: from,
          }),
        );
      }),

    tag: (secretId, tags) =>
      translated("TagResource", secretId, async () => {
        const Tags = [...tags].map(([Key, Value]) => ({ Key, Value }));
        await client.send(new TagResourceCommand({ SecretId: secretId, Tags }));
      }),

    list: (filter) =>
      translated("ListSecrets", "the secrets of this account and Region", async () => {
        const secrets: ListedSecret[] = [];
        const Filters = filter && [{ Key: "tag-value" as const, Values: [...filter.tagValues] }];
        const asked = { MaxResults: 100, IncludePlannedDeletion: true, ...(Filters ? { Filters } : {}) };
        for await (const page of paginateListSecrets({ client }, asked)) {
          for (const entry of page.SecretList ?? []) secrets.push(listed(entry));
        }
        return secrets;
      }),

    rotate: (secretId, token) =>
      translated("RotateSecret", secretId, async () => {
        await client.send(new RotateSecretCommand({ SecretId: secretId, ClientRequestToken: token }));
      }),

    turnOff: (secretId) =>
      translated("CancelRotateSecret", secretId, async () => {
        await client.send(new CancelRotateSecretCommand({ SecretId: secretId }));
      }),

    turnOn: (secretId, { functionArn, rules }, token) =>
      translated("RotateSecret", secretId, async () => {
        await client.send(
          new RotateSecretCommand({
            ...{ SecretId: secretId, ClientRequestToken: token, RotateImmediately: false },
            ...{ RotationLambdaARN: functionArn, RotationRules: rules },
          }),
        );
      }),
  };
}

async function value(
  client: SecretsManagerClient,
  secretId: string,
  which: { VersionId: string } | { VersionStage: string },
): Promise<Secret> {
  const answer = await client.send(new GetSecretValueCommand({ SecretId: secretId, ...which }));
  // A binary value is none of ours; as text it fails to parse, and says so.
  return new Secret(answer.SecretString ?? "");
}

function listed(entry: SecretListEntry): ListedSecret {
  const { ARN: arn = "", Name: name = arn, RotationLambdaARN: rotatedBy, PrimaryRegion: primary } = entry;
  return {
    ...{ arn, name, tags: tagsOf(entry.Tags) },
    stages: new Map(Object.entries(entry.SecretVersionsToStages ?? {})),
    ...(rotatedBy ? { rotatedBy } : {}),
    scheduledForDeletion: entry.DeletedDate !== undefined,
    ...(primary && primary !== arn.split(":")[3] ? { replicaOf: primary } : {}),
  };
}

function tagsOf(tags: SecretListEntry["Tags"] = []): ReadonlyMap<string, string> {
  return new Map(tags.map(({ Key = "", Value = "" }) => [Key, Value]));
}

async function translated<Result>(
  operation: string,
  secretId: string,
  call: () => Promise<Result>,
): Promise<Result> {
  try {
    return await call();
  } catch (error) {
    throw storeError(operation, secretId, error);
  }
}

/** Keeps the name of AWS's error and drops the rest: an SDK error holds the request. */
function storeError(operation: string, secretId: string, error: unknown): KeyturnError {
  const aws = error instanceof SecretsManagerServiceException ? error : undefined;
  // A code of AWS's own; what stands between us and AWS may put anything there.
  const name = aws ? (/^[A-Za-z.]{1,64}$/.exec(aws.name)?.[0] ?? "an error without a code") : "no answer";
  const status = aws?.$metadata.httpStatusCode ?? 0;
  const expected = `${operation} on ${secretId} to succeed`;
  if (aws && (status === 429 || /Throttl|TooManyRequests|RequestLimit/.test(name))) {
    const next =
      "Nothing to do: the step is tried again. If it lasts, see what else in this account calls Secrets Manager.";
    return new KeyturnError("store_throttled", { expected, found: name, next });
  }
  if (error instanceof Error && isUnconfigured(error)) {
    const next = "Set AWS_REGION and credentials, or AWS_PROFILE, as for every AWS SDK.";
    const found = /region/i.test(error.message) ? "no AWS Region" : "no AWS credentials";
    return new KeyturnError("store_unconfigured", { expected, found, next });
  }
  if (!aws || status >= 500) {
    const next =
      "Nothing to do if it passes: the step is tried again. Else check the function's route to Secrets Manager.";
    return new KeyturnError("store_unavailable", { expected, found: name, next });
  }
  if (name === "ResourceNotFoundException") {
    const next = "Check that the secret, and the version asked for, exist in this account and Region.";
    return new KeyturnError("store_missing", { expected, found: name, next });
  }
  if (
    /AccessDenied|UnrecognizedClient|Decryption|InvalidSignature|ExpiredToken|MissingAuthentication/.test(
      name,
    )
  ) {
    const next =
      "Grant the function's role this operation on this secret (and kms:Decrypt, kms:GenerateDataKey on its key).";
    return new KeyturnError("store_denied", { expected, found: name, next });
  }
  const next =
    "Compare the secret's labels (aws secretsmanager describe-secret) with what a rotation expects.";
  return new KeyturnError("store_refused", { expected, found: name, next });
}

/** The SDK's own words for what it misses before it sends anything. */
function isUnconfigured({ name, message }: Error): boolean {
  return name === "CredentialsProviderError" || /^Region (?:is missing|not accepted)/.test(message);
}
