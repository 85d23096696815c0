import { KeyturnError } from "../errors.js";
import type { SecretView } from "../store/store.js";
import { hardAbort } from "./abort.js";
import { standing } from "./labels.js";
import type { Rotation } from "./rotation.js";

/**
 * The look that every step begins with. A token that it does not show may be too young for it.
 * @throws KeyturnError `rotation_disabled`
 */
export async function firstLook(rotation: Rotation): Promise<SecretView> {
  const view = await rotation.readUntil(
    () => rotation.look(),
    (seen) => standing(seen, rotation.token) !== "abandoned",
  );
  if (view.rotationEnabled) return view;
  throw new KeyturnError("rotation_disabled", {
    expected: `rotation of ${rotation.parts.secret.name} to be on`,
    found: "that it is off",
    next: "Turn it on (aws secretsmanager rotate-secret) if it should rotate. Nothing was made or ended.",
  });
}

/**
 * Passes only while it is this rotation's turn. A step never ends the key of a rotation that was abandoned (P10):
 * it fails, and the next rotation's sweep does it.
 * @throws KeyturnError `token_not_staged`; `rotation_aborted` when the token was current once (P18)
 */
export async function mustBePending(rotation: Rotation, view: SecretView): Promise<void> {
  const stands = standing(view, rotation.token);
  if (stands === "returned")
    await hardAbort(rotation, "AWSPENDING came back to a version that was current before");
  if (stands !== "pending") throw notStaged(rotation, `that it is ${stands}`);
}

export function notStaged(rotation: Rotation, found: string): KeyturnError {
  return new KeyturnError("token_not_staged", {
    expected: `version ${rotation.token} of ${rotation.parts.secret.name} to be AWSPENDING`,
    found,
    next: "Nothing to do: a newer write or rotation has taken over. Start a rotation anew if the secret still needs one.",
  });
}
