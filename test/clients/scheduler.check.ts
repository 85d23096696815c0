import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod/mini";
import { type Sandbox, startSandbox } from "../../services/sandbox/sandbox.js";
import { sandboxCredentials, sandboxRegion } from "../../services/sandbox/seed.js";
import { awsPath, environment, run } from "./client.js";

const start = "2026-03-01T12:00:00+00:00";
const functionArn = `arn:aws:lambda:${sandboxRegion}:123456789012:function:job`;
const roleArn = "arn:aws:iam::123456789012:role/schedules";
const object = z.record(z.string(), z.unknown());

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ start: new Date(start) });
});
afterAll(() => sandbox.close());

/** `aws scheduler …`, as a person would write it. */
async function aws(...args: readonly string[]) {
  const env = environment(sandboxRegion, sandboxCredentials.accessKeyId);
  const all = ["scheduler", ...args, "--endpoint-url", sandbox.urls.aws, "--output", "json"];
  const { code, stdout, stderr } = await run(awsPath, all, env);
  return code === 0 ? (stdout.trim() === "" ? {} : object.parse(JSON.parse(stdout))) : stderr.trim();
}

const schedule = (name: string, expression: string, ...more: readonly string[]) => [
  ...["--name", name, "--schedule-expression", expression, "--flexible-time-window", "Mode=OFF"],
  ...["--target", JSON.stringify({ Arn: functionArn, RoleArn: roleArn, Input: '{"by":"aws"}' }), ...more],
];

test("AWS's command line: the life of a schedule in a group of its own", async () => {
  const group = { ScheduleGroupArn: `arn:aws:scheduler:${sandboxRegion}:123456789012:schedule-group/mine` };
  const tags = ["--tags", "Key=team,Value=red"];
  expect(await aws("create-schedule-group", "--name", "mine", ...tags)).toEqual(group);
  expect(await aws("list-tags-for-resource", "--resource-arn", group.ScheduleGroupArn)).toEqual({
    Tags: [{ Key: "team", Value: "red" }],
  });
  const inGroup = ["--group-name", "mine"];
  const begin = ["--start-date", "2026-03-01T13:00:00Z", "--schedule-expression-timezone", "Europe/Berlin"];
  const made = await aws("create-schedule", ...schedule("hourly", "rate(1 hour)", ...inGroup, ...begin));
  const Arn = `arn:aws:scheduler:${sandboxRegion}:123456789012:schedule/mine/hourly`;
  expect(made).toEqual({ ScheduleArn: Arn });
  expect(await aws("get-schedule", "--name", "hourly", ...inGroup)).toMatchObject({
    ...{ Arn, GroupName: "mine", State: "ENABLED", ScheduleExpressionTimezone: "Europe/Berlin" },
    ...{ StartDate: "2026-03-01T13:00:00+00:00", CreationDate: start, FlexibleTimeWindow: { Mode: "OFF" } },
    Target: { RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 } },
  });
  await aws("update-schedule", ...schedule("hourly", "cron(0 3 * * ? *)", ...inGroup, "--state", "DISABLED"));
  const replaced = await aws("get-schedule", "--name", "hourly", ...inGroup);
  expect(replaced).toMatchObject({ State: "DISABLED", ScheduleExpressionTimezone: "UTC" });
  expect(replaced).not.toHaveProperty("StartDate");
  expect(await aws("delete-schedule", "--name", "hourly", ...inGroup)).toEqual({});
  expect(await aws("get-schedule", "--name", "hourly", ...inGroup)).toBe(
    "An error occurred (ResourceNotFoundException) when calling the GetSchedule operation: Schedule hourly does not exist.",
  );
});

test("AWS's command line: a list put together from pages", async () => {
  for (const name of ["page-a", "page-b", "page-c"])
    await aws("create-schedule", ...schedule(name, "at(2027-01-01T00:00:00)"));
  const listed = await aws(
    "list-schedules",
    "--name-prefix",
    "page-",
    "--state",
    "ENABLED",
    "--page-size",
    "2",
  );
  expect(listed).toMatchObject({ Schedules: [{ Name: "page-a" }, { Name: "page-b" }, { Name: "page-c" }] });
});

test("AWS's command line: refusals in AWS's words", async () => {
  expect(await aws("create-schedule", ...schedule("wrong", "rate(10 seconds)"))).toBe(
    "An error occurred (ValidationException) when calling the CreateSchedule operation: Invalid Schedule Expression rate(10 seconds).",
  );
  expect(await aws("create-schedule-group", "--name", "default")).toBe(
    "An error occurred (ConflictException) when calling the CreateScheduleGroup operation: Schedule group default already exists.",
  );
});
