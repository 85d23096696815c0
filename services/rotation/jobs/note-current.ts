import { CodedError } from "../../../providers/kit/failure.js";
import { isFingerprinted } from "../../leak/fingerprint.js";
import { ringIn, versionsIn } from "../../leak/ring.js";
import type { SecretView } from "../../store/store.js";
import { nothingOfOurs } from "../../store/value.js";
import { secretRef } from "../event.js";
import { isToldNow } from "../hourly.js";
import { holder } from "../labels.js";
import { noteInTags } from "../leak/tags.js";
import type { JobParts } from "./parts.js";

/**
 * Writes the current key, and the previous one, into the secret's tags, where they do not tell of it yet: after its first rotation, and
 * where whoever should have written it died. Tried with the first run of recovery after the secret has changed, and hourly; where there is
 * nothing to write it costs no call. That it fails is logged.
 */
export async function noteCurrent(parts: JobParts, view: SecretView): Promise<void> {
  const { clock, open, log } = parts;
  const currentId = holder(view, "AWSCURRENT");
  if (!currentId || !view.tags || versionsIn(ringIn(view.tags)).has(currentId)) return;
  if (view.lastChangedAt && !isToldNow(view.lastChangedAt, clock.now())) return;
  try {
    const rotation = await open({ ...secretRef(view.arn), token: currentId });
    if (!isFingerprinted(rotation.parts.provider)) return;
    const previousId = holder(view, "AWSPREVIOUS");
    const ids = [previousId, currentId].filter((id) => id !== undefined);
    const held = [];
    for (const versionId of ids)
      held.push({ versionId, stored: await rotation.value(versionId).catch(nothingOfOurs) });
    await noteInTags(rotation.parts, view, held);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    log.error("tags_not_written", { code: error.code, message: error.message });
  }
}
