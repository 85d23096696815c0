import { leakMark } from "../../services/rotation/labels.js";
import type { Truth } from "./truth.js";
import type { Fate, Interaction } from "./wire.js";
import type { World } from "./world.js";

/** What goes wrong with one request. It lasts: every further request of that operation in that invocation meets it too, so that the step gives up. */
export const troubles = ["refuse", "lose", "time-out", "throttle", "500"] as const satisfies readonly Fate[];
/** The process ends. */
export const deaths = ["die", "die after"] as const satisfies readonly Fate[];
/** What someone else does, right before a request is sent. */
export const events = [
  "second runner",
  "end of overlap",
  "plain write",
  "leak current",
  "leak previous",
  "leak pending",
  "new key ended",
] as const;

export type Trouble = (typeof troubles)[number];
export type Death = (typeof deaths)[number];
export type Event = (typeof events)[number];
export type Happening = Trouble | `${Trouble} once` | Death | Event;

export const isEvent = (what: Happening): what is Event => events.some((event) => event === what);

/** Events that touch nothing but Secrets Manager: seen by requests to it alone. */
export const atSecretsManager: readonly Happening[] = [
  "plain write",
  "leak current",
  "leak previous",
  "leak pending",
];

/** Does what someone else does while an invocation waits for its request to be sent. */
export async function happen(
  event: Event,
  world: World,
  truth: Truth,
  { runner }: Interaction,
): Promise<void> {
  const { aws, secretId, arn } = world;
  if (event === "second runner") {
    await world.invoke("the second", runner.event, runner).catch(() => undefined);
  } else if (event === "end of overlap") {
    const versionId = world.holder("AWSPREVIOUS");
    const handle = await truth.handleAt("AWSPREVIOUS");
    if (!versionId || !handle) return;
    const job = { keyturn: { v: 1, action: "end-overlap", secretId: arn, versionId, handle } };
    await world.invoke("the overlap's end", job, runner).catch(() => undefined);
  } else if (event === "new key ended") {
    const handle = await truth.handleAt("AWSPENDING");
    if (handle && handle !== (await truth.handleAt("AWSCURRENT"))) await world.endKey("AWSPENDING", handle);
  } else if (event === "plain write") {
    const { SecretString = "" } = await aws.getSecretValue({ SecretId: secretId });
    const edited = { ...JSON.parse(SecretString), edited: world.sandbox.journal.last };
    await aws.putSecretValue({ SecretId: secretId, SecretString: JSON.stringify(edited) });
  } else {
    const stage = {
      "leak current": "AWSCURRENT",
      "leak previous": "AWSPREVIOUS",
      "leak pending": "AWSPENDING",
    }[event];
    await leak(world, truth, stage);
  }
}

/** Marks what a staging label holds as leaked, as `rotate-secret --leaked` does first of all. */
async function leak({ aws, secretId, holder }: World, truth: Truth, stage: string): Promise<void> {
  const versionId = holder(stage);
  const handle = await truth.handleAt(stage);
  if (!versionId || !handle) return;
  truth.leaked.add(handle);
  await aws.updateSecretVersionStage({
    SecretId: secretId,
    VersionStage: leakMark(versionId),
    MoveToVersionId: versionId,
  });
}
