import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { FoundKey } from "../../../providers/kit/contract.js";
import { CodedError } from "../../../providers/kit/failure.js";
import { KeyturnError } from "../../errors.js";
import type { SecretView, VersionSummary } from "../../store/store.js";
import { holdsKey, nothingOfOurs, type StoredValue, sameKey } from "../../store/value.js";
import { endAbandoned } from "../abandoned.js";
import { abortRotation, ifOurs } from "../abort.js";
import { mustNotBeRolledBack } from "../claims.js";
import { secretRef } from "../event.js";
import { isToldNow } from "../hourly.js";
import { holder, openRotation } from "../labels.js";
import { openOverlap, previousValue } from "../previous.js";
import { retire, type StoredKey } from "../retire.js";
import type { Rotation } from "../rotation.js";
import { judgeOwed, judgeStuck, type Stuck, type Verdict } from "../stuck.js";
import { noteCurrent } from "./note-current.js";
import { endOverdue, tellWhileOpen } from "./overdue.js";
import type { JobParts } from "./parts.js";

/** How long is watched whether somebody is at work on a rotation. Milliseconds. */
const atWorkMs = 5_000;

/** What became of one secret. `because` is a reason or the code of an error that may pass. */
export type Recovered = { readonly secret: string } & (
  | Exclude<Verdict, { do: "abort" | "again" | "give up" }>
  | { readonly do: "nothing"; readonly because: string }
  | { readonly do: "recovered"; readonly rotation: string }
  | { readonly do: "wait"; readonly because: string }
  | { readonly do: "give up"; readonly aborts: number }
);

/** @throws KeyturnError, ProviderError */
export async function recoverOne(parts: JobParts, secret: string): Promise<Recovered> {
  const { store, clock } = parts;
  const view = await store.describe(secret);
  if (!openRotation(view)) return atRest(parts, view);
  await tellWhileOpen(parts, view);
  const versions = view.rotationEnabled ? await store.history(view.arn) : [];
  const verdict = judgeStuck({ view, versions, now: clock.now() });
  if (verdict.do === "nothing" || verdict.do === "wait") return told(parts, secret, verdict);
  const rotation = await parts.open({ ...secretRef(view.arn), token: verdict.token });
  try {
    return await mendStuck(parts, rotation, view, versions);
  } catch (error) {
    if (error instanceof CodedError && !error.retryable) tellFailure(rotation, verdict, error);
    throw error;
  }
}

/**
 * What a stuck rotation needs. While the previous key works, an abort would end it, and the vendor's list would count it among the living
 * for as long as a death may take: so it is ended first, and AWS asked for another try, which sees it refused and goes on. Only what
 * that does not help is ended and begun anew.
 */
async function mendStuck(
  parts: JobParts,
  rotation: Rotation,
  view: SecretView,
  versions: readonly VersionSummary[],
): Promise<Recovered> {
  const { name: secret } = rotation.parts.request;
  const { overlapUntil, previous, died } = await askVendor(rotation, view);
  const verdict = judgeStuck({ view, versions, overlapUntil, now: parts.clock.now() });
  if (verdict.do === "nothing" || verdict.do === "wait") return told(parts, secret, verdict);
  if (died) tellDeath(rotation, verdict, died);
  const isEnded = previous !== undefined && (await endedIfOurs(rotation, previous));
  if (verdict.do === "abort" && !isEnded) {
    if (await isAtWork(rotation, view)) return waits(parts, secret, "somebody is at work");
    return begunAnew(parts, rotation);
  }
  await tryAgain(rotation);
  return verdict.do === "give up" ? gaveUp(parts, view, verdict) : waits(parts, secret, "tried again");
}

/** Without waiting for its death: the next try does. @throws KeyturnError `rollback_pending` */
async function endedIfOurs(rotation: Rotation, stored: StoredKey): Promise<boolean> {
  const view = await rotation.look();
  mustNotBeRolledBack(rotation, view, holder(view, "AWSPREVIOUS"));
  return ifOurs(rotation, stored, () => retire(rotation, { as: "stored", stored, because: "overlap over" }));
}

/**
 * Whether something moves: AWS may have taken the rotation up again a moment ago, by itself or because of a tick. An abort between its look
 * and its flip would put the old key back.
 */
async function isAtWork(rotation: Rotation, view: SecretView): Promise<boolean> {
  const before = await rotation.value(rotation.token).catch(nothingOfOurs);
  if (!(await rotation.wait(atWorkMs))) return true;
  const now = await rotation.look();
  const after = before ?? (await rotation.readAgain(rotation.token).catch(nothingOfOurs));
  return before !== after || !isDeepStrictEqual(now.stages, view.stages);
}

/** Where no rotation is open. For most secrets, most of the time, the one look is all. */
async function atRest(parts: JobParts, view: SecretView): Promise<Recovered> {
  const { name: secret } = secretRef(view.arn);
  const nothing = {
    secret,
    do: "nothing",
    because: view.rotationEnabled ? "nothing pending" : "disabled",
  } as const;
  if (!parts.scheduled) return nothing;
  const ended = await endOverdue(parts, view);
  if (!ended) await noteCurrent(parts, view);
  const owed = await begunAtLast(parts, view);
  return owed ?? (ended ? { ...nothing, because: "previous key ended" } : nothing);
}

/** Begins the rotation that should have followed one that was ended. */
async function begunAtLast(parts: JobParts, view: SecretView): Promise<Recovered | undefined> {
  const { store, clock, log } = parts;
  const now = clock.now();
  // Without the history no abort counts, and so nothing waits: whether there is anything to begin.
  if (!judgeOwed({ view, versions: [], now })) return undefined;
  const owed = judgeOwed({ view, versions: await store.history(view.arn), now });
  const secret = secretRef(view.arn);
  if (!owed) return undefined;
  if (owed.do === "wait")
    return waits(parts, secret.name, "ended often", { until: owed.until.toISOString() });
  if (owed.do === "give up") return gaveUp(parts, view, owed);
  const token = randomUUID();
  await store.rotate(view.arn, token);
  const ended = holder(view, "AWSCURRENT") ?? "";
  parts.about(secret)("Rotation Recovered", { rotation: token, ended });
  log.info("recovered", { secret: secret.name, ended, rotation: token });
  return { secret: secret.name, do: "recovered", rotation: token };
}

/**
 * What the vendor knows: the previous key, if it works and can be ended, and until when it has its overlap; the current key, if it is dead though nobody of
 * us ended it. The vendor is asked at any rate: while it cannot be reached, an abort would only use up a try.
 * @throws ProviderError
 */
async function askVendor(
  rotation: Rotation,
  view: SecretView,
): Promise<{
  readonly previous?: StoredKey;
  readonly overlapUntil?: Date | undefined;
  readonly died?: StoredKey;
}> {
  const current = await rotation.value(holder(view, "AWSCURRENT"));
  const previous = await previousValue(rotation, view);
  let isReadable = true;
  const staged = await rotation.value(rotation.token).catch((error) => {
    isReadable = false;
    return nothingOfOurs(error);
  });
  const listed = await rotation.found();
  const one = [current, staged, previous].find(holdsKey);
  const asked = listed ? unlisted(current, listed) : one;
  const isDead = asked !== undefined && !(await rotation.accepted(asked)) && asked === current;
  const died = isDead && current?.kind === "key" && !(await rotation.isMarked(current, view));
  const works =
    previous?.kind === "key" && !sameKey(previous, current) && (await rotation.accepted(previous));
  // What is, or may be, staged as well can be ended only once AWSPENDING is gone (P2).
  const isApart = isReadable && !sameKey(previous, staged);
  return {
    ...(works ? { overlapUntil: await openOverlap(rotation, view, current, previous) } : {}),
    ...(works && isApart ? { previous } : {}),
    ...(died ? { died: current } : {}),
  };
}

/** A key of ours that its vendor does not list as a living one. */
function unlisted(current: StoredValue | undefined, listed: readonly FoundKey[]) {
  if (current?.kind !== "key") return undefined;
  const isListed = listed.some(({ handle, state }) => handle === current.key.handle && state === "active");
  return isListed ? undefined : current;
}

async function begunAnew(parts: JobParts, rotation: Rotation): Promise<Recovered> {
  const { store, request, log, tell } = rotation.parts;
  const { name: secret, arn } = request;
  const done = await abortRotation(rotation, "it was stuck", { isOwed: true });
  if (!done) return { secret, do: "nothing", because: "nothing pending" };
  const { dying } = await endAbandoned(rotation, done);
  // Where the vendor lists, createSecret counts a dying key. Elsewhere nothing would, and three could live.
  if (dying.length > 0 && !(await rotation.vendor()).find) return waits(parts, secret, "key dying");
  const token = randomUUID();
  await store.rotate(arn, token);
  tell("Rotation Recovered", { rotation: token, ended: rotation.token });
  log.info("recovered", { ended: rotation.token, rotation: token });
  return { secret, do: "recovered", rotation: token };
}

/**
 * Asks AWS for another try of the open rotation. Whether it makes one by itself, or at all, is AWS's; a refusal changes nothing.
 * @throws KeyturnError
 */
async function tryAgain(rotation: Rotation): Promise<void> {
  const { store, request, log } = rotation.parts;
  try {
    await store.rotate(request.arn, rotation.token);
    log.info("tried_again");
  } catch (error) {
    if (!(error instanceof KeyturnError) || error.code !== "store_refused") throw error;
    log.info("try_refused", { message: error.message });
  }
}

export function waits(
  { log }: JobParts,
  secret: string,
  because: string,
  more: { readonly message?: string; readonly until?: string } = {},
): Recovered {
  log.info("recovery_waits", { secret, because, ...more });
  return { secret, do: "wait", because };
}

/** Told when it is first seen, and hourly then, as far as anything but memory can tell: a key that expired did so at its time. */
function tellDeath(
  { parts: { tell, clock } }: Rotation,
  { since, ...stuck }: Stuck & Verdict,
  died: StoredKey,
): void {
  const { expiresAt } = died.record;
  const isFirst = stuck.aborts === 0 || stuck.do === "give up";
  const now = clock.now();
  const end = expiresAt === undefined ? undefined : new Date(expiresAt);
  if (end && end <= now ? isToldNow(end, now) : isFirst && isToldNow(since, now))
    tell("Key Died", { handle: died.key.handle });
}

/** What stops recovery itself, and does not pass. */
function tellFailure(
  rotation: Rotation,
  { token, since }: Stuck,
  { code, message }: CodedError<string>,
): void {
  const { tell, clock } = rotation.parts;
  if (isToldNow(since, clock.now()))
    tell("Rotation Failed", { rotation: token, step: "recover", code, message, retryable: false });
}

function gaveUp(
  { log, about, clock }: JobParts,
  view: SecretView,
  { aborts, since }: Pick<Stuck, "aborts" | "since">,
): Recovered {
  const secret = secretRef(view.arn);
  if (isToldNow(since, clock.now())) about(secret)("Recovery Gave Up", { aborts });
  log.error("recovery_gave_up", {
    ...{ secret: secret.name, aborts },
    next: "See why its rotations fail (step_failed in this log). Once that is mended: keyturn abort, then rotate-secret.",
  });
  return { secret: secret.name, do: "give up", aborts };
}

/** Says what was decided without doing anything. */
function told(
  { log }: JobParts,
  secret: string,
  verdict: Exclude<Verdict, { do: "abort" | "again" | "give up" }>,
): Recovered {
  if (verdict.do === "wait")
    log.info("recovery_waits", { secret, because: verdict.because, until: verdict.until.toISOString() });
  return { secret, ...verdict };
}
