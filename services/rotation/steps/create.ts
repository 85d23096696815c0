import { isDeepStrictEqual } from "node:util";
import type { FoundKey } from "../../../providers/kit/contract.js";
import { KeyturnError } from "../../errors.js";
import type { SecretView } from "../../store/store.js";
import { type StoredValue, sameKey } from "../../store/value.js";
import { hardAbort } from "../abort.js";
import { mustNotBeRolledBack } from "../claims.js";
import { firstLook, mustBePending } from "../guard.js";
import { holder, standing } from "../labels.js";
import { mintAndStore } from "../mint.js";
import { endPrevious, mustBeOver, previousValue } from "../previous.js";
import { mustBeOurs } from "../retire.js";
import { makeRoom } from "../room.js";
import type { Rotation } from "../rotation.js";
import { isOf, retireUnlabelled } from "../strays.js";

/**
 * Makes the next key and stores it as AWSPENDING. First everything else that could be alive is ended and seen dead,
 * so that with the new key there are two at most. May run again at any time: what is staged and works is kept.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
 */
export async function createSecret(rotation: Rotation): Promise<void> {
  const view = await firstLook(rotation);
  if (standing(view, rotation.token) === "current") return;
  await mustBePending(rotation, view);
  mustNotBeRolledBack(rotation, view, holder(view, "AWSPREVIOUS"));
  const staged = await rotation.value(rotation.token);
  if (staged) return keepOrAbort(rotation, view, staged);
  rotation.parts.tell("Rotation Started", { rotation: rotation.token });

  // The order matters: what the vendor lists first, then what the versions hold (P4).
  const listed = await rotation.found();
  const currentId = holder(view, "AWSCURRENT");
  const current = await rotation.value(currentId);
  const previous = await previousValue(rotation, view);
  const died = (await checkCurrent(rotation, current, previous)) && !(await rotation.isMarked(current, view));
  if (previous?.kind === "key") await mustBeOurs(rotation, previous);
  await endPrevious(rotation, view, current, previous);

  // How many keys this rotation has ever made, dead ones included (P9).
  const attempt = listed
    ? madeBy(rotation, await makeRoom(rotation, listed, { current, previous }))
    : await makeRoomByHistory(rotation, current, previous);
  // Where no count at the vendor would show it: another run of this rotation may have stored a key meanwhile (P3).
  if (!listed && (await rotation.readAgain(rotation.token))) return;
  await mintAndStore(rotation, attempt, { versionId: currentId, extras: current?.extras ?? {} });
  // Told once there is another: a try that fails before is told of by recovery.
  if (died && current?.kind === "key") rotation.parts.tell("Key Died", { handle: current.key.handle });
}

/**
 * A staged key that works, or is too young to judge, is the one. A dead or leaked one can never be replaced (P7); a
 * generated one that its vendor does not know is what setSecret is for.
 */
async function keepOrAbort(rotation: Rotation, view: SecretView, staged: StoredValue): Promise<void> {
  if (staged.kind === "placeholder") return;
  if (await rotation.isMarked(staged, view)) await hardAbort(rotation, "its key is marked as leaked");
  if (await isOvertaken(rotation, view, staged))
    await hardAbort(rotation, "AWSCURRENT is not the version that its key was made to replace");
  const { facts, origin } = rotation.parts.provider;
  if (origin === "generated" || (await rotation.alive(staged))) return;
  const age =
    staged.kind === "key"
      ? rotation.parts.clock.now().getTime() - Date.parse(staged.record.createdAt)
      : Number.POSITIVE_INFINITY;
  if (age >= facts.settleSeconds * 1000) await hardAbort(rotation, "the vendor refuses its key");
}

/**
 * Whether the staged key was made to replace another version than the current one: the rotation was abandoned and its token came back, by
 * a write that arrived late or an old tick. It can never be promoted. It keeps its place for as long as the previous key has its overlap.
 */
async function isOvertaken(rotation: Rotation, view: SecretView, staged: StoredValue): Promise<boolean> {
  const currentId = holder(view, "AWSCURRENT");
  if (staged.kind !== "key" || (staged.record.replaces ?? currentId) === currentId) return false;
  const current = await rotation.value(currentId);
  const previous = await previousValue(rotation, view);
  if (previous?.kind === "key" && !sameKey(previous, current))
    await mustBeOver(rotation, view, current, previous);
  return true;
}

/**
 * The current value decides what is kept alive, so one that a plain writer has bent stops the rotation before anything happens. Resolves to whether
 * its key was found dead, as far as the vendor was asked.
 */
async function checkCurrent(
  rotation: Rotation,
  current: StoredValue | undefined,
  previous: StoredValue | undefined,
): Promise<boolean> {
  const { secret } = rotation.parts;
  if (!current) {
    throw new KeyturnError("value_missing", {
      expected: `${secret.name} to have a current value`,
      found: "none: the first key ever would become current untested",
      next: `Put the placeholder first: aws secretsmanager put-secret-value --secret-id ${secret.name} --secret-string '{"keyturn":{"v":1}}'`,
    });
  }
  if (current.kind !== "key") return false;
  if (previous?.kind === "key" && sameKey(current, previous)) {
    const rewritten = !isDeepStrictEqual(current.record.config, previous.record.config);
    if (rewritten && !isDeepStrictEqual(current.record.config, secret.config))
      throw configRewritten(rotation);
  }
  const isKnown = await mustBeOurs(rotation, current);
  return !isKnown || rotation.isListedAsEnded(current.key.handle);
}

/** Room where the vendor cannot list: the version history tells what may be alive, and shows the labels once more. */
async function makeRoomByHistory(
  rotation: Rotation,
  current: StoredValue | undefined,
  previous: StoredValue | undefined,
): Promise<number> {
  const stages = await retireUnlabelled(rotation, current, previous);
  // AWS does not say whether its history shows a version without a value: where it does not, DescribeSecret is asked.
  if (!stages.get(rotation.token)?.includes("AWSPENDING"))
    await mustBePending(rotation, await rotation.look());
  return 0;
}

function madeBy(rotation: Rotation, listed: readonly FoundKey[]): number {
  const own = rotation.label(0).rotation;
  return listed.filter((found) => isOf(own, found)).length;
}

function configRewritten(rotation: Rotation): KeyturnError {
  return new KeyturnError("value_rewritten", {
    expected: `the current value of ${rotation.parts.secret.name} to record the config its key was made with`,
    found: "another config, which is not the declared one either: someone has rewritten it",
    next: "Nothing was made or ended. Put back the value as the rotation wrote it; to change the config, change keyturn.config.ts.",
  });
}
