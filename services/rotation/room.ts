import type { FoundKey } from "../../providers/kit/contract.js";
import { KeyturnError } from "../errors.js";
import { type StoredValue, sameKey } from "../store/value.js";
import type { Rotation } from "./rotation.js";
import { handlesOf, mayLive } from "./strays.js";

/** What the labelled versions hold, as far as it matters for the count. */
export interface Held {
  readonly current: StoredValue | undefined;
  /** The previous key, if this very step saw it refused: that tells more than the vendor's record. */
  readonly refused?: StoredValue | undefined;
  /** The key that is about to be registered: one that its vendor knows already takes no further place. */
  readonly own?: StoredValue | undefined;
}

/**
 * Counts at the vendor, right before it is given another key: fewer than two may be accepted still (P3).
 * @throws KeyturnError `too_many_alive`
 */
export function mustHaveRoom(rotation: Rotation, listed: readonly FoundKey[], held: Held): void {
  const { clock, provider } = rotation.parts;
  const { current, refused, own } = held;
  const dead = sameKey(current, refused) ? new Set<string>() : handlesOf(refused);
  const itself = handlesOf(own);
  const living = mayLive(listed, provider.facts.deathSeconds, clock.now()).filter(
    ({ handle }) => !dead.has(handle) && !itself.has(handle),
  );
  // A current key that is not listed (brought along, or made under another config) counts as alive.
  const isListed = current?.kind === "key" && listed.some(({ handle }) => handle === current.key.handle);
  const unlisted = current !== undefined && current.kind !== "placeholder" && !isListed;
  if (living.length + (unlisted ? 1 : 0) >= 2) throw tooMany(rotation, living);
}

export function tooMany(rotation: Rotation, living: readonly FoundKey[]): KeyturnError {
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
