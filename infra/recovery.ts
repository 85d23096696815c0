import { Duration } from "aws-cdk-lib";
import { Rule, RuleTargetInput, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction as LambdaTarget } from "aws-cdk-lib/aws-events-targets";
import { Policy, type Role } from "aws-cdk-lib/aws-iam";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import type { Job } from "../services/rotation/jobs/job.js";
import { allow, rulesAsTheyAre } from "./statements.js";

const job: Job = { v: 1, action: "recover" };

/**
 * Has the function look for stuck rotations every 5 minutes. Whoever calls RotateSecret must be allowed to invoke the
 * function that it calls. A policy apart, because it names the function, which waits for the other one.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
 */
export function recoverBy(scope: Construct, handler: LambdaFunction, role: Role, secrets: string[]): void {
  new Policy(scope, "Recovery", {
    roles: [role],
    statements: [
      allow("RotateOwnSecrets", secrets, ["secretsmanager:RotateSecret"], rulesAsTheyAre),
      allow("OwnFunction", [handler.functionArn], ["lambda:InvokeFunction"]),
    ],
  });
  new Rule(scope, "Recover", {
    description: "Keyturn ends rotations that are stuck, and starts them anew",
    schedule: Schedule.rate(Duration.minutes(5)),
    targets: [new LambdaTarget(handler, { event: RuleTargetInput.fromObject({ keyturn: job }) })],
  });
}
