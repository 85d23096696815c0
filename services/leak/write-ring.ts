import type { Provider } from "../../providers/kit/plug.js";
import { openRotation } from "../rotation/labels.js";
import type { Store } from "../store/store.js";
import { holdsKey, type StoredValue } from "../store/value.js";
import { fingerprintOf } from "./fingerprint.js";
import { ringAfter, ringIn, tagsOfRing } from "./ring.js";

/** The tag that tells which provider's keys a secret holds, `<vendor>/<kind>`. */
export const providerTag = "keyturn:provider";

/** Which key a version holds. */
export interface HeldKey {
  readonly versionId: string;
  /** Undefined for a key that has none: it is left out. */
  readonly fingerprint: string | undefined;
}

/** What a version holds, to be written into the ring. */
export function heldKey(
  provider: Pick<Provider, "id" | "recognition">,
  versionId: string,
  value: StoredValue | undefined,
): HeldKey {
  return { versionId, fingerprint: holdsKey(value) ? fingerprintOf(provider, value.key.fields) : undefined };
}

/** `rotating`: a rotation is open, and nothing was written; what ends that rotation, or the next job, writes it. */
export type RingOutcome = "written" | "unchanged" | "rotating";

/**
 * Notes in a secret's tags which keys its versions hold, and whose they are: one DescribeSecret, and one TagResource if something is
 * new. For jobs outside of a rotation, where AWS says not to change a secret; a rotation that begins between the two calls is not
 * seen. Of two at once the later wins; what is lost then is found by reading, until it is written again.
 * @param held the oldest first
 * @throws KeyturnError `store_…`; `store_refused` also where the secret has 50 tags already
 */
export async function writeRing(
  store: Pick<Store, "describe" | "tag">,
  secretId: string,
  providerId: string,
  held: readonly HeldKey[],
): Promise<RingOutcome> {
  const view = await store.describe(secretId);
  if (openRotation(view)) return "rotating";
  const { tags = new Map<string, string>() } = view;
  let ring = ringIn(tags);
  for (const { versionId, fingerprint } of held) {
    if (fingerprint !== undefined) ring = ringAfter(ring, { versionId, fingerprint });
  }
  const wanted = new Map([...tagsOfRing(ring), [providerTag, providerId]]);
  const fresh = new Map([...wanted].filter(([key, value]) => tags.get(key) !== value));
  if (fresh.size === 0) return "unchanged";
  await store.tag(secretId, fresh);
  return "written";
}
