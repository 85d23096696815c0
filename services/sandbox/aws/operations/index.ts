import type { Operation } from "../operation.js";
import { batchGetSecretValue } from "./batch.js";
import { deleteSecret, restoreSecret } from "./deletion.js";
import { listSecrets, listSecretVersionIds } from "./listing.js";
import { getRandomPassword } from "./password.js";
import {
  deleteResourcePolicy,
  getResourcePolicy,
  putResourcePolicy,
  validateResourcePolicy,
} from "./policies.js";
import {
  removeRegionsFromReplication,
  replicateSecretToRegions,
  stopReplicationToReplica,
} from "./replication.js";
import { cancelRotateSecret, rotateSecret } from "./rotation.js";
import { createSecret, describeSecret } from "./secrets.js";
import { updateSecretVersionStage } from "./stages.js";
import { tagResource, untagResource } from "./tags.js";
import { updateSecret } from "./update.js";
import { getSecretValue, putSecretValue } from "./values.js";

/** The operations that the sandbox knows, by name: all that AWS's API has. */
export const operations: ReadonlyMap<string, Operation> = new Map([
  ["BatchGetSecretValue", batchGetSecretValue],
  ["CancelRotateSecret", cancelRotateSecret],
  ["CreateSecret", createSecret],
  ["DeleteResourcePolicy", deleteResourcePolicy],
  ["DeleteSecret", deleteSecret],
  ["DescribeSecret", describeSecret],
  ["GetRandomPassword", getRandomPassword],
  ["GetResourcePolicy", getResourcePolicy],
  ["GetSecretValue", getSecretValue],
  ["ListSecretVersionIds", listSecretVersionIds],
  ["ListSecrets", listSecrets],
  ["PutResourcePolicy", putResourcePolicy],
  ["PutSecretValue", putSecretValue],
  ["RemoveRegionsFromReplication", removeRegionsFromReplication],
  ["ReplicateSecretToRegions", replicateSecretToRegions],
  ["RestoreSecret", restoreSecret],
  ["RotateSecret", rotateSecret],
  ["StopReplicationToReplica", stopReplicationToReplica],
  ["TagResource", tagResource],
  ["UntagResource", untagResource],
  ["UpdateSecret", updateSecret],
  ["UpdateSecretVersionStage", updateSecretVersionStage],
  ["ValidateResourcePolicy", validateResourcePolicy],
]);
