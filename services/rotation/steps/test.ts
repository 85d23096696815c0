import type { Verdict } from "../../../providers/kit/contract.js";
import { KeyturnError } from "../../errors.js";
import { type StoredValue, sameKey } from "../../store/value.js";
import { firstLook, mustBePending } from "../guard.js";
import { holder, standing } from "../labels.js";
import type { Rotation } from "../rotation.js";

/**
 * Asks the vendor whether it accepts the staged key, until it does or the key's settling time is over. Read-only.
 * Passes on a placeholder, and when the staged value is a copy of the current one, as AWS's dry run shows it.
 * @throws KeyturnError `key_rejected`, `value_missing`, `token_not_staged`
 */
export async function testSecret(rotation: Rotation): Promise<void> {
  const view = await firstLook(rotation);
  if (standing(view, rotation.token) === "current") return;
  await mustBePending(rotation, view);
  const staged = await stagedValue(rotation);
  if (staged.kind === "placeholder") return;
  if ((await settled(rotation, staged)) === "accepted") {
    const { proof } = await rotation.vendor(staged);
    rotation.parts.log.info("key_accepted", { handle: staged.key.handle, proof });
    return;
  }
  if (sameKey(staged, await rotation.value(holder(view, "AWSCURRENT")))) return;
  throw rejected(rotation);
}

/** The staged value, which AWS may show a little late. */
export async function stagedValue(rotation: Rotation): Promise<StoredValue> {
  const staged = await rotation.readUntil(
    () => rotation.readAgain(rotation.token),
    (value) => value !== undefined,
  );
  if (staged) return staged;
  throw new KeyturnError("value_missing", {
    expected: `version ${rotation.token} of ${rotation.parts.secret.name} to hold the key that createSecret made`,
    found: "an empty version",
    next: "Nothing to do: the rotation is tried from its first step.",
  });
}

async function settled(
  rotation: Rotation,
  staged: StoredValue & { kind: "key" | "brought" },
): Promise<Verdict> {
  const { clock, provider } = rotation.parts;
  if (await rotation.alive(staged)) return "accepted";
  const until = (await rotation.knownSince(staged)) + provider.facts.settleSeconds * 1000;
  while (clock.now().getTime() < until && (await rotation.wait(1000))) {
    if (await rotation.alive(staged)) return "accepted";
  }
  return "rejected";
}

export function rejected(rotation: Rotation): KeyturnError {
  const { provider, secret } = rotation.parts;
  return new KeyturnError("key_rejected", {
    expected: `the vendor to accept the new key of ${secret.name}`,
    found: `that it refuses it, ${provider.facts.settleSeconds} s after it was made, or calls it ended`,
    next: "The current key stays in place. The next try replaces the refused one; if it happens again, check the vendor's dashboard for who ends it.",
  });
}
