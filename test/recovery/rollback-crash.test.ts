import { afterAll, describe, expect, it } from "vitest";
import { claimLabel } from "../../services/rotation/claims.js";
import { leakMark } from "../../services/rotation/labels.js";
import { type Open, openOn, wayBack } from "../faults/interleavings.js";
import { Stage } from "../faults/matrix.js";
import { shipped } from "../faults/shipped.js";
import type { Fate, Interaction } from "../faults/wire.js";
import { begin } from "../rotation/staged.js";

const stage = new Stage({ product: shipped, provider: "stripe/webhook-secret" });
afterAll(() => stage.close());

type Opened = Awaited<ReturnType<typeof opened>>;

/** A rollback that has sent nothing yet, of a secret that has a way back. */
async function opened() {
  const open = await openOn(stage);
  const { world, threads } = open;
  const job = await wayBack(open);
  const [from = "", to = ""] = [world.holder("AWSCURRENT"), world.holder("AWSPREVIOUS")];
  return { ...open, from, to, rollback: threads.start("rollback", job) };
}

const label = ({ world }: Open, VersionStage: string, MoveToVersionId: string) =>
  world.aws.updateSecretVersionStage({ SecretId: world.secretId, VersionStage, MoveToVersionId });

const claims = ({ world: { sandbox, secretId } }: Open) =>
  (sandbox.secretsManager.describe().find(({ name }) => name === secretId)?.versions ?? [])
    .flatMap(({ stages }) => stages)
    .filter((one) => one.startsWith("keyturn:claim:rollback"));

/** Everything is over in the end: the key that is current now gives way, and nothing was broken. */
async function settles({ player }: Open): Promise<void> {
  const { outcome, broken } = await player.settle(await player.truth.handleAt("AWSCURRENT"), "rotated");
  expect(broken).toEqual([]);
  expect(outcome).not.toBe("never");
}

it("that dies before a write, or after one, leaves a secret whose next rotation goes on once its claim is over", {
  timeout: 60_000,
}, async () => {
  const left: string[] = [];
  for (let at = 0, isHeld = true; isHeld; at++) {
    const open = await opened();
    const { trace } = open.rollback;
    let n = 0;
    const matters = ({ changes }: Interaction) => changes || trace.at(-2)?.changes !== false;
    isHeld = (await open.rollback.until((one) => matters(one) && n++ === at)) !== undefined;
    await open.rollback.finish(isHeld ? "die" : "pass");
    const moved = open.world.holder("AWSCURRENT") === open.to;
    left.push(`${moved ? "moved" : "not moved"}, ${claims(open).length} claims`);
    await settles(open);
  }
  const stretches = left.filter((one, index) => one !== left[index - 1]);
  expect(stretches).toEqual([
    "not moved, 0 claims",
    "not moved, 1 claims",
    "moved, 1 claims",
    "moved, 0 claims",
  ]);
});

/** The rollback has claimed the version, and not looked again yet. */
async function claimed({ rollback }: Opened): Promise<void> {
  await rollback.until(writes);
  await rollback.until(({ operation }) => operation === "DescribeSecret");
}

const writes = ({ changes, operation }: Interaction) => changes && operation === "UpdateSecretVersionStage";
const soon = ({ world }: Open) => new Date(world.sandbox.timeline.now().getTime() + 30_000);

describe("what happens between its claim and its second look makes it stand back:", () => {
  it.each<[string, (open: Opened) => Promise<unknown>, string]>([
    [
      "the claim of a job that ends the key",
      (open) => label(open, claimLabel("end", open.to, soon(open)), open.to),
      "rollback_refused",
    ],
    [
      "the claim of another rollback",
      (open) => label(open, claimLabel("rollback", open.to, soon(open)), open.to),
      "rollback_pending",
    ],
    ["a leak mark", (open) => label(open, leakMark(open.to), open.to), "rollback_refused"],
    ["a rotation", (open) => begin(open.world, open.world.secretId), "rotation_pending"],
    ["a plain write", (open) => write(open), "current_moved"],
    [
      "the end of the key",
      async (open) =>
        open.world.endKey("AWSPREVIOUS", (await open.player.truth.handleAt("AWSPREVIOUS")) ?? ""),
      "rollback_refused",
    ],
  ])("%s", async (what, act, code) => {
    const open = await opened();
    await claimed(open);
    await act(open);
    const current = open.world.holder("AWSCURRENT");
    expect(await open.rollback.finish()).toBe(code);
    expect(open.world.holder("AWSCURRENT")).toBe(current);
    // Nothing is written on the secret beside an open rotation, and another's claim is another's.
    expect(claims(open)).toHaveLength(what === "a rotation" || what.includes("another rollback") ? 1 : 0);
    open.world.sandbox.secretsManager.set("retries", 2);
    await settles(open);
  });
});

async function write({ world: { aws, secretId } }: Open): Promise<void> {
  const { SecretString = "" } = await aws.getSecretValue({ SecretId: secretId });
  await aws.putSecretValue({ SecretId: secretId, SecretString });
}

/** The rollback is about to move AWSCURRENT. */
async function moving({ rollback }: Opened): Promise<void> {
  await rollback.until(writes);
  await rollback.until((interaction) => writes(interaction) && !isFirst(rollback.trace, interaction));
}

const isFirst = (trace: readonly Interaction[], one: Interaction) => trace.find(writes) === one;

describe("the move itself:", () => {
  it("is refused by AWS once somebody has written", async () => {
    const open = await opened();
    await moving(open);
    await write(open);
    const current = open.world.holder("AWSCURRENT");
    expect(await open.rollback.finish()).toBe("current_moved");
    expect(open.world.holder("AWSCURRENT")).toBe(current);
    await settles(open);
  });

  it.each<Fate>(["lose", "refuse", "throttle"])("%s once: it is looked at, and done", async (fate) => {
    const open = await opened();
    await moving(open);
    expect(await open.rollback.finish(fate)).toBe("done");
    expect(open.world.holder("AWSCURRENT")).toBe(open.to);
    expect(open.world.holder("AWSPREVIOUS")).toBe(open.from);
    expect(claims(open)).toEqual([]);
    await settles(open);
  });
});
