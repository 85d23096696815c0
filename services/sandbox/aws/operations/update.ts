import * as z from "zod/mini";
import { exists, invalidRequest, tokenInUse, tokenMissing } from "../errors.js";
import { operation } from "../operation.js";
import { sameValue } from "../secret-record.js";
import { binary, checkName, description, kmsKeyId, secretId, secretString, versionId } from "../validate.js";
import { changeKey, kmsKeyOf } from "../versions.js";
import { valueIn, writeVersion } from "./values.js";

/**
 * Description, key, value, or any of them. A token that is a version already is refused; AWS was recorded accepting it
 * with that version's own value.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecret.html
 */
export const updateSecret = operation(
  z.strictObject({
    SecretId: secretId,
    ClientRequestToken: z.optional(versionId),
    Description: z.optional(description),
    KmsKeyId: z.optional(kmsKeyId),
    SecretString: z.optional(secretString),
    SecretBinary: z.optional(binary),
  }),
  (input, context) => {
    checkName(input.SecretId);
    const { region, now, store } = context;
    const token = input.ClientRequestToken;
    if (token === undefined) throw invalidRequest(tokenMissing);
    const value = valueIn(input);
    const keyAlone = input.KmsKeyId !== undefined && input.Description === undefined && !value;
    // The key is the one thing that a replica has of its own.
    const secret = keyAlone
      ? store.getReadable(region, input.SecretId)
      : store.getUsable(region, input.SecretId);

    if (value) {
      const known = secret.versions.get(token);
      if (known && !(known.value && sameValue(known.value, value))) {
        throw exists(tokenInUse(token, secret.arn));
      }
      if (!known) writeVersion(secret, { token, value }, context);
    }
    if (input.Description !== undefined) secret.description = input.Description;
    if (secret.primary) secret.kmsKeyId = kmsKeyOf(input.KmsKeyId);
    else if (input.KmsKeyId !== undefined) changeKey(secret, kmsKeyOf(input.KmsKeyId));
    const metadata = input.Description !== undefined || input.KmsKeyId !== undefined;
    if (metadata && !secret.primary) secret.changedAt = now;
    return { ARN: secret.arn, Name: secret.name, ...(value && { VersionId: token }) };
  },
);
