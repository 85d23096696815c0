import type { SecretView, VersionSummary } from "../../store/store.js";
import { nothingOfOurs, type StoredValue, sameKey } from "../../store/value.js";
import { isRolledBack } from "../claims.js";
import { abortPrefix, hasLabel, holder, killMark, openRotation } from "../labels.js";
import type { Rotation } from "../rotation.js";
import type { LeakedKey } from "./judge.js";
import type { KeyProgress, Report } from "./report.js";

/** A run that began in time is over after so long: a function's 60 s, and a margin. Milliseconds. */
export const runMs = 65_000;
/** An ended key that is still accepted after so long is ended once more. Milliseconds, at least. */
const patienceMs = 60_000;

/** What a leaked version holds, and how its key stands. */
export interface Examined {
  readonly versionId: string;
  readonly stored: StoredValue | undefined;
  readonly key: LeakedKey;
}

/** What is looked at: one DescribeSecret, and the history where it is needed. */
export interface Seen {
  readonly view: SecretView;
  readonly versions: readonly VersionSummary[];
  readonly report: Report;
}

/**
 * How the key of a leaked version stands now, by the labels and its vendor's word.
 * @param known what was known of it before
 * @param endedHere whether this run has ended it
 * @throws ProviderError when the vendor cannot be asked
 */
export async function examine(
  rotation: Rotation,
  seen: Seen,
  versionId: string,
  known: KeyProgress,
  endedHere: boolean,
): Promise<Examined> {
  const { clock, provider } = rotation.parts;
  const { view } = seen;
  // Before it was marked, AWS may have refused to read it.
  const before = await rotation.value(versionId).catch(nothingOfOurs);
  const stored = before ?? (await rotation.readAgain(versionId).catch(nothingOfOurs));
  if (!stored || stored.kind === "placeholder") {
    // A rotation that has stored nothing yet is about to: what it makes is leaked already.
    const isOpen = openRotation(view) === versionId && !stored;
    return { versionId, stored, key: { ...nothing, held: isOpen ? "pending" : "nowhere" } };
  }
  const now = clock.now();
  const held = await heldBy(rotation, view, stored);
  const patience = Math.max(patienceMs, 2 * provider.facts.deathSeconds * 1000);
  const isEnding = endedHere || now.getTime() < Date.parse(known.killedAt ?? never) + patience;
  const key: LeakedKey = {
    ...{ kind: stored.kind, held },
    accepted: await rotation.accepted(stored),
    // One that was refused, and is accepted again, has come back (V20).
    dying: isEnding && known.refusedAt === undefined,
    killed: hasLabel(view, killMark(versionId)),
    mayReturn: now.getTime() < quietFrom(seen, versionId, held, provider.origin, stored),
    claimed: [versionId, held === "previous" ? holder(view, "AWSPREVIOUS") : undefined].some((id) =>
      isRolledBack(view, id, now),
    ),
  };
  return { versionId, stored, key };
}

const never = new Date(0).toISOString();
const nothing: LeakedKey = {
  ...{ kind: "none", held: "nowhere" },
  ...{ accepted: false, dying: false, killed: false, mayReturn: false, claimed: false },
};

async function heldBy(rotation: Rotation, view: SecretView, stored: StoredValue): Promise<LeakedKey["held"]> {
  for (const [held, stage] of [
    ["current", "AWSCURRENT"],
    ["pending", "AWSPENDING"],
    ["previous", "AWSPREVIOUS"],
  ] as const) {
    const value = await rotation.value(holder(view, stage)).catch(nothingOfOurs);
    if (sameKey(value, stored)) return held;
  }
  return "nowhere";
}

/**
 * From when on no run can bring a key back: put it under a label (V17), or register it once more (V20). A run of its rotation may
 * have begun until its version lost AWSPENDING. That was at the latest when the next version was made, when a rotation
 * was aborted, or, where nothing tells, when the leak was reported. Milliseconds.
 */
function quietFrom(
  { view, versions, report }: Seen,
  versionId: string,
  held: LeakedKey["held"],
  origin: "minted" | "generated",
  stored: StoredValue,
): number {
  const madeAt = (id: string | undefined) =>
    versions.find((version) => version.versionId === id)?.createdAt.getTime();
  const current = madeAt(holder(view, "AWSCURRENT")) ?? 0;
  const own = madeAt(versionId) ?? 0;
  const canRegister = origin === "generated";
  if (held !== "nowhere") return canRegister ? current + runMs : 0;
  const aborts = versions.filter((version) => version.versionId.startsWith(abortPrefix));
  const aborted = Math.max(0, ...aborts.map(({ createdAt }) => createdAt.getTime()));
  // A hard abort makes every promotion in flight fail (P11); only a registration may still be on its way.
  if (aborted >= own && own > 0) return canRegister ? aborted + runMs : 0;
  // AWSCURRENT moves to it from the version that it was made to replace, and from no other.
  const replaces = stored.kind === "key" ? stored.record.replaces : undefined;
  if (!canRegister && replaces !== undefined && replaces !== holder(view, "AWSCURRENT")) return 0;
  // Whoever made another version found no rotation open, or ended it.
  const younger = versions.map(({ createdAt }) => createdAt.getTime()).filter((made) => made > own);
  const lost = own > 0 && younger.length > 0 ? Math.min(...younger) : Date.parse(report.at);
  return lost + runMs;
}
