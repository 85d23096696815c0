import { AwsError } from "./errors.js";

/**
 * Requests a second and Region, for each group of operations. From AWS's list of quotas; from CreateSecret on in its
 * edition of 2023.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
 */
export const quotas: readonly { readonly perSecond: number; readonly operations: readonly string[] }[] = [
  {
    perSecond: 50,
    operations: [
      ...["PutSecretValue", "UpdateSecret", "UpdateSecretVersionStage"],
      ...["ReplicateSecretToRegions", "RemoveRegionsFromReplication", "StopReplicationToReplica"],
    ],
  },
  { perSecond: 50, operations: ["RotateSecret", "CancelRotateSecret"] },
  { perSecond: 50, operations: ["TagResource", "UntagResource"] },
  {
    perSecond: 50,
    operations: ["GetResourcePolicy", "PutResourcePolicy", "DeleteResourcePolicy", "ValidateResourcePolicy"],
  },
  { perSecond: 50, operations: ["RestoreSecret"] },
  { perSecond: 100, operations: ["BatchGetSecretValue"] },
  { perSecond: 50, operations: ["CreateSecret"] },
  { perSecond: 50, operations: ["DeleteSecret"] },
  { perSecond: 50, operations: ["GetRandomPassword"] },
  { perSecond: 50, operations: ["ListSecrets"] },
  { perSecond: 50, operations: ["ListSecretVersionIds"] },
  { perSecond: 5000, operations: ["DescribeSecret", "GetSecretValue"] },
];

/** Counts requests against their quotas, as token buckets that hold one second's worth. */
export interface Throttle {
  /** @throws AwsError ThrottlingException */
  take(operation: string, region: string, now: Date): void;
}

export function createThrottle(): Throttle {
  const buckets = new Map<string, { left: number; at: number }>();
  return {
    take(operation, region, now) {
      const group = quotas.findIndex(({ operations }) => operations.includes(operation));
      const perSecond = quotas[group]?.perSecond;
      if (perSecond === undefined) return;
      const key = `${region} ${group}`;
      const { left, at } = buckets.get(key) ?? { left: perSecond, at: now.getTime() };
      const refilled = Math.min(perSecond, left + ((now.getTime() - at) / 1000) * perSecond);
      const granted = refilled >= 1;
      buckets.set(key, { left: granted ? refilled - 1 : refilled, at: now.getTime() });
      if (!granted) throw new AwsError("ThrottlingException", "Rate exceeded");
    },
  };
}
