import { ArnFormat, RemovalPolicy, Stack } from "aws-cdk-lib";
import { Policy, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Code, Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { CfnRotationSchedule, CfnSecret } from "aws-cdk-lib/aws-secretsmanager";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { deadLettersOf } from "../services/environment-names.js";
import { providerTag } from "../services/leak/write-ring.js";
import { surroundingsVariables } from "../services/surroundings.js";
import { backstopDays } from "./backstop.js";
import { deadLetterQueue, mayTake, takeDeadLetters } from "./dead-letters.js";
import type { Environment } from "./environment.js";
import type { FunctionAsset } from "./function-asset.js";
import { functionSettings } from "./function-settings.js";
import { recoverBy } from "./recovery.js";
import { type DeployedSecret, RoutineSchedules, type Started } from "./routine-schedules.js";
import { allow, ofKeyturn, toScheduler } from "./statements.js";

/** What a new secret holds until its first rotation. Never config: a changed template would overwrite a live key. */
export const placeholder = '{"keyturn":{"v":1}}';

/**
 * The rotation function of one provider with the secrets declared for it, their schedules, and the queue for what these
 * could not deliver. The function may read and write these secrets, read their admin secrets, send events to the
 * environment's bus, keep the one-time schedules of its jobs, and nothing else. Those of another function it could
 * delete, which makes the end of a key late until recovery sees to it; a role to let one act with, it can give to its
 * own only. Concurrency stays unreserved: AWS's retries need room. Secrets outlive the stack.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets-required-permissions-function.html
 */
export class RotationFunction extends Construct implements Started {
  readonly provider: string;
  readonly handler: LambdaFunction;
  readonly deadLetters: Queue;
  readonly schedulerRole: Role;
  readonly secrets: readonly DeployedSecret[];

  constructor(scope: Construct, id: string, environment: Environment, asset: FunctionAsset) {
    super(scope, id);
    const { provider, folder } = asset;
    this.provider = provider.id;
    this.secrets = asset.secrets.map((declared) => {
      const secret = new CfnSecret(this, `Secret ${declared.name}`, {
        name: declared.name,
        secretString: placeholder,
        tags: [{ key: providerTag, value: provider.id }],
      });
      secret.applyRemovalPolicy(RemovalPolicy.RETAIN);
      return { declared, arn: secret.ref };
    });
    const arns = this.secrets.map(({ arn }) => arn);
    this.deadLetters = deadLetterQueue(
      this,
      deadLettersOf(environment.name, provider.id),
      functionSettings.timeout,
    );
    this.schedulerRole = new Role(this, "SchedulerRole", { assumedBy: environment.scheduler() });

    const logs = new LogGroup(this, "Logs", {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, "Role", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
    const policy = new Policy(this, "Policy", {
      roles: [role],
      statements: [
        allow("OwnSecrets", arns, [
          "secretsmanager:DescribeSecret",
          "secretsmanager:GetSecretValue",
          "secretsmanager:ListSecretVersionIds",
          "secretsmanager:PutSecretValue",
          "secretsmanager:UpdateSecretVersionStage",
        ]),
        allow("OwnTags", arns, ["secretsmanager:TagResource"], ofKeyturn),
        allow(
          "AdminSecrets",
          [...new Set(asset.secrets.map(({ admin }) => admin))].map((name) => this.#arnOf(name)),
          ["secretsmanager:GetSecretValue"],
        ),
        allow("Logs", [logs.logGroupArn], ["logs:CreateLogStream", "logs:PutLogEvents"]),
        allow("Events", [environment.bus.eventBusArn], ["events:PutEvents"]),
        allow(
          "OneTimeSchedules",
          [environment.schedules("kt-end-*"), environment.schedules("kt-watch-*")],
          ["CreateSchedule", "DeleteSchedule", "GetSchedule", "UpdateSchedule"].map(
            (name) => `scheduler:${name}`,
          ),
        ),
        allow("OwnSchedulerRole", [this.schedulerRole.roleArn], ["iam:PassRole"], toScheduler),
        allow("OwnDeadLetters", [this.deadLetters.queueArn], mayTake),
      ],
    });
    this.handler = new LambdaFunction(this, "Function", {
      description: `Keyturn rotates ${provider.id}`,
      code: Code.fromAsset(folder),
      ...functionSettings,
      environment: this.#variables(environment),
      logGroup: logs,
      role,
    });
    this.handler.node.addDependency(policy);
    // No SourceArn: it would bind the function to one secret.
    this.handler.addPermission("SecretsManager", {
      principal: new ServicePrincipal("secretsmanager.amazonaws.com"),
      sourceAccount: Stack.of(this).account,
    });
    takeDeadLetters(this, this.deadLetters, this.handler);
    recoverBy(this, this.handler, role, arns);
    const schedules = new RoutineSchedules(this, "Schedules", environment, this);
    for (const { declared, arn } of this.secrets) {
      // The L2 RotationSchedule would let the function call GetRandomPassword on everything.
      const rule = new CfnRotationSchedule(this, `Rotation ${declared.name}`, {
        secretId: arn,
        rotationLambdaArn: this.handler.functionArn,
        rotateImmediatelyOnUpdate: false,
        rotationRules: {
          automaticallyAfterDays: backstopDays(declared.longestGapSeconds + declared.jitterSeconds),
        },
      });
      rule.node.addDependency(this.handler);
      // What fires at once finds secrets that can be rotated.
      schedules.node.addDependency(rule);
    }
  }

  #variables(environment: Environment): Record<string, string> {
    return {
      [surroundingsVariables.environment]: environment.name,
      [surroundingsVariables.scheduleGroup]: environment.group.ref,
      [surroundingsVariables.schedulerRole]: this.schedulerRole.roleArn,
      [surroundingsVariables.deadLetters]: this.deadLetters.queueArn,
      [surroundingsVariables.bus]: environment.bus.eventBusName,
      [surroundingsVariables.logGroup]: environment.logGroup.logGroupName,
    };
  }

  /** Every ARN of a secret ends in six characters that AWS chose; whoever knows only the name must leave them open. */
  #arnOf(name: string): string {
    return Stack.of(this).formatArn({
      service: "secretsmanager",
      resource: "secret",
      resourceName: `${name}-??????`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  }
}
