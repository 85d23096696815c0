import * as z from "zod/mini";
import type { AwsService } from "../aws-service.js";
import { createBoard } from "../board.js";
import { jsonHandler } from "../json-service.js";
import type { LambdaParts } from "../lambda.js";
import type { LogGroup } from "./log-group.js";
import { logOperations, title } from "./operations.js";

/** CloudWatch Logs, as far as it is used here: rules write into groups, and history is read from them. */
export interface LogGroups extends AwsService {
  /** Writes one event, as a rule's target does; false when there is no such group. */
  write(groupArn: string, message: string): boolean;
}

export const logSwitches = {
  /** How long after it was written an event is found. */
  visibleAfterSeconds: z.number().check(z.gte(0), z.lte(600)),
  /** FilterLogEvents: `between` puts a page without events, but with a nextToken, before each page. */
  emptyPages: z.enum(["none", "between"]),
};
export const logSwitchDefaults = { visibleAfterSeconds: 0, emptyPages: "none" } as const;

export function createLogGroups({ timeline, randomId }: LambdaParts): LogGroups {
  const { now } = timeline;
  const board = createBoard(title, logSwitches, logSwitchDefaults);
  const groups = new Map<string, LogGroup>();
  /** The stream that rules write to, in each group. */
  const ruleStreams = new WeakMap<LogGroup, string>();
  let serial = 0;

  const add = (group: LogGroup, stream: string, timestamp: number, message: string) =>
    group.add({ serial: serial++, stream, timestamp, ingestedAt: now().getTime(), message });
  const operations = logOperations({
    ...{ groups, now, add },
    visibleBy: () => now().getTime() - board.now.visibleAfterSeconds * 1000,
    emptyPages: () => board.now.emptyPages === "between",
  });

  return {
    name: "logs",
    write: (groupArn, message) => {
      const group = groups.get(groupArn.replace(/:\*$/, ""));
      if (!group) return false;
      const stream = ruleStreams.get(group) ?? randomId();
      ruleStreams.set(group, stream);
      group.streams.add(stream);
      add(group, stream, now().getTime(), message);
      return true;
    },
    handle: jsonHandler({
      ...{ name: "logs", title, target: "Logs_20140328", version: "1.1", randomId, operations },
    }),
    set: board.set,
    reset: () => {
      groups.clear();
      board.reset();
      serial = 0;
    },
  };
}
