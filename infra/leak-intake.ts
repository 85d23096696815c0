import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { EventBus, Match, Rule, RuleTargetInput } from "aws-cdk-lib/aws-events";
import { LambdaFunction as LambdaTarget } from "aws-cdk-lib/aws-events-targets";
import { Policy, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Code, Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { bundleIntake } from "../services/bundle/bundle.js";
import type { Declarations } from "../services/config/declare.js";
import { leakBusOf, leakReportsOf, workBusOf } from "../services/environment-names.js";
import { intakeVariables } from "../services/leak/intake/variables.js";
import { workPath, workPattern } from "../services/leak/intake/work.js";
import { mayTake, takeDeadLetters } from "./dead-letters.js";
import type { Environment } from "./environment.js";
import { functionSettings } from "./function-settings.js";
import type { RotationFunction } from "./rotation-function.js";
import { allow } from "./statements.js";

/** Writes what is deployed as the intake below `outDir`: its code, and the declarations of all secrets. Gives the folder. */
export async function leakIntakeAsset(declarations: Declarations, outDir: string): Promise<string> {
  const folder = join(outDir, "leak-intake");
  await bundleIntake(folder);
  await writeFile(join(folder, "keyturn.json"), `${JSON.stringify(declarations, null, 2)}\n`);
  return folder;
}

/**
 * Where leaks are reported: a bus of its own, and the function that takes every event on it. Whoever may put events there can have
 * any secret of the environment rotated, and nobody may unless a policy of the user's says so; no function of Keyturn's may.
 *
 * The function sees labels, versions' ids and tags, no value, and changes nothing. It hands a containment to the secret's own
 * function over a second bus, where nobody else may put events, and whose rules let through no other job. What fails three times
 * waits in a queue that the function takes until it works.
 */
export class LeakIntake extends Construct {
  readonly bus: EventBus;
  readonly handler: LambdaFunction;
  readonly logs: LogGroup;
  /** Reports that could not be acted on yet. */
  readonly waiting: Queue;

  /** @param folder as `leakIntakeAsset` made it */
  constructor(
    scope: Construct,
    id: string,
    environment: Environment,
    functions: readonly RotationFunction[],
    folder: string,
  ) {
    super(scope, id);
    const { name } = environment;
    this.bus = new EventBus(this, "Bus", { eventBusName: leakBusOf(name) });
    const work = new EventBus(this, "Work", { eventBusName: workBusOf(name) });
    this.waiting = new Queue(this, "Waiting", {
      queueName: leakReportsOf(name),
      retentionPeriod: Duration.days(14),
      visibilityTimeout: Duration.seconds(6 * functionSettings.timeout.toSeconds()),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
    });
    this.logs = new LogGroup(this, "Logs", {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, "Role", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
    const arns = functions.flatMap(({ secrets }) => secrets.map(({ arn }) => arn));
    const policy = new Policy(this, "Policy", {
      roles: [role],
      statements: [
        allow("Versions", arns, ["secretsmanager:DescribeSecret", "secretsmanager:ListSecretVersionIds"]),
        // AWS knows no resource for it. It shows tags, where fingerprints are, and no value.
        allow("Tags", ["*"], ["secretsmanager:ListSecrets"]),
        allow("Buses", [environment.bus.eventBusArn, work.eventBusArn], ["events:PutEvents"]),
        allow("Logs", [this.logs.logGroupArn], ["logs:CreateLogStream", "logs:PutLogEvents"]),
        allow("Waiting", [this.waiting.queueArn], [...mayTake, "sqs:SendMessage"]),
      ],
    });
    this.handler = new LambdaFunction(this, "Function", {
      description: "Keyturn takes reports of leaked keys",
      code: Code.fromAsset(folder),
      ...functionSettings,
      environment: {
        [intakeVariables.environment]: name,
        [intakeVariables.events]: environment.bus.eventBusName,
        [intakeVariables.work]: work.eventBusName,
      },
      logGroup: this.logs,
      deadLetterQueue: this.waiting,
      // All that it may do stands above.
      role: role.withoutPolicyUpdates(),
    });
    this.handler.node.addDependency(policy);
    takeDeadLetters(this, this.waiting, this.handler);
    new Rule(this, "Reports", {
      description: "Keyturn takes every event on this bus for a report of a leak",
      eventBus: this.bus,
      eventPattern: { source: Match.prefix("") },
      targets: [new LambdaTarget(this.handler, { deadLetterQueue: this.waiting })],
    });
    for (const { provider, handler } of functions) {
      const { detail, source, "detail-type": detailType } = workPattern(provider);
      new Rule(this, `Work ${provider}`, {
        description: `Keyturn contains leaks of ${provider}`,
        eventBus: work,
        eventPattern: { source, detailType, detail },
        targets: [new LambdaTarget(handler, { event: RuleTargetInput.fromEventPath(workPath) })],
      });
    }
  }
}
