import { expect, test } from "vitest";
import { refusal } from "../refusal.js";
import { functionArn, openBench, roleArn, start } from "./bench.js";

const { scheduler, create, input } = await openBench();

async function kept() {
  const { $metadata: _, ...schedule } = await scheduler.getSchedule({ Name: "kept" });
  return schedule;
}

const target = { Arn: functionArn, RoleArn: roleArn };
test.each<readonly [string, Record<string, unknown>, RegExp]>([
  ["a name with a blank", { Name: "a b" }, /at 'name' failed .*regular expression/],
  ["a name of 65", { Name: "a".repeat(65) }, /at 'name' failed .*less than or equal to 64/],
  ["no such mode", { FlexibleTimeWindow: { Mode: "SOON" } }, /enum value set: \[OFF, FLEXIBLE\]/],
  [
    "a window of a day and more",
    { FlexibleTimeWindow: { Mode: "FLEXIBLE", MaximumWindowInMinutes: 1441 } },
    /1440/,
  ],
  [
    "a flexible window without length",
    { FlexibleTimeWindow: { Mode: "FLEXIBLE" } },
    /MaximumWindowInMinutes/,
  ],
  [
    "a length without window",
    { FlexibleTimeWindow: { Mode: "OFF", MaximumWindowInMinutes: 5 } },
    /MaximumWindowInMinutes/,
  ],
  [
    "186 retries",
    { Target: { ...target, RetryPolicy: { MaximumRetryAttempts: 186 } } },
    /maximumRetryAttempts/,
  ],
  ["59 seconds", { Target: { ...target, RetryPolicy: { MaximumEventAgeInSeconds: 59 } } }, /maximumEventAge/],
  [
    "a queue that is none",
    { Target: { ...target, DeadLetterConfig: { Arn: functionArn } } },
    /deadLetterConfig.arn/,
  ],
  ["a role that is none", { Target: { Arn: functionArn, RoleArn: functionArn } }, /target.roleArn/],
  ["no role", { Target: { Arn: functionArn } }, /target.roleArn.* not be null/],
  [
    "an input too long",
    { Target: { ...target, Input: JSON.stringify("ü".repeat(131_072)) } },
    /262144 bytes/,
  ],
  ["a state that is none", { State: "PAUSED" }, /enum value set/],
  ["a zone that is none", { ScheduleExpressionTimezone: "Europe/Atlantis" }, /Timezone Europe\/Atlantis/],
  ["a key that is none", { KmsKeyArn: "alias/mine" }, /kmsKeyArn/],
  [
    "another service",
    { Target: { ...target, Arn: "arn:aws:states:us-east-1:123456789012:stateMachine:x" } },
    /can't be a target/,
  ],
  [
    "a call that reads",
    { Target: { ...target, Arn: "arn:aws:scheduler:::aws-sdk:secretsmanager:getSecretValue" } },
    /can't be a target/,
  ],
  [
    "a call that is none",
    { Target: { ...target, Arn: "arn:aws:scheduler:::aws-sdk:secretsmanager:RotateSecret" } },
    /can't be a target/,
  ],
  [
    "a call without a request",
    { Target: { ...target, Arn: "arn:aws:scheduler:::aws-sdk:secretsmanager:rotateSecret", Input: "[]" } },
    /Invalid RequestJson/,
  ],
  [
    "ECS",
    { Target: { ...target, EcsParameters: { TaskDefinitionArn: "x" } } },
    /does not support EcsParameters/,
  ],
  [
    "a start too early",
    { StartDate: new Date("2026-03-02T09:54:59Z") },
    /^ValidationException: The StartDate you specify cannot be earlier than 5 minutes ago\.$/,
  ],
  ["an end that is past", { EndDate: start }, /EndDate/],
  [
    "an end before the start",
    { StartDate: new Date("2026-03-04T00:00:00Z"), EndDate: new Date("2026-03-03T00:00:00Z") },
    /EndDate/,
  ],
])("refused: %s", async (_what, wrong, message) => {
  const said = await refusal(scheduler.createSchedule(Object.assign(input("refused", "rate(1 day)"), wrong)));
  expect(said).toMatch(/^ValidationException: /);
  expect(said).toMatch(message);
  await create("kept", "rate(1 day)", { StartDate: new Date("2026-03-02T11:00:00.000Z") });
  const before = await kept();
  expect(await refusal(scheduler.updateSchedule(Object.assign(input("kept", "rate(1 day)"), wrong)))).toMatch(
    message,
  );
  expect(await kept()).toEqual(before);
  expect((await scheduler.listSchedules({})).Schedules).toHaveLength(1);
});
