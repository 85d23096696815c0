import { KeyturnError } from "../../errors.js";
import type { SecretView } from "../../store/store.js";
import { holdsKey, nothingOfOurs, type StoredValue, sameKey } from "../../store/value.js";
import { claimsIn } from "../claims.js";
import { holder, openRotation } from "../labels.js";
import type { Rotation } from "../rotation.js";

/** What a rollback moves AWSCURRENT from, and to. */
export interface WayBack {
  readonly from: string;
  readonly to: string;
  /** Undefined when it holds nothing of our form: a rollback mends that as well. */
  readonly current: StoredValue | undefined;
  readonly previous: StoredValue & { readonly kind: "key" | "brought" };
}

/** A key that ends by itself so soon is no way back. Milliseconds. */
const leastLifeMs = 5 * 60_000;

/**
 * The way back that the labels show, by what never changes: the versions' values. Undefined when it was gone already: the previous
 * key is the one that was made to replace the current one.
 * @throws KeyturnError `rollback_refused`, `value_invalid`, `provider_mismatch`
 */
export async function wayBack(rotation: Rotation, view: SecretView): Promise<WayBack | undefined> {
  const from = holder(view, "AWSCURRENT");
  const to = holder(view, "AWSPREVIOUS");
  if (!from || !to)
    throw refused(rotation, "no previous version: its key was ended when its overlap was over", rotate);
  const previous = await rotation.value(to);
  if (!holdsKey(previous)) throw refused(rotation, "a previous version without a key", rotate);
  if (previous.kind === "key" && previous.record.replaces === from) return undefined;
  const current = await rotation.value(from).catch(nothingOfOurs);
  if (sameKey(current, previous)) throw refused(rotation, "one key in both versions", rotate);
  return { from, to, current, previous };
}

/**
 * Passes while nobody else is at work on the secret and its labels lead back (P14).
 * @param own this rollback's claim, once it has one
 * @throws KeyturnError `rotation_pending`, `rollback_pending`, `current_moved`: later, perhaps. `rollback_refused`
 */
export async function mustLeadBack(
  rotation: Rotation,
  view: SecretView,
  { from, to, previous }: WayBack,
  own?: string,
): Promise<void> {
  const { clock, secret } = rotation.parts;
  mustBeQuiet(rotation, view);
  if (holder(view, "AWSCURRENT") !== from || holder(view, "AWSPREVIOUS") !== to) {
    throw new KeyturnError("current_moved", {
      expected: `AWSCURRENT and AWSPREVIOUS of ${secret.name} to stay where they were`,
      found: "that someone moved them",
      next: "Nothing was moved back. Look at it (keyturn status) before you try again.",
    });
  }
  const standing = claimsIn(view).filter(({ expiresAt, label }) => expiresAt > clock.now() && label !== own);
  if (standing.some(({ kind, versionId }) => kind === "end" && versionId === to))
    throw refused(rotation, "a job that is ending the previous key", rotate);
  if (standing.some(({ kind }) => kind === "rollback")) {
    throw new KeyturnError("rollback_pending", {
      expected: `no other rollback of ${secret.name}`,
      found: "the claim of one",
      next: "Nothing was moved back by this one. Try again in two minutes if the other did not do it.",
    });
  }
  if (await rotation.isMarked(previous, view)) throw refused(rotation, "a previous key that leaked", rotate);
}

/**
 * Passes while no version carries AWSPENDING: not that of an open rotation, nor what AWS has yet to clear after one (V16).
 * @throws KeyturnError `rotation_pending`
 */
export function mustBeQuiet({ parts: { secret } }: Rotation, view: SecretView): void {
  const pending = holder(view, "AWSPENDING");
  if (!pending) return;
  const isOpen = openRotation(view) !== undefined;
  throw new KeyturnError("rotation_pending", {
    expected: `no version of ${secret.name} to be AWSPENDING`,
    found: isOpen ? `the open rotation ${pending}` : `AWSPENDING on the current version ${pending} still`,
    next: isOpen
      ? "Nothing was moved back. That rotation ends the previous key before it makes another: let it end, or recovery end it."
      : `Nothing was moved back. AWS takes that label off after a rotation. If it does not: aws secretsmanager update-secret-version-stage --secret-id ${secret.name} --version-stage AWSPENDING --remove-from-version-id ${pending}`,
  });
}

/**
 * Asks the vendor: a dead or dying key is no way back (P14).
 * @throws KeyturnError `rollback_refused`; ProviderError
 */
export async function mustLive(rotation: Rotation, { previous }: WayBack): Promise<void> {
  const ends = expiryOf(previous);
  const left = ends ? ends.getTime() - rotation.parts.clock.now().getTime() : Number.POSITIVE_INFINITY;
  if (left < leastLifeMs)
    throw refused(rotation, `a previous key that ends by itself at ${ends?.toISOString()}`, rotate);
  if (!(await rotation.alive(previous)))
    throw refused(rotation, "a previous key that its vendor refuses, or is ending", rotate);
}

/** When a key ends by itself, where it does. */
export function expiryOf(stored: StoredValue): Date | undefined {
  const text = stored.kind === "key" ? stored.record.expiresAt : undefined;
  return text === undefined ? undefined : new Date(text);
}

const rotate = (name: string) =>
  `Nothing was moved back. For another key: aws secretsmanager rotate-secret --secret-id ${name}`;

export function refused(
  { parts: { secret } }: Rotation,
  found: string,
  next: (name: string) => string,
): KeyturnError {
  return new KeyturnError("rollback_refused", {
    expected: `${secret.name} to have a previous key that lives and that nobody is about to end`,
    found,
    next: next(secret.name),
  });
}
