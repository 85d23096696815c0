import type { Clock } from "../clock.js";
import type { DeclaredSecret } from "../config/declared.js";
import { each } from "../each.js";
import { KeyturnError } from "../errors.js";
import { secretRef } from "../rotation/event.js";
import { openRotation } from "../rotation/labels.js";
import { endOf } from "../schedules/memory.js";
import { resumeName, routineName, secretIdOf } from "../schedules/names.js";
import type { Schedules } from "../schedules/schedules.js";
import type { SecretView, Store } from "../store/store.js";
import { parseValue } from "../store/value.js";
import type { Facts, Held, Starts } from "./facts.js";
import { nextTime } from "./next-time.js";

export interface ReadParts {
  readonly store: Pick<Store, "describe" | "read" | "history">;
  readonly schedules: Pick<Schedules, "get">;
  readonly clock: Pick<Clock, "now">;
}

/** Secrets that are read at once. AWS allows far more; a fleet of a thousand takes a few seconds. */
const atOnce = 10;

/**
 * What is known of these secrets, in their order. Writes nothing. What cannot be read is part of the answer.
 * @throws KeyturnError `store_unconfigured`: then nothing can be
 */
export async function readFacts(
  parts: ReadParts,
  secrets: readonly DeclaredSecret[],
): Promise<readonly Facts[]> {
  const facts: Facts[] = [];
  await each([...secrets.entries()], atOnce, async ([index, secret]) => {
    facts[index] = await readSecret(parts, secret);
  });
  return facts;
}

async function readSecret(parts: ReadParts, declared: DeclaredSecret): Promise<Facts> {
  const { store, clock } = parts;
  const now = clock.now();
  const empty = { held: new Map<string, Held>(), versions: [] };
  const view = await coded(store.describe(declared.name));
  if ("code" in view) return { declared, now, view, ...empty, starts: { by: "unknown", code: view.code } };
  if (view.deletedAt) return { declared, now, view, ...empty, starts: { by: "none" } };
  const [starts, held, history] = await Promise.all([
    readStarts(parts, view, now),
    readValues(store, declared, view),
    openRotation(view) ? coded(store.history(view.arn)) : [],
  ]);
  return { declared, now, view, held, starts, versions: "code" in history ? [] : history };
}

async function readStarts({ schedules }: ReadParts, { arn }: SecretView, now: Date): Promise<Starts> {
  const id = secretIdOf(secretRef(arn));
  const routine = await coded(schedules.get(routineName(id)));
  if (!routine) return { by: "none" };
  if ("code" in routine) return { by: "unknown", code: routine.code };
  const { expression, enabled, jitterMinutes } = routine;
  const next = nextTime(routine, now);
  const memory = enabled ? undefined : await coded(schedules.get(resumeName(id)));
  const until = memory && !("code" in memory) ? endOf(memory) : undefined;
  return {
    ...{ by: "schedule", expression, enabled, jitterMinutes },
    ...(next ? { next } : {}),
    ...(enabled ? {} : { paused: until ? { until } : {} }),
  };
}

/** By version. Once the caller may not read one value, it may read none. */
async function readValues(
  store: ReadParts["store"],
  declared: DeclaredSecret,
  { arn, stages }: SecretView,
): Promise<ReadonlyMap<string, Held>> {
  const held = new Map<string, Held>();
  let withheld = false;
  for (const versionId of stages.keys()) {
    const read: Held = withheld ? { holds: "withheld" } : await heldBy(store, declared, arn, versionId);
    withheld = read.holds === "withheld";
    held.set(versionId, read);
  }
  return held;
}

/** Of the value only its record is kept. */
async function heldBy(
  store: ReadParts["store"],
  { name: secret, provider, fields }: DeclaredSecret,
  arn: string,
  versionId: string,
): Promise<Held> {
  try {
    const raw = await store.read(arn, versionId);
    if (!raw) return { holds: "nothing" };
    const stored = parseValue(raw, { secret, versionId, provider, fields });
    if (stored.kind !== "key") return { holds: stored.kind };
    const { createdAt, expiresAt, replaces } = stored.record;
    return {
      ...{ holds: "key", createdAt: new Date(createdAt) },
      ...(stored.intact ? { handle: stored.record.handle } : {}),
      ...(replaces !== undefined ? { replaces } : {}),
      ...(expiresAt ? { expiresAt: new Date(expiresAt) } : {}),
    };
  } catch (error) {
    if (!(error instanceof KeyturnError)) throw error;
    const isOfValue = error.code.startsWith("value_") || error.code === "provider_mismatch";
    return isOfValue ? { holds: "invalid", code: error.code } : { holds: "withheld" };
  }
}

/** What was read, or the code of what came instead. What no secret of the fleet would be read with is thrown. */
async function coded<Read>(reading: Promise<Read>): Promise<Read | { readonly code: string }> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof KeyturnError) || error.code === "store_unconfigured") throw error;
    return { code: error.code };
  }
}
