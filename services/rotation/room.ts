import type { FoundKey } from "../../providers/kit/contract.js";
import { KeyturnError } from "../errors.js";
import { holdsKey, nothingOfOurs, sameKey } from "../store/value.js";
import { mustBePending } from "./guard.js";
import type { Rotation } from "./rotation.js";
import { type Held, handlesOf, isOf, mayLive, retireOrphans } from "./strays.js";

/**
 * Makes room at the vendor for one more key, right before it gets one: ends orphans, waits for those whose death nothing
 * can show, looks at the labels once more and counts (P3, P4). Resolves to what the vendor lists then.
 * @param listed what the vendor listed before `held` was read
 * @throws KeyturnError `too_many_alive`, `mint_in_flight`, `token_not_staged`, `current_unlabelled`
 */
export async function makeRoom(
  rotation: Rotation,
  listed: readonly FoundKey[],
  held: Held,
): Promise<readonly FoundKey[]> {
  const ended = await retireOrphans(rotation, listed, held);
  if (ended.length > 0) await outwaitForgotten(rotation, ended);
  await mustBePending(rotation, await rotation.look());
  const now = (await rotation.found()) ?? [];
  const living = stillLiving(rotation, now, held);
  // A current key that is not listed (brought along, or made under another config) counts as alive.
  const { current } = held;
  const currentHandles = handlesOf(current);
  const isListed = now.some(({ handle }) => currentHandles.has(handle));
  const unlisted = holdsKey(current) && !isListed;
  // A dying orphan is waited for even where there is room: a key made now would count as the proof of its death (strays.ts).
  const dying = living.filter(({ handle, state }) => state === "ended" && !currentHandles.has(handle));
  const refused = await refusedByValue(rotation, dying);
  const left = living.filter(({ handle }) => !refused.has(handle));
  if (left.length + (unlisted ? 1 : 0) >= 2 || refused.size < dying.length) throw tooMany(rotation, left);
  return now;
}

/**
 * Of keys that ended so lately that they count as alive, those that the vendor refuses: their versions have lost their labels, but as long as
 * AWS lets such versions be read, the key itself tells it. What cannot be read goes on counting.
 */
async function refusedByValue(rotation: Rotation, dying: readonly FoundKey[]): Promise<ReadonlySet<string>> {
  const { store, request } = rotation.parts;
  const refused = new Set<string>();
  for (const { versionId } of dying.length > 0 ? await store.history(request.arn) : []) {
    const maker = rotation.label(0, versionId).rotation;
    if (!dying.some((key) => isOf(maker, key))) continue;
    const value = await rotation.value(versionId).catch(nothingOfOurs);
    if (value?.kind !== "key" || !dying.some(({ handle }) => handle === value.key.handle)) continue;
    if ((await rotation.vouchedFor(value)) && !(await rotation.accepted(value)))
      refused.add(value.key.handle);
  }
  return refused;
}

function stillLiving(rotation: Rotation, listed: readonly FoundKey[], held: Held): FoundKey[] {
  const { clock, provider } = rotation.parts;
  // Before a mint the previous key was seen refused by its value; that tells more than the vendor's record.
  const refused = !held.staged && !sameKey(held.current, held.previous) ? held.previous : undefined;
  const apart = handlesOf(refused, held.staged);
  const living = mayLive(listed, provider.facts.deathSeconds, clock.now());
  return living.filter(({ handle }) => !apart.has(handle));
}

/** Keys that nobody can show to the vendor, and that it lists no more: their death can only be waited for (P3). */
async function outwaitForgotten(rotation: Rotation, ended: readonly FoundKey[]): Promise<void> {
  const listed = (await rotation.found()) ?? [];
  const forgotten = ended.filter(({ handle }) => !listed.some((key) => key.handle === handle));
  const { deathSeconds } = rotation.parts.provider.facts;
  if (forgotten.length > 0 && !(await rotation.wait(deathSeconds * 1000))) throw tooMany(rotation, forgotten);
}

function tooMany(rotation: Rotation, living: readonly FoundKey[]): KeyturnError {
  return new KeyturnError("too_many_alive", {
    expected: `fewer than two keys of ${rotation.parts.secret.name} that the vendor may still accept`,
    found: living
      .map(
        ({ handle, state, endedAt }) =>
          `${handle} (${state}${endedAt ? ` at ${endedAt.toISOString()}` : ""})`,
      )
      .join(", "),
    next: `Nothing to do: an ended key counts until ${rotation.parts.provider.facts.deathSeconds} s have passed, and the step is tried again.`,
  });
}
