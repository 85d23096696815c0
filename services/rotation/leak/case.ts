import type { JobParts } from "../jobs/parts.js";
import type { Rotation } from "../rotation.js";
import type { Examined } from "./examine.js";
import type { Act, Surrounding } from "./judge.js";
import type { KeyProgress, Report } from "./report.js";
import type { Watch } from "./watch.js";

/** One containment under way. */
export interface Case {
  readonly parts: JobParts;
  readonly rotation: Rotation;
  /** Undefined where nothing goes on after this process. */
  readonly watch: Watch | undefined;
  readonly report: Report;
  /** By version id. */
  readonly known: Record<string, KeyProgress>;
  /** Tokens that RotateSecret was called with in this run: it is asked once for each. */
  readonly asked: Set<string>;
  /** Versions whose key this run has ended, or tried to kill: once a run is enough, unless the key comes back. */
  readonly ended: Set<string>;
  /** The version that held AWSCURRENT when it was looked at last. */
  currentId?: string | undefined;
  /** What stood in the way last, for whoever must mend it. */
  trouble?: { readonly code: string; readonly message: string } | undefined;
}

export type Judged = Examined & { readonly act: Act };

/** All that one look has shown. */
export interface Picture {
  readonly judged: readonly Judged[];
  readonly surrounding: Surrounding;
}

/** A key was ended now. That it is refused is to be seen after that. */
export function noteKilled({ rotation, known, ended }: Case, versionId: string): void {
  const { killedAt, refusedAt: _, ...before } = known[versionId] ?? {};
  known[versionId] = { ...before, killedAt: killedAt ?? rotation.parts.clock.now().toISOString() };
  ended.add(versionId);
}

/** Writes down what was seen of the keys: whose turn it was, when it was first refused, and that it was ended by then, whoever did. */
export function noteSeen({ rotation, known, ended }: Case, examined: readonly Examined[]): void {
  const now = rotation.parts.clock.now().toISOString();
  for (const { versionId, stored, key } of examined) {
    if (key.kind === "none" || !stored || stored.kind === "placeholder") continue;
    const before = known[versionId];
    // One that came back was not dead (V20).
    if (before?.refusedAt !== undefined && key.accepted) ended.delete(versionId);
    const { handle } = stored.key;
    known[versionId] = {
      ...seen(before, key, now),
      ...(handle !== "" && { handle }),
    };
  }
}

function seen(
  before: KeyProgress | undefined,
  { held, accepted }: Pick<Examined["key"], "held" | "accepted">,
  now: string,
): KeyProgress {
  const { replacedAt, ...rest } = before ?? {};
  const isReplaced = held !== "current" && rest.wasCurrent === true;
  const place: KeyProgress = {
    ...rest,
    ...(held === "current" && { wasCurrent: true }),
    ...(isReplaced && { replacedAt: replacedAt ?? now }),
  };
  const { killedAt, refusedAt, toldAt, ...other } = place;
  if (accepted) return refusedAt === undefined ? place : other;
  // A key that was seen here without having been refused has been accepted.
  const died = killedAt ?? (before !== undefined && refusedAt === undefined ? now : undefined);
  return {
    ...other,
    ...(died !== undefined && { killedAt: died }),
    refusedAt: refusedAt ?? now,
    ...(toldAt !== undefined && { toldAt }),
  };
}
