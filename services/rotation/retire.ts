import type { FoundKey, Key, MintedKey } from "../../providers/kit/contract.js";
import { KeyturnError } from "../errors.js";
import type { EventFields } from "../events/event.js";
import { holdsKey, isSameKey, type StoredValue } from "../store/value.js";
import { hasLabel, holder, killMark } from "./labels.js";
import type { Rotation } from "./rotation.js";

export type StoredKey = StoredValue & { readonly kind: "key" };

/** Why a key is ended, as events tell it. A leak is the reason wherever there is a mark. */
export type Because = EventFields<"Key Retired">["because"];

/** A key to be ended, by how we know it. */
export type Doomed =
  /** Held by a version that is over. `because`: `superseded`, unless it says otherwise. */
  | { readonly as: "stored"; readonly stored: StoredKey; readonly because?: Because }
  /** Listed by the vendor with our label, held by no version. */
  | { readonly as: "orphan"; readonly found: FoundKey }
  /** Leaked, and to be ended although AWSCURRENT holds it: its kill mark says so, and stands before it is ended. */
  | { readonly as: "killed"; readonly stored: StoredKey; readonly versionId: string }
  /** Made by this very process and never stored: no version can hold it. */
  | { readonly as: "own"; readonly minted: MintedKey };

/** How long a step watches for a retired key's death. Seconds. */
const watchSeconds = 20;

/**
 * Ends a key: the one place where that happens. Never one that AWSCURRENT or AWSPENDING holds (P2), whatever
 * the version it was read from; never one that the vendor does not vouch for as this secret's.
 * @throws KeyturnError `handle_foreign` (nothing was ended); ProviderError
 */
export async function retire(rotation: Rotation, doomed: Doomed): Promise<void> {
  const { tell } = rotation.parts;
  const { handle } = keyOf(doomed);
  const end = await endKey(rotation, doomed);
  if (doomed.as === "orphan") tell("Orphan Retired", { handle });
  else if (end?.isNews) tell("Key Retired", { handle, because: end.because });
}

/**
 * Ends a stored key, and waits until the vendor refuses it, 20 s at most. May run again: what is told then is told again.
 * @throws KeyturnError `handle_foreign` (nothing was ended), `previous_alive`; ProviderError
 */
export async function retireAndSee(rotation: Rotation, stored: StoredKey, because: Because): Promise<void> {
  const { tell, clock } = rotation.parts;
  const { handle } = stored.key;
  const end = await endKey(rotation, { as: "stored", stored, because });
  try {
    await seeRefused(rotation, stored);
  } catch (error) {
    if (end?.isNews) tell("Key Retired", { handle, because: end.because });
    throw error;
  }
  if (end) tell("Key Retired", { handle, because: end.because, refusedAt: clock.now().toISOString() });
}

/** Undefined for a key that the vendor refuses already. `isNews`: the vendor's list did not show it as ended before. */
async function endKey(
  rotation: Rotation,
  doomed: Doomed,
): Promise<{ readonly because: Because; readonly isNews: boolean } | undefined> {
  const key = keyOf(doomed);
  let isMarked = doomed.as === "killed";
  if (doomed.as !== "own") {
    // A kill mark was put on a moment ago.
    const view = await (doomed.as === "killed" ? rotation.look() : rotation.freshLook());
    if (doomed.as === "stored") isMarked = await rotation.isMarked(doomed.stored, view);
    const isKilled = doomed.as === "killed" && hasLabel(view, killMark(doomed.versionId));
    for (const stage of isKilled ? ["AWSPENDING"] : ["AWSCURRENT", "AWSPENDING"]) {
      const held = await rotation.value(holder(view, stage));
      if (holdsKey(held) && isSameKey(held.key, key)) throw heldKey(rotation, stage);
    }
  }
  const stored = doomed.as === "stored" || doomed.as === "killed" ? doomed.stored : undefined;
  if (stored && !(await mustBeOurs(rotation, stored))) return undefined;
  const isNews = !rotation.isListedAsEnded(key.handle);
  const vendor = await rotation.vendor(stored);
  await vendor.retire(key);
  rotation.parts.log.info("key_retired", { handle: key.handle, as: doomed.as });
  const because = (doomed.as === "stored" && doomed.because) || "superseded";
  return { because: isMarked ? "leaked" : because, isNews };
}

/**
 * Waits until the vendor refuses a retired key, 20 s at most.
 * @throws KeyturnError `previous_alive`
 */
async function seeRefused(rotation: Rotation, stored: StoredKey): Promise<void> {
  const vendor = await rotation.vendor(stored);
  for (let waited = 0, pause = 1; ; waited += pause, pause = Math.min(pause + 1, 5)) {
    if ((await vendor.verify(stored.key)) === "rejected") {
      rotation.parts.log.info("key_refused", { handle: stored.key.handle, proof: vendor.proof });
      return;
    }
    if (waited + pause > watchSeconds || !(await rotation.wait(pause * 1000))) break;
  }
  const { deathSeconds } = rotation.parts.provider.facts;
  throw new KeyturnError("previous_alive", {
    expected: `the vendor to refuse ${stored.key.handle}, which was retired`,
    found: `that it still accepts it; ${rotation.parts.provider.id} may take ${deathSeconds} s`,
    next: "Nothing to do: no key is made before it is refused, and the step is tried again.",
  });
}

/**
 * True when the vendor vouches for a stored key; false when it refuses the key, which then needs no ending,
 * whoever's it was: a vendor may list dead keys no more.
 * @throws KeyturnError `handle_foreign`. It does not show the handle: what was rewritten may be a key.
 */
export async function mustBeOurs(rotation: Rotation, stored: StoredKey): Promise<boolean> {
  if (await rotation.vouchedFor(stored)) return true;
  if (!(await rotation.accepted(stored))) return false;
  throw new KeyturnError("handle_foreign", {
    expected: `the handle stored in ${rotation.parts.secret.name} to name a key with this secret's label at ${rotation.parts.provider.id.split("/")[0]}`,
    found: "a key that works, under a handle that is none of ours",
    next: "Nothing was made or ended. Put back the value that the rotation wrote, or remove its keyturn record: the key then counts as brought along, and ending it is yours.",
  });
}

function keyOf(doomed: Doomed): Key {
  if (doomed.as === "stored" || doomed.as === "killed") return doomed.stored.key;
  if (doomed.as === "own") return doomed.minted;
  return { handle: doomed.found.handle, fields: {} };
}

function heldKey(rotation: Rotation, stage: string): KeyturnError {
  return new KeyturnError("internal", {
    expected: "a key that no version in use holds",
    found: `the key that ${stage} of ${rotation.parts.secret.name} holds`,
    next: "It was not retired. Report this with the function's log.",
  });
}
