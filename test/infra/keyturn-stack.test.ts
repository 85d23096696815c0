import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { backstop } from "../../infra/backstop.js";
import { functionAssets } from "../../infra/function-asset.js";
import { KeyturnStack } from "../../infra/keyturn-stack.js";
import { builtin } from "../../providers/index.js";
import { defineConfig } from "../../services/config/declare.js";
import { parseJob } from "../../services/rotation/jobs/job.js";
import { readableTemplate } from "./readable-template.js";

const github = {
  provider: "github/installation-token",
  config: { installationId: 1, permissions: { contents: "read" } },
  admin: "admin/github-app",
  every: "45m",
};
const stripe = {
  provider: "stripe/restricted-key",
  config: { account: "acct_1", permissions: ["charge_read"] },
  admin: "admin/stripe-app",
  every: "1d",
};
const installation = "abcdefgh2345";
const githubSecrets = {
  "app/one": github,
  "app/two": { ...github, fields: { token: "GITHUB_TOKEN" } },
  "other/three": { ...github, admin: "admin/other-app" },
};
const stripeSecrets = { "app/stripe": stripe };
const secrets = { ...githubSecrets, ...stripeSecrets };

const adminArn = (name: string) =>
  `arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:${name}-??????`;
const inUse = [
  {
    prefix: "githubinstallationtoken",
    declared: githubSecrets,
    mayReadAndWrite: ["ref app/one", "ref app/two", "ref other/three"],
    mayRead: [adminArn("admin/github-app"), adminArn("admin/other-app")],
  },
  {
    prefix: "striperestrictedkey",
    declared: stripeSecrets,
    mayReadAndWrite: "ref app/stripe",
    mayRead: adminArn("admin/stripe-app"),
  },
];

let folder = "";
let assembly = "";
let template: ReturnType<typeof readableTemplate>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "keyturn-test-"));
  const app = new App({ outdir: join(folder, "cdk.out") });
  const config = defineConfig({ installation, secrets });
  const assets = await functionAssets(config, builtin, join(folder, "functions"));
  const stack = new KeyturnStack(app, "Keyturn", { assets });
  template = readableTemplate(Template.fromStack(stack).toJSON());
  assembly = app.synth().directory;
}, 60_000);
afterAll(() => rm(folder, { recursive: true }));

const targetShape = z.tuple([z.object({ Input: z.string() })]);

const ofType = (type: string) =>
  Object.entries(template.Resources).filter(([, { Type }]) => Type === `AWS::${type}`);

describe.each(inUse)("the function $prefix", ({ prefix, declared, mayReadAndWrite, mayRead }) => {
  test("may use its own secrets, read its admin secrets, write its log, and nothing else", () => {
    const role = ofType("IAM::Role").filter(([id]) => id === `${prefix}Role`);
    expect(role.map(([, { Properties }]) => Object.keys(Properties))).toEqual([["AssumeRolePolicyDocument"]]);
    const policies = ofType("IAM::Policy").filter(([, { Properties }]) =>
      JSON.stringify(Properties["Roles"]).includes(`ref ${prefix}Role`),
    );
    const allowed = (Sid: string, Action: unknown, Resource: unknown) => ({
      ...{ Sid, Effect: "Allow", Action, Resource },
    });
    expect(policies.map(([, { Properties }]) => Properties["PolicyDocument"])).toEqual([
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
            ].map((name) => `secretsmanager:${name}`),
            mayReadAndWrite,
          ),
          allowed("AdminSecrets", "secretsmanager:GetSecretValue", mayRead),
          allowed("Logs", ["logs:CreateLogStream", "logs:PutLogEvents"], `Arn of ${prefix}Logs`),
        ],
      },
      {
        Version: "2012-10-17",
        Statement: [
          {
            ...allowed("RotateOwnSecrets", "secretsmanager:RotateSecret", mayReadAndWrite),
            Condition: { BoolIfExists: { "secretsmanager:ModifyRotationRules": "false" } },
          },
          allowed("OwnFunction", "lambda:InvokeFunction", `Arn of ${prefix}Function`),
        ],
      },
    ]);
  });

  test("runs as it was tested, with a log of its own and unreserved concurrency", () => {
    expect(template.Resources[`${prefix}Function`]?.Properties).toEqual({
      Architectures: ["arm64"],
      Code: expect.anything(),
      Description: expect.any(String),
      Handler: "index.handler",
      LoggingConfig: { LogGroup: `ref ${prefix}Logs` },
      MemorySize: 256,
      Role: `Arn of ${prefix}Role`,
      Runtime: "nodejs24.x",
      Timeout: 60,
    });
    expect(template.Resources[`${prefix}Logs`]?.Properties).toEqual({ RetentionInDays: 90 });
  });

  test("is deployed with the bundle and the declarations of its own secrets", async () => {
    const code = JSON.stringify(template.Resources[`${prefix}Function`]?.Properties["Code"]);
    const hash = /([0-9a-f]{64})\.zip/.exec(code)?.[1];
    const asset = join(assembly, `asset.${hash}`);
    expect(await readdir(asset)).toEqual(["index.mjs", "keyturn.json"]);
    expect(JSON.parse(await readFile(join(asset, "keyturn.json"), "utf8"))).toEqual({
      installation,
      secrets: declared,
    });
  });

  test("may be invoked by Secrets Manager, for this account only, and by its own rule", () => {
    const permissions = ofType("Lambda::Permission").filter(
      ([, { Properties }]) => Properties["FunctionName"] === `Arn of ${prefix}Function`,
    );
    expect(permissions.map(([, { Properties }]) => Properties)).toEqual([
      {
        Action: "lambda:InvokeFunction",
        FunctionName: `Arn of ${prefix}Function`,
        Principal: "secretsmanager.amazonaws.com",
        SourceAccount: "<AWS::AccountId>",
      },
      {
        Action: "lambda:InvokeFunction",
        FunctionName: `Arn of ${prefix}Function`,
        Principal: "events.amazonaws.com",
        SourceArn: `Arn of ${prefix}Recover`,
      },
    ]);
  });

  test("looks for stuck rotations every 5 minutes, by an event that it takes for this job", () => {
    const [[, rule] = [], ...others] = ofType("Events::Rule").filter(([id]) => id === `${prefix}Recover`);
    expect(others).toEqual([]);
    expect(rule?.Properties).toEqual({
      Description: expect.any(String),
      ScheduleExpression: "rate(5 minutes)",
      State: "ENABLED",
      Targets: [{ Arn: `Arn of ${prefix}Function`, Id: "Target0", Input: expect.any(String) }],
    });
    const { Input } = targetShape.parse(rule?.Properties["Targets"])[0];
    expect(parseJob(JSON.parse(Input))).toEqual({ v: 1, action: "recover" });
  });

  test("rotates each of its secrets by a sparse rule, and none at deployment", () => {
    const schedules = ofType("SecretsManager::RotationSchedule").filter(
      ([, { Properties }]) => Properties["RotationLambdaARN"] === `Arn of ${prefix}Function`,
    );
    expect(schedules.map(([, { Properties }]) => Properties)).toEqual(
      Object.entries(declared).map(([name, { every }]) => ({
        RotateImmediatelyOnUpdate: false,
        RotationLambdaARN: `Arn of ${prefix}Function`,
        RotationRules: { ScheduleExpression: every === "1d" ? "rate(1 day)" : "rate(4 hours)" },
        SecretId: `ref ${name}`,
      })),
    );
  });
});

describe("the stack", () => {
  test("grants nothing on everything, and only what the functions need", () => {
    expect(JSON.stringify(template.Resources)).not.toContain('"*"');
    expect(ofType("IAM::Policy")).toHaveLength(2 * inUse.length);
    expect([...ofType("IAM::ManagedPolicy"), ...ofType("SecretsManager::ResourcePolicy")]).toEqual([]);
  });

  test("makes every secret with the placeholder and nothing else, and leaves it behind", () => {
    const made = ofType("SecretsManager::Secret").map(([, { Properties, DeletionPolicy }]) => ({
      ...Properties,
      DeletionPolicy,
    }));
    expect(made).toEqual(
      Object.keys(secrets).map((Name) => ({
        ...{ Name, SecretString: '{"keyturn":{"v":1}}', DeletionPolicy: "Retain" },
      })),
    );
  });

  test("names the secrets that AWS's own rule cannot rotate often enough", () => {
    expect(template.Outputs["StartedFromOutside"]?.Value).toBe(
      "app/one (every 45m), app/two (every 45m), other/three (every 45m)",
    );
  });
});

test.each([
  ["45m", "rate(4 hours)", false],
  ["3h59m", "rate(4 hours)", false],
  ["4h", "rate(4 hours)", true],
  ["5h30m", "rate(5 hours)", true],
  ["23h59m", "rate(23 hours)", true],
  ["1d", "rate(1 day)", true],
  ["36h", "rate(1 day)", true],
  ["30d", "rate(30 days)", true],
  ["2000d", "rate(1000 days)", true],
])("a secret rotated every %s gets AWS's rule %s", (every, expression, oftenEnough) => {
  expect(backstop(every)).toEqual({ expression, oftenEnough });
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
  const config = defineConfig({ installation, secrets: { "app/one": declaration } });
  const outDir = join(folder, "refused");
  await expect(functionAssets(config, builtin, outDir)).rejects.toThrow(message);
  await expect(readdir(outDir)).rejects.toThrow("ENOENT");
});
