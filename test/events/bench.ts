import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import * as z from "zod/mini";
import type { Clock } from "../../services/clock.js";
import { createEvents, type Events, type EventsParts } from "../../services/events/collector.js";
import { createLogs } from "../../services/log.js";
import type { JournalEntry } from "../../services/sandbox/parts.js";
import { startSandbox } from "../../services/sandbox/sandbox.js";
import { sandboxCredentials, sandboxRegion } from "../../services/sandbox/seed.js";
import type { Surroundings } from "../../services/surroundings.js";

export const arnOf = (secret: string) =>
  `arn:aws:secretsmanager:us-east-1:123456789012:secret:${secret}-AbCdEf`;
export const subject = { secret: "app/stripe", arn: arnOf("app/stripe"), provider: "stripe/restricted-key" };
export const surroundings: Surroundings = {
  ...{ environment: "live", scheduleGroup: "keyturn-live", bus: "keyturn-live" },
  schedulerRole: "arn:aws:iam::123456789012:role/keyturn-live",
  deadLetters: "arn:aws:sqs:us-east-1:123456789012:keyturn-live",
  logGroup: "/keyturn/live/events",
};

const arrivedShape = z.looseObject({ "detail-type": z.string(), detail: z.looseObject({}) });
export type Arrived = z.infer<typeof arrivedShape>;
const consumer = "arn:aws:lambda:us-east-1:123456789012:function:consumer";

/** One invocation of a function that tells, and what it wrote. */
export interface Telling {
  readonly events: Events;
  readonly clock: Clock;
  /** Its log, and the lines of metrics. */
  readonly lines: Record<string, unknown>[];
  /** Flushes, until the sandbox is at rest. Resolves to how long the flush took by the sandbox's clock, in milliseconds. */
  flush(): Promise<number>;
}

/** A sandbox with a bus, a rule that matches every event of ours, and a consumer that keeps what arrives. */
export async function startEvents() {
  const sandbox = await startSandbox({ start: new Date("2026-06-01T00:00:00Z") });
  const aws = { endpoint: sandbox.urls.aws, region: sandboxRegion, credentials: sandboxCredentials };
  const arrived: Arrived[] = [];
  sandbox.functions.register(
    consumer,
    async (event) => void arrived.push(arrivedShape.parse(event)),
    "consumer",
  );
  const client = new EventBridgeClient(aws);
  const EventBusName = surroundings.bus;
  await client.send(new CreateEventBusCommand({ Name: EventBusName }));
  const EventPattern = JSON.stringify({ source: ["keyturn"] });
  await client.send(new PutRuleCommand({ Name: "all", EventBusName, EventPattern }));
  await client.send(
    new PutTargetsCommand({ Rule: "all", EventBusName, Targets: [{ Id: "1", Arn: consumer }] }),
  );
  client.destroy();

  return {
    sandbox,
    arrived,
    /** How many requests reached the bus's door since the last clearing, served or not. */
    puts: (): readonly JournalEntry[] =>
      sandbox.journal.since(0).filter((one) => one.kind === "request" && one.operation === "PutEvents"),
    clear() {
      arrived.length = 0;
      sandbox.faults.clear();
      sandbox.journal.clear();
      sandbox.aws.bus.set("partialFailures", 0);
    },
    /** @param left what is left of the invocation, in milliseconds */
    telling(left = 60_000, changes: Partial<EventsParts> = {}): Telling {
      const { clock, leave } = sandbox.timeline.join();
      const lines: Record<string, unknown>[] = [];
      const log = (line: string) => void lines.push(JSON.parse(line));
      const begin = createEvents({ aws, surroundings, clock, requestTimeoutMs: 5_000, log, ...changes });
      const events = begin({
        log: createLogs(log)({ secret: subject.secret }),
        deadline: clock.monotonic() + left,
      });
      return {
        ...{ events, lines, clock },
        async flush() {
          const from = clock.monotonic();
          await events.flush();
          const took = clock.monotonic() - from;
          leave();
          await sandbox.timeline.idle();
          return took;
        },
      };
    },
  };
}
