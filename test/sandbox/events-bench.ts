import { CloudWatchLogs } from "@aws-sdk/client-cloudwatch-logs";
import { EventBridge, type PutEventsRequestEntry, type Target } from "@aws-sdk/client-eventbridge";
import { SecretsManager } from "@aws-sdk/client-secrets-manager";
import { SQS } from "@aws-sdk/client-sqs";
import { beforeEach } from "vitest";
import * as z from "zod/mini";
import { arnOf, sharedSandbox } from "./beside.js";

export const queueArn = arnOf("sqs", "got");
export const functionArn = arnOf("lambda", "function:listens");
export const bus = "keyturn-test";
export const pattern = (value: object) => JSON.stringify(value);
export const anything = pattern({ source: [{ prefix: "" }] });
export const entry = (more: Partial<PutEventsRequestEntry> = {}): PutEventsRequestEntry => ({
  ...{ Source: "keyturn", DetailType: "Rotation Succeeded", Detail: '{"secret":"a"}', EventBusName: bus },
  ...more,
});
export const detailsIn = (bodies: readonly unknown[]) =>
  bodies.map((body) => z.object({ detail: z.json() }).parse(body).detail);

/** A sandbox with a bus and a queue for the tests of a file. */
export function eventsBench() {
  const shared = sharedSandbox((config) => ({
    ...{ events: new EventBridge(config), logs: new CloudWatchLogs(config), sqs: new SQS(config) },
    secrets: new SecretsManager(config),
  }));
  const { sandbox, clients } = shared;
  beforeEach(async () => {
    sandbox().aws.queues.create(queueArn);
    await clients().events.createEventBus({ Name: bus });
  });
  return {
    ...shared,
    /** A rule on the bus, with one target. */
    rule: async (target: Partial<Target> = {}, EventPattern = pattern({ source: ["keyturn"] })) => {
      await clients().events.putRule({ Name: "r", EventBusName: bus, EventPattern });
      await clients().events.putTargets({
        ...{ Rule: "r", EventBusName: bus, Targets: [{ Id: "t", Arn: queueArn, ...target }] },
      });
    },
    put: (...Entries: PutEventsRequestEntry[]) => clients().events.putEvents({ Entries }),
    /** Bodies in the queue, which are taken from it. */
    got: async () => {
      const { QueueUrl } = await clients().sqs.getQueueUrl({ QueueName: "got" });
      const { Messages = [] } = await clients().sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10 });
      return Messages.map(({ Body = "" }): unknown => JSON.parse(Body));
    },
  };
}
