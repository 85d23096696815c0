import { expect, test } from "vitest";
import {
  functionArn,
  newToken,
  newValue,
  startRotating,
  startSecretsManager,
  wellBehaved,
} from "./harness.js";

const SecretId = "app/key";

test("a plain write abandons the rotation: no further step, AWSPENDING gone", async () => {
  const aws = await startRotating();
  const { client, timeline, rotate, labels, v1 } = aws;
  const written = newToken();
  aws.register(
    wellBehaved(aws, async ({ Step }) => {
      if (Step !== "setSecret") return;
      await client.putSecretValue({ SecretId, ClientRequestToken: written, SecretString: newValue() });
    }),
  );
  const token = await rotate();
  await timeline.advance(86_400_000);
  expect(aws.steps()).toEqual(["createSecret", "setSecret"]);
  expect(aws.outcomes()).toEqual(["started", "abandoned"]);
  expect(await labels()).toEqual({ [v1]: ["AWSPREVIOUS"], [written]: ["AWSCURRENT"] });
  expect(await aws.refusal(client.getSecretValue({ SecretId, VersionId: token }))).toMatch(token);
});

test("a plain write while the next try is waited for ends that too", async () => {
  const { client, timeline, rotate, steps, outcomes } = await startRotating(() => true);
  await rotate();
  await timeline.idle();
  await client.putSecretValue({ SecretId, SecretString: newValue() });
  await timeline.advance(86_400_000);
  expect([steps(), outcomes()]).toEqual([["createSecret"], ["started", "abandoned"]]);
});

test("AWSPENDING taken by another version during a rotation: it fails, and is not tried again", async () => {
  const aws = await startRotating();
  const { client, timeline, rotate, labels, v1 } = aws;
  const thief = newToken();
  aws.register(
    wellBehaved(aws, async ({ Step }) => {
      if (Step !== "testSecret") return;
      const value = { SecretString: newValue(), VersionStages: ["AWSPENDING"] };
      await client.putSecretValue({ SecretId, ClientRequestToken: thief, ...value });
      throw new Error("no longer pending");
    }),
  );
  await rotate();
  await timeline.idle();
  expect(aws.outcomes()).toEqual(["started", "failed"]);
  expect((await timeline.advance(86_400_000)).fired).toBe(0);
  expect(await labels()).toEqual({ [v1]: ["AWSCURRENT"], [thief]: ["AWSPENDING"] });
});

test("AWSPENDING removed by hand while the next try is waited for: another rotation may begin, and takes over", async () => {
  let broken = true;
  const { client, timeline, rotate, events, outcomes, labels, v1 } = await startRotating(() => broken);
  const old = await rotate();
  await timeline.idle();
  await client.updateSecretVersionStage({ SecretId, VersionStage: "AWSPENDING", RemoveFromVersionId: old });
  await rotate();
  await timeline.idle();
  broken = false;
  const { token } = events.at(-1) ?? { token: "" };
  await timeline.advance(86_400_000);
  expect(outcomes()).toEqual(["started", "abandoned", "started", "succeeded"]);
  expect(events.filter((event) => event.token === old)).toHaveLength(1);
  expect(await labels()).toEqual({ [v1]: ["AWSPREVIOUS"], [token]: ["AWSCURRENT"] });
});

test("AWSPENDING on no version is success too", async () => {
  const aws = await startRotating();
  const good = wellBehaved(aws);
  aws.register(async (event, context) => {
    await good(event, context);
    if (event.Step !== "finishSecret") return;
    const removed = { VersionStage: "AWSPENDING", RemoveFromVersionId: event.ClientRequestToken };
    await aws.client.updateSecretVersionStage({ SecretId, ...removed });
  });
  await aws.rotate();
  await aws.timeline.idle();
  expect(aws.outcomes()).toEqual(["started", "succeeded"]);
});

test("a plain write after the flip abandons nothing: the rotation has reached its end", async () => {
  const aws = await startRotating();
  const good = wellBehaved(aws);
  aws.register(async (event, context) => {
    await good(event, context);
    if (event.Step === "finishSecret") {
      await aws.client.putSecretValue({ SecretId, SecretString: newValue() });
    }
  });
  const token = await aws.rotate();
  await aws.timeline.idle();
  expect(aws.outcomes()).toEqual(["started", "succeeded"]);
  expect((await aws.labels())[token]).toEqual(["AWSPREVIOUS"]);
});

test("a function that writes its own version without stages promotes it, and abandons nothing", async () => {
  const aws = await startRotating();
  const client = aws.connect({}, "rotation-function");
  aws.register(async ({ Step, ClientRequestToken }) => {
    if (Step !== "createSecret") return;
    await client.putSecretValue({ SecretId, ClientRequestToken, SecretString: newValue() });
  });
  const token = await aws.rotate();
  await aws.timeline.idle();
  expect(aws.steps()).toHaveLength(4);
  expect(aws.outcomes()).toEqual(["started", "succeeded"]);
  expect(await aws.labels()).toEqual({ [aws.v1]: ["AWSPREVIOUS"], [token]: ["AWSCURRENT"] });
});

test("all steps returned but nothing was promoted: failed, and tried again", async () => {
  const { timeline, register, rotate, steps, outcomes, createSecret } = await startSecretsManager();
  register(async () => undefined);
  await createSecret();
  await rotate();
  await timeline.advance(86_400_000);
  expect(steps()).toHaveLength(16);
  expect(outcomes()).toEqual(["started", "failed"]);
});

test("AWSPENDING is cleared later when it is set so", async () => {
  const { manager, timeline, rotate, labels } = await startRotating();
  manager.set("clearPendingSeconds", 30);
  const token = await rotate();
  await timeline.idle();
  expect((await labels())[token]).toEqual(["AWSCURRENT", "AWSPENDING"]);
  await timeline.advance(29_999);
  expect((await labels())[token]).toEqual(["AWSCURRENT", "AWSPENDING"]);
  await timeline.advance(1);
  expect((await labels())[token]).toEqual(["AWSCURRENT"]);
});

test("rolled back before AWSPENDING was cleared: the rotation counts as unfinished again", async () => {
  const { client, manager, timeline, rotate, labels, refusal, v1 } = await startRotating();
  manager.set("clearPendingSeconds", 30);
  const token = await rotate();
  await timeline.idle();
  const back = { MoveToVersionId: v1, RemoveFromVersionId: token };
  await client.updateSecretVersionStage({ SecretId, VersionStage: "AWSCURRENT", ...back });
  await timeline.advance(30_000);
  expect(await labels()).toEqual({ [v1]: ["AWSCURRENT"], [token]: ["AWSPENDING", "AWSPREVIOUS"] });
  expect(await refusal(client.rotateSecret({ SecretId }))).toMatch("A previous rotation isn't complete.");
  await timeline.idle();
  expect((await labels())[token]).toContain("AWSCURRENT");
});

test.each([
  { throwAfterFlip: "retried", tries: 4, outcome: "failed" },
  { throwAfterFlip: "succeeded", tries: 1, outcome: "succeeded" },
])(
  "finishSecret that throws after the flip is $throwAfterFlip",
  async ({ throwAfterFlip, tries, outcome }) => {
    const aws = await startRotating();
    const good = wellBehaved(aws);
    aws.register(async (event, context) => {
      await good(event, context);
      if (event.Step === "finishSecret") throw new Error("late");
    });
    aws.manager.set("throwAfterFlip", throwAfterFlip);
    await aws.rotate();
    await aws.timeline.advance(86_400_000);
    expect(aws.steps().filter((step) => step === "finishSecret")).toHaveLength(tries);
    expect(aws.outcomes()).toEqual(["started", outcome]);
  },
);

test.each([true, false])(
  "a dry run calls testSecret alone, on a copy of the current value (passes: %s)",
  async (ok) => {
    const aws = await startSecretsManager();
    const { client, timeline } = aws;
    const shown: unknown[] = [];
    aws.register(async ({ Step, ClientRequestToken: VersionId }) => {
      const read = await client.getSecretValue({ SecretId, VersionId, VersionStage: "AWSPENDING" });
      shown.push([Step, read.SecretString]);
      if (!ok) throw new Error("no");
    });
    const { version: v1 } = await aws.createSecret();
    const token = await aws.rotate({ RotateImmediately: false });
    expect(token).not.toBe(v1);
    await timeline.advance(86_400_000);
    expect(shown).toEqual([["testSecret", "first"]]);
    expect(await aws.labels()).toEqual({ [v1]: ["AWSCURRENT"] });
    expect(aws.outcomes()).toEqual(["started", ok ? "succeeded" : "failed"]);
    const described = await client.describeSecret({ SecretId });
    expect(described.RotationEnabled).toBe(true);
    expect(described).not.toHaveProperty("LastRotatedDate");
  },
);

test("the pending version must come from the function: its own key, or the rotation's token", async () => {
  const fill = async (by: string, passToken: boolean, pendingCreator = "checked") => {
    const aws = await startSecretsManager();
    aws.manager.set("pendingCreator", pendingCreator);
    const client = aws.connect({}, by);
    const good = wellBehaved(aws);
    aws.register(async (event, context) => {
      if (event.Step !== "createSecret") return good(event, context);
      await client.putSecretValue({
        SecretId,
        ClientRequestToken: event.ClientRequestToken,
        SecretString: "filled",
        VersionStages: ["AWSPENDING"],
        ...(passToken && { RotationToken: event.RotationToken }),
      });
    });
    await aws.createSecret();
    await aws.rotate();
    await aws.timeline.advance(86_400_000);
    return aws.outcomes();
  };
  expect(await fill("assumed-role", true)).toEqual(["started", "succeeded"]);
  expect(await fill("rotation-function", false)).toEqual(["started", "succeeded"]);
  expect(await fill("assumed-role", false)).toEqual(["started", "failed"]);
  expect(await fill("assumed-role", false, "unchecked")).toEqual(["started", "succeeded"]);
});

test("CancelRotateSecret stops what goes on, names the half-made version and leaves its label", async () => {
  const { client, timeline, rotate, labels, steps, outcomes, v1 } = await startRotating(() => true);
  const token = await rotate();
  await timeline.idle();
  expect((await client.cancelRotateSecret({ SecretId })).VersionId).toBe(token);
  await timeline.advance(86_400_000);
  expect([steps(), outcomes()]).toEqual([["createSecret"], ["started", "abandoned"]]);
  expect(await labels()).toEqual({ [v1]: ["AWSCURRENT"], [token]: ["AWSPENDING"] });
  expect(await client.describeSecret({ SecretId })).toMatchObject({
    RotationEnabled: false,
    RotationLambdaARN: functionArn,
  });
});

test("CancelRotateSecret after the flip ends nothing: the rotation has reached its end", async () => {
  const aws = await startRotating();
  const good = wellBehaved(aws);
  aws.register(async (event, context) => {
    await good(event, context);
    if (event.Step === "finishSecret") await aws.client.cancelRotateSecret({ SecretId });
  });
  const token = await aws.rotate();
  await aws.timeline.idle();
  expect(aws.outcomes()).toEqual(["started", "succeeded"]);
  expect((await aws.labels())[token]).toEqual(["AWSCURRENT"]);
});

test("a secret that is deleted during its rotation is not tried again", async () => {
  const { client, timeline, rotate, steps, outcomes } = await startRotating(() => true);
  await rotate();
  await timeline.idle();
  await client.deleteSecret({ SecretId });
  await timeline.advance(3_600_000);
  expect([steps(), outcomes()]).toEqual([["createSecret"], ["started", "failed"]]);
});

test("reset forgets secrets, functions, switches and all that was under way", async () => {
  const aws = await startRotating();
  const { client, timeline, manager, journal } = aws;
  const waiting = await aws.createSecret("app/waiting");
  aws.register(
    wellBehaved(aws, async (event, { clock }) => {
      if (event.SecretId === waiting.arn) throw new Error("later");
      await clock.sleep(5000);
    }),
  );
  await aws.rotate({ SecretId: waiting.name });
  await timeline.idle();
  await aws.rotate();
  manager.reset();
  journal.length = 0;
  await timeline.idle();
  const { version } = await aws.createSecret();
  expect((await timeline.advance(86_400_000)).fired).toBe(0);
  expect(journal.filter(({ kind }) => kind !== "request")).toEqual([]);
  expect(await aws.labels()).toEqual({ [version]: ["AWSCURRENT"] });
  expect(await aws.refusal(client.rotateSecret({ SecretId, RotationLambdaARN: functionArn }))).toMatch(
    "AccessDeniedException",
  );
});
