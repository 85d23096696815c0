import { newToken } from "./harness.js";

const policy = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Deny", Principal: "*", Action: "secretsmanager:DeleteSecret", Resource: "*" }],
};

/** A request of each operation that would change or read this secret, were nothing against it. */
export const requestsOn = (SecretId: string): Readonly<Record<string, object>> => ({
  BatchGetSecretValue: { SecretIdList: [SecretId] },
  CancelRotateSecret: { SecretId },
  CreateSecret: { Name: SecretId, ClientRequestToken: newToken(), SecretString: "another" },
  DeleteResourcePolicy: { SecretId },
  DeleteSecret: { SecretId },
  DescribeSecret: { SecretId },
  GetRandomPassword: {},
  GetResourcePolicy: { SecretId },
  GetSecretValue: { SecretId },
  ListSecretVersionIds: { SecretId },
  ListSecrets: {},
  PutResourcePolicy: { SecretId, ResourcePolicy: JSON.stringify(policy) },
  PutSecretValue: { SecretId, ClientRequestToken: newToken(), SecretString: "another" },
  RemoveRegionsFromReplication: { SecretId, RemoveReplicaRegions: ["us-east-1"] },
  ReplicateSecretToRegions: { SecretId, AddReplicaRegions: [{ Region: "us-east-1" }] },
  RestoreSecret: { SecretId },
  RotateSecret: { SecretId, ClientRequestToken: newToken() },
  StopReplicationToReplica: { SecretId },
  TagResource: { SecretId, Tags: [{ Key: "new", Value: "v" }] },
  UntagResource: { SecretId, TagKeys: ["kept"] },
  UpdateSecret: { SecretId, ClientRequestToken: newToken(), Description: "another" },
  UpdateSecretVersionStage: { SecretId, VersionStage: "NEW", MoveToVersionId: newToken() },
  ValidateResourcePolicy: { SecretId, ResourcePolicy: JSON.stringify(policy) },
});
