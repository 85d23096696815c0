import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { functionAssets } from "../../infra/function-asset.js";
import { leakIntakeAsset } from "../../infra/leak-intake.js";
import { builtin } from "../../providers/index.js";
import { defineConfig } from "../../services/config/declare.js";
import { surroundingsFrom } from "../../services/rotation/function.js";
import { parseJob } from "../../services/rotation/jobs/job.js";
import {
  account,
  allowed,
  arnOf,
  declared,
  type Example,
  exampleStack,
  github,
  githubSecrets,
  policiesOf,
  stripeSecrets,
} from "./example.js";

const adminArn = (name: string) => arnOf("secretsmanager", `secret:${name}-??????`);
const inUse = [
  {
    prefix: "githubinstallationtoken",
    name: "github-installation-token",
    secrets: githubSecrets,
    mayReadAndWrite: ["ref app/one", "ref app/two", "ref other/three"],
    mayRead: [adminArn("admin/github-app"), adminArn("admin/other-app")],
    days: 2,
  },
  {
    prefix: "striperestrictedkey",
    name: "stripe-restricted-key",
    secrets: stripeSecrets,
    mayReadAndWrite: "ref app/stripe",
    mayRead: adminArn("admin/stripe-app"),
    days: 3,
  },
];

let folder = "";
let assembly = "";
let example: Example;
const ofType = (type: string) => example.ofType(type);
const properties = (type: string, id: string) =>
  ofType(type)
    .filter(([name]) => name === id)
    .map(([, { Properties }]) => Properties);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "keyturn-test-"));
  const assets = await functionAssets(defineConfig(declared), builtin, join(folder, "functions"));
  const leakIntake = await leakIntakeAsset(defineConfig(declared), folder);
  example = exampleStack(assets, leakIntake, join(folder, "cdk.out"));
  assembly = example.app.synth().directory;
}, 60_000);
afterAll(() => rm(folder, { recursive: true }));

const targetShape = z.tuple([z.object({ Input: z.string() })]);

describe.each(inUse)("the function $prefix", ({ prefix, name, secrets, mayReadAndWrite, mayRead, days }) => {
  test("may use its secrets, read its admin secrets, tell events, arrange its jobs, and nothing else", () => {
    const role = properties("IAM::Role", `${prefix}Role`);
    expect(role.map((one) => Object.keys(one))).toEqual([["AssumeRolePolicyDocument"]]);
    const schedules = ["kt-end-*", "kt-watch-*"].map((pattern) =>
      arnOf("scheduler", `schedule/ref EnvironmentGroup/${pattern}`),
    );
    expect(policiesOf(example, `${prefix}Role`)).toEqual([
      {
        Version: "2012-10-17",
        Statement: [
          allowed(
            "OwnSecrets",
            [
              "DescribeSecret",
              "GetSecretValue",
              "ListSecretVersionIds",
              "PutSecretValue",
              "UpdateSecretVersionStage",
            ].map((action) => `secretsmanager:${action}`),
            mayReadAndWrite,
          ),
          allowed("OwnTags", "secretsmanager:TagResource", mayReadAndWrite, {
            "ForAllValues:StringLike": { "aws:TagKeys": "keyturn:*" },
          }),
          allowed("AdminSecrets", "secretsmanager:GetSecretValue", mayRead),
          allowed("Logs", ["logs:CreateLogStream", "logs:PutLogEvents"], `Arn of ${prefix}Logs`),
          allowed("Events", "events:PutEvents", "Arn of EnvironmentBus"),
          allowed(
            "OneTimeSchedules",
            ["CreateSchedule", "DeleteSchedule", "GetSchedule", "UpdateSchedule"].map(
              (action) => `scheduler:${action}`,
            ),
            schedules,
          ),
          allowed("OwnSchedulerRole", "iam:PassRole", `Arn of ${prefix}SchedulerRole`, {
            StringEquals: { "iam:PassedToService": "scheduler.amazonaws.com" },
          }),
          allowed(
            "OwnDeadLetters",
            ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
            `Arn of ${prefix}DeadLetters`,
          ),
        ],
      },
      {
        Version: "2012-10-17",
        Statement: [
          allowed("RotateOwnSecrets", "secretsmanager:RotateSecret", mayReadAndWrite, {
            BoolIfExists: { "secretsmanager:ModifyRotationRules": "false" },
          }),
          allowed("OwnFunction", "lambda:InvokeFunction", `Arn of ${prefix}Function`),
        ],
      },
    ]);
  });

  test("runs as it was tested, with a log of its own and unreserved concurrency", () => {
    expect(properties("Lambda::Function", `${prefix}Function`)).toEqual([
      {
        Architectures: ["arm64"],
        Code: expect.anything(),
        Description: expect.any(String),
        Environment: { Variables: expect.anything() },
        Handler: "index.handler",
        LoggingConfig: { LogGroup: `ref ${prefix}Logs` },
        MemorySize: 256,
        Role: `Arn of ${prefix}Role`,
        Runtime: "nodejs24.x",
        Timeout: 60,
      },
    ]);
    expect(properties("Logs::LogGroup", `${prefix}Logs`)).toEqual([{ RetentionInDays: 90 }]);
  });

  test("finds in its variables what surrounds it", () => {
    const variables = z.object({ Environment: z.object({ Variables: z.record(z.string(), z.string()) }) });
    const [found] = properties("Lambda::Function", `${prefix}Function`);
    expect(surroundingsFrom(variables.parse(found).Environment.Variables)).toEqual({
      environment: "live",
      scheduleGroup: "ref EnvironmentGroup",
      schedulerRole: `Arn of ${prefix}SchedulerRole`,
      deadLetters: `Arn of ${prefix}DeadLetters`,
      bus: "ref EnvironmentBus",
      logGroup: "ref EnvironmentLog",
    });
  });

  test("is deployed with the bundle and the declarations of its own secrets", async () => {
    const code = JSON.stringify(properties("Lambda::Function", `${prefix}Function`));
    const hash = /([0-9a-f]{64})\.zip/.exec(code)?.[1];
    const asset = join(assembly, `asset.${hash}`);
    expect(await readdir(asset)).toEqual(["index.mjs", "keyturn.json"]);
    const written: unknown = JSON.parse(await readFile(join(asset, "keyturn.json"), "utf8"));
    expect(written).toEqual({
      ...defineConfig(declared),
      secrets: defineConfig({ ...declared, secrets }).secrets,
    });
  });

  test("may be invoked by Secrets Manager, for this account only, and by its own rules", () => {
    const permissions = ofType("Lambda::Permission").filter(
      ([, { Properties }]) => Properties["FunctionName"] === `Arn of ${prefix}Function`,
    );
    expect(permissions.map(([, { Properties }]) => Properties)).toEqual([
      {
        Action: "lambda:InvokeFunction",
        FunctionName: `Arn of ${prefix}Function`,
        Principal: "secretsmanager.amazonaws.com",
        SourceAccount: account,
      },
      {
        Action: "lambda:InvokeFunction",
        FunctionName: `Arn of ${prefix}Function`,
        Principal: "events.amazonaws.com",
        SourceArn: `Arn of ${prefix}Recover`,
      },
      {
        Action: "lambda:InvokeFunction",
        FunctionName: `Arn of ${prefix}Function`,
        Principal: "events.amazonaws.com",
        SourceArn: `Arn of LeaksWork${prefix}`,
      },
    ]);
  });

  test("looks for stuck rotations every 5 minutes, by an event that it takes for this job", () => {
    const [rule, ...others] = properties("Events::Rule", `${prefix}Recover`);
    expect(others).toEqual([]);
    expect(rule).toEqual({
      Description: expect.any(String),
      ScheduleExpression: "rate(5 minutes)",
      State: "ENABLED",
      Targets: [{ Arn: `Arn of ${prefix}Function`, Id: "Target0", Input: expect.any(String) }],
    });
    const { Input } = targetShape.parse(rule?.["Targets"])[0];
    expect(parseJob(JSON.parse(Input))).toEqual({ v: 1, action: "recover" });
  });

  test("takes what its schedules could not deliver, message by message", () => {
    expect(properties("SQS::Queue", `${prefix}DeadLetters`)).toEqual([
      {
        QueueName: `keyturn-live-${name}`,
        MessageRetentionPeriod: 14 * 86_400,
        SqsManagedSseEnabled: true,
        VisibilityTimeout: 6 * 60,
      },
    ]);
    const mappings = ofType("Lambda::EventSourceMapping").filter(
      ([, { Properties }]) => Properties["FunctionName"] === `ref ${prefix}Function`,
    );
    expect(mappings.map(([, { Properties }]) => Properties)).toEqual([
      {
        BatchSize: 10,
        EventSourceArn: `Arn of ${prefix}DeadLetters`,
        FunctionName: `ref ${prefix}Function`,
        FunctionResponseTypes: ["ReportBatchItemFailures"],
      },
    ]);
    const policies = ofType("SQS::QueuePolicy").filter(
      ([, { Properties }]) => JSON.stringify(Properties["Queues"]) === `["ref ${prefix}DeadLetters"]`,
    );
    expect(policies.map(([, { Properties }]) => Properties["PolicyDocument"])).toEqual([
      {
        Version: "2012-10-17",
        Statement: [
          {
            Action: "sqs:*",
            Condition: { Bool: { "aws:SecureTransport": "false" } },
            Effect: "Deny",
            Principal: { AWS: "*" },
            Resource: `Arn of ${prefix}DeadLetters`,
          },
        ],
      },
    ]);
  });

  test("rotates each of its secrets by a rule that stays behind the schedule, and none at deployment", () => {
    const rules = ofType("SecretsManager::RotationSchedule").filter(
      ([, { Properties }]) => Properties["RotationLambdaARN"] === `Arn of ${prefix}Function`,
    );
    expect(rules.map(([, { Properties }]) => Properties)).toEqual(
      Object.keys(secrets).map((secret) => ({
        RotateImmediatelyOnUpdate: false,
        RotationLambdaARN: `Arn of ${prefix}Function`,
        RotationRules: { AutomaticallyAfterDays: days },
        SecretId: `ref ${secret}`,
      })),
    );
  });
});

test("the stack makes every secret with the placeholder and nothing else, and leaves it behind", () => {
  const made = ofType("SecretsManager::Secret").map(([, { Properties, DeletionPolicy }]) => ({
    ...Properties,
    DeletionPolicy,
  }));
  expect(made).toEqual(
    Object.entries(declared.secrets).map(([Name, { provider }]) => ({
      ...{ Name, SecretString: '{"keyturn":{"v":1}}', DeletionPolicy: "Retain" },
      Tags: [{ Key: "keyturn:provider", Value: provider }],
    })),
  );
});

test.each([
  ["provider nobody has", { ...github, provider: "github/other" }, /app\/one: provider github\/other/],
  [
    "config the provider refuses",
    { ...github, config: { installationId: "1" } },
    /config_invalid.*installationId/,
  ],
  ["interval longer than the key's life", { ...github, every: "2h" }, /app\/one: every 2h/],
])("a declaration with a(n) %s is refused before anything is written", async (_, declaration, message) => {
  const config = defineConfig({ ...declared, secrets: { "app/one": declaration } });
  const outDir = join(folder, "refused");
  await expect(functionAssets(config, builtin, outDir)).rejects.toThrow(message);
  await expect(readdir(outDir)).rejects.toThrow("ENOENT");
});
