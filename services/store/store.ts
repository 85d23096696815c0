import type { Secret } from "../../providers/kit/secret.js";
import type { NativeRule } from "./native-rule.js";

/** One look at a secret's labels: DescribeSecret's answer, as far as rotation needs it. */
export interface SecretView {
  readonly arn: string;
  readonly name: string;
  readonly rotationEnabled: boolean;
  /** Absent when no function was ever set. It stays when rotation is turned off. */
  readonly native?: NativeRule | undefined;
  /** Version id → its staging labels. Versions without a label are not shown. */
  readonly stages: ReadonlyMap<string, readonly string[]>;
  /** When AWS last judged a rotation successful. */
  readonly lastRotatedAt?: Date;
  /** When a value, a label or a setting of the secret last changed. */
  readonly lastChangedAt?: Date;
  readonly tags?: ReadonlyMap<string, string>;
  /** When its own rotation rule starts a rotation next. */
  readonly nextRotationAt?: Date;
  /** Since when it is marked for deletion: AWS lets nobody read or change it. */
  readonly deletedAt?: Date;
}

/** A secret as ListSecrets shows it, up to five minutes late. */
export interface ListedSecret {
  readonly arn: string;
  readonly name: string;
  /** Version id → its staging labels. Versions without a label are not shown. */
  readonly stages: ReadonlyMap<string, readonly string[]>;
  readonly tags: ReadonlyMap<string, string>;
  /** ARN of the function that rotates it. */
  readonly rotatedBy?: string;
  /** Its keys live on at their vendor, but AWS lets nobody read or change it. */
  readonly scheduledForDeletion: boolean;
  /** The Region that a replica is a copy of; it can be rotated there only. */
  readonly replicaOf?: string;
}

/** A version as the history lists it, labelled or not. */
export interface VersionSummary {
  readonly versionId: string;
  readonly stages: readonly string[];
  readonly createdAt: Date;
}

/** What PutSecretValue did. `taken`: the version already has another value, which stays. */
export type PutOutcome = "written" | "taken";

/**
 * Secrets Manager as the rotation uses it: one call a method. Every method throws only KeyturnError:
 * `store_unavailable` when the outcome is unknown (network, time, 5xx), else `store_throttled`, `store_denied`,
 * `store_missing` or `store_refused`, which mean that nothing was changed.
 */
export interface Store {
  /** DescribeSecret. */
  describe(secretId: string): Promise<SecretView>;
  /** GetSecretValue by version id; undefined when the version has no value, or cannot be read because it lost its labels. */
  read(secretId: string, versionId: string): Promise<Secret | undefined>;
  /** GetSecretValue of AWSCURRENT: for admin secrets. */
  readCurrent(secretId: string): Promise<Secret>;
  /** ListSecretVersionIds, all pages, versions without labels included. */
  history(secretId: string): Promise<readonly VersionSummary[]>;
  /** PutSecretValue. With `stages` exactly those labels move to it; without, it becomes AWSCURRENT. */
  put(
    secretId: string,
    version: {
      readonly versionId: string;
      readonly value: Secret;
      readonly stages?: readonly string[];
      readonly rotationToken?: string;
    },
  ): Promise<PutOutcome>;
  /** UpdateSecretVersionStage: fails when `from` no longer holds the label. The one compare-and-set that AWS offers. */
  moveStage(
    secretId: string,
    stage: string,
    move: { readonly from?: string; readonly to: string },
  ): Promise<void>;
  /** UpdateSecretVersionStage without a destination: takes a label off the version that carries it. */
  dropStage(secretId: string, stage: string, from: string): Promise<void>;
  /** TagResource: adds these, or gives those that exist another value. Not while a rotation is open. */
  tag(secretId: string, tags: ReadonlyMap<string, string>): Promise<void>;
  /**
   * ListSecrets, all pages of 100, those scheduled for deletion included; with `tagValues`, 10 at most, only secrets that have a tag
   * whose value begins with one of them.
   */
  list(filter?: { readonly tagValues: readonly string[] }): Promise<readonly ListedSecret[]>;
  /** RotateSecret with the secret's own rules: a rotation begins under this token. */
  rotate(secretId: string, token: string): Promise<void>;
  /** CancelRotateSecret: rotation is off, its rule stays visible. */
  turnOff(secretId: string): Promise<void>;
  /** RotateSecret with these rules and without a rotation: AWS tries only testSecret, under this token. */
  turnOn(secretId: string, native: NativeRule, token: string): Promise<void>;
}
