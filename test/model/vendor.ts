import { currentKey, isInUse, isMarked } from "./aws.js";
import { alive, dead, dying, newKey, unregistered } from "./state.js";
import { k, type World } from "./world.js";

/**
 * The vendor. An ended key may be accepted for a while; *when* it dies is decided when someone asks, which is sound: nothing
 * else depends on it, and a key counts as living until then.
 */

/** Makes a key (a, b). Resolves to its id, or 0 when the vendor reports a conflict. */
export function mint(w: World, token: number, attempt: number): number {
  if (w.setting.kind === "a" && w.on("P9.idempotency")) {
    const idempotency = w.on("P9.attempt") ? attempt : 0;
    const index = w.state.keys.findIndex((one) => one.madeFor === token && one.attempt === idempotency);
    if (index >= 0) {
      if (w.on("P9.nonce")) return 0;
      w.note(`the vendor replays ${k(index + 1)}`);
      return index + 1;
    }
    return addKey(w, token, idempotency, alive);
  }
  return addKey(w, token, attempt, alive);
}

/** A key that is made here (c): the vendor does not know it yet. */
export function generate(w: World, token: number): number {
  return addKey(w, token, 0, unregistered);
}

function addKey(w: World, token: number, attempt: number, status: number): number {
  const late = status === alive && w.state.pending !== token ? 1 : 0;
  if (status === alive) outlive(w);
  w.state.keys.push(newKey({ status, madeFor: token, attempt, late }));
  return w.state.keys.length;
}

/** The vendor lists ended keys with the time of their end (a): a later key makes that time an earlier one. */
function outlive(w: World): void {
  if (w.setting.kind !== "a") return;
  w.state.keys.forEach((one, index) => {
    if (one.status === dying) w.key(index + 1).outlived = 1;
  });
}

/** Makes the vendor accept a generated key (c). A deleted one can be registered again. */
export function register(w: World, id: number): "created" | "existed" {
  const key = w.key(id);
  if (key.status === alive) return "existed";
  key.status = alive;
  key.forgotten = 0;
  key.late = w.state.pending === key.madeFor || w.state.current === key.madeFor ? 0 : 1;
  return "created";
}

/** Why a key is ended; decides what is a breach. */
export type Reason = "rotation" | "orphan" | "own" | "leak" | "abort" | "end of overlap";

export function retire(w: World, id: number, reason: Reason): void {
  const key = w.key(id);
  const s = w.state;
  if (key.status !== alive) {
    w.note(`ends ${k(id)}, which is ended already`);
    return;
  }
  w.note(`ends ${k(id)}`);
  key.status = dying;
  if (w.setting.kind === "c" && w.on("code.outwait")) key.forgotten = 1;
  if (reason === "leak") key.leakEnded = 1;
  // Limit 3: a hard abort's copy may come between a containment's last look and its retire.
  const isCopy = (s.versions[s.current - 1]?.copyFor ?? 0) !== 0;
  if (isInUse(w, id) && !(reason === "leak" && isCopy)) w.breaches.push("held-retired");
  if (reason === "leak" || reason === "abort") return;
  const isPrevious = s.versions[s.previous - 1]?.key === id && currentKey(s) !== id;
  if (!isPrevious) return;
  const current = currentKey(s);
  if (s.overlap === 0 || isMarked(s, id) || isMarked(s, current)) return;
  w.breaches.push(s.keys[current - 1]?.killed === 1 ? "last-working-ended" : "overlap-cut");
}

/** Shows the key itself to the vendor. */
export function verify(w: World, id: number): "accepted" | "rejected" {
  const key = w.key(id);
  if (key.status === alive) return "accepted";
  if (
    key.status === dying &&
    w.either(`${k(id)}, dying, is still accepted`, `${k(id)} is refused by now`) === 0
  )
    return "accepted";
  if (key.status === dying) key.status = dead;
  return "rejected";
}

/** The key itself, and its status where the vendor lists keys (P6). */
export function works(w: World, id: number): boolean {
  const listed = w.setting.kind !== "b" && w.on("P6.status");
  if (listed && w.key(id).status !== alive) return false;
  return verify(w, id) === "accepted";
}

/** Ids, as bits, of the keys that the vendor lists as active. */
export function listActive(w: World): number {
  return w.state.keys.reduce(
    (bits, { status }, index) => (status === alive ? bits | (1 << (index + 1)) : bits),
    0,
  );
}

/** Ids, as bits, of the listed keys that may live: active, or ended so lately that the vendor may not have noticed (P3). */
export function listLiving(w: World): number {
  let bits = listActive(w);
  if (w.setting.kind !== "a" || !w.on("P3.find")) return bits;
  w.state.keys.forEach((key, index) => {
    if (key.status !== dying || (w.on("code.later") && key.outlived === 1)) return;
    const id = index + 1;
    if (w.either(`${k(id)} may still live`, `${k(id)} is dead by now`) === 0) bits |= 1 << id;
    else w.key(id).status = dead;
  });
  return bits;
}

/** What came late, but was listed when the maker of another key counted: limit 1 does not cover it. */
export function noticed(w: World, listed: number): void {
  for (let rest = listed; rest !== 0; rest &= rest - 1) w.key(lowest(rest)).late = 0;
}

/** How many keys the vendor shows for a rotation, ended ones included where it shows those. */
export function countMade(w: World, token: number): number {
  return w.state.keys.filter(({ madeFor }) => madeFor === token).length;
}

export const bit = (id: number) => (id === 0 ? 0 : 1 << id);

export function lowest(bits: number): number {
  return bits === 0 ? 0 : 31 - Math.clz32(bits & -bits);
}

export function size(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}
