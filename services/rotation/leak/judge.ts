/** One leaked key, as labels and vendor show it now. */
export interface LeakedKey {
  /** What its version holds: a key of ours, one that someone brought along, none. */
  readonly kind: "key" | "brought" | "none";
  /** Which label's version holds this very key, whatever its version id (P2). */
  readonly held: "current" | "pending" | "previous" | "nowhere";
  /** The vendor accepts it. */
  readonly accepted: boolean;
  /** It was ended already; the vendor has a while to come to refuse it. */
  readonly dying: boolean;
  /** Its kill mark stands: it was, or was about to be, ended while AWSCURRENT held it. */
  readonly killed: boolean;
  /** A run that could put or register it again may still be under way (P15, P17). */
  readonly mayReturn: boolean;
  /** A rollback to its version is under way (P14). */
  readonly claimed: boolean;
}

/** The rotation of its secret. */
export interface Surrounding {
  /** `quiet`: open for so long that AWS may have given up on it. `stuck`: longer than one whole try takes. */
  readonly rotation: "none" | "running" | "quiet" | "stuck";
  readonly enabled: boolean;
  /** It is to be ended although nothing has replaced it. */
  readonly kill: boolean;
}

/** What is to be done about a leaked key. */
export type Act =
  /** Nothing: it is dead, and not the current one. */
  | { readonly do: "done" }
  /** The current key is replaced; finishSecret ends the old one right after the flip. */
  | { readonly do: "rotate" }
  /** The open rotation is the replacement, and AWS is asked to take it up again. */
  | { readonly do: "again" }
  /** The rotation that holds it, or stands in the way, is ended for good. */
  | { readonly do: "abort" }
  /** It is ended at its vendor: nothing needs it. */
  | { readonly do: "retire" }
  /** It is ended at its vendor while AWSCURRENT holds it. */
  | { readonly do: "kill" }
  | { readonly do: "wait"; readonly because: Hold };

export type Hold =
  | "the rotation is running"
  | "rotation is off"
  | "its vendor still accepts it"
  | "a run that may bring it back is not over"
  | "a rollback to it is under way"
  | "it is not ours to end";

/**
 * Decides by what a leaked key is *now* (P15). Whoever dies in between, whoever comes second: the same question again gives
 * what is left to do.
 */
export function judgeLeaked(key: LeakedKey, around: Surrounding): Act {
  if (key.held === "pending") return { do: "abort" };
  if (key.kind === "none") return { do: "done" };
  if (key.held === "current") return judgeCurrent(key, around);
  if (!key.accepted) return key.mayReturn ? wait("a run that may bring it back is not over") : { do: "done" };
  if (key.kind === "brought") return wait("it is not ours to end");
  if (key.claimed) return wait("a rollback to it is under way");
  if (key.dying) return wait("its vendor still accepts it");
  if (key.held === "nowhere" && key.mayReturn) return wait("a run that may bring it back is not over");
  return { do: "retire" };
}

/** Nothing is killed that nothing can replace; and for one kill no more than one rotation is ended. */
function judgeCurrent(key: LeakedKey, { rotation, enabled, kill }: Surrounding): Act {
  if (!enabled) return wait("rotation is off");
  if (rotation === "stuck") return { do: "abort" };
  const isDue = kill && key.kind === "key" && key.accepted && !key.dying;
  if (rotation === "none") return isDue ? { do: "kill" } : { do: "rotate" };
  if (isDue && !key.killed) return { do: "abort" };
  return rotation === "quiet" ? { do: "again" } : wait("the rotation is running");
}

function wait(because: Hold): Act {
  return { do: "wait", because };
}
