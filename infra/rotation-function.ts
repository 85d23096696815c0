import { ArnFormat, Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { Rule, RuleTargetInput, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction as LambdaTarget } from "aws-cdk-lib/aws-events-targets";
import { Effect, Policy, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Architecture, Code, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { CfnRotationSchedule, CfnSecret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import type { Job } from "../services/rotation/jobs/job.js";
import { backstop } from "./backstop.js";
import type { FunctionAsset } from "./function-asset.js";

/** What a new secret holds until its first rotation. Never config: a changed template would overwrite a live key. */
export const placeholder = '{"keyturn":{"v":1}}';

/**
 * The rotation function of one provider with the secrets declared for it. The function may read and write
 * these secrets and read their admin secrets, and nothing else. Concurrency stays unreserved: AWS's retries
 * need room. Secrets outlive the stack. Every 5 minutes the function looks for rotations of its own that are stuck.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets-required-permissions-function.html
 */
export class RotationFunction extends Construct {
  constructor(scope: Construct, id: string, { provider, folder, declarations }: FunctionAsset) {
    super(scope, id);
    const declared = Object.entries(declarations.secrets);
    const secrets = declared.map(([name, { every }]) => {
      const secret = new CfnSecret(this, `Secret ${name}`, { name, secretString: placeholder });
      secret.applyRemovalPolicy(RemovalPolicy.RETAIN);
      return { id: `Rotation ${name}`, secret, rule: backstop(every).expression };
    });

    const logs = new LogGroup(this, "Logs", {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, "Role", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
    const policy = new Policy(this, "Policy", {
      roles: [role],
      statements: [
        allow(
          "OwnSecrets",
          secrets.map(({ secret }) => secret.ref),
          [
            "secretsmanager:DescribeSecret",
            "secretsmanager:GetSecretValue",
            "secretsmanager:ListSecretVersionIds",
            "secretsmanager:PutSecretValue",
            "secretsmanager:UpdateSecretVersionStage",
          ],
        ),
        allow(
          "AdminSecrets",
          [...new Set(declared.map(([, { admin }]) => admin))].map((name) => this.arnOf(name)),
          ["secretsmanager:GetSecretValue"],
        ),
        allow("Logs", [logs.logGroupArn], ["logs:CreateLogStream", "logs:PutLogEvents"]),
      ],
    });
    const handler = new LambdaFunction(this, "Function", {
      description: `Keyturn rotates ${provider.id}`,
      code: Code.fromAsset(folder),
      handler: "index.handler",
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 256,
      timeout: Duration.seconds(60),
      logGroup: logs,
      role,
    });
    handler.node.addDependency(policy);
    // No SourceArn: it would bind the function to one secret.
    handler.addPermission("SecretsManager", {
      principal: new ServicePrincipal("secretsmanager.amazonaws.com"),
      sourceAccount: Stack.of(this).account,
    });
    this.recoverBy(
      handler,
      role,
      secrets.map(({ secret }) => secret.ref),
    );
    for (const { id, secret, rule } of secrets) {
      // The L2 RotationSchedule would let the function call GetRandomPassword on everything.
      const schedule = new CfnRotationSchedule(this, id, {
        secretId: secret.ref,
        rotationLambdaArn: handler.functionArn,
        rotateImmediatelyOnUpdate: false,
        rotationRules: { scheduleExpression: rule },
      });
      schedule.node.addDependency(handler);
    }
  }

  /**
   * Has the function look for stuck rotations. Whoever calls RotateSecret must be allowed to invoke the function that it
   * calls. A policy apart, because it names the function, which waits for the other one.
   * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
   */
  private recoverBy(handler: LambdaFunction, role: Role, secrets: string[]): void {
    const rotate = allow("RotateOwnSecrets", secrets, ["secretsmanager:RotateSecret"]);
    // By the rules as they are.
    rotate.addCondition("BoolIfExists", { "secretsmanager:ModifyRotationRules": "false" });
    new Policy(this, "Recovery", {
      roles: [role],
      statements: [rotate, allow("OwnFunction", [handler.functionArn], ["lambda:InvokeFunction"])],
    });
    const job: Job = { v: 1, action: "recover" };
    new Rule(this, "Recover", {
      description: "Keyturn ends rotations that are stuck, and starts them anew",
      schedule: Schedule.rate(Duration.minutes(5)),
      targets: [new LambdaTarget(handler, { event: RuleTargetInput.fromObject({ keyturn: job }) })],
    });
  }

  /** Every ARN of a secret ends in six characters that AWS chose; whoever knows only the name must leave them open. */
  private arnOf(name: string): string {
    return Stack.of(this).formatArn({
      service: "secretsmanager",
      resource: "secret",
      resourceName: `${name}-??????`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  }
}

function allow(sid: string, resources: string[], actions: string[]): PolicyStatement {
  return new PolicyStatement({ sid, effect: Effect.ALLOW, actions, resources });
}
