import type { AwsConfig } from "../aws-config.js";
import { functionName } from "../function-name.js";
import { accountId } from "./aws/secret-record.js";
import type { Sandbox } from "./sandbox.js";

/** The dummy credentials of whoever uses the sandbox. Real ones are refused. */
export const sandboxCredentials = { accessKeyId: "keyturn-sandbox", secretAccessKey: "none" };
export const sandboxRegion = "us-east-1";
export const sandboxAccount = accountId;

/** How a client reaches the sandbox's AWS; as whoever uses it, unless another access key is named. */
export function awsOf(
  { urls }: Pick<Sandbox, "urls">,
  accessKeyId = sandboxCredentials.accessKeyId,
): AwsConfig & { readonly endpoint: string } {
  return {
    ...{ endpoint: urls.aws, region: sandboxRegion, credentials: { ...sandboxCredentials, accessKeyId } },
  };
}

/** What a provider's function is called, and the access key that it calls AWS with. */
export function functionOf(providerId: string) {
  const name = `keyturn-${functionName(providerId)}`;
  return {
    arn: `arn:aws:lambda:${sandboxRegion}:${accountId}:function:${name}`,
    accessKeyId: `function-${name}`,
  };
}
