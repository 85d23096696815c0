import { KeyturnError } from "../errors.js";
import type { SecretView } from "../store/store.js";
import { holdsKey, type StoredValue, sameKey } from "../store/value.js";
import { hasLabel, holder, nowWaiver } from "./labels.js";
import { retireAndSee, type StoredKey } from "./retire.js";
import type { Rotation } from "./rotation.js";

/** A previous version that holds no value of our form names no key of ours, and must not stop the rotation for ever. */
export async function previousValue(rotation: Rotation, view: SecretView): Promise<StoredValue | undefined> {
  try {
    return await rotation.value(holder(view, "AWSPREVIOUS"));
  } catch (error) {
    const noKeyOfOurs = ["value_invalid", "provider_mismatch"];
    if (!(error instanceof KeyturnError) || !noKeyOfOurs.includes(error.code)) throw error;
    rotation.parts.log.error("previous_unreadable", { reason: error.message });
    return undefined;
  }
}

/**
 * Ends the previous key and sees it refused, so that a new one may be made. Nothing happens while its overlap is
 * open, unless a leak mark or a human's word waives it (P19).
 * @throws KeyturnError `overlap_open`, `previous_unlabelled`, `previous_alive`, `handle_foreign`
 */
export async function endPrevious(
  rotation: Rotation,
  view: SecretView,
  current: StoredValue | undefined,
  previous: StoredValue | undefined,
): Promise<void> {
  if (!holdsKey(previous) || sameKey(previous, current)) return;
  if (previous.kind === "brought") {
    if (await rotation.alive(previous)) throw broughtAlong(rotation);
    return;
  }
  await mustBeOver(rotation, view, current, previous);
  await retireAndSee(rotation, previous, "overlap over");
}

/**
 * Passes once nothing needs the previous key any more (P19).
 * @throws KeyturnError `overlap_open`
 */
export async function mustBeOver(
  rotation: Rotation,
  view: SecretView,
  current: StoredValue | undefined,
  previous: StoredKey,
): Promise<void> {
  const end = await openOverlap(rotation, view, current, previous);
  if (end && (await rotation.alive(previous))) throw overlapOpen(rotation, previous.key.handle, end);
}

/** Until when the previous key has its overlap; undefined when that is over, or waived by a leak mark or a human's word. */
export async function openOverlap(
  rotation: Rotation,
  view: SecretView,
  current: StoredValue | undefined,
  previous: StoredValue,
): Promise<Date | undefined> {
  const { clock, secret } = rotation.parts;
  const end = overlapEnd(current, view.lastRotatedAt, secret.overlapSeconds);
  return end > clock.now() && !(await isWaived(rotation, view, current, previous)) ? end : undefined;
}

/** Counted from when the current key took the previous one's place. */
export function overlapEnd(
  current: StoredValue | undefined,
  lastRotatedAt: Date | undefined,
  overlapSeconds: number,
): Date {
  const madeAt = current?.kind === "key" ? Date.parse(current.record.createdAt) : 0;
  return new Date(Math.max(madeAt, lastRotatedAt?.getTime() ?? 0) + overlapSeconds * 1000);
}

/** Whether a leak mark or a human's word waives the overlap. */
export async function isWaived(
  rotation: Rotation,
  view: SecretView,
  current: StoredValue | undefined,
  previous: StoredValue,
): Promise<boolean> {
  if (hasLabel(view, nowWaiver(holder(view, "AWSCURRENT") ?? ""))) return true;
  return (await rotation.isMarked(current, view)) || (await rotation.isMarked(previous, view));
}

function overlapOpen(rotation: Rotation, handle: string, end: Date): KeyturnError {
  return new KeyturnError("overlap_open", {
    expected: `the overlap of the previous key of ${rotation.parts.secret.name} to be over`,
    found: `${handle} alive, and its overlap ends at ${end.toISOString()}`,
    next: "Rotate again after that, or declare a shorter overlap.",
  });
}

function broughtAlong(rotation: Rotation): KeyturnError {
  return new KeyturnError("previous_unlabelled", {
    expected: `the previous key of ${rotation.parts.secret.name} to be dead, or ours to end`,
    found: "that it is alive and was brought along by someone: it carries no label of ours",
    next: "End it at the vendor yourself once nothing uses it; the next rotation then goes on.",
  });
}
