import { KeyturnError } from "../../errors.js";
import type { SecretView } from "../../store/store.js";
import { nothingOfOurs, sameKey } from "../../store/value.js";
import { claimLabel, claimsIn, mustNotBeRolledBack } from "../claims.js";
import { secretRef } from "../event.js";
import { holder, openRotation } from "../labels.js";
import { noteInTags } from "../leak/tags.js";
import { openOverlap } from "../previous.js";
import { retireAndSee, type StoredKey } from "../retire.js";
import type { Rotation } from "../rotation.js";
import type { JobOf } from "./job.js";
import type { JobParts } from "./parts.js";

export interface EndResult {
  readonly action: "end-overlap";
  readonly secret: string;
  /**
   * `ended`: the vendor refuses the key. `rearm`: it is current still, or has its overlap. `gone`: its version can be read no more, or
   * holds no key of ours.
   */
  readonly outcome: "ended" | "rearm" | "gone";
  /** When it will be tried again. Of a `rearm` without it the next rotation arranges another end. */
  readonly until?: Date;
}

/** A claim outlasts what its claimant may still have on the way. Milliseconds. */
const claimMarginMs = 5_000;
/** A key that is still current is asked about again this much later, or after its overlap where that is longer. Milliseconds. */
const leastRearmMs = 5 * 60_000;

/**
 * Ends the previous key once its overlap is over (P13). May fire late, twice, or while the key is still current: what it does
 * is decided by the labels. Nothing is written on the secret while a rotation is open, since AWS may take that for its failure.
 * What fails here is done by recovery.
 * @throws KeyturnError `rotation_pending`, `rollback_pending`, `previous_alive`, `claim_over`: try again later. `handle_foreign`,
 * `event_invalid`; ProviderError
 */
export async function endOverlap({ open }: JobParts, job: JobOf<"end-overlap">): Promise<EndResult> {
  const { secretId, versionId, handle } = job;
  return endPreviousKey(await open({ ...secretRef(secretId), token: versionId }), handle);
}

/** The same, of the version that the rotation was opened for. */
export async function endPreviousKey(rotation: Rotation, handle: string): Promise<EndResult> {
  const { store, clock, log, deadline, secret, request } = rotation.parts;
  const versionId = rotation.token;
  const told = { action: "end-overlap", secret: secret.name } as const;

  const view = await rotation.look();
  const stored = await rotation.value(versionId);
  if (stored?.kind !== "key") return { ...told, outcome: "gone" };
  if (stored.key.handle !== handle) throw otherKey(rotation);
  const early = await tooEarly(rotation, view, stored);
  if (early) return { ...told, outcome: "rearm", ...(await rearm(rotation, handle, early)) };
  mayAct(rotation, view);

  // P14: claim, then look again. A rollback does the same, so at least one of the two stands back.
  const expiresAt = new Date(clock.now().getTime() + (deadline - clock.monotonic()) + claimMarginMs);
  const claim = claimLabel("end", versionId, expiresAt);
  await store.moveStage(request.arn, claim, { to: versionId });
  let refused = false;
  try {
    const claimed = await rotation.readUntil(
      () => rotation.look(),
      (seen) => holder(seen, claim) === versionId,
    );
    const late = await tooEarly(rotation, claimed, stored);
    if (late) return { ...told, outcome: "rearm", ...(await rearm(rotation, handle, late)) };
    mayAct(rotation, claimed);
    if (clock.now() >= expiresAt) throw claimOver(rotation);
    await retireAndSee(rotation, stored, "overlap over");
    refused = true;
    return { ...told, outcome: "ended" };
  } finally {
    const seen = await tidy(rotation, claim, refused);
    if (refused) {
      log.info("overlap_ended", { handle });
      await noteEnded(rotation, seen, stored);
    }
  }
}

/** Why a key must live on: it is current still, or has its overlap, until then. */
type Early = { readonly because: "current"; readonly isOpen: boolean } | { readonly until: Date };

/** Current by key, not by version: a plain write leaves one key under both labels (P2). */
async function tooEarly(rotation: Rotation, view: SecretView, stored: StoredKey): Promise<Early | undefined> {
  const currentId = holder(view, "AWSCURRENT");
  const current = await rotation.value(currentId);
  if (currentId === rotation.token || sameKey(current, stored))
    return { because: "current", isOpen: openRotation(view) !== undefined };
  const until = await openOverlap(rotation, view, current, stored);
  return until && { until };
}

/**
 * Arranges the end anew. Of a current key only while a rotation is open, whose finishSecret may have arranged it already and be about to
 * flip (P16); any later rotation arranges it itself.
 */
async function rearm(rotation: Rotation, handle: string, early: Early): Promise<{ until?: Date }> {
  const { clock, endOfOverlap, request, secret } = rotation.parts;
  if ("because" in early && !early.isOpen) return {};
  const ahead = Math.max(secret.overlapSeconds * 1000, leastRearmMs);
  const at = "until" in early ? early.until : new Date(clock.now().getTime() + ahead);
  const arranged = await endOfOverlap.rearrange({
    ...{ secretArn: request.arn, versionId: rotation.token, at },
    handle: async () => handle,
  });
  return arranged ? { until: arranged.at } : {};
}

/** @throws KeyturnError `rotation_pending`, `rollback_pending` */
function mayAct(rotation: Rotation, view: SecretView): void {
  const { secret } = rotation.parts;
  if (holder(view, "AWSPENDING") === rotation.token || openRotation(view)) {
    throw new KeyturnError("rotation_pending", {
      expected: `no open rotation of ${secret.name}`,
      found: "AWSPENDING on a version that is not current",
      next: "Nothing to do: that rotation ends the previous key before it makes another, and recovery ends a rotation that is stuck.",
    });
  }
  mustNotBeRolledBack(rotation, view, rotation.token);
}

/**
 * Takes this claim off, claims that are over with it, and AWSPREVIOUS once the key was seen dead. While a rotation is open
 * nothing is touched: the claim ends by itself, and the next job takes it off.
 */
async function tidy(rotation: Rotation, claim: string, refused: boolean): Promise<SecretView> {
  const { clock } = rotation.parts;
  const view = await rotation.look();
  if (openRotation(view)) return view;
  if (refused && holder(view, "AWSPREVIOUS") === rotation.token)
    await drop(rotation, "AWSPREVIOUS", rotation.token);
  for (const { label, on, expiresAt } of claimsIn(view)) {
    if (label === claim || expiresAt <= clock.now()) await drop(rotation, label, on);
  }
  return view;
}

/** The secret's tags tell which keys these were. No value is read for it but what was read already. */
async function noteEnded(rotation: Rotation, view: SecretView, stored: StoredKey): Promise<void> {
  const currentId = holder(view, "AWSCURRENT");
  const current = await rotation.value(currentId).catch(nothingOfOurs);
  await noteInTags(rotation.parts, view, [
    { versionId: rotation.token, stored },
    ...(currentId ? [{ versionId: currentId, stored: current }] : []),
  ]);
}

/** Takes a label off a version. AWS refuses that when it has moved on since it was looked at, and then it is no more of ours. */
async function drop({ parts: { store, request } }: Rotation, label: string, from: string): Promise<void> {
  try {
    await store.dropStage(request.arn, label, from);
  } catch (error) {
    if (!(error instanceof KeyturnError) || error.code !== "store_refused") throw error;
  }
}

function otherKey(rotation: Rotation): KeyturnError {
  return new KeyturnError("event_invalid", {
    expected: `version ${rotation.token} of ${rotation.parts.secret.name} to hold the key that the job names`,
    found: "a key with another handle",
    next: "Nothing was ended. Name version and handle as one rotation wrote them.",
  });
}

function claimOver(rotation: Rotation): KeyturnError {
  return new KeyturnError("claim_over", {
    expected: `the claim on version ${rotation.token} of ${rotation.parts.secret.name} to stand`,
    found: "that its time is over",
    next: "Nothing was ended; the job is tried again.",
  });
}
