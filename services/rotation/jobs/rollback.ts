import { randomInt } from "node:crypto";
import { CodedError } from "../../../providers/kit/failure.js";
import { KeyturnError } from "../../errors.js";
import type { SecretView } from "../../store/store.js";
import { type Claim, claimLabel, claimsIn } from "../claims.js";
import { secretRef } from "../event.js";
import { holder, openRotation } from "../labels.js";
import type { Rotation } from "../rotation.js";
import type { JobOf } from "./job.js";
import type { JobParts } from "./parts.js";
import { expiryOf, mustBeQuiet, mustLeadBack, mustLive, type WayBack, wayBack } from "./way-back.js";

export type RollbackResult = { readonly action: "rollback"; readonly secret: string } & (
  | { readonly outcome: "already" }
  | {
      readonly outcome: "rolled_back";
      /** The versions: AWSCURRENT was on `from`, which is AWSPREVIOUS now, and is on `to`. */
      readonly from: string;
      readonly to: string;
      /** The key that is current now; absent where its handle is not known. */
      readonly handle?: string;
      /** When that key ends by itself. */
      readonly expiresAt?: Date;
      /** The key rolled back from; absent when it is none of ours. Without `endsAt` the next rotation ends it. */
      readonly left?: { readonly handle: string; readonly endsAt?: Date };
      /** The key that is current now was marked as leaked while AWSCURRENT moved. */
      readonly mustRotate: boolean;
    }
);

/** How long AWS may take to clear AWSPENDING after a rotation. Seconds. */
const clearSeconds = 30;
/** The move is not begun any more when its claim ends that soon: the tries of its request must be over by then. Milliseconds. */
const moveMs = 10_000;
/** How much longer than this job's time its claim stands. Milliseconds. */
const claimMarginMs = moveMs + 5_000;
/** How often a move whose outcome is unknown is looked at and repeated. */
const moveTries = 3;
/** A leaked key that was rolled back from is ended this soon. Seconds. */
const markedSeconds = 120;

/**
 * Makes the previous version current again while its key lives (P14). Beside rotations, the end of an overlap and other rollbacks
 * one of the two stands back; whoever reads the claim must let that key live. There is no way forward again: the next rotation
 * ends the key that was rolled back from before it makes another.
 * @throws KeyturnError `rollback_refused`, `rotation_pending`, `rollback_pending`, `claim_over`, `current_moved`: AWSCURRENT is where
 * it was. `store_unavailable`: it may have moved. ProviderError
 */
export async function rollback({ store, open }: JobParts, job: JobOf<"rollback">): Promise<RollbackResult> {
  const secret = secretRef(job.secretId);
  const first = await store.describe(secret.arn);
  const rotation = await open({ ...secret, token: holder(first, "AWSPREVIOUS") ?? "" });
  const told = { action: "rollback", secret: secret.name } as const;
  const view = await afterPending(rotation);
  const way = await wayBack(rotation, view);
  if (!way) return { ...told, outcome: "already" };
  await mustLeadBack(rotation, view, way);
  await mustLive(rotation, way);
  const after = await claimAndMove(rotation, way);
  const { from, to, current, previous } = way;
  rotation.parts.log.info("rolled_back", { from, to });
  rotation.parts.tell("Rotation Rolled Back", { from, to, handle: previous.key.handle || "brought along" });
  const endsAt = await arrangeEnd(rotation, way, after);
  const expiresAt = expiryOf(previous);
  const mustRotate = await rotation.isMarked(previous, after);
  return {
    ...{ ...told, outcome: "rolled_back", from, to, mustRotate },
    ...(previous.key.handle ? { handle: previous.key.handle } : {}),
    ...(expiresAt ? { expiresAt } : {}),
    ...(current?.kind === "key" ? { left: { handle: current.key.handle, ...(endsAt && { endsAt }) } } : {}),
  };
}

/** A look without AWSPENDING: waits for AWS to clear it after a rotation that succeeded, and for no rotation that is open. */
async function afterPending(rotation: Rotation): Promise<SecretView> {
  let view = await rotation.look();
  for (let waited = 0; waited < clearSeconds; waited++) {
    if (!holder(view, "AWSPENDING") || openRotation(view) || !(await rotation.wait(1000))) break;
    view = await rotation.look();
  }
  mustBeQuiet(rotation, view);
  return view;
}

/** Claims the previous version, looks again, asks once more, and moves AWSCURRENT. Resolves to the labels afterwards. */
async function claimAndMove(rotation: Rotation, way: WayBack): Promise<SecretView> {
  const { store, clock, deadline, request } = rotation.parts;
  // Two rollbacks that begin in one millisecond must not take each other's claim for their own.
  const ms = deadline - clock.monotonic() + claimMarginMs + randomInt(5_000);
  const expiresAt = new Date(clock.now().getTime() + ms);
  const claim = claimLabel("rollback", way.to, expiresAt);
  let isOutcomeKnown = true;
  try {
    await store.moveStage(request.arn, claim, { to: way.to });
    const claimed = await rotation.readUntil(
      () => rotation.look(),
      (seen) => holder(seen, claim) === way.to,
    );
    if (holder(claimed, claim) !== way.to) throw claimOver(rotation, "that AWS does not show it");
    await mustLeadBack(rotation, claimed, way, claim);
    await mustLive(rotation, way);
    await move(rotation, way, { label: claim, expiresAt });
    return await rotation.readUntil(
      () => rotation.look(),
      (seen) => holder(seen, "AWSCURRENT") === way.to,
    );
  } catch (error) {
    isOutcomeKnown = !(error instanceof KeyturnError && error.code === "store_unavailable");
    throw error;
  } finally {
    // A move that may still arrive keeps its claim, until that is over.
    if (isOutcomeKnown) await dropClaims(rotation, claim);
  }
}

/** By AWS's compare-and-set, and only while the claim stands. An unknown outcome is looked at, never guessed. */
async function move(
  rotation: Rotation,
  way: WayBack,
  { label, expiresAt }: Pick<Claim, "label" | "expiresAt">,
): Promise<void> {
  const { store, clock, request } = rotation.parts;
  for (let tries = 1; ; tries++) {
    const view = await rotation.freshLook();
    if (tries > 1 && holder(view, "AWSCURRENT") === way.to) return;
    await mustLeadBack(rotation, view, way, label);
    if (holder(view, label) !== way.to || clock.now().getTime() + moveMs >= expiresAt.getTime())
      throw claimOver(rotation, "that it is over");
    try {
      await store.moveStage(request.arn, "AWSCURRENT", { from: way.from, to: way.to });
      return;
    } catch (error) {
      const mayPass = error instanceof KeyturnError && (error.retryable || error.code === "store_refused");
      if (!mayPass || tries === moveTries) throw error;
      await rotation.readUntil(
        () => rotation.look(),
        (seen) => holder(seen, "AWSCURRENT") !== way.from,
      );
    }
  }
}

/**
 * Takes this claim off, and claims that are over with it. While a rotation is open nothing is touched, and what fails is left: a claim ends by
 * itself.
 */
async function dropClaims(rotation: Rotation, own: string): Promise<void> {
  const { store, clock, request, log } = rotation.parts;
  try {
    const view = await rotation.readUntil(
      () => rotation.look(),
      (seen) => holder(seen, own) !== undefined,
    );
    if (openRotation(view)) return;
    for (const { label, on, expiresAt } of claimsIn(view))
      if (label === own || expiresAt <= clock.now()) await store.dropStage(request.arn, label, on);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    log.info("claim_left", { code: error.code });
  }
}

/** When the key rolled back from is to end; undefined when nothing was arranged: then the next rotation ends it. */
async function arrangeEnd(
  rotation: Rotation,
  { from, current }: WayBack,
  after: SecretView,
): Promise<Date | undefined> {
  const { clock, endOfOverlap, request, secret, log } = rotation.parts;
  if (current?.kind !== "key") return undefined;
  const { handle } = current.key;
  try {
    const seconds = (await rotation.isMarked(current, after)) ? markedSeconds : secret.overlapSeconds;
    const at = new Date(clock.now().getTime() + seconds * 1000);
    const named = { secretArn: request.arn, versionId: from, handle: async () => handle };
    return (await endOfOverlap.arrange({ ...named, at }))?.at;
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    log.error("end_not_arranged", { handle, code: error.code, message: error.message });
    return undefined;
  }
}

function claimOver(rotation: Rotation, found: string): KeyturnError {
  return new KeyturnError("claim_over", {
    expected: `this rollback's claim on ${rotation.parts.secret.name} to stand`,
    found,
    next: "Nothing was moved back. Run it again.",
  });
}
