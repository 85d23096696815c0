import { hash32 } from "../../providers/kit/label.js";
import { KeyturnError } from "../errors.js";
import { sameKey } from "../store/value.js";
import { holder, leakMark, standing } from "./labels.js";
import { retire, type StoredKey, seeRefused } from "./retire.js";
import type { Rotation } from "./rotation.js";

/**
 * Ends this rotation for good and throws `rotation_aborted` (P11). Taking AWSPENDING away would not stop a
 * finishSecret in flight; a copy of the current value under a new version id does, because moving AWSCURRENT
 * names its holder. The previous key is ended first: its version loses its label, and with it can no longer be read.
 */
export async function hardAbort(rotation: Rotation, why: string): Promise<never> {
  const { store, request, secret, log } = rotation.parts;
  const view = await rotation.look();
  if (standing(view, rotation.token) === "current")
    throw aborted(rotation, why, "the rotation was over already");
  const currentId = holder(view, "AWSCURRENT");
  const current = await rotation.value(currentId);
  if (!currentId || !current) throw aborted(rotation, why, "no current value to go back to");
  const previousId = holder(view, "AWSPREVIOUS");
  const previous = await rotation.value(previousId).catch(() => undefined);
  const ending = previous?.kind === "key" && !sameKey(previous, current) ? previous : undefined;
  // A version that is pending as well is protected until the copy has taken that label away.
  const isPending = previousId === rotation.token;
  if (ending && !isPending && (await endIfOurs(rotation, ending))) await seeRefused(rotation, ending);
  const marked = await rotation.isMarked(current, view);
  // The same for every run of this abort, so that two of them write one version.
  const copyId = `keyturn-abort-${hash32(32, rotation.id(32), currentId)}`;
  await store.put(request.arn, { versionId: copyId, value: current.raw });
  if (marked) await store.moveStage(request.arn, leakMark(copyId), { to: copyId });
  log.info("rotation_aborted", { why, copyOf: currentId, as: copyId });

  const after = await rotation.look();
  if (ending && isPending) await endIfOurs(rotation, ending);
  const slipped = holder(after, "AWSPREVIOUS") !== currentId;
  if (slipped && current.kind !== "placeholder" && (marked || !(await rotation.alive(current)))) {
    throw aborted(
      rotation,
      why,
      `a flip slipped in, and the key of AWSCURRENT is dead or leaked: rotate ${secret.name} at once`,
    );
  }
  throw aborted(rotation, why, "the current value was kept");
}

/** A key that is none of ours is not ended, and must not keep the rotation from ending. */
async function endIfOurs(rotation: Rotation, stored: StoredKey): Promise<boolean> {
  try {
    await retire(rotation, { as: "stored", stored });
    return true;
  } catch (error) {
    if (!(error instanceof KeyturnError) || error.code !== "handle_foreign") throw error;
    rotation.parts.log.error("key_not_ours", { handle: stored.key.handle });
    return false;
  }
}

function aborted(rotation: Rotation, why: string, found: string): KeyturnError {
  return new KeyturnError("rotation_aborted", {
    expected: `rotation ${rotation.token} of ${rotation.parts.secret.name} to have a key worth promoting`,
    found: `${why}; ${found}`,
    next: "Start a rotation anew (aws secretsmanager rotate-secret).",
  });
}
