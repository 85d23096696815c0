import { CodedError } from "../../../providers/kit/failure.js";
import type { SecretView } from "../../store/store.js";
import { nothingOfOurs, type StoredValue, sameKey } from "../../store/value.js";
import { secretRef } from "../event.js";
import { isToldNow } from "../hourly.js";
import { hasLabel, holder, markedVersions, nowWaiver, openRotation } from "../labels.js";
import { isWaived, overlapEnd, previousValue } from "../previous.js";
import type { StoredKey } from "../retire.js";
import type { Rotation } from "../rotation.js";
import { endPreviousKey } from "./end-overlap.js";
import type { JobParts } from "./parts.js";

/** The schedule comes first, precise to a minute, with Lambda's own further calls after one and two minutes more. Milliseconds. */
const graceMs = 3 * 60_000;
/** Beyond the schedule, two runs of recovery and the slowest death at a vendor (5 minutes) somebody should know. Milliseconds. */
const alarmMs = 15 * 60_000;

/** A previous key that should be dead. `rotation` is opened for its version. */
interface Overdue {
  readonly rotation: Rotation;
  readonly stored: StoredKey;
  readonly due: Date;
}

/**
 * Ends the previous key of a secret at rest whose overlap is over: what its schedule has not done, or could not. For most secrets,
 * most of the time, the look that there is already tells that there is nothing to do. Resolves to the key's handle when it was ended.
 * @throws KeyturnError, ProviderError: as the job `end-overlap`
 */
export async function endOverdue(parts: JobParts, view: SecretView): Promise<string | undefined> {
  const overdue = await overdueKey(parts, view);
  if (!overdue) return undefined;
  const { rotation, stored } = overdue;
  try {
    const { outcome } = await endPreviousKey(rotation, stored.key.handle);
    return outcome === "ended" ? stored.key.handle : undefined;
  } catch (error) {
    if (error instanceof CodedError) tellOverdue(overdue, error);
    throw error;
  }
}

/** While a rotation is open it is that rotation's to end the previous key; that it has not, though, is told just the same. */
export async function tellWhileOpen(parts: JobParts, view: SecretView): Promise<void> {
  const { overlapSeconds, due } = (await earliestEnd(parts, view)) ?? {};
  if (overlapSeconds === undefined || !due || !isAlarm(due, parts.clock.now())) return;
  const overdue = await overdueKey(parts, view);
  if (!overdue) return;
  const { rotation, stored } = overdue;
  const { handle } = stored.key;
  try {
    if (!(await rotation.accepted(stored))) return;
    const message = `${handle} works, and the open rotation ${openRotation(view)} has not ended it yet`;
    tellOverdue(overdue, { code: "rotation_pending", message });
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    tellOverdue(overdue, error);
  }
}

const isAlarm = (due: Date, now: Date) => isToldNow(new Date(due.getTime() + alarmMs), now);

function tellOverdue(
  { rotation, stored, due }: Overdue,
  { code, message }: { readonly code: string; readonly message: string },
): void {
  const { tell, clock } = rotation.parts;
  if (!isAlarm(due, clock.now())) return;
  tell("Retirement Overdue", { handle: stored.key.handle, due: due.toISOString(), code, message });
}

/** No overlap is over before that, as far as a look alone tells. Reads nothing. */
async function earliestEnd({ scheduled, open }: JobParts, view: SecretView) {
  const versionId = holder(view, "AWSPREVIOUS");
  if (!scheduled || !versionId) return undefined;
  const rotation = await open({ ...secretRef(view.arn), token: versionId });
  const { overlapSeconds } = rotation.parts.secret;
  const due = overlapEnd(undefined, view.lastRotatedAt, overlapSeconds);
  return { rotation, versionId, overlapSeconds, due };
}

async function overdueKey(parts: JobParts, view: SecretView): Promise<Overdue | undefined> {
  const found = await earliestEnd(parts, view);
  if (!found) return undefined;
  const { rotation, versionId, overlapSeconds } = found;
  const now = parts.clock.now().getTime();
  const currentId = holder(view, "AWSCURRENT");
  const mayBeWaived = markedVersions(view).length > 0 || hasLabel(view, nowWaiver(currentId ?? ""));
  if (found.due.getTime() + graceMs > now && !mayBeWaived) return undefined;
  const current = await rotation.value(currentId).catch(nothingOfOurs);
  const stored = await previousValue(rotation, view);
  if (stored?.kind !== "key" || sameKey(stored, current)) return undefined;
  const due = dueOf(view, current, versionId, overlapSeconds);
  const isDue = due.getTime() + graceMs <= now;
  return isDue || (await isWaived(rotation, view, current, stored)) ? { rotation, stored, due } : undefined;
}

/**
 * When the overlap ends (P19). A current key that was not made to replace this version took its place by a plain write or a rollback, and
 * nothing tells when; it was no later than the secret's last change.
 */
function dueOf(
  view: SecretView,
  current: StoredValue | undefined,
  versionId: string,
  overlapSeconds: number,
): Date {
  const end = overlapEnd(current, view.lastRotatedAt, overlapSeconds);
  if (current?.kind === "key" && current.record.replaces === versionId) return end;
  const changed = (view.lastChangedAt?.getTime() ?? 0) + overlapSeconds * 1000;
  return new Date(Math.max(end.getTime(), changed));
}
