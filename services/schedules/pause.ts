import { hash32 } from "../../providers/kit/label.js";
import { KeyturnError } from "../errors.js";
import { secretRef } from "../rotation/event.js";
import { openRotation } from "../rotation/labels.js";
import type { SecretView, Store } from "../store/store.js";
import { type Lent, memoryOf, memorySchedule, moved, rotateSecret } from "./memory.js";
import { resumeName, resumeNativeName, routineName, secretIdOf } from "./names.js";
import { put } from "./one-time.js";
import type { Place } from "./request.js";
import type { Schedule, Schedules } from "./schedules.js";

/** What a pause and its end work with. */
export interface PauseParts {
  readonly schedules: Schedules;
  readonly store: Pick<Store, "describe" | "turnOff">;
  /** The role is what acts at the end of a pause; the queue is needed only where the secret has no routine schedule. */
  readonly place: Place;
  /** AWS's time. */
  readonly now: Date;
}

/** What a pause did with one of the two things that start rotations. `off`: nothing had to be stopped. */
export type Stopped = "stopped" | "paused before" | "off" | "none";

export interface Paused {
  readonly secret: string;
  readonly routine: Stopped;
  readonly native: Stopped;
  /** Absent when it lasts until `resume`. */
  readonly until: Date | undefined;
}

/**
 * No rotation of the secret starts by itself any more: its schedule is disabled, and its own rule turned off. What was there is
 * remembered first, in one-time schedules of the same group. May be repeated: of what is paused already only the end is
 * changed, and what someone turned on meanwhile is remembered anew.
 * @param until when both come back by themselves; undefined: never
 * @throws KeyturnError `rotation_pending`: the schedule is stopped, but turning the rule off now would disturb an open rotation
 */
export async function pause(arn: string, until: Date | undefined, parts: PauseParts): Promise<Paused> {
  const { schedules, place } = parts;
  const id = secretIdOf(secretRef(arn));
  const routine = await schedules.get(routineName(id));
  const memory = await schedules.get(resumeName(id));
  const lent = {
    role: place.schedulerRole,
    deadLetters: routine?.target.deadLetters ?? place.deadLetters,
  };
  const stopped = await stopRoutine(routine, memory, { name: resumeName(id), until, parts, lent });

  const view = await parts.store.describe(arn);
  const native = await stopNative(view, { name: resumeNativeName(id), until, parts, lent });
  return { secret: view.name, routine: stopped, native, until };
}

interface Stop {
  readonly name: string;
  readonly until: Date | undefined;
  readonly parts: PauseParts;
  readonly lent: Lent;
}

async function stopRoutine(
  routine: Schedule | undefined,
  memory: Schedule | undefined,
  { name, until, lent, parts: { schedules, place } }: Stop,
): Promise<Stopped> {
  if (!routine) return "none";
  if (!routine.enabled) {
    if (!memory) return "off";
    await schedules.replace(moved(memory, place, until));
    return "paused before";
  }
  await put(schedules, memoryOf(name, routine, place, { lent, until }));
  // Without a start: AWS refuses one that has passed, and what is disabled needs none.
  await schedules.replace({ ...routine, start: undefined, enabled: false });
  return "stopped";
}

async function stopNative(view: SecretView, { name, until, parts, lent }: Stop): Promise<Stopped> {
  const { schedules, store, place, now } = parts;
  const { native } = view;
  if (!native) return "none";
  if (!view.rotationEnabled) {
    const memory = await schedules.get(name);
    if (!memory) return "off";
    await schedules.replace(moved(memory, place, until));
    return "paused before";
  }
  if (openRotation(view)) {
    throw new KeyturnError("rotation_pending", {
      expected: `no open rotation of ${view.name} when its own rule is turned off`,
      found: "one that is open; its schedule is stopped, its rule is not",
      next: "Pause again when that rotation has ended, or end it: keyturn abort.",
    });
  }
  await put(schedules, nativeMemory(name, view, { until, lent, now }));
  await store.turnOff(view.arn);
  return "stopped";
}

function nativeMemory(
  name: string,
  { arn, name: secret, native }: SecretView,
  { until, lent, now }: { until: Date | undefined; lent: Lent; now: Date },
): Schedule {
  const request = {
    ...{ SecretId: arn, ClientRequestToken: resumeToken(arn, now), RotateImmediately: false },
    ...{ RotationLambdaARN: native?.functionArn, RotationRules: native?.rules },
  };
  return memorySchedule(name, { arn: rotateSecret, request, about: `the rule of ${secret}` }, lent, until);
}

/** One a pause, so that a call that is delivered twice is one call. */
export const resumeToken = (arn: string, now: Date) => `keyturn-resume-${hash32(20, arn, now.toISOString())}`;
