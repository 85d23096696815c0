import * as z from "zod/mini";
import { exists, invalidRequest, tokenInUse, tokenMissing } from "../errors.js";
import { stagesOf } from "../labels.js";
import { scheduleTold } from "../native-schedules.js";
import { defined, epochSeconds, operation } from "../operation.js";
import { checkReplicaRegions, replicate, replicationStatus } from "../replicas.js";
import { arnOf, type SecretRecord, sameValue } from "../secret-record.js";
import {
  binary,
  checkName,
  description as descriptionText,
  flag,
  kmsKeyId,
  replicaRegions,
  secretId,
  secretString,
  tags,
  text,
  versionId,
} from "../validate.js";
import { kmsKeyOf } from "../versions.js";
import { withTags } from "./tags.js";
import { valueIn, writeVersion } from "./values.js";

/** @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html */
export const createSecret = operation(
  z.strictObject({
    Name: text(1, 512),
    ClientRequestToken: z.optional(versionId),
    Description: z.optional(descriptionText),
    KmsKeyId: z.optional(kmsKeyId),
    SecretString: z.optional(secretString),
    SecretBinary: z.optional(binary),
    Tags: z.optional(tags),
    AddReplicaRegions: z.optional(replicaRegions),
    ForceOverwriteReplicaSecret: flag,
  }),
  (input, context) => {
    const { region, now, store, randomId } = context;
    const { Name: name, ClientRequestToken: token, AddReplicaRegions: wanted = [] } = input;
    checkName(name);
    if (token === undefined) throw invalidRequest(tokenMissing);
    const value = valueIn(input);
    checkReplicaRegions(region, wanted);
    const taken = store.byName(region, name);
    if (taken?.deletionDate) {
      throw invalidRequest(
        "You can't create this secret because a secret with this name is already scheduled for deletion.",
      );
    }
    if (taken) {
      const known = taken.versions.get(token);
      if (!known?.value || !value) {
        throw exists(`The operation failed because the secret ${name} already exists.`);
      }
      if (!sameValue(known.value, value)) throw exists(tokenInUse(token, taken.arn));
      return { ARN: taken.arn, Name: name, VersionId: token };
    }
    const secret: SecretRecord = {
      arn: arnOf(region, name, randomId),
      name,
      region,
      serial: store.nextSerial(),
      description: input.Description,
      kmsKeyId: kmsKeyOf(input.KmsKeyId),
      createdAt: now,
      changedAt: now,
      tags: input.Tags && withTags(undefined, input.Tags),
      versions: new Map(),
      labels: new Map(),
    };
    if (value) writeVersion(secret, { token, value }, context);
    store.add(secret);
    replicate(secret, wanted, input.ForceOverwriteReplicaSecret ?? false, store);
    return {
      ARN: secret.arn,
      Name: name,
      ...(value && { VersionId: token }),
      ...(wanted.length > 0 && { ReplicationStatus: replicationStatus(secret, store) }),
    };
  },
);

/** Answers for a secret that is scheduled for deletion too. */
export const describeSecret = operation(
  z.strictObject({ SecretId: secretId }),
  ({ SecretId }, { region, store }) => {
    checkName(SecretId);
    const secret = store.get(region, SecretId);
    const replicas = replicationStatus(secret, store);
    return {
      ...description(secret, "VersionIdsToStages"),
      ...(replicas.length > 0 && { ReplicationStatus: replicas }),
    };
  },
);

/** What DescribeSecret and ListSecrets tell. A field that has nothing to say is absent. */
export function description(
  secret: SecretRecord,
  versionsAs: "VersionIdsToStages" | "SecretVersionsToStages",
) {
  const { rotation } = secret;
  const holders = new Set(secret.labels.values());
  const stages = [...secret.versions.keys()]
    .filter((id) => holders.has(id))
    .map((id) => [id, stagesOf(secret.labels, id)]);
  return defined({
    ARN: secret.arn,
    Name: secret.name,
    Description: secret.description || undefined,
    KmsKeyId: secret.kmsKeyId,
    RotationEnabled: rotation?.enabled,
    RotationLambdaARN: rotation?.functionArn,
    ...scheduleTold(secret),
    LastRotatedDate: rotation?.enabled && secret.rotatedAt ? epochSeconds(secret.rotatedAt) : undefined,
    LastChangedDate: epochSeconds(secret.changedAt),
    LastAccessedDate: secret.lastAccessedOn && epochSeconds(secret.lastAccessedOn),
    DeletedDate: secret.deletionDate && epochSeconds(secret.deletionDate),
    // AWS was recorded answering an empty list where all tags were taken off, and none where there never was one.
    Tags: secret.tags && [...secret.tags].map(([Key, Value]) => ({ Key, Value })),
    [versionsAs]: stages.length > 0 ? Object.fromEntries(stages) : undefined,
    CreatedDate: epochSeconds(secret.createdAt),
    PrimaryRegion: primaryRegionOf(secret),
  });
}

/** The region of the primary, for secrets that are replicated, and for replicas. */
export function primaryRegionOf({ region, primary, replications }: SecretRecord): string | undefined {
  return primary?.region ?? (replications?.length ? region : undefined);
}
