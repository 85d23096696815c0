import { randomUUID } from "node:crypto";
import { CodedError } from "../../../providers/kit/failure.js";
import type { SecretView } from "../../store/store.js";
import { holdsKey, nothingOfOurs, sameKey } from "../../store/value.js";
import { endAbandoned } from "../abandoned.js";
import { abortRotation } from "../abort.js";
import { secretRef } from "../event.js";
import { holder, openRotation } from "../labels.js";
import { openOverlap, previousValue } from "../previous.js";
import type { Rotation } from "../rotation.js";
import { judgeStuck, type Verdict } from "../stuck.js";
import type { JobOf } from "./job.js";
import type { JobParts } from "./parts.js";

export interface RecoverResult {
  readonly action: "recover";
  readonly secrets: readonly Recovered[];
}

/** What became of one secret. `because` of a wait is a reason or the code of an error that may pass. */
export type Recovered = { readonly secret: string } & (
  | Idle
  | { readonly do: "recovered"; readonly rotation: string }
  | { readonly do: "wait"; readonly because: string }
);

/** A verdict that leaves the secret as it is. */
type Idle = Exclude<Verdict, { do: "abort" }>;

/** With less time left a secret is left to the next run. Milliseconds. */
const leastMs = 30_000;

/**
 * Ends rotations that AWS has left open, and begins them anew: of one secret, or of every declared one. Nothing is ended
 * while a rotation may still run, while the previous key has its overlap, or while the vendor cannot be reached.
 * @throws KeyturnError, ProviderError: the first that does not pass by itself, once every secret was looked at
 */
export async function recover(parts: JobParts, job: JobOf<"recover">): Promise<RecoverResult> {
  const { clock, deadline, log } = parts;
  const asked = job.secretId ? [secretRef(job.secretId).name] : parts.declared;
  const secrets: Recovered[] = [];
  let failure: CodedError<string> | undefined;
  for (const secret of asked) {
    const isLate = clock.monotonic() + leastMs > deadline;
    try {
      secrets.push(isLate ? waits(parts, secret, "no time left") : await recoverOne(parts, secret));
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      if (error.retryable) secrets.push(waits(parts, secret, error.code, { message: error.message }));
      else log.error("recovery_failed", { secret, code: error.code, message: error.message });
      if (!error.retryable) failure ??= error;
    }
  }
  if (failure) throw failure;
  return { action: "recover", secrets };
}

async function recoverOne(parts: JobParts, secret: string): Promise<Recovered> {
  const { store, clock, open } = parts;
  const view = await store.describe(secret);
  const token = openRotation(view);
  // For a secret without an open rotation that is all: most of them, most of the time.
  const versions = token && view.rotationEnabled ? await store.history(view.arn) : [];
  const standing = { view, versions, now: clock.now() };
  const verdict = judgeStuck(standing);
  if (verdict.do !== "abort") return told(parts, secret, verdict);
  const rotation = await open({ ...secretRef(view.arn), token: verdict.token });
  const last = judgeStuck({ ...standing, overlapUntil: await askVendor(rotation, view) });
  return last.do === "abort" ? begunAnew(parts, rotation) : told(parts, secret, last);
}

/**
 * Until when the previous key has its overlap, if it lives. The vendor is asked at any rate: while it cannot be reached, an
 * abort would only use up a try.
 * @throws ProviderError
 */
async function askVendor(rotation: Rotation, view: SecretView): Promise<Date | undefined> {
  const current = await rotation.value(holder(view, "AWSCURRENT"));
  const previous = await previousValue(rotation, view);
  const staged = await rotation.value(rotation.token).catch(nothingOfOurs);
  if (!(await rotation.found())) {
    const known = [current, staged, previous].find(holdsKey);
    if (known) await rotation.accepted(known);
  }
  if (previous?.kind !== "key" || sameKey(previous, current)) return undefined;
  const until = await openOverlap(rotation, view, current, previous);
  return until && (await rotation.alive(previous)) ? until : undefined;
}

async function begunAnew(parts: JobParts, rotation: Rotation): Promise<Recovered> {
  const { store, request, log } = rotation.parts;
  const { name: secret, arn } = request;
  const done = await abortRotation(rotation, "it was stuck");
  if (!done) return { secret, do: "nothing", because: "nothing pending" };
  const { dying } = await endAbandoned(rotation, done);
  // Where the vendor lists, createSecret counts a dying key. Elsewhere nothing would, and three could live.
  if (dying.length > 0 && !(await rotation.vendor()).find) return waits(parts, secret, "key dying");
  const token = randomUUID();
  await store.rotate(arn, token);
  log.info("recovered", { ended: rotation.token, rotation: token });
  return { secret, do: "recovered", rotation: token };
}

function waits(
  { log }: JobParts,
  secret: string,
  because: string,
  more: { message?: string } = {},
): Recovered {
  log.info("recovery_waits", { secret, because, ...more });
  return { secret, do: "wait", because };
}

/** Says what was decided without an abort. */
function told({ log }: JobParts, secret: string, verdict: Idle): Recovered {
  if (verdict.do === "wait")
    log.info("recovery_waits", { secret, because: verdict.because, until: verdict.until.toISOString() });
  if (verdict.do === "give up")
    log.error("recovery_gave_up", {
      ...{ secret, aborts: verdict.aborts },
      next: "See why its rotations fail (step_failed in this log). Once that is mended: keyturn abort, then rotate-secret.",
    });
  return { secret, ...verdict };
}
