import { expect, test } from "vitest";
import { newToken, newValue, startRotating, wellBehaved } from "./harness.js";

const SecretId = "app/key";
const allSteps = ["createSecret", "setSecret", "testSecret", "finishSecret"];
const day = 86_400_000;

/** A started rotation function that fails at the first testSecret, under one switch. */
async function failingOnce(name: string, value: unknown, at = "testSecret") {
  const aws = await startRotating((step, attempt) => step === at && attempt === 1);
  aws.manager.set(name, value);
  return aws;
}

test("retryToken fresh: the next try has a version of its own, and the one it had loses AWSPENDING", async () => {
  const { rotate, timeline, events, outcomes, labels, v1, client } = await failingOnce("retryToken", "fresh");
  const token = await rotate();
  await timeline.advance(day);
  const tokens = [...new Set(events.map((event) => event.token))];
  expect(tokens).toEqual([token, expect.not.stringMatching(token)]);
  expect(new Set(events.map(({ rotationToken }) => rotationToken)).size).toBe(2);
  expect(events.map(({ step }) => step)).toEqual([...allSteps.slice(0, 3), ...allSteps]);
  expect(outcomes()).toEqual(["started", "failed", "started", "succeeded"]);
  expect(await labels()).toEqual({ [v1]: ["AWSPREVIOUS"], [tokens[1] ?? ""]: ["AWSCURRENT"] });
  const { Versions = [] } = await client.listSecretVersionIds({ SecretId, IncludeDeprecated: true });
  expect(Versions.find(({ VersionId }) => VersionId === token)).not.toHaveProperty("VersionStages");
});

test("retryToken fresh: a stuck rotation comes back under another token, tries and window counted anew", async () => {
  let broken = true;
  const { rotate, timeline, events, labels, client, refusal, manager } = await startRotating(() => broken);
  manager.set("retryToken", "fresh");
  manager.set("retries", 1);
  const token = await rotate();
  await timeline.advance(day);
  broken = false;
  expect(await refusal(client.rotateSecret({ SecretId }))).toMatch("A previous rotation isn't complete.");
  await timeline.idle();
  const tokens = [...new Set(events.map((event) => event.token))];
  expect(tokens).toHaveLength(3);
  expect(tokens[0]).toBe(token);
  expect((await labels())[tokens[2] ?? ""]).toEqual(["AWSCURRENT"]);
});

test("retryToken fresh: after the flip there is nothing to begin afresh", async () => {
  const aws = await startRotating();
  aws.manager.set("retryToken", "fresh");
  const good = wellBehaved(aws);
  const tokens = new Set<string>();
  aws.register(async (event, context) => {
    tokens.add(event.ClientRequestToken);
    await good(event, context);
    if (event.Step === "finishSecret") throw new Error("late");
  });
  const token = await aws.rotate();
  await aws.timeline.advance(day);
  expect([...tokens]).toEqual([token]);
});

test.each(allSteps)(
  "retryFrom: a failure in %s is tried again from that step on, where it is so set",
  async (step) => {
    const aws = await startRotating();
    aws.manager.set("retryFrom", "failed step");
    let failed = false;
    const steps: string[] = [];
    aws.register(
      wellBehaved(aws, ({ Step }) => {
        steps.push(Step);
        if (Step !== step || failed) return;
        failed = true;
        throw new Error("once");
      }),
    );
    await aws.rotate();
    await aws.timeline.advance(day);
    const index = allSteps.indexOf(step);
    expect(steps).toEqual([...allSteps.slice(0, index + 1), ...allSteps.slice(index)]);
    expect(aws.outcomes()).toEqual(["started", "succeeded"]);
  },
);

test("invoke async: Lambda calls a failed step twice more by itself, whatever became of the rotation", async () => {
  const aws = await startRotating(() => true);
  aws.manager.set("invoke", "async");
  aws.manager.set("retries", 0);
  const began = aws.timeline.now().getTime();
  const times: number[] = [];
  aws.register((event) => {
    times.push((aws.timeline.now().getTime() - began) / 1000);
    return Promise.reject(new Error(event.Step));
  });
  await aws.rotate();
  await aws.timeline.advance(day);
  expect(times).toEqual([0, 60, 180]);
  expect(aws.steps()).toEqual(["createSecret", "createSecret", "createSecret"]);
  expect(aws.outcomes()).toEqual(["started", "failed"]);
});

test("invoke async: what succeeds is not called again, and a late duplicate meets the rotation's next try", async () => {
  const aws = await startRotating();
  aws.manager.set("invoke", "async");
  const events: string[] = [];
  let failed = false;
  aws.register(
    wellBehaved(aws, ({ Step, ClientRequestToken }) => {
      events.push(`${Step} ${ClientRequestToken}`);
      if (Step !== "testSecret" || failed) return;
      failed = true;
      throw new Error("once");
    }),
  );
  const token = await aws.rotate();
  await aws.timeline.advance(day);
  const steps = [...allSteps.slice(0, 3), "testSecret", ...allSteps];
  expect(events.sort()).toEqual(steps.map((step) => `${step} ${token}`).sort());
  expect(aws.outcomes()).toEqual(["started", "succeeded"]);
});

test.each([
  ["stays", ["AWSCURRENT", "AWSPENDING"]],
  ["leaves", ["AWSCURRENT"]],
])("pendingAtFlip: AWSPENDING %s when AWSCURRENT moves to its version", async (pendingAtFlip, stages) => {
  const aws = await startRotating();
  aws.manager.set("pendingAtFlip", pendingAtFlip);
  const good = wellBehaved(aws);
  let seen: unknown;
  aws.register(async (event, context) => {
    await good(event, context);
    if (event.Step === "finishSecret") seen = (await aws.labels())[event.ClientRequestToken];
  });
  const token = await aws.rotate();
  await aws.timeline.idle();
  expect(seen).toEqual(stages);
  expect(aws.outcomes()).toEqual(["started", "succeeded"]);
  expect((await aws.labels())[token]).toEqual(["AWSCURRENT"]);
});

test.each([
  ["tolerated", "another label", ["started", "succeeded"]],
  ["fatal", "another label", ["started", "failed"]],
  ["fatal", "AWSPENDING itself", ["started", "succeeded"]],
  ["fatal", "a label that was there", ["started", "succeeded"]],
  ["fatal", "another label after the flip", ["started", "succeeded"]],
])("foreignLabelDuringRotation %s: %s ends in %j", async (value, what, outcomes) => {
  const aws = await startRotating();
  const { client, labels, v1 } = aws;
  aws.manager.set("foreignLabelDuringRotation", value);
  const mark = { SecretId, VersionStage: "mark", MoveToVersionId: v1 };
  if (what === "a label that was there") await client.updateSecretVersionStage(mark);
  const good = wellBehaved(aws);
  aws.register(async (event, context) => {
    await good(event, context);
    const pending = { VersionStage: "AWSPENDING", RemoveFromVersionId: event.ClientRequestToken };
    if (event.Step === "setSecret" && what === "another label") await client.updateSecretVersionStage(mark);
    if (event.Step === "finishSecret" && what === "AWSPENDING itself")
      await client.updateSecretVersionStage({ SecretId, ...pending });
    if (event.Step === "finishSecret" && what === "another label after the flip")
      await client.updateSecretVersionStage(mark);
  });
  const token = await aws.rotate();
  await aws.timeline.advance(day);
  expect(aws.outcomes()).toEqual(outcomes);
  if (outcomes.includes("succeeded")) return;
  expect(aws.steps()).toEqual(["createSecret", "setSecret"]);
  expect(await labels()).toEqual({ [v1]: ["AWSCURRENT", "mark"], [token]: ["AWSPENDING"] });
  expect(aws.journal).toContainEqual({
    ...{ kind: "rotation", secret: SecretId, token, outcome: "failed" },
    reason: "The secret's staging labels were changed during its rotation",
  });
});

test.each([
  ["abandons", "function", ["createSecret", "setSecret"], ["started", "abandoned"], true],
  ["retried", "function", ["createSecret", "setSecret", "createSecret"], ["started", "failed"], true],
  [
    "refused",
    "function",
    ["createSecret", "setSecret", "createSecret", "setSecret"],
    ["started", "failed"],
    false,
  ],
  ["retried", "someone else", ["createSecret", "setSecret"], ["started", "abandoned"], true],
  ["refused", "someone else", ["createSecret", "setSecret"], ["started", "abandoned"], true],
])("abortByFunction %s: a current value written by %s", async (value, by, steps, outcomes, written) => {
  const aws = await startRotating();
  aws.manager.set("abortByFunction", value);
  aws.manager.set("retries", 1);
  const writer = aws.connect({}, by === "function" ? "rotation-function" : "someone");
  const copy = newToken();
  const refusals: string[] = [];
  aws.register(
    wellBehaved(aws, async ({ Step, ClientRequestToken }) => {
      const stages = (await aws.labels())[ClientRequestToken] ?? [];
      if (!stages.includes("AWSPENDING")) throw new Error("not staged");
      if (Step !== "setSecret") return;
      const put = writer.putSecretValue({ SecretId, ClientRequestToken: copy, SecretString: newValue() });
      refusals.push(await aws.refusal(put));
      throw new Error("aborted");
    }),
  );
  const token = await aws.rotate();
  await aws.timeline.advance(day);
  expect(aws.steps()).toEqual(steps);
  expect(aws.outcomes()).toEqual(outcomes);
  expect(await aws.labels()).toEqual(
    written
      ? { [aws.v1]: ["AWSPREVIOUS"], [copy]: ["AWSCURRENT"] }
      : { [aws.v1]: ["AWSCURRENT"], [token]: ["AWSPENDING"] },
  );
  expect(refusals[0]).toMatch(
    written ? "no error" : "InvalidRequestException: You can't write another current value",
  );
});

test.each([
  ["stops", ["createSecret"], ["createSecret"]],
  ["goes on", allSteps, Array.from({ length: 4 }, () => "createSecret")],
])("deleteDuringRotation %s: in a step, and before the next try", async (value, inStep, beforeTry) => {
  for (const [fails, steps] of [[false, inStep] as const, [true, beforeTry] as const]) {
    const aws = await startRotating();
    aws.manager.set("deleteDuringRotation", value);
    aws.register(async ({ Step }) => {
      if (Step === "createSecret") await aws.client.deleteSecret({ SecretId }).catch(() => undefined);
      if (fails) throw new Error("refused");
    });
    const token = await aws.rotate();
    await aws.timeline.advance(day);
    expect(aws.steps().slice(0, steps.length + 1)).toEqual(
      fails || value === "stops" ? steps : [...steps, "createSecret"],
    );
    expect(aws.outcomes()).toEqual(["started", "failed"]);
    expect((await aws.labels())[token]).toEqual(["AWSPENDING"]);
  }
});
