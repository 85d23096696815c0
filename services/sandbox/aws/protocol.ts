import type { FakeRequest } from "../../../providers/kit/fake.js";
import { AwsError } from "./errors.js";

/** What the Authorization header says of a request. Signatures are not verified. */
export interface Caller {
  readonly accessKeyId: string;
  readonly region: string;
}

/** The access key id to use with the sandbox, and any text as the secret key. */
export const dummyAccessKeyId = "keyturn-sandbox";

const contentType = "application/x-amz-json-1.1";

/** @throws AwsError UnknownOperationException for another path, method, service or content type. */
export function operationOf({ method, path, headers }: FakeRequest): string {
  const target = headers["x-amz-target"];
  const type = headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  const [, operation] = /^secretsmanager\.(\w+)$/.exec(target ?? "") ?? [];
  if (method === "POST" && path === "/" && operation !== undefined && type === contentType) return operation;
  throw new AwsError(
    "UnknownOperationException",
    "The sandbox's AWS endpoint takes POST / with X-Amz-Target secretsmanager.<operation> and content type " +
      `${contentType}; found ${method} ${path} with ${target ?? "none"} and ${type ?? "none"}. No other AWS service is here.`,
  );
}

const signature = /^AWS4-HMAC-SHA256 .*?Credential=([^/,\s]+)\/\d{8}\/([a-z0-9-]+)\/([a-z]+)\/aws4_request/;

/**
 * Who makes a request that is signed for `service`.
 * @throws AwsError MissingAuthenticationTokenException, IncompleteSignatureException, and
 * UnrecognizedClientException for credentials that look like AWS's own.
 */
export function callerOf({ headers }: Pick<FakeRequest, "headers">, service = "secretsmanager"): Caller {
  const authorization = headers["authorization"];
  if (!authorization) {
    throw new AwsError("MissingAuthenticationTokenException", "Missing Authentication Token");
  }
  const [, accessKeyId, region, scope] = signature.exec(authorization) ?? [];
  if (!accessKeyId || !region || scope !== service) {
    throw new AwsError(
      "IncompleteSignatureException",
      "Authorization header requires a Signature Version 4 'Credential' parameter with the scope " +
        `<date>/<region>/${service}/aws4_request.`,
    );
  }
  if (/^(AKIA|ASIA|AROA)[A-Z0-9]{12,}$/.test(accessKeyId)) {
    throw new AwsError(
      "UnrecognizedClientException",
      "This is a sandbox and takes no real AWS credentials. Set AWS_ACCESS_KEY_ID to " +
        `${dummyAccessKeyId} and AWS_SECRET_ACCESS_KEY to any text, such as none.`,
      403,
    );
  }
  return { accessKeyId, region };
}
