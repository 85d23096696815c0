import { KeyturnError } from "../../errors.js";
import type { SecretView } from "../../store/store.js";
import { nothingOfOurs } from "../../store/value.js";
import { hardAbort } from "../abort.js";
import type { Arranged } from "../end-of-overlap.js";
import { firstLook, mustBePending } from "../guard.js";
import { holder, markedVersions, standing } from "../labels.js";
import { mustBeOurs, retire } from "../retire.js";
import type { Rotation } from "../rotation.js";
import { rejected, stagedValue } from "./test.js";

/** A leaked key's end is arranged this far ahead: behind the flip, whoever crashes. Seconds. */
const markedSeconds = 120;
/** The flip comes that much later than the end is arranged, at most, and AWS's own note of it, from which the overlap counts. Seconds. */
const flipSeconds = 60;
/** How often a move whose outcome is unknown is looked at and repeated. */
const moveTries = 3;

/**
 * Makes the staged key current. The end of the old one is arranged *before*: from the moment of the move on, AWS
 * counts the rotation as done and may never call again (P16). AWSPENDING is AWS's to clear.
 * @throws KeyturnError `key_rejected`, `current_moved`, `token_not_staged`, `rotation_aborted`
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
 */
export async function finishSecret(rotation: Rotation): Promise<void> {
  const view = await firstLook(rotation);
  if (standing(view, rotation.token) === "current") {
    const old = await oldKey(rotation, view, "AWSPREVIOUS");
    const arranged = await arrange(rotation, old);
    await tellSuccess(rotation, arranged);
    return endMarked(rotation, view, old);
  }
  await mustBePending(rotation, view);
  const staged = await stagedValue(rotation);
  if (staged.kind !== "key") throw noKeyStaged(rotation);
  if (await rotation.isMarked(staged, view)) await hardAbort(rotation, "its key is marked as leaked");
  const old = await oldKey(rotation, view, "AWSCURRENT");
  const arranged = await arrange(rotation, old);
  if (!(await rotation.alive(staged))) throw rejected(rotation);
  await mustBeOurs(rotation, staged);
  await promote(rotation, staged.record.replaces);
  rotation.parts.log.info("rotated", { handle: staged.key.handle });
  await tellSuccess(rotation, arranged);
  const after = await rotation.readUntil(
    () => rotation.look(),
    (seen) => standing(seen, rotation.token) === "current",
  );
  await endMarked(rotation, after, old);
}

/** The version whose key gives way to the staged one, and whether that was leaked: AWS may drop the mark with the move. */
interface OldKey {
  readonly versionId: string | undefined;
  readonly marked: boolean;
  /** Undefined for a key that is not ours to end. Reads the version, if nothing else has. */
  readonly handle: () => Promise<string | undefined>;
}

async function oldKey(rotation: Rotation, view: SecretView, stage: string): Promise<OldKey> {
  const versionId = holder(view, stage);
  const anyMark = versionId !== undefined && markedVersions(view).length > 0;
  return {
    versionId,
    marked: anyMark && (await rotation.isMarked(await rotation.value(versionId), view)),
    handle: async () => {
      const old = await rotation.value(versionId).catch(nothingOfOurs);
      return old?.kind === "key" ? old.key.handle : undefined;
    },
  };
}

async function arrange(
  rotation: Rotation,
  { versionId, marked, handle }: OldKey,
): Promise<Arranged | undefined> {
  if (!versionId) return undefined;
  const { clock, endOfOverlap, request, secret } = rotation.parts;
  const seconds = marked ? markedSeconds : secret.overlapSeconds + flipSeconds;
  const at = new Date(clock.now().getTime() + seconds * 1000);
  return endOfOverlap.arrange({ secretArn: request.arn, versionId, handle, at });
}

/** A try after the flip tells it as well: the one that flipped may have been killed before what it told was sent. */
async function tellSuccess(rotation: Rotation, arranged: Arranged | undefined): Promise<void> {
  const { tell, clock } = rotation.parts;
  const now = await rotation.value(rotation.token);
  if (now?.kind !== "key") return;
  tell("Rotation Succeeded", {
    ...{ rotation: rotation.token, handle: now.key.handle },
    ...(arranged ? { replaced: arranged.handle, overlapUntil: arranged.at.toISOString() } : {}),
    seconds: Math.max(0, (clock.now().getTime() - Date.parse(now.record.createdAt)) / 1000),
  });
}

/**
 * Moves AWSCURRENT from the version that the key was made to replace, and from no other: whatever was written in between, by a person or
 * an abort, makes AWS refuse it. Unknown outcomes are looked at, never guessed.
 */
async function promote(rotation: Rotation, replaces: string | undefined): Promise<void> {
  const { store, request } = rotation.parts;
  let view = await rotation.freshLook();
  for (let tries = 1; ; tries++) {
    if (standing(view, rotation.token) === "current") return;
    await mustBePending(rotation, view);
    const from = replaces ?? holder(view, "AWSCURRENT");
    try {
      await store.moveStage(request.arn, "AWSCURRENT", { ...(from ? { from } : {}), to: rotation.token });
      return;
    } catch (error) {
      if (!(error instanceof KeyturnError) || error.code === "store_denied" || tries === moveTries)
        throw error;
      view = await rotation.look();
      // A refusal with AWSCURRENT elsewhere is a lost compare-and-set: someone wrote, and what they wrote stands.
      if (error.code === "store_refused" && holder(view, "AWSCURRENT") !== rotation.token)
        throw moved(rotation);
    }
  }
}

/** A mark that was set while AWSCURRENT moved is seen here, and its key ended at once (P16). */
async function endMarked(rotation: Rotation, view: SecretView, { versionId, marked }: OldKey): Promise<void> {
  if (!marked && markedVersions(view).length === 0) return;
  const old = await rotation.value(versionId);
  if (old?.kind !== "key" || !(marked || (await rotation.isMarked(old, view)))) return;
  if (await rotation.isMarked(await rotation.value(rotation.token), view)) return;
  await retire(rotation, { as: "stored", stored: old, because: "leaked" });
}

function moved(rotation: Rotation): KeyturnError {
  return new KeyturnError("current_moved", {
    expected: `AWSCURRENT of ${rotation.parts.secret.name} to stay where it was`,
    found: "that someone moved it",
    next: "Nothing was promoted. The step is tried again if the rotation still stands.",
  });
}

function noKeyStaged(rotation: Rotation): KeyturnError {
  return new KeyturnError("value_invalid", {
    expected: `version ${rotation.token} of ${rotation.parts.secret.name} to hold a key that createSecret made`,
    found: "something else",
    next: "It was not promoted. Start a rotation anew.",
  });
}
