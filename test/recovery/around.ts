import { CloudWatchLogsClient, paginateFilterLogEvents } from "@aws-sdk/client-cloudwatch-logs";
import { awsOf } from "../../services/sandbox/place.js";
import { awsSchedules } from "../../services/schedules/aws-schedules.js";
import type { Schedule, Schedules } from "../../services/schedules/schedules.js";
import { type Bench, startBench } from "../rotation/bench.js";
import { type Kind, only } from "../rotation/refusal.js";

/** What an event on the bus said. */
export interface Told {
  readonly name: string;
  readonly at: string;
  readonly [field: string]: unknown;
}

/** A bench with everything around its functions that a deployment has: schedules, queues, recovery every five minutes, events. */
export interface Around {
  readonly bench: Bench;
  readonly schedules: Schedules;
  /** Minutes pass, and with them whatever is due. */
  pass(minutes: number): Promise<void>;
  /** One-time schedules that end a key. */
  ends(): Promise<readonly Schedule[]>;
  /** Events since a time, in their order; of these names, if any is said. */
  told(since: Date, ...names: readonly string[]): Promise<readonly Told[]>;
  now(): Date;
  close(): Promise<void>;
}

const group = "keyturn-test";

export async function startAround(
  which: readonly Kind[],
  declare: NonNullable<Parameters<typeof startBench>[0]>["declare"] = {},
): Promise<Around> {
  const bench = await startBench({ providers: which.flatMap(only), declare, environment: "test" });
  const { sandbox } = bench;
  const schedules = awsSchedules(awsOf(sandbox), { scheduleGroup: group }, 5_000);
  const logs = new CloudWatchLogsClient(awsOf(sandbox));
  const now = () => sandbox.timeline.now();
  return {
    ...{ bench, schedules, now },
    async pass(minutes) {
      await sandbox.timeline.advance(minutes * 60_000);
    },
    ends: () => schedules.list("kt-end-"),
    async told(since, ...names) {
      const events: Told[] = [];
      const input = { logGroupName: "/keyturn/test/events", startTime: since.getTime() };
      for await (const page of paginateFilterLogEvents({ client: logs }, input))
        for (const { message = "{}" } of page.events ?? []) {
          const { "detail-type": name, detail } = JSON.parse(message);
          if (names.length === 0 || names.includes(name)) events.push({ ...detail, name });
        }
      return events;
    },
    async close() {
      logs.destroy();
      await bench.close();
    },
  };
}
