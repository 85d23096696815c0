import { replicaRegionInvalid } from "./errors.js";
import { defined, epochSeconds } from "./operation.js";
import { copyOf, type Replication, type SecretRecord, type SecretStore } from "./secret-record.js";
import { kmsKeyOf } from "./versions.js";

/** Replicas of a secret in other regions. They are in sync at once, and stay it: what they show is their primary's. */

export interface WantedReplica {
  readonly Region?: string | undefined;
  readonly KmsKeyId?: string | undefined;
}

/**
 * Any region will do that is well formed and not the primary's own.
 * @throws AwsError InvalidParameterException
 */
export function checkReplicaRegions(primaryRegion: string, wanted: readonly WantedReplica[]): void {
  const regions = new Set(wanted.map(({ Region }) => Region));
  const wrong = regions.has(undefined) || regions.has(primaryRegion) || regions.size < wanted.length;
  if (wrong) throw replicaRegionInvalid();
}

/** Replicates to further regions. Where the secret has a replica already, nothing happens. */
export function replicate(
  primary: SecretRecord,
  wanted: readonly WantedReplica[],
  overwrite: boolean,
  store: SecretStore,
): void {
  for (const { Region: region = "", KmsKeyId } of wanted) {
    if (replicaIn(region, primary, store)) continue;
    const replication = { region, kmsKeyId: kmsKeyOf(KmsKeyId) };
    const taken = store.byName(region, primary.name);
    const others = (primary.replications ?? []).filter((one) => one.region !== region);
    // A secret that others depend on, or that depends on another, is not overwritten.
    const replaceable = overwrite && !taken?.primary && !taken?.replications?.length;
    if (taken && !replaceable) {
      const failure = `Replication failed: Secret name ${primary.name} already exists in region ${region}.`;
      primary.replications = [...others, { ...replication, failure }];
      continue;
    }
    store.add(replicaOf(primary, replication, store.nextSerial()));
    primary.replications = [...others, replication];
  }
}

/** Ends replication to these regions, and the replicas there. */
export function removeReplicas(primary: SecretRecord, regions: readonly string[], store: SecretStore): void {
  for (const region of regions) {
    const replica = replicaIn(region, primary, store);
    if (replica) store.remove(replica);
  }
  primary.replications = primary.replications?.filter(({ region }) => !regions.includes(region));
}

/** Makes a replica a secret of its own, which its primary knows nothing of any more. */
export function promote(replica: SecretRecord, now: Date, store: SecretStore): void {
  const { primary, ...standalone } = copyOf(replica);
  store.add({ ...standalone, changedAt: now });
  if (!primary) return;
  primary.replications = primary.replications?.filter(({ region }) => region !== replica.region);
}

/** `ReplicationStatus` of a primary secret. */
export function replicationStatus(primary: SecretRecord, store: SecretStore) {
  return (primary.replications ?? []).map((replication) => {
    const replica = replicaIn(replication.region, primary, store);
    return defined({
      Region: replication.region,
      KmsKeyId: (replica ?? replication).kmsKeyId ?? "alias/aws/secretsmanager",
      Status: replication.failure === undefined ? "InSync" : "Failed",
      StatusMessage: replication.failure,
      LastAccessedDate: replica?.lastAccessedOn && epochSeconds(replica.lastAccessedOn),
    });
  });
}

function replicaIn(region: string, primary: SecretRecord, store: SecretStore): SecretRecord | undefined {
  const secret = store.byName(region, primary.name);
  return secret?.primary?.arn === primary.arn ? secret : undefined;
}

/** It has no rotation: the primary's runs in the primary's region only. */
function replicaOf(primary: SecretRecord, { region, kmsKeyId }: Replication, serial: number): SecretRecord {
  const arn = primary.arn.replace(`:${primary.region}:`, `:${region}:`);
  const { name, createdAt } = primary;
  return {
    ...{ arn, name, region, createdAt, serial, kmsKeyId, primary },
    get description() {
      return primary.description;
    },
    get tags() {
      return primary.tags;
    },
    get policy() {
      return primary.policy;
    },
    get versions() {
      return primary.versions;
    },
    get labels() {
      return primary.labels;
    },
    get changedAt() {
      return primary.changedAt;
    },
  };
}
