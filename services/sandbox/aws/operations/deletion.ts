import * as z from "zod/mini";
import { invalidParameter, markedForDeletion, replicaReadOnly, replicasLeft } from "../errors.js";
import { epochSeconds, operation } from "../operation.js";
import { arnOf, nameIn } from "../secret-record.js";
import { checkName, flag, secretId } from "../validate.js";

/**
 * At the end of the window the secret is gone, and its name free. By force at once, also a secret that is already to be
 * deleted, or that does not exist.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html
 */
export const deleteSecret = operation(
  z.strictObject({
    SecretId: secretId,
    RecoveryWindowInDays: z.optional(z.int()),
    ForceDeleteWithoutRecovery: flag,
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
    const secret = force ? store.find(region, SecretId) : store.get(region, SecretId);
    if (!secret) {
      const Name = nameIn(SecretId);
      return { ARN: arnOf(region, Name, randomId), Name, DeletionDate: epochSeconds(now) };
    }
    if (secret.primary) throw replicaReadOnly();
    const regions = secret.replications?.map((replication) => replication.region) ?? [];
    if (regions.length > 0) throw replicasLeft(secret.arn, regions);
    if (secret.deletionDate && !force) throw markedForDeletion();

    const due = force ? now : new Date(now.getTime() + (days ?? 30) * 86_400_000);
    secret.deletionDate = due;
    secret.changedAt = now;
    if (force) store.remove(secret);
    else {
      agenda.at(due, () => {
        // Neither restored nor, after that, deleted once more.
        if (secret.deletionDate === due) store.remove(secret);
      });
    }
    return { ARN: secret.arn, Name: secret.name, DeletionDate: epochSeconds(due) };
  },
);

/** Of a secret that is not to be deleted, it changes nothing. */
export const restoreSecret = operation(
  z.strictObject({ SecretId: secretId }),
  ({ SecretId }, { region, now, store }) => {
    checkName(SecretId);
    const secret = store.get(region, SecretId);
    if (secret.primary) throw replicaReadOnly();
    if (secret.deletionDate) {
      secret.deletionDate = undefined;
      secret.changedAt = now;
    }
    return { ARN: secret.arn, Name: secret.name };
  },
);
