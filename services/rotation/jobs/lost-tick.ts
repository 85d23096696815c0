import { CodedError } from "../../../providers/kit/failure.js";
import { KeyturnError } from "../../errors.js";
import type { SecretView, VersionSummary } from "../../store/store.js";
import { secretRef } from "../event.js";
import { abortPrefix, openRotation } from "../labels.js";
import type { JobParts } from "./parts.js";
import type { Recovered } from "./recover-one.js";

/** A tick of a routine schedule that could not start its rotation. */
export interface LostTick {
  readonly secretId: string;
  /** The token that the rotation would have; undefined where AWS makes it. */
  readonly token: string | undefined;
  /** When the schedule was due. */
  readonly time: Date;
}

/** How far another clock may be ahead. Milliseconds. */
const aheadMs = 60_000;

/**
 * Starts the rotation that a tick could not start, unless it is not missing: one is open, one has succeeded since, or the tick had begun one
 * already, whatever became of it (P20). May run twice: one tick is one rotation.
 * @throws KeyturnError `event_invalid`, `store_…`
 */
export async function startLost(parts: JobParts, tick: LostTick): Promise<Recovered> {
  const { store, log } = parts;
  const { name: secret } = secretRef(tick.secretId);
  const view = await store.describe(secret);
  mustFit(parts, view, tick);
  const nothing = (because: string): Recovered => {
    log.info("tick_not_missing", { secret, because });
    return { secret, do: "nothing", because };
  };
  // AWS takes an open one up again when a tick comes. An abort beside that could put the old key back: it is left to recovery's next run.
  if (openRotation(view)) return nothing("a rotation is open");
  if (!view.rotationEnabled) return nothing("disabled");
  if (view.lastRotatedAt && view.lastRotatedAt >= tick.time) return nothing("rotated since");
  const token = tokenOf(tick);
  const versions = await store.history(view.arn);
  const began = ({ versionId }: VersionSummary) => versionId === token || versionId === tick.token;
  const ended = ({ versionId, createdAt }: VersionSummary) =>
    versionId.startsWith(abortPrefix) && createdAt >= tick.time;
  // A version that never had a value may be gone from the history; what ended its rotation is not.
  if (versions.some((version) => began(version) || ended(version))) return nothing("begun before");
  try {
    await store.rotate(view.arn, token);
  } catch (error) {
    // Somebody else may have begun one a moment ago.
    const isOpen = error instanceof CodedError && openRotation(await store.describe(secret)) !== undefined;
    if (!isOpen) throw error;
    return nothing("begun by another");
  }
  log.info("tick_made_good", { secret, rotation: token, due: tick.time.toISOString() });
  return { secret, do: "recovered", rotation: token };
}

/** The token of the rotation that makes a tick good: the same for every message about it, and without the colons of a time. 32 characters. */
export function tokenOf({ time }: Pick<LostTick, "time">): string {
  return `keyturn-tick-${time.toISOString().slice(0, 19).replaceAll(/\D/g, "")}-lost`;
}

/** @throws KeyturnError `event_invalid` */
function mustFit({ clock }: JobParts, view: SecretView, { secretId, time }: LostTick): void {
  const isAhead = time.getTime() > clock.now().getTime() + aheadMs;
  if (view.arn === secretId && !isAhead) return;
  throw new KeyturnError("event_invalid", {
    expected: `a tick of ${view.name} that was due`,
    found: isAhead ? "one that is not due yet" : "one of another secret, which had that name",
    next: "It was dropped, and nothing was done. Delete the schedule of the secret that there was.",
  });
}
