import { currentKey, isLabelled, isMarked } from "./aws.js";
import { alive, dying, type State, type VendorKey } from "./state.js";
import type { Setting } from "./world.js";

/** What must never be, in any state. The last three are about what a fault-free recovery makes of a state. */
export const violationTexts = {
  "three-kept": "1(a): more than two keys that the vendor's record calls active",
  "three-live": "1(b): more than two keys that the vendor may accept",
  "current-dead": "2: the key of AWSCURRENT is ended",
  "held-retired": "a key was ended that AWSCURRENT or AWSPENDING holds",
  "overlap-cut": "the previous key was ended while its overlap was open",
  "last-working-ended": "the last key that works was ended, while the current one was dead",
  "old-promoted": "a step made a version current that had been current before",
  revived: "a leaked key lives again after its death was seen",
  "end-not-arranged": "the previous key lives on, and nobody will end it",
  stuck: "no rotation can succeed any more",
  orphan: "a key lives that neither AWSCURRENT nor AWSPREVIOUS holds, after two more rotations",
  "leak-uncontained": "a leaked key lives on after the rotations that follow",
} as const;

export type Violation = keyof typeof violationTexts;

export function isViolation(name: string): name is Violation {
  return name in violationTexts;
}

/** Violations that can be seen in the state itself. */
export function stateViolations(setting: Setting, s: State): Violation[] {
  const found: Violation[] = [];
  if (counted(setting, s, ({ status }) => status === alive) > 2) found.push("three-kept");
  if (counted(setting, s, ({ status }) => status === alive || status === dying) > 2) found.push("three-live");
  const current = s.keys[currentKey(s) - 1];
  if (current && current.status !== alive && !isExcusedCurrent(s, current)) found.push("current-dead");
  if (
    !setting.rules["P17.twice"] &&
    s.keys.some((key, index) => key.proven === 1 && key.status === alive && !isBeingUndone(s, index + 1))
  )
    found.push("revived");
  if (isSettled(s) && s.keys.some((_, index) => isForgottenLeak(setting, s, index + 1)))
    found.push("leak-uncontained");
  if (setting.jobs && isSettled(s)) {
    const previous = s.versions[s.previous - 1];
    const lives = previous && s.keys[previous.key - 1]?.status === alive && previous.key !== currentKey(s);
    if (lives && (s.arranged & (1 << s.previous)) === 0) found.push("end-not-arranged");
  }
  return found;
}

/**
 * Keys for which `counts`, without those that the protocol's inherent limits (README.md) allow beyond two:
 * - a, c, limit 1: 2 + s, s = keys that reached the vendor for a rotation that was abandoned already, unseen by the count
 *   before the next key;
 * - b, limit 2: 2 + m + d, m = mints that no version ever held, d = further mints of the same token under way;
 * - b, where AWS does not let unlabelled versions be read: keys of such versions;
 * - c: a key without a labelled version that the vendor has forgotten, for the seconds it may still be accepted: only the run
 *   that ended it knows, and waits (docs/design.md, section 5).
 */
function counted(setting: Setting, s: State, counts: (key: VendorKey) => boolean): number {
  let count = 0;
  let underWay = 0;
  for (const [index, key] of s.keys.entries()) {
    if (!counts(key)) continue;
    const id = index + 1;
    if (setting.kind === "b" && key.stored === 0) {
      if (key.madeFor === s.pending && s.versions[s.pending - 1]?.key === 0) underWay = 1;
    } else if (setting.kind === "b" && !setting.readable && !isReachable(s, id)) continue;
    else if (key.late === 1) continue;
    else if (key.status === dying && key.forgotten === 1 && !isStaged(s, id)) continue;
    else count++;
  }
  return count + underWay;
}

function isStaged(s: State, id: number): boolean {
  return [s.current, s.pending, s.previous].some((version) => s.versions[version - 1]?.key === id);
}

/** True when a labelled version holds the key. */
export function isReachable(s: State, id: number): boolean {
  return s.versions.some(({ key }, index) => key === id && isLabelled(s, index + 1));
}

/**
 * The vendor ended it; or limit 3: a hard abort copied it, and a flip and its containment fell between the abort's look and
 * its Put. The rotation that follows mends it.
 */
function isExcusedCurrent(s: State, current: VendorKey): boolean {
  const copied = (s.versions[s.current - 1]?.copyFor ?? 0) !== 0;
  return current.killed === 1 || (copied && current.leakEnded === 1);
}

function isBeingUndone(s: State, id: number): boolean {
  return s.runners.some((one) => one.key === id && (one.at === "set.lookAfter" || one.at === "set.undo"));
}

/** A leaked key lives, no rotation or command is at work on it, and nobody will look again. */
function isForgottenLeak(setting: Setting, s: State, id: number): boolean {
  const key = s.keys[id - 1];
  if (key?.leaked !== 1 || key.status !== alive) return false;
  return !(setting.rules["P16.second"] && isMarked(s, id));
}

function isSettled(s: State): boolean {
  return s.step === 0 && s.runners.length === 0 && s.commands.length === 0 && s.pending === 0;
}
