/** How many keys a secret's tags name: the current one, the previous one, and three that were retired. */
const size = 5;
/** How many versions one key is named with: aborts and plain writes copy it. */
const versionsEach = 3;

/** A key that the secret holds or held. */
export interface RingEntry {
  readonly fingerprint: string;
  /** Versions that hold it, the latest first. One at least, three at most. */
  readonly versionIds: readonly string[];
}

/** The latest first, five at most. */
export type Ring = readonly RingEntry[];

const isFingerprint = /^[0-9a-f]{32}$/;
/** What a tag's value may hold, without the space that stands between two ids. */
const isTaggable = /^[A-Za-z0-9_.:/=+@-]{1,64}$/;

const tagKey = (slot: number) => `keyturn:fp:${slot}`;

/**
 * The ring in a secret's tags: `keyturn:fp:0` (the latest) to `keyturn:fp:4`, each `<fingerprint> <version id>…`, at most 227 of 256
 * characters. One tag a key, and its fingerprint first, because ListSecrets finds a tag's value by its beginning, and by nothing
 * else. A tag of another form names no key.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Filter.html
 */
export function ringIn(tags: ReadonlyMap<string, string>): Ring {
  const ring = new Map<string, RingEntry>();
  for (let slot = 0; slot < size; slot++) {
    const [fingerprint = "", ...versionIds] = (tags.get(tagKey(slot)) ?? "").split(" ");
    const named = versionIds.length > 0 && versionIds.every((id) => isTaggable.test(id));
    if (!named || !isFingerprint.test(fingerprint) || ring.has(fingerprint)) continue;
    ring.set(fingerprint, { fingerprint, versionIds });
  }
  return [...ring.values()];
}

/** The tags that a ring is written as. */
export function tagsOfRing(ring: Ring): ReadonlyMap<string, string> {
  return new Map(
    ring.map(({ fingerprint, versionIds }, slot) => [tagKey(slot), [fingerprint, ...versionIds].join(" ")]),
  );
}

/**
 * The ring after it was learnt which key a version holds: that key comes first, and the oldest goes. What it knows already changes
 * nothing. A version whose id no tag can hold stays unknown to it.
 */
export function ringAfter(
  ring: Ring,
  { versionId, fingerprint }: { readonly versionId: string; readonly fingerprint: string },
): Ring {
  const known = ring.find((entry) => entry.fingerprint === fingerprint);
  if (known?.versionIds.includes(versionId)) return ring;
  if (!isTaggable.test(versionId) || !isFingerprint.test(fingerprint)) return ring;
  const versionIds = [versionId, ...(known?.versionIds ?? [])].slice(0, versionsEach);
  return [{ fingerprint, versionIds }, ...ring.filter((entry) => entry !== known)].slice(0, size);
}

/** The versions of which the ring says what they hold. */
export function versionsIn(ring: Ring): ReadonlySet<string> {
  return new Set(ring.flatMap(({ versionIds }) => versionIds));
}
