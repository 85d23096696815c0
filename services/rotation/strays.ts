import type { FoundKey } from "../../providers/kit/contract.js";
import { parseLabel } from "../../providers/kit/label.js";
import { KeyturnError } from "../errors.js";
import type { SecretView, VersionSummary } from "../store/store.js";
import { holdsKey, nothingOfOurs, type StoredValue, sameKey } from "../store/value.js";
import { mustBePending, notStaged } from "./guard.js";
import { standing } from "./labels.js";
import { retire, retireAndSee } from "./retire.js";
import type { Rotation } from "./rotation.js";

/** createSecret stores a key no later than this after it asked for it, by the monotonic clock. Seconds. */
export const mintToPutSeconds = 30;
/** A key of our own token is an orphan once it is older than its maker can still use it, clocks and delivery included. Seconds. */
export const strayAgeSeconds = 2 * mintToPutSeconds;

/** What the versions hold, read *after* the vendor has listed (P4). */
export interface Held {
  readonly current: StoredValue | undefined;
  readonly previous: StoredValue | undefined;
  /** The key that is about to be registered: one that its vendor knows already takes no further place. */
  readonly staged?: StoredValue | undefined;
}

/** Handles of the keys that the labelled versions hold. */
export function handlesOf(...held: readonly (StoredValue | undefined)[]): ReadonlySet<string> {
  return new Set(
    held.flatMap((value) => (holdsKey(value) && value.key.handle !== "" ? [value.key.handle] : [])),
  );
}

/** True when a listed key was made for this rotation, whose id is as labels have it. */
export function isOf(rotation: string, { label }: FoundKey): boolean {
  return parseLabel(label)?.rotation === rotation;
}

/**
 * What to do with a key that the vendor lists and no labelled version holds: it is an orphan, unless another run
 * of this very rotation may be about to store it (P4).
 */
export function judgeStray(found: FoundKey, ownRotation: string, now: Date): "retire" | "wait" | "leave" {
  if (found.state !== "active") return "leave";
  return isOf(ownRotation, found) && now.getTime() - found.createdAt.getTime() < strayAgeSeconds * 1000
    ? "wait"
    : "retire";
}

/**
 * The listed keys that the vendor may still accept: active ones, and those ended so lately that it may not have noticed
 * (P3). One that ended before a later key of ours was made is dead: no key is made before that was seen or waited out.
 */
export function mayLive(listed: readonly FoundKey[], deathSeconds: number, now: Date): FoundKey[] {
  const lastMade = Math.max(0, ...listed.map(({ createdAt }) => createdAt.getTime()));
  return listed.filter(({ state, endedAt, createdAt }) => {
    if (state === "active") return true;
    if (endedAt && endedAt.getTime() < lastMade) return false;
    // Where the vendor does not tell since when, a key counts from its making: at worst too early, and its record says retired.
    return (endedAt ?? createdAt).getTime() + deathSeconds * 1000 > now.getTime();
  });
}

/**
 * Retires every listed key that nothing holds, and resolves to those. The caller has listed *before* it read the
 * versions' values.
 * @throws KeyturnError `mint_in_flight`, `token_not_staged`, `current_unlabelled`
 */
export async function retireOrphans(
  rotation: Rotation,
  listed: readonly FoundKey[],
  { current, previous, staged }: Held,
): Promise<readonly FoundKey[]> {
  const handles = handlesOf(current, previous, staged);
  const own = rotation.label(0).rotation;
  const strays = listed.filter((found) => {
    if (handles.has(found.handle)) return false;
    const verdict = judgeStray(found, own, rotation.parts.clock.now());
    if (verdict === "wait") throw mintInFlight(rotation, found.handle);
    return verdict === "retire";
  });
  for (const found of strays) {
    // No version that is or was current has ever held a key of this very rotation.
    if (!isOf(own, found) && (mayHold(current, found) || mayHold(previous, found)))
      throw untold(rotation, found.handle);
  }
  for (const found of strays) {
    const view = await rotation.look();
    if (staged) await mustBePending(rotation, view);
    else await stillEmpty(rotation, view);
    await retire(rotation, { as: "orphan", found });
  }
  return strays;
}

/**
 * Where the vendor cannot list, the version history is the list (P8): retires the keys of versions that lost their
 * labels within one lifetime, as far as AWS still lets them be read. Resolves to the labels that the history showed.
 */
export async function retireUnlabelled(
  rotation: Rotation,
  current: StoredValue | undefined,
  previous: StoredValue | undefined,
): Promise<SecretView["stages"]> {
  const { store, clock, provider, request } = rotation.parts;
  const versions = await store.history(request.arn);
  const oldest = clock.now().getTime() - (provider.facts.lifetimeSeconds ?? 0) * 1000;
  for (const version of versions) {
    if (version.createdAt.getTime() < oldest || !mayHoldStray(version, current)) continue;
    const value = await rotation.value(version.versionId).catch(nothingOfOurs);
    if (value?.kind !== "key" || sameKey(value, current) || sameKey(value, previous)) continue;
    if (!(await rotation.vouchedFor(value))) continue;
    await stillEmpty(rotation, await rotation.look());
    await retireAndSee(rotation, value, "superseded");
  }
  return new Map(versions.map(({ versionId, stages }) => [versionId, stages]));
}

/**
 * Whether a version without a label of AWS's may hold a living key. When the current key was made, every older one had
 * been ended, except the key that it replaced.
 */
export function mayHoldStray(version: VersionSummary, current: StoredValue | undefined): boolean {
  if (version.stages.some((stage) => stage.startsWith("AWS"))) return false;
  if (current?.kind !== "key" || version.versionId === current.record.replaces) return true;
  return version.createdAt.getTime() >= Date.parse(current.record.createdAt);
}

/** Whether a value without our record, and without a handle to be told by, may hold a key that the vendor lists. */
function mayHold(value: StoredValue | undefined, found: FoundKey): boolean {
  if (value?.kind !== "brought" || value.key.handle !== "") return false;
  return !found.isOther?.(value.key.fields);
}

/** The token must still be AWSPENDING and its version empty; else this run has nothing left to do here (P4). */
async function stillEmpty(rotation: Rotation, view: SecretView): Promise<void> {
  if (standing(view, rotation.token) === "pending" && !(await rotation.readAgain(rotation.token))) return;
  throw notStaged(
    rotation,
    "that another run has stored a key, or that the rotation was abandoned, meanwhile",
  );
}

function mintInFlight(rotation: Rotation, handle: string): KeyturnError {
  return new KeyturnError("mint_in_flight", {
    expected: "no other run of this rotation",
    found: `${handle}, which one made less than ${strayAgeSeconds} s ago and may still store`,
    next: `Nothing to do: the step is tried again, and ends ${rotation.parts.secret.name}'s extra key if its maker is gone.`,
  });
}

function untold(rotation: Rotation, handle: string): KeyturnError {
  return new KeyturnError("current_unlabelled", {
    expected: `to know which key the current value of ${rotation.parts.secret.name} holds: it has no keyturn record`,
    found: `${handle}, which is ours, works, and may be that very key`,
    next: "Nothing was ended. Put the keyturn record back as the rotation wrote it; or, if that key is another, end it at the vendor yourself.",
  });
}
