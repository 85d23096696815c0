import type { SecretsManagerClientConfig } from "@aws-sdk/client-secrets-manager";

/** How AWS is reached, whichever service: empty on Lambda. */
export type AwsConfig = Pick<
  SecretsManagerClientConfig,
  "endpoint" | "region" | "credentials" | "requestHandler" | "retryStrategy"
>;
