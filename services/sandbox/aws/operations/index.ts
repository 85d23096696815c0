import type { Operation } from "../operation.js";
import { listSecrets, listSecretVersionIds } from "./listing.js";
import { getRandomPassword } from "./password.js";
import { cancelRotateSecret, rotateSecret } from "./rotation.js";
import { createSecret, deleteSecret, describeSecret } from "./secrets.js";
import { updateSecretVersionStage } from "./stages.js";
import { tagResource, untagResource } from "./tags.js";
import { getSecretValue, putSecretValue } from "./values.js";

/** The operations that the sandbox knows, by name. */
export const operations: ReadonlyMap<string, Operation> = new Map([
  ["CancelRotateSecret", cancelRotateSecret],
  ["CreateSecret", createSecret],
  ["DeleteSecret", deleteSecret],
  ["DescribeSecret", describeSecret],
  ["GetRandomPassword", getRandomPassword],
  ["GetSecretValue", getSecretValue],
  ["ListSecretVersionIds", listSecretVersionIds],
  ["ListSecrets", listSecrets],
  ["PutSecretValue", putSecretValue],
  ["RotateSecret", rotateSecret],
  ["TagResource", tagResource],
  ["UntagResource", untagResource],
  ["UpdateSecretVersionStage", updateSecretVersionStage],
]);
