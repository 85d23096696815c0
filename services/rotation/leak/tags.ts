import { CodedError } from "../../../providers/kit/failure.js";
import { heldKey, writeRing } from "../../leak/write-ring.js";
import type { SecretView } from "../../store/store.js";
import type { StoredValue } from "../../store/value.js";
import { openRotation } from "../labels.js";
import type { RotationParts } from "../rotation.js";

/** What a version holds. */
export interface HeldValue {
  readonly versionId: string;
  readonly stored: StoredValue | undefined;
}

/**
 * Notes in the secret's tags which keys its versions hold, so that a leaked value is found without reading any, and whatever else is to be
 * kept there: one TagResource at most. Nothing while a rotation is open. That it fails is logged, and no failure of whoever asks for it.
 * @param view labels and tags as a look has just shown them
 * @param held the oldest first
 * @param also further tags
 */
export async function noteInTags(
  { store, request, provider, log }: Pick<RotationParts, "store" | "request" | "provider" | "log">,
  view: SecretView,
  held: readonly HeldValue[],
  also: ReadonlyMap<string, string> = new Map(),
): Promise<void> {
  if (openRotation(view)) return;
  const written = new Map(also);
  const collected = {
    describe: async () => view,
    tag: async (_: string, tags: ReadonlyMap<string, string>) => {
      for (const [key, value] of tags) written.set(key, value);
    },
  };
  try {
    const keys = held.map(({ versionId, stored }) => heldKey(provider, versionId, stored));
    await writeRing(collected, request.arn, provider.id, keys);
    if (written.size > 0) await store.tag(request.arn, written);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    log.error("tags_not_written", { code: error.code, message: error.message });
  }
}
