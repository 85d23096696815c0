import { KeyturnError } from "../../errors.js";
import { endPreviousKey } from "../../rotation/jobs/end-overlap.js";
import { holder, nowWaiver, openRotation } from "../../rotation/labels.js";
import { type Here, type Place, rotationAt } from "./place.js";

/** What the end of a key may take, its vendor's own delay included. Seconds. */
const longestSeconds = 120;

/**
 * Ends the previous key though its overlap is open, and sees it refused: a label on the current version says that a human wants
 * it (P19), so that whoever dies here has a successor; it comes off again before anything rotates. Nothing happens where no key of
 * ours is previous.
 * @returns the handle of the key that was ended
 * @throws KeyturnError `rotation_pending`, `rollback_pending`, `previous_alive`, `store_…`; ProviderError
 */
export async function endPreviousNow(here: Here, place: Place): Promise<string | undefined> {
  const { view, ref, store } = place;
  const [currentId, previousId] = [holder(view, "AWSCURRENT"), holder(view, "AWSPREVIOUS")];
  if (openRotation(view)) throw isOpen(ref.name);
  if (currentId === undefined || previousId === undefined) return undefined;
  const rotation = await rotationAt(place, here, previousId, longestSeconds);
  const stored = await rotation.value(previousId);
  if (stored?.kind !== "key") return undefined;
  const { handle } = stored.key;
  const waiver = nowWaiver(currentId);
  here.ifInterrupted(
    `The previous key may be ended. The label ${waiver} waives its overlap until the next rotation.`,
  );
  if (holder(view, waiver) === undefined) await store.moveStage(ref.arn, waiver, { to: currentId });
  try {
    await rotation.readUntil(
      () => rotation.look(),
      (seen) => holder(seen, waiver) !== undefined,
    );
    here.say(`ending the previous key ${handle} first`);
    const { outcome } = await endPreviousKey(rotation, handle);
    if (outcome !== "ended") return undefined;
    here.say(`refused: ${handle} is dead`);
    return handle;
  } finally {
    await dropped(place, waiver);
  }
}

/** Never while a rotation is open, which AWS might take for its failure. */
async function dropped({ store, ref }: Place, label: string): Promise<void> {
  const view = await store.describe(ref.arn);
  const on = holder(view, label);
  if (on === undefined || openRotation(view)) return;
  await store.dropStage(ref.arn, label, on);
}

function isOpen(secret: string): KeyturnError {
  return new KeyturnError("rotation_pending", {
    expected: `no open rotation of ${secret}, for --now`,
    found: "one that is open",
    next: "Nothing was changed. Without --now it is followed; keyturn abort ends it, with the previous key.",
  });
}
