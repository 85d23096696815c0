import { beforeAll, describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { hash32 } from "../../providers/kit/label.js";
import {
  account,
  allowed,
  arnOf,
  type Example,
  functions,
  policiesOf,
  propertiesOf,
  region,
  scheduledExample,
} from "./example.js";

const idOf = (name: string) => hash32(16, account, region, name);
let example: Example;
const properties = (type: string) => propertiesOf(example, type);

beforeAll(async () => {
  example = await scheduledExample();
});

const trust = {
  Version: "2012-10-17",
  Statement: [
    {
      Action: "sts:AssumeRole",
      Condition: {
        StringEquals: { "aws:SourceAccount": account, "aws:SourceArn": "Arn of EnvironmentGroup" },
      },
      Effect: "Allow",
      Principal: { Service: "scheduler.amazonaws.com" },
    },
  ],
};

describe("schedules", () => {
  test("there is one a secret, in the group, with a role, retries and dead letters of its function", () => {
    const inputs = new Map(
      ["app/token", "app/hourly", "app/nightly"].map((name) => [`kt-${idOf(name)}`, `ref ${name}`]),
    );
    const found = Object.values(properties("Scheduler::Schedule"));
    expect(new Set(found.map(({ Name }) => Name))).toEqual(new Set(inputs.keys()));
    for (const one of found) {
      const prefix =
        one["Name"] === `kt-${idOf("app/token")}` ? "githubinstallationtoken" : "striperestrictedkey";
      expect(one).toMatchObject({
        GroupName: "ref EnvironmentGroup",
        State: "ENABLED",
        Target: {
          Arn: "arn:aws:scheduler:::aws-sdk:secretsmanager:rotateSecret",
          RoleArn: `Arn of ${prefix}SchedulerRole`,
          RetryPolicy: {
            MaximumRetryAttempts: expect.any(Number),
            MaximumEventAgeInSeconds: expect.any(Number),
          },
          DeadLetterConfig: { Arn: `Arn of ${prefix}DeadLetters` },
        },
      });
      const { Input } = z.object({ Input: z.string() }).parse(one["Target"]);
      expect(JSON.parse(Input)).toEqual({
        SecretId: inputs.get(String(one["Name"])),
        ClientRequestToken: "keyturn-tick-<aws.scheduler.scheduled-time>",
      });
    }
  });

  test("each comes as declared, and none has a date, which a template could not hold", () => {
    const found = Object.values(properties("Scheduler::Schedule"));
    const ofSecret = (name: string) => found.find(({ Name }) => Name === `kt-${idOf(name)}`);
    expect(ofSecret("app/token")).toMatchObject({
      ScheduleExpression: "rate(45 minutes)",
      FlexibleTimeWindow: { Mode: "OFF" },
    });
    expect(ofSecret("app/hourly")).toMatchObject({
      ScheduleExpression: expect.stringMatching(/^cron\(\d+ \* \* \* \? \*\)$/),
      ScheduleExpressionTimezone: "UTC",
      FlexibleTimeWindow: { Mode: "FLEXIBLE", MaximumWindowInMinutes: 5 },
    });
    expect(ofSecret("app/nightly")).toMatchObject({
      ScheduleExpression: "cron(0 3 ? * MON-FRI *)",
      ScheduleExpressionTimezone: "Europe/Berlin",
      FlexibleTimeWindow: { Mode: "FLEXIBLE", MaximumWindowInMinutes: 1350 },
    });
    for (const one of found) expect(Object.keys(one)).not.toContain("StartDate");
  });

  test("AWS's own rule waits for the longest gap there is, jitter included", () => {
    const rule = z.object({
      SecretId: z.string(),
      RotationRules: z.object({ AutomaticallyAfterDays: z.number() }),
    });
    const rules = Object.values(properties("SecretsManager::RotationSchedule")).map((one) => rule.parse(one));
    expect(
      rules.map(({ SecretId, RotationRules }) => [SecretId, RotationRules.AutomaticallyAfterDays]),
    ).toEqual([
      ["ref app/token", 2],
      ["ref app/hourly", 2],
      // Friday to Monday, when summer time ends: 73 hours, and 22.5 of jitter, and the margin.
      ["ref app/nightly", 6],
    ]);
  });

  test.each(functions)(
    "the role of $provider is Scheduler's, for this group, and starts its rotations only",
    (one) => {
      const role = `${one.prefix}SchedulerRole`;
      expect(properties("IAM::Role")[role]).toEqual({ AssumeRolePolicyDocument: trust });
      expect(policiesOf(example, role)).toEqual([
        {
          Version: "2012-10-17",
          Statement: [
            {
              ...allowed("StartRotations", "secretsmanager:RotateSecret", one.secrets),
              Condition: { BoolIfExists: { "secretsmanager:ModifyRotationRules": "false" } },
            },
            allowed("Function", "lambda:InvokeFunction", `Arn of ${one.prefix}Function`),
            allowed("DeadLetters", "sqs:SendMessage", `Arn of ${one.prefix}DeadLetters`),
          ],
        },
      ]);
    },
  );

  test("what fires at once finds its permissions, and a secret that can be rotated", () => {
    for (const [, { DependsOn }] of example.ofType("Scheduler::Schedule")) {
      const needed = z.array(z.string()).parse(DependsOn).join();
      expect(needed).toMatch(/SchedulesPolicy/);
      expect(needed).toMatch(/Rotationapp/);
    }
  });

  test("a pause with an end has a role of its own, which gives back what was there and starts nothing", () => {
    expect(properties("IAM::Role")["ResumeRole"]).toEqual({
      AssumeRolePolicyDocument: trust,
      RoleName: `keyturn-live-resume-${region}`,
    });
    const all = (of: string) => functions.map(({ prefix }) => `Arn of ${prefix}${of}`);
    const rules = (prefix: string, own: unknown) => ({
      ...allowed(`RulesOf${prefix}`, "secretsmanager:RotateSecret", own),
      Condition: {
        ArnEquals: { "secretsmanager:RotationLambdaARN": `Arn of ${prefix}Function` },
        Bool: { "secretsmanager:RotateImmediately": "false" },
      },
    });
    expect(policiesOf(example, "ResumeRole")).toEqual([
      {
        Version: "2012-10-17",
        Statement: [
          allowed(
            "RoutineSchedules",
            "scheduler:UpdateSchedule",
            arnOf("scheduler", `schedule/ref EnvironmentGroup/kt-${"?".repeat(16)}`),
          ),
          {
            ...allowed("TheirRoles", "iam:PassRole", all("SchedulerRole")),
            Condition: { StringEquals: { "iam:PassedToService": "scheduler.amazonaws.com" } },
          },
          ...functions.map(({ prefix, secrets }) => rules(prefix, secrets)),
          allowed("Functions", "lambda:InvokeFunction", all("Function")),
          allowed("DeadLetters", "sqs:SendMessage", all("DeadLetters")),
        ],
      },
    ]);
  });
});
