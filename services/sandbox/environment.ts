import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  PutRetentionPolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { CreateScheduleGroupCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import type { Provider } from "../../providers/kit/plug.js";
import { busOf, deadLettersOf, groupOf, logGroupOf } from "../environment-names.js";
import { source } from "../events/event.js";
import { functionName } from "../function-name.js";
import type { Surroundings } from "../surroundings.js";
import { awsOf, functionOf, sandboxAccount, sandboxRegion } from "./place.js";
import type { Sandbox } from "./sandbox.js";

export interface EnvironmentOptions {
  /** Its name. Default: `sandbox`. */
  readonly environment?: string;
  readonly providers: readonly Pick<Provider, "id">[];
}

const recover = JSON.stringify({ keyturn: { v: 1, action: "recover" } });
/** As the stack deploys them: a message that its function could not deal with comes again after six of its time-outs. Seconds. */
const deadLetterSettings = { VisibilityTimeout: 6 * 60, MessageRetentionPeriod: 14 * 86_400 };
const retentionInDays = 365;

/**
 * Makes what the stack deploys around the functions: the group of schedules, the bus, the log group that a rule writes every event to;
 * for each provider's function the queue for what schedules could not deliver, which the function takes, and a rule that has it
 * look for stuck rotations every 5 minutes. Roles are names here. May be called again, for other providers too.
 * @returns what stands around each provider's function, by provider id
 */
export async function installEnvironment(
  sandbox: Pick<Sandbox, "urls" | "aws">,
  { environment = "sandbox", providers }: EnvironmentOptions,
): Promise<ReadonlyMap<string, Surroundings>> {
  const [group, bus, logGroup] = [groupOf(environment), busOf(environment), logGroupOf(environment)];
  const aws = awsOf(sandbox);
  const [scheduler, events, logs] = [
    new SchedulerClient(aws),
    new EventBridgeClient(aws),
    new CloudWatchLogsClient(aws),
  ];
  try {
    await unlessThere(scheduler.send(new CreateScheduleGroupCommand({ Name: group })));
    await unlessThere(logs.send(new CreateLogGroupCommand({ logGroupName: logGroup })));
    await logs.send(new PutRetentionPolicyCommand({ logGroupName: logGroup, retentionInDays }));
    await unlessThere(events.send(new CreateEventBusCommand({ Name: bus })));
    const everyEvent = { Name: `${bus}-events`, EventBusName: bus };
    await events.send(
      new PutRuleCommand({ ...everyEvent, EventPattern: JSON.stringify({ source: [source] }) }),
    );
    await events.send(
      new PutTargetsCommand({
        ...{ Rule: everyEvent.Name, EventBusName: bus },
        Targets: [
          { Id: "log", Arn: `arn:aws:logs:${sandboxRegion}:${sandboxAccount}:log-group:${logGroup}` },
        ],
      }),
    );
    const surroundings = new Map<string, Surroundings>();
    for (const { id } of providers) {
      const { arn } = functionOf(id);
      const deadLetters = `arn:aws:sqs:${sandboxRegion}:${sandboxAccount}:${deadLettersOf(environment, id)}`;
      sandbox.aws.queues.create(deadLetters, deadLetterSettings);
      sandbox.aws.queues.map(deadLetters, arn);
      const rule = `${group}-recover-${functionName(id)}`;
      await events.send(new PutRuleCommand({ Name: rule, ScheduleExpression: "rate(5 minutes)" }));
      await events.send(
        new PutTargetsCommand({ Rule: rule, Targets: [{ Id: "function", Arn: arn, Input: recover }] }),
      );
      surroundings.set(id, {
        ...{ environment, scheduleGroup: group, bus, logGroup, deadLetters },
        schedulerRole: `arn:aws:iam::${sandboxAccount}:role/${group}-${functionName(id)}`,
      });
    }
    return surroundings;
  } finally {
    for (const client of [scheduler, events, logs]) client.destroy();
  }
}

/** Making something that is there already is no error. */
export async function unlessThere(made: Promise<unknown>): Promise<void> {
  try {
    await made;
  } catch (error) {
    const known = ["ConflictException", "ResourceAlreadyExistsException"];
    if (!(error instanceof Error) || !known.includes(error.name)) throw error;
  }
}
