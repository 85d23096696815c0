import { hash32 } from "../../../providers/kit/label.js";
import { markedForDeletion, secretNotFound } from "./errors.js";
import { type Labels, stagesOf } from "./labels.js";

export const accountId = "123456789012";

export type Value =
  | { readonly kind: "string"; readonly text: string }
  | { readonly kind: "binary"; readonly base64: string };

export interface Version {
  readonly id: string;
  readonly createdAt: Date;
  /** Absent in the empty version that a rotation begins with. */
  value?: Value;
  /** Whether a rotation function wrote it, or whoever had the rotation's token; for the version of a rotation. */
  byFunction?: boolean;
  lastAccessedOn?: Date;
}

export interface RotationRules {
  readonly AutomaticallyAfterDays?: number | undefined;
  readonly Duration?: string | undefined;
  readonly ScheduleExpression?: string | undefined;
}

export interface RotationConfig {
  readonly enabled: boolean;
  readonly functionArn: string;
  readonly rules?: RotationRules;
}

export interface SecretRecord {
  readonly arn: string;
  readonly name: string;
  readonly region: string;
  readonly description?: string | undefined;
  readonly kmsKeyId?: string | undefined;
  readonly createdAt: Date;
  readonly tags: Map<string, string>;
  /** In the order they were made. */
  readonly versions: Map<string, Version>;
  labels: Labels;
  changedAt: Date;
  lastAccessedOn?: Date;
  rotatedAt?: Date;
  /** Set when it is scheduled for deletion: the end of the recovery window. */
  deletionDate?: Date;
  rotation?: RotationConfig;
}

export function sameValue(a: Value, b: Value): boolean {
  if (a.kind === "string") return b.kind === "string" && a.text === b.text;
  return b.kind === "binary" && a.base64 === b.base64;
}

/** `name` plus a hyphen and six characters, as AWS forms it. */
export function arnOf(region: string, name: string, randomId: () => string): string {
  return `arn:aws:secretsmanager:${region}:${accountId}:secret:${name}-${hash32(6, randomId())}`;
}

/** The name that a SecretId (name, ARN, or ARN without suffix) speaks of, as far as can be told without looking it up. */
export function nameIn(secretId: string): string {
  return secretId.replace(/^arn:[^:]*:secretsmanager:[^:]*:[^:]*:secret:/, "");
}

/** AWS keeps about a hundred versions; those without a label go first, but never within a day. */
export function pruneVersions(secret: SecretRecord, now: Date): void {
  let excess = secret.versions.size - 100;
  for (const version of secret.versions.values()) {
    if (excess <= 0) return;
    const young = now.getTime() - version.createdAt.getTime() < 86_400_000;
    if (young || stagesOf(secret.labels, version.id).length > 0) continue;
    secret.versions.delete(version.id);
    excess--;
  }
}

/** The secrets of every region. */
export class SecretStore {
  readonly #regions = new Map<string, Map<string, SecretRecord>>();

  /** In order of name. */
  list(region: string): SecretRecord[] {
    const secrets = [...(this.#regions.get(region)?.values() ?? [])];
    return secrets.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  regions(): string[] {
    return [...this.#regions.keys()].sort();
  }

  byName(region: string, name: string): SecretRecord | undefined {
    return this.#regions.get(region)?.get(name);
  }

  add(secret: SecretRecord): void {
    const region = this.#regions.get(secret.region) ?? new Map<string, SecretRecord>();
    this.#regions.set(secret.region, region.set(secret.name, secret));
  }

  remove(secret: SecretRecord): void {
    if (this.byName(secret.region, secret.name) === secret)
      this.#regions.get(secret.region)?.delete(secret.name);
  }

  /** By name, full ARN, or ARN without its suffix. */
  find(region: string, secretId: string): SecretRecord | undefined {
    const named = this.byName(region, secretId);
    if (named || !secretId.startsWith("arn:")) return named;
    return this.list(region).find(({ arn }) => arn === secretId || arn.slice(0, -7) === secretId);
  }

  /** Also finds a secret that is scheduled for deletion. @throws AwsError ResourceNotFoundException */
  get(region: string, secretId: string): SecretRecord {
    const secret = this.find(region, secretId);
    if (!secret) throw secretNotFound();
    return secret;
  }

  /** @throws AwsError ResourceNotFoundException, or InvalidRequestException when it is scheduled for deletion. */
  getUsable(region: string, secretId: string): SecretRecord {
    const secret = this.get(region, secretId);
    if (secret.deletionDate) throw markedForDeletion();
    return secret;
  }
}
