import { expect, test } from "vitest";
import { functionArn, newToken, startRotating, startSecretsManager, wellBehaved } from "./harness.js";

const SecretId = "app/key";

const allSteps = ["createSecret", "setSecret", "testSecret", "finishSecret"];

test("a rotation fills an empty AWSPENDING, flips, and AWS clears the label", async () => {
  const aws = await startSecretsManager();
  const { client, timeline } = aws;
  const values: unknown[] = [];
  aws.register(
    wellBehaved(aws, async ({ Step, ClientRequestToken: VersionId }) => {
      values.push([Step, await aws.refusal(client.getSecretValue({ SecretId, VersionId }))]);
    }),
  );
  const { version: v1, arn } = await aws.createSecret();
  const token = newToken();
  const answer = await client.rotateSecret({
    SecretId,
    ClientRequestToken: token,
    RotationLambdaARN: functionArn,
    RotationRules: { ScheduleExpression: "rate(10 days)", Duration: "3h" },
  });
  expect(answer).toMatchObject({ ARN: arn, Name: SecretId, VersionId: token });
  await timeline.idle();

  const empty = `ResourceNotFoundException: Secrets Manager can't find the specified secret value for VersionId: ${token}`;
  expect(values).toEqual(allSteps.map((step) => [step, step === "createSecret" ? empty : "no error"]));
  const described = await client.describeSecret({ SecretId });
  expect(described.VersionIdsToStages).toEqual({ [v1]: ["AWSPREVIOUS"], [token]: ["AWSCURRENT"] });
  expect(described).toMatchObject({
    RotationEnabled: true,
    RotationLambdaARN: functionArn,
    RotationRules: { ScheduleExpression: "rate(10 days)", AutomaticallyAfterDays: 10, Duration: "3h" },
    LastRotatedDate: timeline.now(),
  });
  expect(aws.outcomes()).toEqual(["started", "succeeded"]);
  expect((await timeline.advance(86_400_000)).fired).toBe(0);
});

test("the version and its AWSPENDING are there when RotateSecret answers", async () => {
  const { timeline, register, client, labels, rotate, createSecret } = await startSecretsManager();
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  register(() => held);
  const { version: v1 } = await createSecret();
  const token = await rotate();
  expect(await labels()).toEqual({ [v1]: ["AWSCURRENT"], [token]: ["AWSPENDING"] });
  const listed = await client.listSecretVersionIds({ SecretId });
  expect(listed.Versions?.map(({ VersionId }) => VersionId)).toEqual([v1, token]);
  release();
  await timeline.idle();
});

test("each step is one call with ARN, the same token and the same rotation token", async () => {
  const { timeline, rotate, events, arn } = await startRotating();
  const token = await rotate();
  await timeline.idle();
  expect(events.map(({ step }) => step)).toEqual(allSteps);
  expect(new Set(events.map((event) => `${event.secretId} ${event.token}`))).toEqual(
    new Set([`${arn} ${token}`]),
  );
  await rotate();
  await timeline.idle();
  expect(new Set(events.map(({ rotationToken }) => rotationToken)).size).toBe(2);
});

test.each(allSteps)(
  "a failure in %s makes the whole process start again, with the same token",
  async (step) => {
    const { timeline, rotate, events, outcomes, labels, v1 } = await startRotating(
      (name, attempt) => name === step && attempt === 1,
    );
    const token = await rotate();
    await timeline.idle();
    const tried = allSteps.slice(0, allSteps.indexOf(step) + 1);
    expect(events.map((event) => event.step)).toEqual(tried);
    expect((await timeline.advance(59_999)).fired).toBe(0);
    await timeline.advance(1);
    await timeline.idle();
    expect(events.map((event) => event.step)).toEqual([...tried, ...allSteps]);
    expect(new Set(events.map((event) => event.token))).toEqual(new Set([token]));
    expect(outcomes()).toEqual(["started", "succeeded"]);
    expect(await labels()).toEqual({ [v1]: ["AWSPREVIOUS"], [token]: ["AWSCURRENT"] });
  },
);

test("after the last try AWSPENDING stays, and the next RotateSecret is refused and brings the old one back", async () => {
  let broken = true;
  const { client, timeline, rotate, events, outcomes, labels, v1, refusal, manager } = await startRotating(
    () => broken,
  );
  const token = await rotate();
  await timeline.advance(3_600_000);
  expect(events.map(({ step }) => step)).toEqual(Array.from({ length: 4 }, () => "createSecret"));
  expect(outcomes()).toEqual(["started", "failed"]);
  expect(manager.describe()[0]?.rotating).toBeUndefined();
  expect(await labels()).toEqual({ [v1]: ["AWSCURRENT"], [token]: ["AWSPENDING"] });

  broken = false;
  expect(await refusal(client.rotateSecret({ SecretId }))).toMatch("A previous rotation isn't complete.");
  await timeline.idle();
  expect(events.slice(4).map((event) => [event.step, event.token])).toEqual(
    allSteps.map((step) => [step, token]),
  );
  expect(outcomes()).toEqual(["started", "failed", "started", "succeeded"]);
  expect(await labels()).toEqual({ [v1]: ["AWSPREVIOUS"], [token]: ["AWSCURRENT"] });
});

test("the token of a stuck rotation brings it back too; removing the label lets another begin", async () => {
  let broken = true;
  const { client, timeline, rotate, outcomes, labels } = await startRotating(() => broken);
  const token = await rotate();
  await timeline.advance(3_600_000);
  await rotate({ ClientRequestToken: token });
  await timeline.advance(3_600_000);
  expect(outcomes()).toEqual(["started", "failed", "started", "failed"]);
  await client.updateSecretVersionStage({ SecretId, VersionStage: "AWSPENDING", RemoveFromVersionId: token });
  broken = false;
  const next = await rotate();
  await timeline.idle();
  expect((await labels())[next]).toEqual(["AWSCURRENT"]);
});

test.each([
  { retries: 0, tries: 1 },
  { retries: 2, tries: 3 },
  { retries: 9, retrySpacingSeconds: 100, rotationWindowSeconds: 300, tries: 4 },
])("tries are bounded by number and window: $tries", async ({ tries, ...switches }) => {
  const { manager, timeline, rotate, steps } = await startRotating(() => true);
  for (const [name, value] of Object.entries(switches)) manager.set(name, value);
  await rotate();
  await timeline.advance(86_400_000);
  expect(steps()).toHaveLength(tries);
});

test("the same token again while it is under way changes nothing; another is refused", async () => {
  const { client, timeline, rotate, steps, outcomes, refusal } = await startRotating(
    (_, attempt) => attempt === 1,
  );
  const token = await rotate();
  await rotate({ ClientRequestToken: token });
  await timeline.idle();
  await rotate({ ClientRequestToken: token });
  const other = client.rotateSecret({ SecretId });
  expect(await refusal(other)).toMatch("A previous rotation isn't complete.");
  await timeline.idle();
  expect(steps()).toEqual(["createSecret"]);
  await timeline.advance(60_000);
  expect(outcomes()).toEqual(["started", "succeeded"]);
});

test.each([
  { oldToken: "ignore", answer: "no error", runs: 0 },
  { oldToken: "refuse", answer: "InvalidRequestException: You can't use ClientRequestToken", runs: 0 },
  { oldToken: "rerun", answer: "no error", runs: 4 },
])("a token that is a version already: $oldToken", async ({ oldToken, answer, runs }) => {
  const { client, manager, timeline, rotate, steps, labels, refusal } = await startRotating();
  manager.set("oldToken", oldToken);
  const old = await rotate();
  await timeline.idle();
  const newer = await rotate();
  await timeline.idle();
  expect(await refusal(client.rotateSecret({ SecretId, ClientRequestToken: old }))).toMatch(answer);
  await timeline.idle();
  expect(steps()).toHaveLength(8 + runs);
  expect((await labels())[runs > 0 ? old : newer]).toEqual(["AWSCURRENT"]);
});

test("a function has its time-out, counted on the timeline, and is given up when it is over", async () => {
  const { timeline, register, rotate, journal, createSecret, manager } = await startSecretsManager();
  const left: number[] = [];
  manager.set("functionTimeoutSeconds", 30);
  manager.set("retries", 0);
  register(async (_, context) => {
    left.push(context.getRemainingTimeInMillis());
    await context.clock.sleep(12_000);
    left.push(context.getRemainingTimeInMillis());
    await context.clock.sleep(100_000);
    left.push(-1);
  });
  await createSecret();
  const before = timeline.now().getTime();
  await rotate();
  await timeline.idle();
  expect(left).toEqual([30_000, 18_000]);
  expect(timeline.now().getTime() - before).toBe(30_000);
  expect(journal.filter(({ kind }) => kind === "invocation").at(-1)).toMatchObject({
    phase: "end",
    error: { name: "Sandbox.Timedout", message: "Task timed out after 30.00 seconds" },
  });
});

test("secrets rotate side by side", async () => {
  const aws = await startRotating();
  const { timeline, rotate, labels } = aws;
  const inside = new Set<string>();
  let most = 0;
  aws.register(
    wellBehaved(aws, async ({ SecretId: arn }, { clock }) => {
      inside.add(arn);
      most = Math.max(most, inside.size);
      await clock.sleep(1000);
      inside.delete(arn);
    }),
  );
  await aws.createSecret("app/other");
  const before = timeline.now().getTime();
  const tokens = [await rotate(), await rotate({ SecretId: "app/other" })];
  await timeline.idle();
  expect(most).toBe(2);
  // Two one after the other would have slept eight seconds.
  expect(timeline.now().getTime() - before).toBeLessThan(8000);
  expect((await labels())[tokens[0] ?? ""]).toEqual(["AWSCURRENT"]);
  expect((await labels("app/other"))[tokens[1] ?? ""]).toEqual(["AWSCURRENT"]);
});
