import { sameKey } from "../../store/value.js";
import { hardAbort } from "../abort.js";
import { firstLook, mustBePending, notStaged } from "../guard.js";
import { holder, standing } from "../labels.js";
import { previousValue } from "../previous.js";
import { retire, type StoredKey } from "../retire.js";
import { makeRoom } from "../room.js";
import type { Rotation } from "../rotation.js";
import { stagedValue } from "./test.js";

/**
 * Makes the vendor know a generated key, whose place among the two was seen free right before. A minted key needs no
 * setting: its vendor knows it already, and no call is made at all.
 * @throws KeyturnError `too_many_alive`, `token_not_staged`, `rotation_aborted`, `value_missing`; ProviderError
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
 */
export async function setSecret(rotation: Rotation): Promise<void> {
  if (rotation.parts.provider.origin === "minted") return;
  const view = await firstLook(rotation);
  if (standing(view, rotation.token) === "current") return;
  await mustBePending(rotation, view);
  // The order matters, as in createSecret: what the vendor lists first, then what the versions hold (P4).
  const listed = (await rotation.found()) ?? [];
  const staged = await stagedValue(rotation);
  const current = await rotation.value(holder(view, "AWSCURRENT"));
  if (staged.kind !== "key" || sameKey(staged, current)) return;
  if (await rotation.isMarked(staged, view)) await hardAbort(rotation, "its key is marked as leaked");
  const previous = await previousValue(rotation, view);
  await makeRoom(rotation, listed, { current, previous, staged });
  await register(rotation, staged);
}

/** Undone when it came too late: what this very call made known, after the rotation had gone, nobody else would end (P17). */
async function register(rotation: Rotation, staged: StoredKey): Promise<void> {
  const vendor = await rotation.vendor(staged);
  const registration = await vendor.register?.(staged.key, staged.record.label);
  rotation.parts.log.info("key_registered", { handle: staged.key.handle, registration });
  const view = await rotation.look();
  const stands = standing(view, rotation.token);
  if (stands === "pending" || stands === "current") return;
  // A key that AWSPREVIOUS holds by now has its overlap: it is not abandoned (P10).
  const isPrevious = sameKey(staged, await previousValue(rotation, view));
  if (registration === "created" && !isPrevious) await retire(rotation, { as: "stored", stored: staged });
  throw notStaged(rotation, `that it is ${stands}`);
}
