import { hash32 } from "../../../providers/kit/label.js";
import { markedForDeletion, replicaReadOnly, secretNotFound } from "./errors.js";
import { History } from "./history.js";
import type { Labels } from "./labels.js";
import type { RotationRules, Schedule, Window } from "./schedule.js";

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
  /** The KMS key that encrypts it, where that is not the secret's any more. */
  formerKmsKeyId?: string;
}

export interface RotationConfig {
  readonly enabled: boolean;
  readonly functionArn: string;
  readonly rules?: RotationRules;
  /** What the rules stand for, and when they were set. */
  readonly schedule?: Schedule;
  readonly since: Date;
  /** A window of the schedule before this one, in which a rotation may still come. */
  readonly earlier?: Window;
}

/** A region that a primary secret is replicated to, or should be. */
export interface Replication {
  readonly region: string;
  readonly kmsKeyId?: string | undefined;
  /** Why there is no replica. */
  readonly failure?: string;
}

export interface SecretRecord {
  readonly arn: string;
  readonly name: string;
  readonly region: string;
  readonly createdAt: Date;
  /** Tells the order in which secrets were made, those of one moment too. */
  readonly serial: number;
  description?: string | undefined;
  /** Absent: the key that AWS manages. */
  kmsKeyId?: string | undefined;
  /** Absent until the first tag. */
  tags?: ReadonlyMap<string, string> | undefined;
  /** The resource policy's text. */
  policy?: string | undefined;
  /** In the order they were made. */
  readonly versions: Map<string, Version>;
  labels: Labels;
  changedAt: Date;
  lastAccessedOn?: Date;
  rotatedAt?: Date;
  /** Set when it is scheduled for deletion: the end of the recovery window. */
  deletionDate?: Date | undefined;
  rotation?: RotationConfig;
  /** The secret that this one is a replica of. */
  readonly primary?: SecretRecord;
  /** Where it is replicated to. */
  replications?: readonly Replication[] | undefined;
}

export function sameValue(a: Value, b: Value): boolean {
  if (a.kind === "string") return b.kind === "string" && a.text === b.text;
  return b.kind === "binary" && a.base64 === b.base64;
}

/** `name` plus a hyphen and six characters, as AWS forms it. */
export function arnOf(region: string, name: string, randomId: () => string): string {
  return `arn:aws:secretsmanager:${region}:${accountId}:secret:${name}-${hash32(6, randomId())}`;
}

const endsAsArn = /-[A-Za-z0-9]{6}$/;

/** The name that a SecretId (name, ARN, or ARN without suffix) speaks of, as far as can be told without looking it up. */
export function nameIn(secretId: string): string {
  return secretId.replace(/^arn:[^:]*:secretsmanager:[^:]*:[^:]*:secret:/, "");
}

/** The secrets of every region. */
export class SecretStore {
  readonly #regions = new Map<string, Map<string, SecretRecord>>();
  readonly #history = new History<readonly SecretRecord[]>();
  /** The store that this one shows the past of. */
  readonly #present: SecretStore | undefined;
  #serial = 0;

  constructor(present?: SecretStore) {
    this.#present = present;
  }

  /** In order of name. */
  list(region: string): SecretRecord[] {
    const secrets = [...(this.#regions.get(region)?.values() ?? [])];
    return secrets.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  regions(): string[] {
    return [...this.#regions.keys()].sort();
  }

  /** Of every region, in no order. */
  *all(): Iterable<SecretRecord> {
    for (const region of this.#regions.values()) yield* region.values();
  }

  byName(region: string, name: string): SecretRecord | undefined {
    return this.#regions.get(region)?.get(name);
  }

  /** For a new secret's `serial`. */
  nextSerial(): number {
    return this.#serial++;
  }

  add(secret: SecretRecord): void {
    const region = this.#regions.get(secret.region) ?? new Map<string, SecretRecord>();
    this.#regions.set(secret.region, region.set(secret.name, secret));
  }

  remove(secret: SecretRecord): void {
    if (this.byName(secret.region, secret.name) === secret)
      this.#regions.get(secret.region)?.delete(secret.name);
  }

  /**
   * By name, full ARN, or ARN without its suffix. As at AWS, an ARN that ends like a full one is taken for one, so a
   * secret whose name ends in a hyphen and six characters is not found by its ARN without suffix.
   */
  find(region: string, secretId: string): SecretRecord | undefined {
    const named = this.byName(region, secretId);
    if (named || !secretId.startsWith("arn:")) return named;
    const whole = this.byName(region, nameIn(secretId).slice(0, -7));
    if (whole?.arn === secretId) return whole;
    const partial = !endsAsArn.test(secretId);
    return this.list(region).find(
      ({ arn }) => arn === secretId || (partial && arn.slice(0, -7) === secretId),
    );
  }

  /** Any secret, also one that is scheduled for deletion. @throws AwsError ResourceNotFoundException */
  get(region: string, secretId: string): SecretRecord {
    const secret = this.find(region, secretId);
    if (!secret) throw secretNotFound();
    return secret;
  }

  /** To read. @throws AwsError ResourceNotFoundException, or InvalidRequestException when it is scheduled for deletion. */
  getReadable(region: string, secretId: string): SecretRecord {
    const secret = this.get(region, secretId);
    if (secret.deletionDate) throw markedForDeletion();
    return secret;
  }

  /** To change. @throws AwsError as `getReadable` does, and InvalidParameterException for a replica. */
  getUsable(region: string, secretId: string): SecretRecord {
    const secret = this.getReadable(region, secretId);
    if (secret.primary) throw replicaReadOnly();
    return secret;
  }

  /** Marks a version as read, on the secret as it is now where this shows the past. */
  accessed({ region, name, arn, primary }: SecretRecord, versionId: string, day: Date): void {
    const secret = (this.#present ?? this).byName(region, name);
    if (secret?.arn !== arn) return;
    secret.lastAccessedOn = day;
    // A replica's versions are its primary's, but their access dates are those of the primary's region.
    const version = primary ? undefined : secret.versions.get(versionId);
    if (version) version.lastAccessedOn = day;
  }

  /** Remembers all secrets as they are from `now` on, for `asOf`. To be called after a change, and costs little without one. */
  note(now: Date): void {
    const state = this.#snapshot();
    if (state !== this.#history.last) this.#history.note(now, state);
  }

  /** What changed since the last `note`, nobody knows when, counts as older than that: reads may lag, but never more than they say. */
  amend(now: Date): void {
    const state = this.#snapshot();
    if (this.#history.last) this.#history.amend(state);
    else this.#history.note(now, state);
  }

  /** The secrets as they were at `when`, as far as that was noted: to be read, and not to be changed. */
  asOf(when: Date): SecretStore {
    const store = new SecretStore(this);
    for (const secret of this.#history.asOf(when) ?? this.#snapshot()) store.add(secret);
    return store;
  }

  /** A copy of every secret; the last one noted when nothing changed since. */
  #snapshot(): readonly SecretRecord[] {
    const last = this.#history.last ?? [];
    const known = new Map(last.map((copy) => [copy.arn, copy]));
    const copies = [...this.#regions.values()].flatMap((region) =>
      [...region.values()].map((secret) => {
        const before = known.get(secret.arn);
        return before && isCopyOf(before, secret) ? before : copyOf(secret);
      }),
    );
    const same = copies.length === last.length && copies.every((copy, index) => copy === last[index]);
    return same ? last : copies;
  }
}

/** What it is now, its versions included; of a replica, what its primary is now. */
export function copyOf(secret: SecretRecord): SecretRecord {
  return { ...secret, versions: new Map([...secret.versions].map(([id, version]) => [id, { ...version }])) };
}

function isCopyOf(copy: SecretRecord, secret: SecretRecord): boolean {
  const { versions: copied, ...fields } = copy;
  const { versions, ...now } = secret;
  if (!sameFields(fields, now) || copied.size !== versions.size) return false;
  return [...versions].every(([id, version]) => {
    const before = copied.get(id);
    return before !== undefined && sameFields(before, version);
  });
}

function sameFields(a: object, b: object): boolean {
  const [before, now] = [new Map(Object.entries(a)), new Map(Object.entries(b))];
  return before.size === now.size && [...now].every(([name, value]) => before.get(name) === value);
}
