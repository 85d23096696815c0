import { Stack } from "aws-cdk-lib";
import { Policy, Role } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { resumeRoleName } from "../services/environment-names.js";
import type { Environment } from "./environment.js";
import type { RotationFunction } from "./rotation-function.js";
import { allow, toScheduler } from "./statements.js";

/** `kt-` and a secret's id: the routine schedules, and neither the end of a key nor a pause. */
const routines = `kt-${"?".repeat(16)}`;

/**
 * What the one-time schedules of `keyturn pause --until` act with: it sets a routine schedule back to what it was, with
 * the role that it had, and gives a secret its native rule back, which names the secret's own function, and rotates
 * nothing. No function may hand it on, and no other schedule needs it: it is for whoever pauses, who must be allowed to
 * pass it.
 */
export class ResumeRole extends Construct {
  readonly role: Role;

  constructor(
    scope: Construct,
    id: string,
    environment: Environment,
    functions: readonly RotationFunction[],
  ) {
    super(scope, id);
    this.role = new Role(this, "Role", {
      roleName: resumeRoleName(environment.name, Stack.of(this).region),
      assumedBy: environment.scheduler(),
    });
    const arnsOf = (what: (one: RotationFunction) => string) => functions.map(what);
    new Policy(this, "Policy", {
      roles: [this.role],
      statements: [
        allow("RoutineSchedules", [environment.schedules(routines)], ["scheduler:UpdateSchedule"]),
        allow(
          "TheirRoles",
          arnsOf(({ schedulerRole }) => schedulerRole.roleArn),
          ["iam:PassRole"],
          toScheduler,
        ),
        ...functions.map(({ provider, handler, secrets }) =>
          allow(
            `RulesOf${provider.replace(/\W/g, "")}`,
            secrets.map(({ arn }) => arn),
            ["secretsmanager:RotateSecret"],
            {
              ArnEquals: { "secretsmanager:RotationLambdaARN": handler.functionArn },
              Bool: { "secretsmanager:RotateImmediately": "false" },
            },
          ),
        ),
        allow(
          "Functions",
          arnsOf(({ handler }) => handler.functionArn),
          ["lambda:InvokeFunction"],
        ),
        allow(
          "DeadLetters",
          arnsOf(({ deadLetters }) => deadLetters.queueArn),
          ["sqs:SendMessage"],
        ),
      ],
    });
  }
}
