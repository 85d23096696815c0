import type { SecretView, VersionSummary } from "../store/store.js";
import { abortPrefix, openRotation } from "./labels.js";

/**
 * How long a rotation may be open before it is taken for stuck, by how often the secret was aborted since its last rotation that
 * succeeded. Five minutes are one whole try (four steps of a function's 60 s); each abort makes the next wait longer, and
 * after the last there is no further one. Minutes.
 */
const patience = [5, 10, 15, 30, 60] as const;

export interface Standing {
  readonly view: SecretView;
  /** The secret's history, versions without labels included. */
  readonly versions: readonly VersionSummary[];
  /** Until when the previous key has its overlap, where it lives and has one. */
  readonly overlapUntil?: Date | undefined;
  readonly now: Date;
}

/** What recovery does with a secret, and why. */
export type Verdict =
  | { readonly do: "nothing"; readonly because: "disabled" | "nothing pending" }
  | { readonly do: "wait"; readonly because: "young" | "overlap open"; readonly until: Date }
  | { readonly do: "give up"; readonly aborts: number }
  /** The rotation of this token. */
  | { readonly do: "abort"; readonly token: string };

/** Decides from labels, history and time alone. The aborts are the journal: each left a version that says so by its id. */
export function judgeStuck({ view, versions, overlapUntil, now }: Standing): Verdict {
  if (!view.rotationEnabled) return { do: "nothing", because: "disabled" };
  const token = openRotation(view);
  if (!token) return { do: "nothing", because: "nothing pending" };
  const succeeded = view.lastRotatedAt?.getTime() ?? 0;
  const aborts = versions.filter(
    ({ versionId, createdAt }) => versionId.startsWith(abortPrefix) && createdAt.getTime() > succeeded,
  ).length;
  const until = new Date(openSince(view, versions, token).getTime() + patienceFor(aborts) * 60_000);
  if (until > now) return { do: "wait", because: "young", until };
  if (aborts >= patience.length) return { do: "give up", aborts };
  if (overlapUntil && overlapUntil > now) return { do: "wait", because: "overlap open", until: overlapUntil };
  return { do: "abort", token };
}

/** Whoever gave up has nothing to wait for but the end of a new try. */
function patienceFor(aborts: number): number {
  return patience[aborts] ?? patience[0];
}

/** AWS does not say whether its history shows a version without a value; the secret's last change is no earlier. */
function openSince(view: SecretView, versions: readonly VersionSummary[], token: string): Date {
  const version = versions.find(({ versionId }) => versionId === token);
  return version?.createdAt ?? view.lastChangedAt ?? new Date(0);
}
