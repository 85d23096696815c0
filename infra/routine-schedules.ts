import { CfnResource, Stack } from "aws-cdk-lib";
import { Policy, type Role } from "aws-cdk-lib/aws-iam";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { CfnSchedule } from "aws-cdk-lib/aws-scheduler";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { DeclaredSecret } from "../services/config/declared.js";
import { secretIdOf } from "../services/schedules/names.js";
import { requestOf } from "../services/schedules/request.js";
import { routineOf } from "../services/schedules/routine.js";
import type { Environment } from "./environment.js";
import { allow, rulesAsTheyAre } from "./statements.js";
import { steady } from "./steady.js";

export interface DeployedSecret {
  readonly declared: DeclaredSecret;
  readonly arn: string;
}

/** A function whose secrets' rotations are started by schedules. */
export interface Started {
  readonly handler: LambdaFunction;
  readonly deadLetters: Queue;
  /** What EventBridge Scheduler acts with for these secrets. */
  readonly schedulerRole: Role;
  readonly secrets: readonly DeployedSecret[];
}

/**
 * One schedule a secret, which starts its rotations, and what the function's scheduler role may do: start rotations of
 * these secrets by the rules as they are, invoke this function, which whoever calls RotateSecret must be allowed to,
 * and leave what failed in this function's queue.
 *
 * A template holds the same properties as the request of `keyturn schedule set`. A secret that is paused stays so until
 * a deployment changes its schedule.
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
 */
export class RoutineSchedules extends Construct {
  constructor(scope: Construct, id: string, environment: Environment, started: Started) {
    super(scope, id);
    const { handler, deadLetters, schedulerRole, secrets } = started;
    const policy = new Policy(this, "Policy", {
      roles: [schedulerRole],
      statements: [
        allow(
          "StartRotations",
          secrets.map(({ arn }) => arn),
          ["secretsmanager:RotateSecret"],
          rulesAsTheyAre,
        ),
        allow("Function", [handler.functionArn], ["lambda:InvokeFunction"]),
        allow("DeadLetters", [deadLetters.queueArn], ["sqs:SendMessage"]),
      ],
    });
    const place = {
      scheduleGroup: environment.group.ref,
      schedulerRole: schedulerRole.roleArn,
      deadLetters: deadLetters.queueArn,
    };
    const { account, region } = Stack.of(this);
    for (const { declared, arn } of secrets) {
      const id = secretIdOf({ account, region, name: declared.name });
      const routine = routineOf(declared, { arn, id, owner: "stack" });
      // CloudFormation knows no action after completion.
      const { ActionAfterCompletion: _, ...properties } = requestOf(steady(routine), place);
      const schedule = new CfnResource(this, declared.name, {
        type: CfnSchedule.CFN_RESOURCE_TYPE_NAME,
        properties,
      });
      schedule.node.addDependency(policy);
    }
  }
}
