import * as z from "zod/mini";
import { text } from "../validate.js";

/** Requests, with the lengths, patterns and enums of Scheduler's own API model. */

const name = text(1, 64).check(z.regex(/^[0-9a-zA-Z-_.]+$/));
const namePrefix = text(1, 64).check(z.regex(/^[a-zA-Z][0-9a-zA-Z-_]*$/));
const clientToken = z.optional(text(1, 64).check(z.regex(/^[a-zA-Z0-9-_]+$/)));
const roleArn = text(1, 1600).check(
  z.regex(/^arn:aws(-[a-z]+)?:iam::\d{12}:role\/(service-role\/){0,1}[a-zA-Z0-9+=,.@\-_]+$/),
);
const queueArn = text(1, 1600).check(z.regex(/^arn:aws(-[a-z]+)?:sqs:[a-z0-9-]+:\d{12}:[a-zA-Z0-9\-_]+$/));
const groupArn = text(1, 1011).check(
  z.regex(/^arn:aws(-[a-z]+)?:scheduler:[a-z0-9-]+:\d{12}:schedule-group\/[0-9a-zA-Z-_.]+$/),
);
const keyArn = text(1, 2048).check(
  z.regex(/^arn:aws(-[a-z]+)?:kms:[a-z0-9-]+:\d{12}:(key|alias)\/[0-9a-zA-Z-_]*$/),
);
const state = z.enum(["ENABLED", "DISABLED"]);
const whole = (least: number, most: number) => z.int().check(z.gte(least), z.lte(most));
const tagKey = text(1, 128);
const tags = z.array(z.strictObject({ Key: tagKey, Value: text(1, 256) })).check(z.maxLength(200));

const maxInputBytes = 256 * 1024;
const input = z.string().check(
  z.minLength(1),
  z.refine((given) => Buffer.byteLength(given) <= maxInputBytes, {
    error: `have at most ${maxInputBytes} bytes`,
    abort: true,
  }),
);

const target = z.strictObject({
  Arn: text(1, 1600),
  RoleArn: roleArn,
  Input: z.optional(input),
  DeadLetterConfig: z.optional(z.strictObject({ Arn: z.optional(queueArn) })),
  RetryPolicy: z.optional(
    z.strictObject({
      MaximumEventAgeInSeconds: z.optional(whole(60, 86_400)),
      MaximumRetryAttempts: z.optional(whole(0, 185)),
    }),
  ),
});

/** CreateSchedule and UpdateSchedule take the same. Dates are seconds since the epoch. */
export const scheduleInput = z.strictObject({
  ActionAfterCompletion: z.optional(z.enum(["NONE", "DELETE"])),
  ClientToken: clientToken,
  Description: z.optional(text(0, 512)),
  EndDate: z.optional(z.number()),
  FlexibleTimeWindow: z.strictObject({
    Mode: z.enum(["OFF", "FLEXIBLE"]),
    MaximumWindowInMinutes: z.optional(whole(1, 1440)),
  }),
  GroupName: z.optional(name),
  KmsKeyArn: z.optional(keyArn),
  Name: name,
  ScheduleExpression: text(1, 256),
  ScheduleExpressionTimezone: z.optional(text(1, 50)),
  StartDate: z.optional(z.number()),
  State: z.optional(state),
  Target: target,
});
export type ScheduleInput = z.infer<typeof scheduleInput>;

export const oneSchedule = z.strictObject({
  Name: name,
  GroupName: z.optional(name),
  ClientToken: clientToken,
});

const page = { MaxResults: z.optional(whole(1, 100)), NextToken: z.optional(text(1, 2048)) };

export const scheduleList = z.strictObject({
  ...page,
  GroupName: z.optional(name),
  NamePrefix: z.optional(namePrefix),
  State: z.optional(state),
});

export const newGroup = z.strictObject({ Name: name, Tags: z.optional(tags), ClientToken: clientToken });
export const oneGroup = z.strictObject({ Name: name, ClientToken: clientToken });
export const groupList = z.strictObject({ ...page, NamePrefix: z.optional(namePrefix) });

export const tagging = z.strictObject({ ResourceArn: groupArn, Tags: tags });
export const untagging = z.strictObject({
  ResourceArn: groupArn,
  TagKeys: z.array(tagKey).check(z.maxLength(200)),
});
export const tagList = z.strictObject({ ResourceArn: groupArn });
