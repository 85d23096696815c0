import * as z from "zod/mini";
import { policyPublic } from "../errors.js";
import { operation } from "../operation.js";
import { checkPolicy } from "../policy.js";
import { checkName, flag, resourcePolicy, secretId } from "../validate.js";

/** Resource policies are kept and shown, and never acted by: every caller may do everything. */

const broad = "The resource policy gives access to everyone: a statement allows a wildcard principal.";

/** @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutResourcePolicy.html */
export const putResourcePolicy = operation(
  z.strictObject({ SecretId: secretId, ResourcePolicy: resourcePolicy, BlockPublicPolicy: flag }),
  ({ SecretId, ResourcePolicy, BlockPublicPolicy }, { region, now, store }) => {
    checkName(SecretId);
    const secret = store.getUsable(region, SecretId);
    if (checkPolicy(ResourcePolicy).isPublic && BlockPublicPolicy) throw policyPublic(broad);
    secret.policy = ResourcePolicy;
    secret.changedAt = now;
    return { ARN: secret.arn, Name: secret.name };
  },
);

export const getResourcePolicy = operation(
  z.strictObject({ SecretId: secretId }),
  ({ SecretId }, { region, store }) => {
    checkName(SecretId);
    const { arn, name, policy } = store.getReadable(region, SecretId);
    return { ARN: arn, Name: name, ...(policy !== undefined && { ResourcePolicy: policy }) };
  },
);

export const deleteResourcePolicy = operation(
  z.strictObject({ SecretId: secretId }),
  ({ SecretId }, { region, now, store }) => {
    checkName(SecretId);
    const secret = store.getUsable(region, SecretId);
    if (secret.policy !== undefined) secret.changedAt = now;
    secret.policy = undefined;
    return { ARN: secret.arn, Name: secret.name };
  },
);

/**
 * Of AWS's three checks (syntax, broad access, lock-out of the caller) the last is not made.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ValidateResourcePolicy.html
 */
export const validateResourcePolicy = operation(
  z.strictObject({ SecretId: z.optional(secretId), ResourcePolicy: resourcePolicy }),
  ({ SecretId, ResourcePolicy }, { region, store }) => {
    if (SecretId !== undefined) {
      checkName(SecretId);
      store.getReadable(region, SecretId);
    }
    const { isPublic } = checkPolicy(ResourcePolicy);
    return {
      PolicyValidationPassed: !isPublic,
      ValidationErrors: isPublic ? [{ CheckName: "PUBLIC_POLICY", ErrorMessage: broad }] : [],
    };
  },
);
