import { ArnFormat, RemovalPolicy, Stack } from "aws-cdk-lib";
import { EventBus, Rule } from "aws-cdk-lib/aws-events";
import { type IPrincipal, PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { LogGroup, ResourcePolicy, RetentionDays } from "aws-cdk-lib/aws-logs";
import { CfnScheduleGroup } from "aws-cdk-lib/aws-scheduler";
import { Construct } from "constructs";
import { busOf, groupOf, logGroupOf } from "../services/environment-names.js";
import { source } from "../services/events/event.js";

/**
 * What the functions of one environment share: the group that holds every schedule, the bus that events go to, and the
 * log group that a rule writes every event to. The log is kept for a year and outlives the stack: it is the record of
 * what was rotated, and why. None of it is encrypted with a key of the customer's: there is no secret in it.
 * The log's policy is one of the ten that CloudWatch Logs lets an account have in a Region.
 */
export class Environment extends Construct {
  readonly name: string;
  readonly group: CfnScheduleGroup;
  readonly bus: EventBus;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, name: string) {
    super(scope, id);
    this.name = name;
    this.group = new CfnScheduleGroup(this, "Group", { name: groupOf(name) });
    this.bus = new EventBus(this, "Bus", { eventBusName: busOf(name) });
    this.logGroup = new LogGroup(this, "Log", {
      logGroupName: logGroupOf(name),
      retention: RetentionDays.ONE_YEAR,
      // A first deployment that fails takes it along, so that the second one can make it.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    this.#logEveryEvent();
  }

  /** ARN of the group's schedules whose name is like this: `*` and `?` as in IAM. */
  schedules(pattern: string): string {
    return Stack.of(this).formatArn({
      service: "scheduler",
      resource: "schedule",
      resourceName: `${this.group.ref}/${pattern}`,
    });
  }

  /**
   * EventBridge Scheduler as who takes a role, for the schedules of this group alone.
   * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
   */
  scheduler(): IPrincipal {
    return new ServicePrincipal("scheduler.amazonaws.com").withConditions({
      StringEquals: {
        "aws:SourceAccount": Stack.of(this).account,
        "aws:SourceArn": this.group.attrArn,
      },
    });
  }

  /** The library's own target would bring a function that sets the policy: CloudFormation does that by itself. */
  #logEveryEvent(): void {
    const arn = Stack.of(this).formatArn({
      service: "logs",
      resource: "log-group",
      resourceName: this.logGroup.logGroupName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    new Rule(this, "LogEveryEvent", {
      description: "Keyturn's history is read from this log",
      eventBus: this.bus,
      eventPattern: { source: [source] },
      targets: [{ bind: () => ({ arn }) }],
    });
    // EventBridge writes to logs by a policy of CloudWatch Logs, never by a role.
    new ResourcePolicy(this, "LogPolicy", {
      resourcePolicyName: `keyturn-${this.name}-events`,
      policyStatements: [
        new PolicyStatement({
          sid: "EventBridgeWritesEvents",
          principals: ["events", "delivery.logs"].map(
            (name) => new ServicePrincipal(`${name}.amazonaws.com`),
          ),
          actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
          resources: [this.logGroup.logGroupArn],
        }),
      ],
    });
  }
}
