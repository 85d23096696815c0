import { Duration } from "aws-cdk-lib";
import { Architecture, Runtime } from "aws-cdk-lib/aws-lambda";

/** What every function of ours is deployed as: one file, the time that a step of a rotation may take, memory for one secret at a time. */
export const functionSettings = {
  handler: "index.handler",
  runtime: Runtime.NODEJS_24_X,
  architecture: Architecture.ARM_64,
  memorySize: 256,
  timeout: Duration.seconds(60),
};
