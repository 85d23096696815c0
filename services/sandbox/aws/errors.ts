/**
 * An error as Secrets Manager answers it: a code, a message and an HTTP status. Texts that were recorded
 * against AWS are used word for word; programs and people search for them.
 */
export class AwsError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status = 400,
  ) {
    super(message);
    this.name = code;
  }

  /** The JSON body. Errors that the API's model knows spell the member `Message`, the common ones `message`. */
  body(): Readonly<Record<string, string>> {
    return { __type: this.code, [modelled.has(this.code) ? "Message" : "message"]: this.message };
  }
}

const modelled = new Set([
  "InvalidNextTokenException",
  "InvalidParameterException",
  "InvalidRequestException",
  "LimitExceededException",
  "MalformedPolicyDocumentException",
  "PublicPolicyException",
  "ResourceExistsException",
  "ResourceNotFoundException",
]);

export const invalidRequest = (message: string) => new AwsError("InvalidRequestException", message);
export const invalidParameter = (message: string) => new AwsError("InvalidParameterException", message);
export const notFound = (message: string) => new AwsError("ResourceNotFoundException", message);
export const exists = (message: string) => new AwsError("ResourceExistsException", message);
export const invalid = (message: string) => new AwsError("ValidationException", message);

export const secretNotFound = () => notFound("Secrets Manager can't find the specified secret.");

export const stageNotFound = (stage: string) =>
  notFound(`Secrets Manager can't find the specified secret value for staging label: ${stage}`);

export const versionNotFound = (versionId: string) =>
  notFound(`Secrets Manager can't find the specified secret value for VersionId: ${versionId}`);

export const markedForDeletion = () =>
  invalidRequest("You can't perform this operation on the secret because it was marked for deletion.");

export const tokenInUse = (token: string, arn: string) =>
  `You can't use ClientRequestToken ${token} because that value is already in use for a version of secret ${arn}.`;

export const tokenMissing = "You must provide a ClientRequestToken value. We recommend a UUID-type value.";

export const noRotationFunction = () =>
  invalidRequest("No Lambda rotation function ARN is associated with this secret.");

export const functionNotInvocable = () =>
  new AwsError(
    "AccessDeniedException",
    "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants " +
      "access to the principal secretsmanager.amazonaws.com.",
  );

export const rotationIncomplete = () =>
  invalidRequest("A previous rotation isn't complete. That rotation will be reattempted.");

export const limitExceeded = (message: string) => new AwsError("LimitExceededException", message);

export const pageTokenInvalid = () =>
  new AwsError("InvalidNextTokenException", "The NextToken value is invalid.");

export const replicaReadOnly = () =>
  invalidParameter(
    "Operation not permitted on a replica secret. Call must be made in primary secret's region.",
  );

export const replicasLeft = (arn: string, regions: readonly string[]) =>
  invalidParameter(`You can't delete secret ${arn} that still has replica regions [${regions.join(", ")}].`);

export const replicaRegionInvalid = () => invalidParameter("Invalid replica region.");

export const policyMalformed = () =>
  new AwsError("MalformedPolicyDocumentException", "This resource policy contains a syntax error.");

export const policyPublic = (reason: string) => new AwsError("PublicPolicyException", reason);
