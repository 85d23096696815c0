import type { SecretView, VersionSummary } from "../store/store.js";
import { abortPrefix, holder, openRotation, owedPrefix } from "./labels.js";

/**
 * How long a rotation may be open before it is ended and begun anew, by how often the secret was aborted since its last rotation that
 * succeeded. One whole try takes four minutes (four steps of a function's 60 s); each abort makes the next wait longer, and after the last
 * there is no further one: each writes two versions, of which AWS wants few. Half a minute below what recovery's runs, 5 minutes apart, add up
 * to: one that begins a rotation may take so long until it does. Minutes.
 */
const patience = [4.5, 9.5, 14.5, 29.5, 59.5] as const;

export interface Standing {
  readonly view: SecretView;
  /** The secret's history, versions without labels included. */
  readonly versions: readonly VersionSummary[];
  /** Until when the previous key has its overlap, where it lives and has one. */
  readonly overlapUntil?: Date | undefined;
  readonly now: Date;
}

/** An open rotation that may not run any more. */
export interface Stuck {
  readonly token: string;
  /** How often the secret was aborted since its last rotation that succeeded. */
  readonly aborts: number;
  /** When one whole try of it was over. */
  readonly since: Date;
}

/** What recovery does with a secret, and why. */
export type Verdict =
  | { readonly do: "nothing"; readonly because: "disabled" | "nothing pending" }
  | { readonly do: "wait"; readonly because: "young" | "overlap open"; readonly until: Date }
  /** Ends it, and begins another. */
  | (Stuck & { readonly do: "abort" })
  /** Too early for an abort: AWS is asked for another try, which writes nothing. */
  | (Stuck & { readonly do: "again" })
  /** Only asks for tries any more, and for a human. */
  | (Stuck & { readonly do: "give up" });

/** Decides from labels, history and time alone. The aborts are the journal: each left a version that says so by its id. */
export function judgeStuck({ view, versions, overlapUntil, now }: Standing): Verdict {
  if (!view.rotationEnabled) return { do: "nothing", because: "disabled" };
  const token = openRotation(view);
  if (!token) return { do: "nothing", because: "nothing pending" };
  const opened = openSince(view, versions, token);
  const since = after(opened, patience[0]);
  if (since > now) return { do: "wait", because: "young", until: since };
  if (overlapUntil && overlapUntil > now) return { do: "wait", because: "overlap open", until: overlapUntil };
  const aborts = abortsSince(view, versions).length;
  const minutes = patience[aborts];
  const stuck = { token, aborts, since };
  if (minutes === undefined) return { do: "give up", ...stuck };
  return { do: after(opened, minutes) > now ? "again" : "abort", ...stuck };
}

/** Whether another rotation is due at once in the place of one that was ended. */
export type Owed =
  | { readonly do: "begin" }
  | { readonly do: "wait"; readonly until: Date }
  | { readonly do: "give up"; readonly aborts: number; readonly since: Date };

/**
 * Where a rotation was ended that could not go on, and nothing has followed: whoever ended it could not begin another, or died. What a
 * human has aborted is not begun again. The second time, and from then on, it waits as long as the abort before it did.
 */
export function judgeOwed({ view, versions, now }: Omit<Standing, "overlapUntil">): Owed | undefined {
  if (!view.rotationEnabled || openRotation(view) || !holder(view, "AWSCURRENT")?.startsWith(owedPrefix))
    return undefined;
  const aborts = abortsSince(view, versions);
  const last = aborts.reduce((latest, at) => (at > latest ? at : latest), new Date(0));
  if (aborts.length > patience.length) return { do: "give up", aborts: aborts.length, since: last };
  const until = after(last, aborts.length > 1 ? (patience[aborts.length - 2] ?? 0) : 0);
  return until > now ? { do: "wait", until } : { do: "begin" };
}

/** When the secret was aborted since its last rotation that succeeded. */
function abortsSince(view: SecretView, versions: readonly VersionSummary[]): readonly Date[] {
  const succeeded = view.lastRotatedAt?.getTime() ?? 0;
  return versions
    .filter(
      ({ versionId, createdAt }) => versionId.startsWith(abortPrefix) && createdAt.getTime() > succeeded,
    )
    .map(({ createdAt }) => createdAt);
}

/** AWS does not say whether its history shows a version without a value; the secret's last change is no earlier. */
function openSince(view: SecretView, versions: readonly VersionSummary[], token: string): Date {
  const version = versions.find(({ versionId }) => versionId === token);
  return version?.createdAt ?? view.lastChangedAt ?? new Date(0);
}

const after = (from: Date, minutes: number) => new Date(from.getTime() + minutes * 60_000);
