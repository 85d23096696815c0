import { KeyturnError } from "../../errors.js";
import type { SecretView } from "../../store/store.js";
import { sameKey } from "../../store/value.js";
import { claimLabel, claimsIn, mustNotBeRolledBack } from "../claims.js";
import { secretRef } from "../event.js";
import { holder, openRotation } from "../labels.js";
import { retire, type StoredKey, seeRefused } from "../retire.js";
import type { Rotation } from "../rotation.js";
import type { JobOf } from "./job.js";
import type { JobParts } from "./parts.js";

export interface EndResult {
  readonly action: "end-overlap";
  readonly secret: string;
  /**
   * `ended`: the vendor refuses the key. `rearm`: it is current still, so its overlap has not begun; ask again later.
   * `gone`: its version can be read no more, or holds no key of ours.
   */
  readonly outcome: "ended" | "rearm" | "gone";
}

/** A claim outlasts what its claimant may still have on the way. Milliseconds. */
const claimMarginMs = 5_000;

/**
 * Ends the previous key once its overlap is over (P13). May fire late, twice, or while the key is still current: what it does
 * is decided by the labels. Nothing is written on the secret while a rotation is open, since AWS may take that for its failure.
 * @throws KeyturnError `rotation_pending`, `rollback_pending`, `previous_alive`, `claim_over`: try again later. `handle_foreign`,
 * `event_invalid`; ProviderError
 */
export async function endOverlap({ open }: JobParts, job: JobOf<"end-overlap">): Promise<EndResult> {
  const { secretId, versionId } = job;
  const rotation = await open({ ...secretRef(secretId), token: versionId });
  const { store, clock, log, deadline, secret } = rotation.parts;
  const told = { action: "end-overlap", secret: secret.name } as const;

  const view = await rotation.look();
  const stored = await rotation.value(versionId);
  if (stored?.kind !== "key") return { ...told, outcome: "gone" };
  if (stored.key.handle !== job.handle) throw otherKey(rotation);
  if (await isCurrent(rotation, view, stored)) return { ...told, outcome: "rearm" };
  mayAct(rotation, view);

  // P14: claim, then look again. A rollback does the same, so at least one of the two stands back.
  const expiresAt = new Date(clock.now().getTime() + (deadline - clock.monotonic()) + claimMarginMs);
  const claim = claimLabel("end", versionId, expiresAt);
  await store.moveStage(secretId, claim, { to: versionId });
  let refused = false;
  try {
    const claimed = await rotation.readUntil(
      () => rotation.look(),
      (seen) => holder(seen, claim) === versionId,
    );
    if (await isCurrent(rotation, claimed, stored)) return { ...told, outcome: "rearm" };
    mayAct(rotation, claimed);
    if (clock.now() >= expiresAt) throw claimOver(rotation);
    await retire(rotation, { as: "stored", stored });
    await seeRefused(rotation, stored);
    refused = true;
    return { ...told, outcome: "ended" };
  } finally {
    await tidy(rotation, claim, refused);
    if (refused) log.info("overlap_ended", { handle: job.handle });
  }
}

/** By key, not by version: a plain write leaves one key under both labels (P2). */
async function isCurrent(rotation: Rotation, view: SecretView, stored: StoredKey): Promise<boolean> {
  const currentId = holder(view, "AWSCURRENT");
  if (currentId === rotation.token) return true;
  const current = await rotation.value(currentId);
  return sameKey(current, stored);
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
async function tidy(rotation: Rotation, claim: string, refused: boolean): Promise<void> {
  const { clock } = rotation.parts;
  const view = await rotation.look();
  if (openRotation(view)) return;
  if (refused && holder(view, "AWSPREVIOUS") === rotation.token)
    await drop(rotation, "AWSPREVIOUS", rotation.token);
  for (const { label, on, expiresAt } of claimsIn(view)) {
    if (label === claim || expiresAt <= clock.now()) await drop(rotation, label, on);
  }
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
