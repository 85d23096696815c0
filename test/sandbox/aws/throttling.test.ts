import { afterAll, beforeEach, expect, test } from "vitest";
import { AwsError } from "../../../services/sandbox/aws/errors.js";
import { operations } from "../../../services/sandbox/aws/operations/index.js";
import { createThrottle, quotas, type Throttle } from "../../../services/sandbox/aws/throttle.js";
import { authorizationOf, region, startSecretsManager } from "./harness.js";

const SecretId = "app/key";

let close: () => Promise<void> = () => Promise.resolve();
const aws = await startSecretsManager((end) => {
  close = end;
});
const { client, manager, timeline } = aws;
afterAll(() => close());
beforeEach(aws.reset);

/** So many requests at one moment, straight at the service: how many of them were let in. Bodies are empty, and refused. */
function letIn(operation: string, count: number, inRegion = region): number {
  let throttled = 0;
  for (let index = 0; index < count; index++) {
    const { status, body } = manager.handle({
      ...{ method: "POST", path: "/", query: new URLSearchParams(), body: "{}" },
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": `secretsmanager.${operation}`,
        authorization: authorizationOf("keyturn-sandbox").replace(region, inRegion),
      },
    });
    if (JSON.stringify(body) !== '{"__type":"ThrottlingException","message":"Rate exceeded"}') continue;
    expect(status).toBe(400);
    throttled++;
  }
  return count - throttled;
}

test("every operation belongs to one group, with AWS's numbers", () => {
  const grouped = quotas.flatMap((group) => group.operations);
  expect([...grouped].sort()).toEqual([...operations.keys()].sort());
  expect(new Set(grouped).size).toBe(grouped.length);
  expect(quotas.map(({ perSecond, operations: [first] }) => [first, perSecond])).toEqual([
    ...[
      ["PutSecretValue", 50],
      ["RotateSecret", 50],
      ["TagResource", 50],
      ["GetResourcePolicy", 50],
    ],
    ...[
      ["RestoreSecret", 50],
      ["BatchGetSecretValue", 100],
      ["CreateSecret", 50],
      ["DeleteSecret", 50],
    ],
    ...[
      ["GetRandomPassword", 50],
      ["ListSecrets", 50],
      ["ListSecretVersionIds", 50],
      ["DescribeSecret", 5000],
    ],
  ]);
});

test("nothing is throttled unless it is so set", () => {
  for (const [name] of operations) expect(letIn(name, 60)).toBe(60);
});

/** The same, of the counting alone. */
function counted(
  throttle: Throttle,
  operation: string,
  count: number,
  at: number,
  inRegion = region,
): number {
  let granted = 0;
  for (let index = 0; index < count; index++) {
    try {
      throttle.take(operation, inRegion, new Date(at));
      granted++;
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
    }
  }
  return granted;
}

test.each(quotas)(
  "$operations share $perSecond a second, and no other group's",
  ({ perSecond, operations: own }) => {
    const throttle = createThrottle();
    const [first = "", ...others] = own;
    // One of each of the others, the rest of the first, and one too many of each.
    for (const operation of others) expect(counted(throttle, operation, 1, 0)).toBe(1);
    expect(counted(throttle, first, perSecond, 0)).toBe(perSecond - others.length);
    for (const operation of own)
      expect([operation, counted(throttle, operation, 1, 0)]).toEqual([operation, 0]);
    for (const {
      operations: [elsewhere = ""],
    } of quotas) {
      if (elsewhere !== first)
        expect([elsewhere, counted(throttle, elsewhere, 1, 0)]).toEqual([elsewhere, 1]);
    }
    expect(counted(throttle, first, 1, 0, "us-east-1")).toBe(1);
    // Half a second brings half of it, and an hour no more than a second's worth.
    expect(counted(throttle, first, perSecond, 500)).toBe(perSecond / 2);
    expect(counted(throttle, first, perSecond + 10, 3_600_000)).toBe(perSecond);
    expect(counted(throttle, "NoSuchOperation", 6000, 0)).toBe(6000);
  },
);

test("requests are counted on the sandbox's clock, refused ones too", async () => {
  manager.set("quotas", "aws");
  expect(letIn("TagResource", 51)).toBe(50);
  expect(letIn("UntagResource", 1)).toBe(0);
  expect(letIn("UntagResource", 1, "us-east-1")).toBe(1);
  expect(letIn("CreateSecret", 1)).toBe(1);
  await timeline.advance(100);
  expect(letIn("UntagResource", 10)).toBe(5);
});

test("the SDK sees AWS's error, and a throttled request has done nothing", async () => {
  await aws.createSecret();
  manager.set("quotas", "aws");
  letIn("TagResource", 50);
  const tagged = client.tagResource({ SecretId, Tags: [{ Key: "a", Value: "b" }] });
  expect(await aws.refusal(tagged)).toBe("ThrottlingException: Rate exceeded");
  expect(await client.describeSecret({ SecretId })).not.toHaveProperty("Tags");
  expect(aws.journal.at(-2)).toMatchObject({
    operation: "TagResource",
    status: 400,
    error: "ThrottlingException",
  });
});

test("the SDK's own retries get through, on a clock that moves", async () => {
  await aws.createSecret();
  manager.set("quotas", "aws");
  const patient = aws.connect({ maxAttempts: 10 });
  letIn("TagResource", 50);
  const tagging = Promise.all(
    Array.from({ length: 5 }, (_, index) => patient.tagResource({ SecretId, Tags: [{ Key: `${index}` }] })),
  );
  // However long the first request takes, it comes too early.
  const isThrottled = () =>
    aws.journal.some(
      (line) => line.kind === "request" && line.secret && line.error === "ThrottlingException",
    );
  while (!isThrottled()) await new Promise(setImmediate);
  timeline.setMoving(true);
  await tagging;
  timeline.setMoving(false);
  expect((await client.describeSecret({ SecretId })).Tags).toHaveLength(5);
  const answers = aws.journal.flatMap((line) =>
    line.kind === "request" && line.operation === "TagResource" && line.secret ? [line.error ?? "done"] : [],
  );
  expect(answers.filter((answer) => answer === "done")).toHaveLength(5);
  expect(answers).toContain("ThrottlingException");
});
