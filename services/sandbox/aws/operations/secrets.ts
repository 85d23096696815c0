import * as z from "zod/mini";
import {
  exists,
  invalidParameter,
  invalidRequest,
  markedForDeletion,
  tokenInUse,
  tokenMissing,
} from "../errors.js";
import { afterPut, stagesOf } from "../labels.js";
import { epochSeconds, operation } from "../operation.js";
import { arnOf, nameIn, type SecretRecord, sameValue } from "../secret-record.js";
import { binary, checkName, secretId, secretString, tags, text, versionId } from "../validate.js";
import { valueIn } from "./values.js";

/** @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html */
export const createSecret = operation(
  z.strictObject({
    Name: text(1, 512),
    ClientRequestToken: z.optional(versionId),
    Description: z.optional(text(0, 2048)),
    KmsKeyId: z.optional(text(0, 2048)),
    SecretString: z.optional(secretString),
    SecretBinary: z.optional(binary),
    Tags: z.optional(tags),
  }),
  (input, { region, now, store, switches, randomId }) => {
    const { Name: name, ClientRequestToken: token } = input;
    checkName(name);
    if (token === undefined) throw invalidRequest(tokenMissing);
    const value = valueIn(input);
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
      description: input.Description,
      kmsKeyId: input.KmsKeyId,
      createdAt: now,
      changedAt: now,
      tags: new Map(input.Tags?.map(({ Key, Value }) => [Key, Value ?? ""])),
      versions: new Map(),
      labels: new Map(),
    };
    store.add(secret);
    if (!value) return { ARN: secret.arn, Name: name };
    secret.versions.set(token, { id: token, createdAt: now, value });
    secret.labels = afterPut(secret.labels, token, undefined, switches.now.foreignLabelsAtFlip);
    return { ARN: secret.arn, Name: name, VersionId: token };
  },
);

/** Answers for a secret that is scheduled for deletion too. */
export const describeSecret = operation(
  z.strictObject({ SecretId: secretId }),
  ({ SecretId }, { region, store }) => {
    checkName(SecretId);
    return description(store.get(region, SecretId), "VersionIdsToStages");
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
    Description: secret.description,
    KmsKeyId: secret.kmsKeyId,
    RotationEnabled: rotation?.enabled,
    RotationLambdaARN: rotation?.functionArn,
    RotationRules: rotation?.rules && defined(rotation.rules),
    LastRotatedDate: secret.rotatedAt && epochSeconds(secret.rotatedAt),
    LastChangedDate: epochSeconds(secret.changedAt),
    LastAccessedDate: secret.lastAccessedOn && epochSeconds(secret.lastAccessedOn),
    DeletedDate: secret.deletionDate && epochSeconds(secret.deletionDate),
    Tags: secret.tags.size > 0 ? [...secret.tags].map(([Key, Value]) => ({ Key, Value })) : undefined,
    [versionsAs]: stages.length > 0 ? Object.fromEntries(stages) : undefined,
    CreatedDate: epochSeconds(secret.createdAt),
  });
}

const defined = (fields: object) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

/** @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html */
export const deleteSecret = operation(
  z.strictObject({
    SecretId: secretId,
    RecoveryWindowInDays: z.optional(z.int()),
    ForceDeleteWithoutRecovery: z.optional(z.boolean()),
  }),
  (
    { SecretId, RecoveryWindowInDays: days, ForceDeleteWithoutRecovery: force },
    { region, now, store, agenda, randomId },
  ) => {
    checkName(SecretId);
    if (force && days !== undefined) {
      throw invalidParameter(
        "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
      );
    }
    if (days !== undefined && (days < 7 || days > 30)) {
      throw invalidParameter("RecoveryWindowInDays value must be between 7 and 30 days (inclusive).");
    }
    if (force) {
      const secret = store.find(region, SecretId);
      const name = secret?.name ?? nameIn(SecretId);
      if (secret) {
        secret.deletionDate = now;
        store.remove(secret);
      }
      return {
        ARN: secret?.arn ?? arnOf(region, name, randomId),
        Name: name,
        DeletionDate: epochSeconds(now),
      };
    }
    const secret = store.get(region, SecretId);
    if (secret.deletionDate) throw markedForDeletion();
    secret.deletionDate = new Date(now.getTime() + (days ?? 30) * 86_400_000);
    agenda.at(secret.deletionDate, () => store.remove(secret));
    return { ARN: secret.arn, Name: secret.name, DeletionDate: epochSeconds(secret.deletionDate) };
  },
);
