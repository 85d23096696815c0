import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { busesFrom } from "../../services/leak/intake/function.js";
import { anyReport, workFor } from "../../services/leak/intake/work.js";
import { eventPattern } from "../../services/sandbox/aws/events/pattern.js";
import {
  account,
  allowed,
  type Example,
  functions,
  policiesOf,
  propertiesOf,
  region,
  scheduledExample,
} from "./example.js";

const topic = `arn:aws:sns:${region}:${account}:on-call`;
let example: Example;
const properties = (type: string) => propertiesOf(example, type);

beforeAll(async () => {
  example = await scheduledExample(topic);
});

describe("reports of leaks", () => {
  test("have a bus of their own, every event of which is taken for one", () => {
    expect(properties("Events::EventBus")).toMatchObject({
      LeaksBus: { Name: "keyturn-live-leaks" },
      LeaksWork: { Name: "keyturn-live-work" },
    });
    expect(properties("Events::Rule")["LeaksReports"]).toEqual({
      Description: expect.any(String),
      EventBusName: "ref LeaksBus",
      EventPattern: anyReport,
      State: "ENABLED",
      Targets: [
        {
          Arn: "Arn of LeaksFunction",
          Id: "Target0",
          DeadLetterConfig: { Arn: "Arn of LeaksWaiting" },
        },
      ],
    });
  });

  test("may be put there by nobody whom the stack knows; the intake alone may hand work on", () => {
    const puts = z.object({
      PolicyDocument: z.object({
        Statement: z.array(z.object({ Action: z.json(), Resource: z.json() })),
      }),
    });
    const statements = Object.entries(properties("IAM::Policy")).flatMap(([id, policy]) =>
      puts
        .parse(policy)
        .PolicyDocument.Statement.filter(({ Action }) => /events:|"\*"/.test(JSON.stringify(Action)))
        .map(({ Resource }) => [id, Resource]),
    );
    expect(statements).toEqual([
      ...functions.map(({ prefix }) => [`${prefix}Policy`, "Arn of EnvironmentBus"]),
      ["LeaksPolicy", ["Arn of EnvironmentBus", "Arn of LeaksWork"]],
    ]);
    expect(properties("Events::EventBusPolicy")).toEqual({});
  });
});

describe("the intake", () => {
  test("sees versions and tags, changes nothing, and puts events on two buses", () => {
    expect(Object.keys(properties("IAM::Role")["LeaksRole"] ?? {})).toEqual(["AssumeRolePolicyDocument"]);
    const secrets = functions.flatMap((one) => one.secrets);
    expect(policiesOf(example, "LeaksRole")).toEqual([
      {
        Version: "2012-10-17",
        Statement: [
          allowed(
            "Versions",
            ["secretsmanager:DescribeSecret", "secretsmanager:ListSecretVersionIds"],
            secrets,
          ),
          allowed("Tags", "secretsmanager:ListSecrets", "*"),
          allowed("Buses", "events:PutEvents", ["Arn of EnvironmentBus", "Arn of LeaksWork"]),
          allowed("Logs", ["logs:CreateLogStream", "logs:PutLogEvents"], "Arn of LeaksLogs"),
          allowed(
            "Waiting",
            ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:SendMessage"],
            "Arn of LeaksWaiting",
          ),
        ],
      },
    ]);
  });

  test("is invoked by its rule only, and what fails waits for it in a queue", () => {
    const own = ([, { Properties }]: [string, { Properties: Record<string, unknown> }]) =>
      String(Properties["FunctionName"]).endsWith(" LeaksFunction");
    expect(
      example
        .ofType("Lambda::Permission")
        .filter(own)
        .map(([, { Properties }]) => Properties),
    ).toEqual([
      {
        Action: "lambda:InvokeFunction",
        FunctionName: "Arn of LeaksFunction",
        Principal: "events.amazonaws.com",
        SourceArn: "Arn of LeaksReports",
      },
    ]);
    const intake = properties("Lambda::Function")["LeaksFunction"];
    expect(intake).toMatchObject({
      DeadLetterConfig: { TargetArn: "Arn of LeaksWaiting" },
      LoggingConfig: { LogGroup: "ref LeaksLogs" },
      Role: "Arn of LeaksRole",
      Timeout: 60,
    });
    expect(properties("SQS::Queue")["LeaksWaiting"]).toEqual({
      QueueName: "keyturn-live-leak-reports",
      MessageRetentionPeriod: 14 * 86_400,
      SqsManagedSseEnabled: true,
      VisibilityTimeout: 6 * 60,
    });
    expect(
      example
        .ofType("Lambda::EventSourceMapping")
        .filter(own)
        .map(([, { Properties }]) => Properties),
    ).toMatchObject([
      { EventSourceArn: "Arn of LeaksWaiting", FunctionResponseTypes: ["ReportBatchItemFailures"] },
    ]);
  });

  test("finds in its variables where it stands", () => {
    const shape = z.object({ Environment: z.object({ Variables: z.record(z.string(), z.string()) }) });
    const { Variables } = shape.parse(properties("Lambda::Function")["LeaksFunction"]).Environment;
    expect(busesFrom(Variables)).toEqual({
      environment: "live",
      events: "ref EnvironmentBus",
      work: "ref LeaksWork",
    });
    expect(() => busesFrom({ ...Variables, KEYTURN_WORK_BUS: undefined })).toThrow(/no KEYTURN_WORK_BUS/);
  });
});

test.each(functions)("$provider is invoked with its own leaks to contain, and with no other job", (one) => {
  const rule = properties("Events::Rule")[`LeaksWork${one.prefix}`];
  expect(rule).toMatchObject({
    EventBusName: "ref LeaksWork",
    State: "ENABLED",
    Targets: [{ Arn: `Arn of ${one.prefix}Function`, Id: "Target0", InputPath: "$.detail" }],
  });
  const matches = eventPattern(JSON.stringify(rule?.["EventPattern"]));
  const event = (provider: string, action: string) => ({
    ...{ source: "keyturn", "detail-type": workFor(provider), detail: { keyturn: { action } } },
  });
  expect(matches(event(one.provider, "contain"))).toBe(true);
  expect(matches(event(one.provider, "abort"))).toBe(false);
  expect(matches(event("github/deploy-key", "contain"))).toBe(false);
});

test("a human hears of a report that was refused, or that waits", async () => {
  expect(Object.values(properties("Logs::MetricFilter"))).toEqual([
    {
      FilterPattern: '{ $.event = "leak_report_refused" }',
      LogGroupName: "ref LeaksLogs",
      MetricTransformations: [
        {
          ...{ MetricNamespace: "Keyturn", MetricName: "LeakReportsRefused", MetricValue: "1" },
          Dimensions: [{ Key: "environment", Value: "$.environment" }],
        },
      ],
    },
  ]);
  const source = await readFile(new URL("../../services/leak/intake/intake.ts", import.meta.url), "utf8");
  expect(source).toContain('log.error("leak_report_refused"');
  const alarms = Object.entries(properties("CloudWatch::Alarm")).filter(([id]) =>
    id.startsWith("Leakalarms"),
  );
  expect(alarms.map(([, one]) => one)).toMatchObject([
    {
      ...{ AlarmName: "keyturn-live-leak-intake-LeakReportsRefused", AlarmActions: [topic] },
      ...{ Namespace: "Keyturn", MetricName: "LeakReportsRefused", Threshold: 1, DatapointsToAlarm: 1 },
      Dimensions: [{ Name: "environment", Value: "live" }],
    },
    {
      ...{ AlarmName: "keyturn-live-leak-intake-LeakReportsWaiting", AlarmActions: [topic] },
      ...{ Namespace: "AWS/SQS", MetricName: "ApproximateAgeOfOldestMessage", Threshold: 600 },
      Dimensions: [{ Name: "QueueName", Value: "QueueName of LeaksWaiting" }],
    },
  ]);
});
