import { hash32 } from "../../providers/kit/label.js";
import { KeyturnError } from "../errors.js";
import type { SecretView } from "../store/store.js";
import { nothingOfOurs, type StoredValue, sameKey } from "../store/value.js";
import { mustNotBeRolledBack } from "./claims.js";
import { abortPrefix, holder, isOpen, leakMark, owedPrefix } from "./labels.js";
import { openOverlap, previousValue } from "./previous.js";
import { retire, retireAndSee, type StoredKey } from "./retire.js";
import type { Rotation } from "./rotation.js";

/** How often the copy is written anew when AWSPENDING outlives it. */
const copyTries = 3;

/** What an abort did. */
export interface Abort {
  /** The version that the current value was copied to. */
  readonly copyId: string;
  /** The key that AWSPREVIOUS held, when this ended it, and until when it still had its overlap. */
  readonly previous?: { readonly handle: string; readonly overlapUntil?: Date };
  /** What the rotation had staged, read while its version could be; not ended yet. */
  readonly staged?: StoredValue;
  /** The labels afterwards. */
  readonly after: SecretView;
  /** A flip slipped in, and the key of AWSCURRENT is dead or leaked. */
  readonly mustRotate: boolean;
}

/**
 * Ends a rotation for good (P11); undefined when it is over already. Taking AWSPENDING away would not stop a finishSecret
 * in flight; a copy of the current value under a new version id does, because moving AWSCURRENT names its holder. The
 * previous key is ended first: its version loses its label, and with it can no longer be read. May run twice, at once, and
 * beside the rotation.
 * @param isOwed whether recovery shall begin another rotation, if nobody else has
 * @throws KeyturnError `value_missing`, `rollback_pending` (nothing was changed), `previous_alive`, `abort_unseen`; ProviderError
 */
export async function abortRotation(
  rotation: Rotation,
  why: string,
  { isOwed = false } = {},
): Promise<Abort | undefined> {
  const { store, request, log } = rotation.parts;
  const view = await rotation.look();
  if (!isOpen(view, rotation.token)) return undefined;
  mustNotBeRolledBack(rotation, view, holder(view, "AWSPREVIOUS"));
  const currentId = holder(view, "AWSCURRENT");
  const current = await rotation.value(currentId);
  if (!currentId || !current) throw noCurrent(rotation);
  let isReadable = true;
  const staged = await rotation.value(rotation.token).catch((error) => {
    isReadable = false;
    return nothingOfOurs(error);
  });
  const previous = await previousValue(rotation, view);
  const ending = previous?.kind === "key" && !sameKey(previous, current) ? previous : undefined;
  const overlapUntil = ending && (await openOverlap(rotation, view, current, ending));
  // A key that is, or may be, staged as well is protected until the copy has taken AWSPENDING away (P2).
  const isStaged = !isReadable || sameKey(ending, staged);
  let ended = false;
  if (ending && !isStaged) ended = await endIfOurs(rotation, ending);
  const marked = await rotation.isMarked(current, view);
  if (!isOpen(await rotation.freshLook(), rotation.token)) return undefined;
  const { copies, copyId, after } = await copyCurrent(rotation, currentId, current, isOwed);
  if (marked) await store.moveStage(request.arn, leakMark(copyId), { to: copyId });
  log.info("rotation_aborted", { rotation: rotation.token, why, copyOf: currentId, as: copyId });

  if (ending && isStaged)
    ended = await ifOurs(rotation, ending, () =>
      retire(rotation, { as: "stored", stored: ending, because: "aborted" }),
    );
  const previousId = holder(after, "AWSPREVIOUS") ?? "";
  const slipped = previousId !== currentId && !copies.some((copy) => previousId.endsWith(copy));
  const mustRotate =
    slipped && current.kind !== "placeholder" && (marked || !(await rotation.alive(current)));
  return {
    ...{ copyId, after, mustRotate },
    ...(staged ? { staged } : {}),
    ...(ending && ended
      ? { previous: { handle: ending.key.handle, ...(overlapUntil ? { overlapUntil } : {}) } }
      : {}),
  };
}

/** Ends this rotation for good and throws `rotation_aborted`: what a step does when its staged key can never be promoted. */
export async function hardAbort(rotation: Rotation, why: string): Promise<never> {
  const abort = await abortRotation(rotation, why, { isOwed: true });
  const found = !abort
    ? "the rotation was over already"
    : abort.mustRotate
      ? `a flip slipped in, and the key of AWSCURRENT is dead or leaked: rotate ${rotation.parts.secret.name} at once`
      : "the current value was kept";
  throw new KeyturnError("rotation_aborted", {
    expected: `rotation ${rotation.token} of ${rotation.parts.secret.name} to have a key worth promoting`,
    found: `${why}; ${found}`,
    next: "Start a rotation anew (aws secretsmanager rotate-secret).",
  });
}

/**
 * Writes the copy, until the labels show that it took AWSPENDING away. Every run of one abort writes the same version; `copies` are
 * the ends of their ids, which an abort has in common whoever asked for it. AWS
 * ignores a version that it has: so when this very copy was made before, and AWSPENDING came back, the next id is taken.
 */
async function copyCurrent(
  rotation: Rotation,
  currentId: string,
  { raw }: StoredValue,
  isOwed: boolean,
): Promise<{ copies: readonly string[]; copyId: string; after: SecretView }> {
  const { store, request } = rotation.parts;
  const copies: string[] = [];
  for (let tries = 1; tries <= copyTries; tries++) {
    const which = tries === 1 ? [] : [String(tries)];
    const copy = hash32(32, rotation.id(32), currentId, ...which);
    const copyId = `${isOwed ? owedPrefix : abortPrefix}${copy}`;
    copies.push(copy);
    try {
      await store.put(request.arn, { versionId: copyId, value: raw });
    } catch (error) {
      // Whether it was written is seen from the labels.
      const unknown = error instanceof KeyturnError && error.code === "store_unavailable";
      if (!unknown || tries === copyTries) throw error;
    }
    const after = await rotation.readUntil(
      () => rotation.look(),
      (seen) => !isOpen(seen, rotation.token),
    );
    if (!isOpen(after, rotation.token)) return { copies, copyId, after };
  }
  throw new KeyturnError("abort_unseen", {
    expected: `AWSPENDING of ${rotation.parts.secret.name} to leave version ${rotation.token} once the current value was written anew`,
    found: "that it is still there",
    next: "Nothing was promoted, and the current value was kept. Run it again (keyturn abort).",
  });
}

/** Ends a key and sees it refused. */
export function endIfOurs(rotation: Rotation, stored: StoredKey): Promise<boolean> {
  return ifOurs(rotation, stored, () => retireAndSee(rotation, stored, "aborted"));
}

/** A key that is none of ours is not ended, and must not keep the rotation from ending. */
export async function ifOurs(
  rotation: Rotation,
  stored: StoredKey,
  end: () => Promise<void>,
): Promise<boolean> {
  try {
    await end();
    return true;
  } catch (error) {
    if (!(error instanceof KeyturnError) || error.code !== "handle_foreign") throw error;
    rotation.parts.log.error("key_not_ours", { handle: stored.key.handle });
    return false;
  }
}

function noCurrent(rotation: Rotation): KeyturnError {
  const { name } = rotation.parts.secret;
  return new KeyturnError("value_missing", {
    expected: `${name} to have a current value to go back to`,
    found: "none",
    next: `Nothing was changed. Put the placeholder, which ends the rotation as well: aws secretsmanager put-secret-value --secret-id ${name} --secret-string '{"keyturn":{"v":1}}'`,
  });
}
