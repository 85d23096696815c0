import * as z from "zod/mini";
import { AwsError } from "../errors.js";
import { type Asked, type JsonOperation, jsonOperation } from "../json-service.js";
import { defined } from "../operation.js";
import { accountId } from "../secret-record.js";
import { text } from "../validate.js";
import { filterPattern } from "./filter-pattern.js";
import { type LogEvent, LogGroup } from "./log-group.js";
import { cursorOf, pageOf, restOf } from "./pages.js";

export interface LogOperations {
  readonly groups: Map<string, LogGroup>;
  readonly now: () => Date;
  readonly add: (group: LogGroup, stream: string, timestamp: number, message: string) => void;
  /** What came later is not found yet. */
  readonly visibleBy: () => number;
  readonly emptyPages: () => boolean;
}

export const title = "CloudWatch Logs";

const logGroupName = text(1, 512).check(z.regex(/^[.\-_/#A-Za-z0-9]+$/));
const logStreamName = text(1, 512).check(z.regex(/^[^:*]*$/));
const time = z.int().check(z.gte(0));
const limit = z.optional(z.int().check(z.gte(1), z.lte(10_000)));
const nextToken = z.optional(text(1, 4096));
const retentions = [
  ...[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
  ],
];
/** AWS refuses log events further in the future, or in the past, than this. Milliseconds. */
const tooNewAfter = 2 * 3_600_000;
const tooOldAfter = 14 * 86_400_000;
/** Before this a search from the latest event on is refused. */
const backwardsSince = Date.UTC(2024, 0, 1);

/** The API, as far as it is used here. @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/ */
export function logOperations(parts: LogOperations): Readonly<Record<string, JsonOperation>> {
  const { groups, now, add } = parts;
  const arnOf = ({ region }: Asked, name: string) => `arn:aws:logs:${region}:${accountId}:log-group:${name}`;
  const groupAt = (asked: Asked, name: string): LogGroup => {
    const group = groups.get(arnOf(asked, name));
    if (!group) throw new AwsError("ResourceNotFoundException", "The specified log group does not exist.");
    return group;
  };
  const inStream = (group: LogGroup, stream: string) => {
    if (!group.streams.has(stream))
      throw new AwsError("ResourceNotFoundException", "The specified log stream does not exist.");
  };

  return {
    CreateLogGroup: jsonOperation(
      title,
      z.strictObject({ logGroupName, tags: z.optional(z.record(z.string(), z.string())) }),
      (input, asked) => {
        const arn = arnOf(asked, input.logGroupName);
        if (groups.has(arn)) throw there("group");
        groups.set(arn, new LogGroup(arn, now()));
        return {};
      },
    ),
    CreateLogStream: jsonOperation(title, z.strictObject({ logGroupName, logStreamName }), (input, asked) => {
      const { streams } = groupAt(asked, input.logGroupName);
      if (streams.has(input.logStreamName)) throw there("stream");
      streams.add(input.logStreamName);
      return {};
    }),
    DeleteLogGroup: jsonOperation(title, z.strictObject({ logGroupName }), (input, asked) => {
      groups.delete(groupAt(asked, input.logGroupName).arn);
      return {};
    }),
    DescribeLogGroups: jsonOperation(
      title,
      z.strictObject({
        logGroupNamePrefix: z.optional(logGroupName),
        limit: z.optional(z.int().check(z.gte(1), z.lte(50))),
        nextToken,
      }),
      (input, asked) => {
        const names = [...groups.values()]
          .filter(({ arn }) => arn.startsWith(arnOf(asked, input.logGroupNamePrefix ?? "")))
          .filter(({ name }) => input.nextToken === undefined || name > input.nextToken)
          .sort((a, b) => (a.name < b.name ? -1 : 1));
        const page = names.slice(0, input.limit ?? 50);
        return defined({
          logGroups: page.map(({ arn, name, createdAt, retentionInDays, storedBytes }) =>
            defined({
              ...{ logGroupName: name, creationTime: createdAt.getTime(), retentionInDays, storedBytes },
              ...{ arn: `${arn}:*`, logGroupArn: arn, metricFilterCount: 0 },
            }),
          ),
          nextToken: names.length > page.length ? page.at(-1)?.name : undefined,
        });
      },
    ),
    FilterLogEvents: jsonOperation(
      title,
      z.strictObject({
        ...{
          logGroupName: z.optional(logGroupName),
          logGroupIdentifier: z.optional(text(1, 2048)),
          limit,
          nextToken,
        },
        ...{
          startTime: z.optional(time),
          endTime: z.optional(time),
          filterPattern: z.optional(text(0, 1024)),
        },
        logStreamNames: z.optional(z.array(logStreamName).check(z.minLength(1), z.maxLength(100))),
        logStreamNamePrefix: z.optional(logStreamName),
        ...{ startFromHead: z.optional(z.boolean()), interleaved: z.optional(z.boolean()) },
      }),
      ({ limit: most = 10_000, nextToken: token, ...question }, asked) => {
        const {
          logStreamNames,
          logStreamNamePrefix,
          startTime = 0,
          endTime,
          startFromHead = true,
        } = question;
        if (logStreamNames && logStreamNamePrefix !== undefined) {
          throw refused("logStreamNames and logStreamNamePrefix must not be given together.");
        }
        if (!startFromHead && startTime < backwardsSince) {
          throw refused("startFromHead can be false only with a startTime from January 1, 2024 on.");
        }
        const group = groupAt(asked, nameIn(question));
        const matches = filterPattern(question.filterPattern ?? "");
        const { startFromHead: _, interleaved: __, ...same } = question;
        const cursor = cursorOf([asked.region, same], token, !startFromHead);
        const [from, to] = restOf(cursor, startTime, endTime ?? Number.MAX_SAFE_INTEGER);
        const all = group.between(from, to, parts.visibleBy(), cursor.descending);
        const { found, ...rest } = pageOf(all, {
          ...{ cursor, limit: most, emptyPages: parts.emptyPages() },
          matches: ({ stream, message }) =>
            (logStreamNames?.includes(stream) ?? stream.startsWith(logStreamNamePrefix ?? "")) &&
            matches(message),
        });
        return {
          events: found.map((event) => ({
            ...shown(event),
            logStreamName: event.stream,
            eventId: `${event.timestamp}${String(event.serial).padStart(43, "0")}`,
          })),
          searchedLogStreams: [],
          ...rest,
        };
      },
    ),
    GetLogEvents: jsonOperation(
      title,
      z.strictObject({
        ...{
          logGroupName: z.optional(logGroupName),
          logGroupIdentifier: z.optional(text(1, 2048)),
          logStreamName,
        },
        ...{ startTime: z.optional(time), endTime: z.optional(time), limit, nextToken },
        startFromHead: z.optional(z.boolean()),
      }),
      (input, asked) => {
        const group = groupAt(asked, nameIn(input));
        inStream(group, input.logStreamName);
        // Here the end of the range is left out, where FilterLogEvents takes it in.
        const end = (input.endTime ?? Number.MAX_SAFE_INTEGER) - 1;
        const all = [...group.between(input.startTime ?? 0, end, parts.visibleBy())];
        const events = all.filter(({ stream }) => stream === input.logStreamName);
        const [, direction, place = ""] = /^([fb])\/(\d+)$/.exec(input.nextToken ?? "") ?? [];
        if (input.nextToken !== undefined && !direction) throw refused("The specified nextToken is invalid.");
        const forward = direction ? direction === "f" : (input.startFromHead ?? false);
        const most = input.limit ?? 10_000;
        const from = direction ? Number(place) : forward ? 0 : events.length;
        const [first, past] = forward ? [from, from + most] : [Math.max(0, from - most), from];
        const page = events.slice(first, past);
        return {
          events: page.map(shown),
          nextForwardToken: `f/${first + page.length}`,
          nextBackwardToken: `b/${first}`,
        };
      },
    ),
    PutLogEvents: jsonOperation(
      title,
      z.strictObject({
        ...{ logGroupName, logStreamName, sequenceToken: z.optional(z.string()) },
        logEvents: z
          .array(z.strictObject({ timestamp: time, message: z.string().check(z.minLength(1)) }))
          .check(z.minLength(1), z.maxLength(10_000)),
      }),
      ({ logEvents, ...input }, asked) => {
        const group = groupAt(asked, input.logGroupName);
        inStream(group, input.logStreamName);
        const at = now().getTime();
        if (logEvents.some(({ timestamp }, index) => timestamp < (logEvents[index - 1]?.timestamp ?? 0))) {
          throw refused("Log events in a single PutLogEvents request must be in chronological order.");
        }
        const old = logEvents.filter(({ timestamp }) => timestamp < at - tooOldAfter).length;
        const taken = logEvents.filter(({ timestamp }) => timestamp <= at + tooNewAfter).slice(old);
        for (const { timestamp, message } of taken) add(group, input.logStreamName, timestamp, message);
        const tooNew = old + taken.length < logEvents.length;
        const rejected = defined({
          tooOldLogEventEndIndex: old > 0 ? old : undefined,
          tooNewLogEventStartIndex: tooNew ? old + taken.length : undefined,
        });
        return old > 0 || tooNew ? { rejectedLogEventsInfo: rejected } : {};
      },
    ),
    PutRetentionPolicy: jsonOperation(
      title,
      z.strictObject({ logGroupName, retentionInDays: z.int() }),
      (input, asked) => {
        if (!retentions.includes(input.retentionInDays)) {
          throw refused(`retentionInDays must be one of [${retentions.join(", ")}].`);
        }
        groupAt(asked, input.logGroupName).retentionInDays = input.retentionInDays;
        return {};
      },
    ),
  };
}

const refused = (message: string) => new AwsError("InvalidParameterException", message);
const there = (what: string) =>
  new AwsError("ResourceAlreadyExistsException", `The specified log ${what} already exists`);

const shown = ({ timestamp, message, ingestedAt }: LogEvent) => ({
  timestamp,
  message,
  ingestionTime: ingestedAt,
});

/** The group, by its name or by `logGroupIdentifier`, which is a name or an ARN. */
function nameIn(input: {
  logGroupName?: string | undefined;
  logGroupIdentifier?: string | undefined;
}): string {
  const { logGroupName: name, logGroupIdentifier: identifier } = input;
  if ((name === undefined) === (identifier === undefined)) {
    throw refused("Exactly one of logGroupName and logGroupIdentifier must be given.");
  }
  return name ?? identifier?.replace(/^arn:[^/#]*?:log-group:/, "") ?? "";
}
