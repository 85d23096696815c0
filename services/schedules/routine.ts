import { isDeepStrictEqual } from "node:util";
import type { DeclaredSecret } from "../config/declared.js";
import { KeyturnError } from "../errors.js";
import { secretRef } from "../rotation/event.js";
import { remembered, rewritten, rotateSecret } from "./memory.js";
import { resumeName, routineName, secretIdOf } from "./names.js";
import type { Place } from "./request.js";
import type { Schedule, Schedules } from "./schedules.js";
import { firstStart, nextStart } from "./start.js";

/** Who changes a schedule: a deployment, or commands. */
export type Owner = "stack" | "cli";

/** What a routine schedule follows from. */
export type Routine = Pick<DeclaredSecret, "name" | "timing" | "scheduledTokens">;

/** 33 characters once AWS has put the time in: a rotation that is delivered twice has one token, and is one rotation. */
const tickToken = "keyturn-tick-<aws.scheduler.scheduled-time>";

const attempts = 3;
/** A delivery that comes so late that it meets the next one helps nobody. Seconds. */
const longestAge = 3600;
const shortestAge = 60;

/**
 * The schedule that starts a secret's rotations, whole.
 * @param where `id`: what stands for the secret in names (`secretIdOf`); `start`: needed for `rate(…)`, which else fires at once
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
 */
export function routineOf(
  { name, timing, scheduledTokens }: Routine,
  where: { readonly arn: string; readonly id: string; readonly owner: Owner; readonly start?: Date },
): Schedule {
  const apart = timing.smallestGapSeconds - timing.jitterSeconds;
  return {
    name: routineName(where.id),
    description: `Keyturn (${where.owner}) rotates ${name}`.slice(0, 512),
    expression: timing.expression,
    timezone: timing.timezone ?? "UTC",
    start: where.start,
    jitterMinutes: timing.jitterSeconds / 60,
    enabled: true,
    deleteAfter: false,
    target: {
      arn: rotateSecret,
      input: JSON.stringify({
        SecretId: where.arn,
        ...(scheduledTokens && { ClientRequestToken: tickToken }),
      }),
      retry: { attempts, ageSeconds: Math.max(shortestAge, Math.min(longestAge, Math.floor(apart / 2))) },
    },
  };
}

/** Who owns a routine schedule, and which secret it rotates; undefined for one that Keyturn did not make. */
export function ownerOf({
  description = "",
}: Pick<Schedule, "description">): { readonly owner: Owner; readonly secret: string } | undefined {
  const [, owner, secret = ""] = /^Keyturn \((stack|cli)\) rotates (\S+)$/.exec(description) ?? [];
  return owner === "stack" || owner === "cli" ? { owner, secret } : undefined;
}

export type Ensured = "created" | "changed" | "unchanged";

/**
 * Makes the routine schedule of a secret, or changes the one there is. May be repeated. What the declaration does not say (on or
 * off, role, queue, KMS key, end) stays as it was; of a paused secret the memory is changed, so that the change is there when it is resumed.
 * @param now AWS's time
 * @throws KeyturnError `schedule_owned` when it is another's, and those of `Schedules`
 */
export async function ensureRoutine(
  schedules: Schedules,
  secret: Routine,
  arn: string,
  { owner, now, place }: { readonly owner: Owner; readonly now: Date; readonly place: Place },
): Promise<Ensured> {
  const id = secretIdOf(secretRef(arn));
  const wanted = routineOf(secret, { arn, id, owner });
  const start = firstStart(wanted, now);
  const found = await schedules.get(wanted.name);
  if (!found && (await schedules.create({ ...wanted, start })) === "created") return "created";
  const existing = found ?? (await schedules.get(wanted.name));
  if (!existing) return ensureRoutine(schedules, secret, arn, { owner, now, place });
  checkOwner(existing, owner, secret.name);

  const memory = existing.enabled ? undefined : await schedules.get(resumeName(id));
  const before = memory ? remembered(memory) : existing;
  const after = changed(before, wanted);
  if (isDeepStrictEqual(after, before)) return "unchanged";
  const restarted = { ...after, start: nextStart(before, after, now) };
  await schedules.replace(memory ? rewritten(memory, restarted, place) : restarted);
  return "changed";
}

function changed(before: Schedule, wanted: Schedule): Schedule {
  const { description, expression, timezone, jitterMinutes } = wanted;
  const target = { ...before.target, ...wanted.target };
  return { ...before, ...{ description, expression, timezone, jitterMinutes, target } };
}

function checkOwner(existing: Schedule, owner: Owner, secret: string): void {
  const found = ownerOf(existing)?.owner;
  if (found === owner) return;
  throw new KeyturnError("schedule_owned", {
    expected: `the schedule ${existing.name} of ${secret} to be ${owner === "cli" ? "a command's" : "a stack's"}`,
    found:
      found === undefined ? "one that Keyturn did not make" : found === "stack" ? "a stack's" : "a command's",
    next:
      found === "stack"
        ? "Change every, cron, jitter or notDuring in keyturn.config.ts and deploy. Nothing was changed."
        : "Delete that schedule if nothing needs it (aws scheduler delete-schedule), and try again. Nothing was changed.",
  });
}
