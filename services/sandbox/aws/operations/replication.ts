import * as z from "zod/mini";
import { invalidRequest } from "../errors.js";
import { operation } from "../operation.js";
import { checkReplicaRegions, promote, removeReplicas, replicate, replicationStatus } from "../replicas.js";
import { checkName, flag, region as regionName, replicaRegions, secretId } from "../validate.js";

/** @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ReplicateSecretToRegions.html */
export const replicateSecretToRegions = operation(
  z.strictObject({
    SecretId: secretId,
    AddReplicaRegions: replicaRegions,
    ForceOverwriteReplicaSecret: flag,
  }),
  (
    { SecretId, AddReplicaRegions, ForceOverwriteReplicaSecret: overwrite = false },
    { region, now, store },
  ) => {
    checkName(SecretId);
    const secret = store.getUsable(region, SecretId);
    checkReplicaRegions(region, AddReplicaRegions);
    replicate(secret, AddReplicaRegions, overwrite, store);
    secret.changedAt = now;
    return { ARN: secret.arn, ReplicationStatus: replicationStatus(secret, store) };
  },
);

/** A region without a replica is no error. */
export const removeRegionsFromReplication = operation(
  z.strictObject({
    SecretId: secretId,
    RemoveReplicaRegions: z.array(regionName).check(z.minLength(1)),
  }),
  ({ SecretId, RemoveReplicaRegions }, { region, now, store }) => {
    checkName(SecretId);
    const secret = store.getUsable(region, SecretId);
    removeReplicas(secret, RemoveReplicaRegions, store);
    secret.changedAt = now;
    return { ARN: secret.arn, ReplicationStatus: replicationStatus(secret, store) };
  },
);

/** Called in the replica's region. The replica keeps its ARN, value, labels, tags and policy. */
export const stopReplicationToReplica = operation(
  z.strictObject({ SecretId: secretId }),
  ({ SecretId }, { region, now, store }) => {
    checkName(SecretId);
    const secret = store.getReadable(region, SecretId);
    if (!secret.primary) {
      throw invalidRequest(
        "The secret is no replica. Call this in the region of the replica to be promoted.",
      );
    }
    promote(secret, now, store);
    return { ARN: secret.arn };
  },
);
