import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import type { Provider } from "../../providers/kit/plug.js";
import type { Declarations } from "../config/declare.js";
import { busOf, leakBusOf, leakReportsOf, workBusOf } from "../environment-names.js";
import { functionName } from "../function-name.js";
import { createIntake } from "../leak/intake/intake.js";
import { anyReport, workPath, workPattern } from "../leak/intake/work.js";
import { unlessThere } from "./environment.js";
import { inExecutionEnvironments } from "./execution-environments.js";
import { awsOf, functionOf, sandboxAccount, sandboxRegion } from "./place.js";
import type { Sandbox } from "./sandbox.js";

/** The function that takes reports, and the access key that it calls AWS with. */
export const intake = {
  arn: `arn:aws:lambda:${sandboxRegion}:${sandboxAccount}:function:keyturn-leak-intake`,
  accessKeyId: "function-keyturn-leak-intake",
};

export interface LeakIntakeOptions {
  readonly environment: string;
  /** Of every secret of the environment. */
  readonly declarations: Declarations;
  readonly providers: readonly Pick<Provider, "id">[];
  readonly log: (line: string) => void;
  /** Milliseconds. */
  readonly requestTimeoutMs: number;
}

/**
 * Makes what the stack deploys for reports of leaks: the bus for them, the function that takes them and what failed of it, and the bus over
 * which it hands each to the function of the secret's provider. May be called again.
 */
export async function installLeakIntake(
  sandbox: Pick<Sandbox, "urls" | "aws" | "functions">,
  { environment, declarations, providers, log, requestTimeoutMs }: LeakIntakeOptions,
): Promise<void> {
  const [leaks, work] = [leakBusOf(environment), workBusOf(environment)];
  const queue = `arn:aws:sqs:${sandboxRegion}:${sandboxAccount}:${leakReportsOf(environment)}`;
  const aws = awsOf(sandbox, intake.accessKeyId);
  const buses = { environment, events: busOf(environment), work };
  sandbox.functions.register(
    intake.arn,
    inExecutionEnvironments((clock) =>
      createIntake({ declarations, clock, aws, buses, requestTimeoutMs, log }),
    ),
    intake.accessKeyId,
  );
  sandbox.aws.queues.create(queue, { VisibilityTimeout: 6 * 60, MessageRetentionPeriod: 14 * 86_400 });
  sandbox.aws.queues.map(queue, intake.arn);
  const client = new EventBridgeClient(awsOf(sandbox));
  const rule = async (
    bus: string,
    name: string,
    pattern: object,
    target: { Arn: string; InputPath?: string },
  ) => {
    const on = { EventBusName: bus };
    await client.send(new PutRuleCommand({ ...on, Name: name, EventPattern: JSON.stringify(pattern) }));
    await client.send(new PutTargetsCommand({ ...on, Rule: name, Targets: [{ Id: "function", ...target }] }));
  };
  try {
    for (const Name of [leaks, work]) await unlessThere(client.send(new CreateEventBusCommand({ Name })));
    await rule(leaks, leaks, anyReport, { Arn: intake.arn });
    for (const { id } of providers)
      await rule(work, functionName(id), workPattern(id), { Arn: functionOf(id).arn, InputPath: workPath });
  } finally {
    client.destroy();
  }
}
