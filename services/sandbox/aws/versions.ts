import { limitExceeded } from "./errors.js";
import { current, pending, previous, stagesOf } from "./labels.js";
import type { SecretRecord, Version } from "./secret-record.js";

const keptVersions = 100;
const dayMs = 86_400_000;

/**
 * Makes room for one more version. AWS keeps about a hundred; of those without a label the oldest go first, but none
 * within a day. So a secret written too often fills up, to `quota` versions.
 * @throws AwsError LimitExceededException, and nothing has changed
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
 */
export function makeRoom({ versions, labels }: SecretRecord, now: Date, quota: number): void {
  const removable = [...versions.values()].filter(
    ({ id, createdAt }) => now.getTime() - createdAt.getTime() >= dayMs && stagesOf(labels, id).length === 0,
  );
  const removed = removable.slice(0, Math.max(0, versions.size + 1 - keptVersions));
  if (versions.size - removed.length >= quota) {
    throw limitExceeded(
      `The secret has ${versions.size} versions, the most it can have is ${quota}. Versions without staging labels ` +
        "are removed a day after they were made.",
    );
  }
  for (const { id } of removed) versions.delete(id);
}

/** The KMS key that a request means; none for AWS's own, which answers leave out. */
export function kmsKeyOf(kmsKeyId: string | undefined): string | undefined {
  return kmsKeyId === "" || kmsKeyId === "alias/aws/secretsmanager" ? undefined : kmsKeyId;
}

const defaultKey = "DefaultEncryptionKey";

/** Which key encrypts a version, in ListSecretVersionIds' words. */
export function keyNameOf(secret: SecretRecord, version: Version): string {
  // A replica's versions are its primary's, but encrypted anew.
  const former = secret.primary ? undefined : version.formerKmsKeyId;
  return former ?? secret.kmsKeyId ?? defaultKey;
}

/** Another key from now on. The versions with AWS's labels are encrypted with it too, all others keep the one they had. */
export function changeKey(secret: SecretRecord, kmsKeyId: string | undefined): void {
  const encryptedAnew = new Set([current, pending, previous].map((label) => secret.labels.get(label)));
  for (const version of secret.versions.values()) {
    if (encryptedAnew.has(version.id)) delete version.formerKmsKeyId;
    else version.formerKmsKeyId ??= secret.kmsKeyId ?? defaultKey;
  }
  secret.kmsKeyId = kmsKeyId;
}
