import { type CreateScheduleCommandInput, Scheduler } from "@aws-sdk/client-scheduler";
import { SecretsManager } from "@aws-sdk/client-secrets-manager";
import { SQS } from "@aws-sdk/client-sqs";
import { afterAll, beforeEach } from "vitest";
import type { JournalEntry } from "../../../services/sandbox/parts.js";
import { startSandbox } from "../../../services/sandbox/sandbox.js";
import { sandboxCredentials, sandboxRegion } from "../../../services/sandbox/seed.js";

export const start = new Date("2026-03-02T10:00:00.000Z");
export const roleArn = "arn:aws:iam::123456789012:role/schedules";
export const functionArn = "arn:aws:lambda:us-east-1:123456789012:function:job";
export const rotateArn = "arn:aws:scheduler:::aws-sdk:secretsmanager:rotateSecret";
export const deadLetters = "arn:aws:sqs:us-east-1:123456789012:dead-letters";

export type Delivery = Extract<JournalEntry, { kind: "delivery" }>;

/** One sandbox for the tests of a file, new before each, with real SDK clients and a function that notes what it is called with. */
export async function openBench() {
  const sandbox = await startSandbox({ start });
  const connection = {
    endpoint: sandbox.urls.aws,
    region: sandboxRegion,
    credentials: sandboxCredentials,
    maxAttempts: 1,
  };
  const scheduler = new Scheduler(connection);
  const secretsAs = (accessKeyId: string) => {
    const client = new SecretsManager({
      ...connection,
      credentials: { accessKeyId, secretAccessKey: "none" },
    });
    clients.push(client);
    return client;
  };
  const clients: { destroy(): void }[] = [];
  const secrets = secretsAs(sandboxCredentials.accessKeyId);
  const queues = new SQS(connection);
  const calls: { readonly at: string; readonly event: unknown }[] = [];
  const at = () => sandbox.timeline.now().toISOString().slice(0, 19);
  sandbox.functions.register(
    functionArn,
    async (event) => void calls.push({ at: at(), event }),
    "function-job",
  );
  beforeEach(() => {
    sandbox.reset();
    calls.length = 0;
  });
  afterAll(async () => {
    for (const client of [scheduler, queues, ...clients]) client.destroy();
    await sandbox.close();
  });

  const input = (
    Name: string,
    ScheduleExpression: string,
    more: Partial<CreateScheduleCommandInput> = {},
  ) => ({
    ...{ Name, ScheduleExpression, FlexibleTimeWindow: { Mode: "OFF" } as const },
    Target: { Arn: functionArn, RoleArn: roleArn },
    ...more,
  });

  return {
    ...{ sandbox, connection, scheduler, secrets, secretsAs, queues, calls, input },
    /** CreateSchedule; calls the function where nothing else is said. */
    create: (...given: Parameters<typeof input>) => scheduler.createSchedule(input(...given)),
    advance: async (seconds: number) => {
      await sandbox.timeline.advance(seconds * 1000);
      await sandbox.timeline.idle();
    },
    set: (name: string, value: unknown) => sandbox.aws.scheduler.set(name, value),
    /** When the function was called. */
    times: () => calls.map((call) => call.at),
    deliveries: () =>
      sandbox.journal.since(0).filter((entry): entry is Delivery => entry.kind === "delivery"),
    /** Whether there is such a schedule. */
    exists: async (Name: string) =>
      (await scheduler.listSchedules({ NamePrefix: Name })).Schedules?.some((one) => one.Name === Name),
    /** What came into the queue `dead-letters`: body and attributes. */
    letters: async () => {
      const QueueUrl = (await queues.getQueueUrl({ QueueName: "dead-letters" })).QueueUrl;
      const { Messages = [] } = await queues.receiveMessage({
        ...{ QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ["All"] },
      });
      return Messages.map(({ Body, MessageAttributes = {} }) => ({
        body: Body,
        attributes: Object.fromEntries(
          Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue]),
        ),
      }));
    },
  };
}
