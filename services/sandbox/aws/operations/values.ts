import * as z from "zod/mini";
import {
  exists,
  invalidParameter,
  invalidRequest,
  limitExceeded,
  stageNotFound,
  tokenInUse,
  tokenMissing,
  versionNotFound,
} from "../errors.js";
import { afterPut, current, stagesOf } from "../labels.js";
import { type Context, dayOf, epochSeconds, operation } from "../operation.js";
import { type SecretRecord, sameValue, type Value, type Version } from "../secret-record.js";
import { binary, checkName, secretId, secretString, stage, stages, text, versionId } from "../validate.js";
import { makeRoom } from "../versions.js";

interface ValueInput {
  readonly SecretString?: string | undefined;
  readonly SecretBinary?: string | undefined;
}

/** The value a request carries, if any. @throws AwsError InvalidParameterException when it carries two. */
export function valueIn({ SecretString, SecretBinary }: ValueInput): Value | undefined {
  if (SecretString !== undefined && SecretBinary !== undefined) {
    throw invalidParameter(
      "You can't specify both a binary secret value and a string secret value in the same secret.",
    );
  }
  if (SecretString !== undefined) return { kind: "string", text: SecretString };
  if (SecretBinary === undefined) return undefined;
  return { kind: "binary", base64: Buffer.from(SecretBinary, "base64").toString("base64") };
}

const rotationToken = text(36, 256).check(z.regex(/^[a-zA-Z0-9-]+$/));

/** @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html */
export const putSecretValue = operation(
  z.strictObject({
    SecretId: secretId,
    ClientRequestToken: z.optional(versionId),
    SecretString: z.optional(secretString),
    SecretBinary: z.optional(binary),
    VersionStages: z.optional(stages),
    RotationToken: z.optional(rotationToken),
  }),
  (input, context) => {
    checkName(input.SecretId);
    const token = input.ClientRequestToken;
    if (token === undefined) throw invalidRequest(tokenMissing);
    const value = valueIn(input);
    if (!value) throw invalidRequest("You must provide either SecretString or SecretBinary.");
    const secret = context.store.getUsable(context.region, input.SecretId);

    const known = secret.versions.get(token)?.value;
    if (known && !sameValue(known, value)) throw exists(tokenInUse(token, secret.arn));
    if (!known) {
      writeVersion(
        secret,
        { token, value, stages: input.VersionStages, rotationToken: input.RotationToken },
        context,
      );
    }
    return putAnswer(secret, token);
  },
);

function putAnswer({ arn, name, labels }: SecretRecord, token: string) {
  return { ARN: arn, Name: name, VersionId: token, VersionStages: stagesOf(labels, token) };
}

interface Writing {
  readonly token: string;
  readonly value: Value;
  /** Absent: AWSCURRENT. */
  readonly stages?: readonly string[] | undefined;
  readonly rotationToken?: string | undefined;
}

/**
 * Makes a version, or fills the empty one of a rotation, and moves labels to it.
 * @throws AwsError LimitExceededException, and nothing has changed
 */
export function writeVersion(
  secret: SecretRecord,
  { token, value, stages, rotationToken }: Writing,
  { accessKeyId, now, rotations, switches }: Context,
): void {
  const labels = afterPut(secret.labels, token, stages, switches.now.foreignLabelsAtFlip);
  checkLabelCount(labels.size);
  const known = secret.versions.get(token);
  if (!known) makeRoom(secret, now, switches.now.versionQuota);
  // Whoever makes another version current ends the rotation that is under way.
  const becomesCurrent = secret.labels.get(current) !== labels.get(current);
  const byFunction = rotations.provesFunction(secret, token, { accessKeyId, rotationToken });
  if (becomesCurrent && rotations.tokenUnderWay(secret) !== token) rotations.abandon(secret);
  secret.versions.set(token, {
    id: token,
    createdAt: known?.createdAt ?? now,
    value,
    ...(known && { byFunction }),
  });
  secret.labels = labels;
  secret.changedAt = now;
}

/** @throws AwsError LimitExceededException */
export function checkLabelCount(count: number): void {
  if (count > 20) {
    throw limitExceeded("You can't attach more than 20 staging labels to the versions of a secret.");
  }
}

/** @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html */
export const getSecretValue = operation(
  z.strictObject({
    SecretId: secretId,
    VersionId: z.optional(versionId),
    VersionStage: z.optional(stage),
  }),
  ({ SecretId, VersionId, VersionStage }, context) => {
    checkName(SecretId);
    const { region, store, switches } = context;
    const secret = store.getReadable(region, SecretId);
    const version = VersionId
      ? byId(secret, VersionId, VersionStage, switches.now.unlabelledVersions === "readable")
      : byStage(secret, VersionStage ?? current);
    return valueAnswer(secret, version, context);
  },
);

/** The current value. @throws AwsError ResourceNotFoundException when there is none. */
export function currentValue(secret: SecretRecord, context: Context) {
  return valueAnswer(secret, byStage(secret, current), context);
}

function valueAnswer(secret: SecretRecord, version: Readable, { now, store }: Context) {
  store.accessed(secret, version.id, dayOf(now));
  const { value } = version;
  const attached = stagesOf(secret.labels, version.id);
  return {
    ARN: secret.arn,
    Name: secret.name,
    VersionId: version.id,
    ...(value.kind === "string" ? { SecretString: value.text } : { SecretBinary: value.base64 }),
    ...(attached.length > 0 && { VersionStages: attached }),
    CreatedDate: epochSeconds(version.createdAt),
  };
}

type Readable = Version & { value: Value };

const isReadable = (version: Version | undefined): version is Readable => version?.value !== undefined;

function byStage({ labels, versions }: SecretRecord, wanted: string): Readable {
  const version = versions.get(labels.get(wanted) ?? "");
  if (!isReadable(version)) throw stageNotFound(wanted);
  return version;
}

function byId(secret: SecretRecord, id: string, wanted: string | undefined, unlabelled: boolean): Readable {
  const version = secret.versions.get(id);
  const attached = stagesOf(secret.labels, id);
  if (!version || (attached.length === 0 && !unlabelled)) throw versionNotFound(id);
  if (wanted !== undefined && !attached.includes(wanted)) {
    throw invalidRequest("You provided a VersionStage that is not associated to the provided VersionId.");
  }
  if (!isReadable(version)) throw versionNotFound(id);
  return version;
}
