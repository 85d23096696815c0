import * as z from "zod/mini";
import { versionNotFound } from "../errors.js";
import { afterMove } from "../labels.js";
import { operation } from "../operation.js";
import { checkName, secretId, stage, versionId } from "../validate.js";
import { checkLabelCount } from "./values.js";

/** @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html */
export const updateSecretVersionStage = operation(
  z.strictObject({
    SecretId: secretId,
    VersionStage: stage,
    RemoveFromVersionId: z.optional(versionId),
    MoveToVersionId: z.optional(versionId),
  }),
  ({ SecretId, VersionStage, RemoveFromVersionId, MoveToVersionId }, { region, now, store, switches }) => {
    checkName(SecretId);
    const secret = store.getUsable(region, SecretId);
    for (const id of [RemoveFromVersionId, MoveToVersionId]) {
      if (id !== undefined && !secret.versions.has(id)) throw versionNotFound(id);
    }
    const move = { stage: VersionStage, from: RemoveFromVersionId, to: MoveToVersionId };
    const labels = afterMove(secret.labels, move, switches.now.foreignLabelsAtFlip);
    checkLabelCount(labels.size);
    secret.labels = labels;
    secret.changedAt = now;
    return { ARN: secret.arn, Name: secret.name };
  },
);
