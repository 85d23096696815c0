import { afterAll, beforeEach, expect, test } from "vitest";
import { newToken, startSecretsManager, wellBehaved } from "./harness.js";

const SecretId = "app/key";

let close: () => Promise<void> = () => Promise.resolve();
const aws = await startSecretsManager((end) => {
  close = end;
});
const { client, manager, timeline, refusal } = aws;
afterAll(() => close());
beforeEach(aws.reset);

const noSuchSecret = "ResourceNotFoundException: Secrets Manager can't find the specified secret.";
const listed = async () =>
  (await client.listSecretVersionIds({ SecretId, IncludeDeprecated: true })).Versions?.map(
    ({ VersionId }) => VersionId,
  );
const current = async () => (await client.getSecretValue({ SecretId })).SecretString;

test("each read shows the secret as it was so long ago, and not a moment longer", async () => {
  const { version: v1 } = await aws.createSecret();
  manager.set("readLagSeconds", 3);
  const v2 = newToken();
  await client.putSecretValue({ SecretId, ClientRequestToken: v2, SecretString: "second" });
  const before = async () => {
    expect(await aws.labels()).toEqual({ [v1]: ["AWSCURRENT"] });
    expect(await current()).toBe("first");
    expect(await listed()).toEqual([v1]);
    const notYet = `ResourceNotFoundException: Secrets Manager can't find the specified secret value for VersionId: ${v2}`;
    expect(await refusal(client.getSecretValue({ SecretId, VersionId: v2 }))).toBe(notYet);
    const batch = await client.batchGetSecretValue({ SecretIdList: [SecretId] });
    expect(batch.SecretValues?.map(({ SecretString }) => SecretString)).toEqual(["first"]);
  };
  await before();
  await timeline.advance(2999);
  await before();
  await timeline.advance(1);
  expect(await aws.labels()).toEqual({ [v1]: ["AWSPREVIOUS"], [v2]: ["AWSCURRENT"] });
  expect(await current()).toBe("second");
  expect(await listed()).toEqual([v1, v2]);
  const batch = await client.batchGetSecretValue({ SecretIdList: [SecretId] });
  expect(batch.SecretValues?.map(({ SecretString }) => SecretString)).toEqual(["second"]);
});

test("writes are on the secret as it is", async () => {
  const { version: v1 } = await aws.createSecret();
  manager.set("readLagSeconds", 60);
  const [v2, v3] = [newToken(), newToken()];
  await client.putSecretValue({ SecretId, ClientRequestToken: v2, SecretString: "second" });
  const move = { SecretId, VersionStage: "AWSCURRENT", RemoveFromVersionId: v1, MoveToVersionId: v2 };
  expect(await refusal(client.updateSecretVersionStage(move))).toMatch("InvalidParameterException");
  const staged = { ClientRequestToken: v3, SecretString: "third", VersionStages: ["AWSPENDING"] };
  expect((await client.putSecretValue({ SecretId, ...staged })).VersionStages).toEqual(["AWSPENDING"]);
  const again = client.putSecretValue({ SecretId, ClientRequestToken: v2, SecretString: "other" });
  expect(await refusal(again)).toMatch("ResourceExistsException");
  await timeline.advance(60_000);
  expect(await aws.labels()).toEqual({ [v1]: ["AWSPREVIOUS"], [v2]: ["AWSCURRENT"], [v3]: ["AWSPENDING"] });
});

test("moments in between are kept: a read sees each state in turn", async () => {
  await aws.createSecret();
  manager.set("readLagSeconds", 10);
  const seen: unknown[] = [];
  for (let second = 1; second <= 14; second++) {
    await timeline.advance(1000);
    if (second <= 4) await client.putSecretValue({ SecretId, SecretString: `after ${second}` });
    seen.push(await current());
  }
  expect(seen).toEqual([
    ...Array.from({ length: 10 }, () => "first"),
    ...["after 1", "after 2", "after 3", "after 4"],
  ]);
});

test("a new secret is not there yet, a deleted one still is, other secrets lag alike", async () => {
  manager.set("readLagSeconds", 5);
  await aws.createSecret();
  expect(await refusal(client.describeSecret({ SecretId }))).toBe(noSuchSecret);
  expect(await refusal(client.getSecretValue({ SecretId }))).toBe(noSuchSecret);
  await timeline.advance(5000);
  expect(await current()).toBe("first");
  await client.deleteSecret({ SecretId });
  expect(await current()).toBe("first");
  await timeline.advance(5000);
  expect(await refusal(current())).toMatch("marked for deletion");
});

test("what AWS itself does lags too: the start of a rotation, and the end of AWSPENDING", async () => {
  const shown: string[] = [];
  aws.register(
    wellBehaved(aws, async ({ Step, ClientRequestToken }, { clock }) => {
      for (;;) {
        const stages = (await aws.labels())[ClientRequestToken] ?? [];
        shown.push(`${Step} ${stages.join("+") || "none"}`);
        if (stages.length > 0) return;
        await clock.sleep(1000);
      }
    }),
  );
  const { version: v1 } = await aws.createSecret();
  manager.set("readLagSeconds", 2);
  manager.set("clearPendingSeconds", 1);
  const token = await aws.rotate({ RotationRules: { AutomaticallyAfterDays: 1 } });
  await timeline.idle();
  expect(shown.slice(0, 4)).toEqual([
    ...["createSecret none", "createSecret none", "createSecret AWSPENDING", "setSecret AWSPENDING"],
  ]);
  expect(aws.outcomes()).toEqual(["started", "succeeded"]);
  expect(await aws.labels()).toEqual({ [v1]: ["AWSCURRENT"], [token]: ["AWSPENDING"] });
  await timeline.advance(2000);
  expect((await aws.labels())[token]).toEqual(["AWSCURRENT", "AWSPENDING"]);
  await timeline.advance(1000);
  expect((await aws.labels())[token]).toEqual(["AWSCURRENT"]);
});

test("a scheduled rotation's start lags as well", async () => {
  aws.register(wellBehaved(aws));
  await aws.createSecret();
  await aws.rotate({ RotationRules: { AutomaticallyAfterDays: 1 } });
  await timeline.idle();
  aws.register(() => Promise.reject(new Error("refused")));
  manager.set("readLagSeconds", 30);
  const pending = async () =>
    Object.values(await aws.labels()).filter((stages) => stages.includes("AWSPENDING"));
  await timeline.advance(14 * 3_600_000 + 29_999);
  expect(await pending()).toEqual([]);
  await timeline.advance(1);
  expect(await pending()).toEqual([["AWSPENDING"]]);
});

test("the end of a dry run lags as well", async () => {
  aws.register(wellBehaved(aws));
  const { version } = await aws.createSecret();
  manager.set("readLagSeconds", 5);
  // Its function reads the past too, and finds no AWSPENDING to test: that is not looked at here.
  await aws.rotate({ RotateImmediately: false });
  await timeline.idle();
  await timeline.advance(5000);
  expect(await aws.labels()).toEqual({ [version]: ["AWSCURRENT"] });
});

test("set later, or off and on again, it never shows what is older than it says", async () => {
  await aws.createSecret();
  manager.set("readLagSeconds", 5);
  await timeline.advance(60_000);
  manager.set("readLagSeconds", 0);
  await client.putSecretValue({ SecretId, SecretString: "second" });
  expect(await current()).toBe("second");
  await timeline.advance(60_000);
  manager.set("readLagSeconds", 5);
  expect(await current()).toBe("second");
});
