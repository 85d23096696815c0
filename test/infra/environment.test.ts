import { App } from "aws-cdk-lib";
import { beforeAll, describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { KeyturnStack } from "../../infra/keyturn-stack.js";
import { writeMetrics } from "../../services/metrics.js";
import {
  account,
  arnOf,
  type Example,
  functions,
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

describe("one environment", () => {
  test("has a group for schedules, a bus, and a log of every event, kept for a year and after the stack", () => {
    expect(properties("Scheduler::ScheduleGroup")).toEqual({ EnvironmentGroup: { Name: "keyturn-live" } });
    expect(properties("Events::EventBus")["EnvironmentBus"]).toEqual({ Name: "keyturn-live" });
    const log = example.template.Resources["EnvironmentLog"];
    expect([log?.Properties, log?.DeletionPolicy]).toEqual([
      { LogGroupName: "/keyturn/live/events", RetentionInDays: 365 },
      "RetainExceptOnCreate",
    ]);
    expect(properties("Events::Rule")["EnvironmentLogEveryEvent"]).toEqual({
      Description: expect.any(String),
      EventBusName: "ref EnvironmentBus",
      EventPattern: { source: ["keyturn"] },
      State: "ENABLED",
      Targets: [{ Id: "Target0", Arn: arnOf("logs", "log-group:ref EnvironmentLog") }],
    });
  });

  test("lets EventBridge write to this log, and nobody to another", () => {
    const [policy, ...others] = Object.values(properties("Logs::ResourcePolicy"));
    expect(others).toEqual([]);
    expect(policy?.["PolicyName"]).toBe("keyturn-live-events");
    expect(JSON.parse(String(policy?.["PolicyDocument"]))).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "EventBridgeWritesEvents",
          Effect: "Allow",
          Principal: { Service: ["events.amazonaws.com", "delivery.logs.amazonaws.com"] },
          Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
          Resource: "Arn of EnvironmentLog",
        },
      ],
    });
  });

  test("says what its parts are called", () => {
    const values = Object.entries(example.template.Outputs).map(([name, { Value }]) => [name, Value]);
    expect(Object.fromEntries(values)).toEqual({
      ScheduleGroup: "ref EnvironmentGroup",
      EventBus: "ref EnvironmentBus",
      EventLog: "ref EnvironmentLog",
      LeakBus: "ref LeaksBus",
      ResumeRole: "ref ResumeRole",
    });
  });

  test("is refused where names of schedules cannot be made, and with a topic that is none", () => {
    const props = { environment: "live", assets: [], leakIntake: import.meta.dirname };
    const refused = (given: object) => {
      const stack = () =>
        new KeyturnStack(new App(), "Refused", { env: { account, region }, ...props, ...given });
      return expect(stack);
    };
    refused({ env: { region } }).toThrow(/account and Region are known/);
    refused({ env: { account } }).toThrow(/account and Region are known/);
    refused({ alarmTopic: "on-call" }).toThrow(/SNS topic as alarmTopic/);
    refused({}).not.toThrow();
  });
});

describe("alarms", () => {
  const dimensions = z.array(z.object({ Name: z.string(), Value: z.string() }));
  const shape = z.object({
    AlarmName: z.string(),
    Namespace: z.string(),
    MetricName: z.string(),
    Dimensions: z.pipe(
      dimensions,
      z.transform((all) => Object.fromEntries(all.map(({ Name, Value }) => [Name, Value]))),
    ),
  });
  const alarms = () =>
    Object.entries(properties("CloudWatch::Alarm")).flatMap(([id, one]) =>
      id.startsWith("Leakalarms") ? [] : [one],
    );

  test("go off with the first bad period, stay for an hour, and are heard on the topic", () => {
    expect(alarms()).toHaveLength(6 * functions.length);
    for (const one of alarms()) {
      expect(one).toMatchObject({
        ...{ AlarmActions: [topic], TreatMissingData: "notBreaching", Period: 300, EvaluationPeriods: 12 },
        ComparisonOperator: "GreaterThanOrEqualToThreshold",
        DatapointsToAlarm: one["MetricName"] === "Errors" ? 3 : 1,
        Statistic: one["Namespace"] === "AWS/SQS" ? "Maximum" : "Sum",
        Threshold: one["Namespace"] === "AWS/SQS" ? 3600 : 1,
      });
    }
  });

  test("are silent without a topic, and nothing else is another", async () => {
    const silent = await scheduledExample();
    const loud = JSON.stringify(example.template).replaceAll(`"AlarmActions":["${topic}"],`, "");
    expect(JSON.stringify(silent.template)).toBe(loud);
  });

  test.each(functions)("watch what $provider writes when a human is needed", ({ provider }) => {
    const lines: string[] = [];
    const names = ["Retirement Overdue", "Recovery Gave Up", "Key Died", "Leak Not Contained"] as const;
    writeMetrics(
      { environment: "live", clock: { now: () => new Date(0) }, write: (line) => void lines.push(line) },
      names.map((name) => ({ name, provider })),
    );
    const written = emf.parse(JSON.parse(lines.join("\n")));
    const [{ Namespace, Dimensions, Metrics }] = written._aws.CloudWatchMetrics;
    const own = alarms()
      .map((one) => shape.parse(one))
      .filter((one) => one.Namespace === Namespace && one.Dimensions["provider"] === provider);
    expect(new Set(own.map(({ MetricName }) => MetricName))).toEqual(
      new Set(Metrics.map(({ Name }) => Name)),
    );
    expect(own).toHaveLength(names.length);
    for (const one of own) {
      expect(new Set(Object.keys(one.Dimensions))).toEqual(new Set(Dimensions[0]));
      expect(one.Dimensions).toEqual({ environment: "live", provider });
      expect(one.AlarmName).toBe(`keyturn-live-${provider.replace("/", "-")}-${one.MetricName}`);
    }
  });

  test.each(functions)(
    "watch the errors of $provider's function and the age of its dead letters",
    ({ prefix }) => {
      const found = alarms()
        .map((one) => shape.parse(one))
        .filter((one) => JSON.stringify(one.Dimensions).includes(prefix));
      expect(
        found.map(({ Namespace, MetricName, Dimensions }) => [Namespace, MetricName, Dimensions]),
      ).toEqual([
        ["AWS/SQS", "ApproximateAgeOfOldestMessage", { QueueName: `QueueName of ${prefix}DeadLetters` }],
        ["AWS/Lambda", "Errors", { FunctionName: `ref ${prefix}Function` }],
      ]);
    },
  );
});

const emf = z.looseObject({
  _aws: z.object({
    CloudWatchMetrics: z.tuple([
      z.object({
        Namespace: z.string(),
        Dimensions: z.array(z.array(z.string())),
        Metrics: z.array(z.object({ Name: z.string() })),
      }),
    ]),
  }),
});
