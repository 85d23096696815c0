import { describe, expect, test } from "vitest";
import {
  afterMove,
  afterPut,
  current,
  type Labels,
  pending,
  previous,
} from "../../../services/sandbox/aws/labels.js";
import { newToken, newValue, startSecretsManager } from "./harness.js";

const SecretId = "app/key";

/** A secret and a way to write versions of it, each with a value of its own. */
async function secretWithVersions() {
  const aws = await startSecretsManager();
  const { version: v1 } = await aws.createSecret();
  const put = async (VersionStages?: string[], ClientRequestToken = newToken()) => {
    const value = { SecretString: newValue(), ClientRequestToken };
    await aws.client.putSecretValue({ SecretId, ...value, ...(VersionStages && { VersionStages }) });
    return ClientRequestToken;
  };
  const move = (VersionStage: string, RemoveFromVersionId?: string, MoveToVersionId?: string) =>
    aws.client.updateSecretVersionStage({ SecretId, VersionStage, RemoveFromVersionId, MoveToVersionId });
  return { ...aws, v1, put, move };
}

describe("label transitions recorded on AWS", () => {
  test("labels given with a value move to it, and the older version leaves the list", async () => {
    const { client, put, labels, v1 } = await secretWithVersions();
    const v2 = await put(["A", "B"]);
    const v3 = await put(["A", "B"]);
    expect(await labels()).toEqual({ [v1]: [current], [v3]: ["A", "B"] });
    const listed = await client.listSecretVersionIds({ SecretId });
    expect(listed.Versions?.map(({ VersionId }) => VersionId)).toEqual([v1, v3]);
    const all = await client.listSecretVersionIds({ SecretId, IncludeDeprecated: true });
    expect(all.Versions?.map(({ VersionId, VersionStages }) => [VersionId, VersionStages])).toEqual([
      [v1, [current]],
      [v2, undefined],
      [v3, ["A", "B"]],
    ]);
  });

  test("AWSCURRENT moved to the pending version leaves AWSPENDING there; a plain write takes it off", async () => {
    const { put, move, labels, v1 } = await secretWithVersions();
    const v2 = await put([pending]);
    expect(await labels()).toEqual({ [v1]: [current], [v2]: [pending] });
    await move(current, v1, v2);
    expect(await labels()).toEqual({ [v1]: [previous], [v2]: [current, pending] });
    const v3 = await put();
    expect(await labels()).toEqual({ [v2]: [previous], [v3]: [current] });
  });

  test("a plain write takes AWSPENDING off another version too", async () => {
    const { put, labels, v1 } = await secretWithVersions();
    await put([pending]);
    const v3 = await put();
    expect(await labels()).toEqual({ [v1]: [previous], [v3]: [current] });
  });

  test("anyone who may write can take AWSPENDING away", async () => {
    const { put, labels, v1 } = await secretWithVersions();
    await put([pending]);
    const thief = await put([pending]);
    expect(await labels()).toEqual({ [v1]: [current], [thief]: [pending] });
  });

  test("a rollback swaps AWSCURRENT and AWSPREVIOUS", async () => {
    const { put, move, labels, v1 } = await secretWithVersions();
    const v2 = await put();
    await move(current, v2, v1);
    expect(await labels()).toEqual({ [v1]: [current], [v2]: [previous] });
  });

  test("the first value ever becomes current, whatever labels it was given", async () => {
    const { client, labels } = await startSecretsManager();
    await client.createSecret({ Name: SecretId });
    expect(await client.describeSecret({ SecretId })).not.toHaveProperty("VersionIdsToStages");
    const token = newToken();
    const put = await client.putSecretValue({
      SecretId,
      ClientRequestToken: token,
      SecretString: newValue(),
      VersionStages: ["MINE"],
    });
    expect(put.VersionStages).toEqual([current, "MINE"]);
    expect(await labels()).toEqual({ [token]: [current, "MINE"] });
  });

  test.each([
    { foreignLabelsAtFlip: "kept", left: [previous, "MARK"] },
    { foreignLabelsAtFlip: "lost", left: [previous] },
  ])("labels of others on the version that AWSCURRENT leaves are $foreignLabelsAtFlip", async (given) => {
    const { manager, put, move, labels, v1 } = await secretWithVersions();
    manager.set("foreignLabelsAtFlip", given.foreignLabelsAtFlip);
    await move("MARK", undefined, v1);
    const v2 = await put([pending]);
    await move(current, v1, v2);
    expect(await labels()).toEqual({ [v1]: given.left, [v2]: [current, pending] });
  });

  test("a label is removed by naming its holder alone", async () => {
    const { put, move, labels, v1 } = await secretWithVersions();
    const v2 = await put([pending]);
    await move(pending, v2);
    expect(await labels()).toEqual({ [v1]: [current] });
  });

  test("a move to where the label already is changes nothing", async () => {
    const { move, labels, v1 } = await secretWithVersions();
    await move(current, undefined, v1);
    await move(current, v1, v1);
    expect(await labels()).toEqual({ [v1]: [current] });
  });
});

test("no sequence of writes and moves leaves AWSCURRENT or AWSPREVIOUS wrong", () => {
  const versions = ["v1", "v2", "v3"];
  const changes = versions.flatMap((to) => [
    (labels: Labels) => afterPut(labels, to, undefined, "kept"),
    (labels: Labels) => afterPut(labels, to, [pending], "kept"),
    (labels: Labels) => afterPut(labels, to, [current, pending], "kept"),
    (labels: Labels) => afterMove(labels, { stage: current, from: labels.get(current), to }, "kept"),
    (labels: Labels) => afterMove(labels, { stage: pending, from: labels.get(pending), to }, "kept"),
  ]);
  const seen = new Map<string, Labels>();
  const explore = (labels: Labels) => {
    const key = JSON.stringify([...labels].sort());
    if (seen.has(key)) return;
    seen.set(key, labels);
    const before = labels.get(current);
    for (const change of changes) {
      const after = change(labels);
      const now = after.get(current);
      expect(now).toBeDefined();
      // AWSPREVIOUS goes where AWSCURRENT was, and moves for no other reason.
      expect(after.get(previous)).toBe(before === now ? labels.get(previous) : before);
      expect(after.get(previous)).not.toBe(now);
      explore(after);
    }
  };
  explore(new Map([[current, "v1"]]));
  // One of three is current, another or (at first) none previous, any or none pending.
  expect(seen.size).toBe(3 * 2 * 4 + 4);
});
