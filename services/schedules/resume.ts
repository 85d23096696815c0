import * as z from "zod/mini";
import { KeyturnError } from "../errors.js";
import { secretRef } from "../rotation/event.js";
import { openRotation } from "../rotation/labels.js";
import type { NativeRule } from "../store/native-rule.js";
import type { Store } from "../store/store.js";
import { remembered } from "./memory.js";
import { resumeName, resumeNativeName, routineName, secretIdOf } from "./names.js";
import { type PauseParts, resumeToken } from "./pause.js";
import type { Schedule } from "./schedules.js";
import { startFrom } from "./start.js";

/**
 * What the end of a pause did with one of the two things that start rotations. `on`: someone had turned it on already, and it
 * stayed so. `gone`: the schedule was deleted meanwhile, and is not made anew.
 */
export type Restored = "restored" | "on" | "gone" | "not paused";

export interface Resumed {
  readonly secret: string;
  readonly routine: Restored;
  readonly native: Restored;
}

export interface ResumeParts extends Omit<PauseParts, "store"> {
  readonly store: Pick<Store, "describe" | "turnOn">;
}

/**
 * Brings back exactly what a pause had found, in its former rhythm, and forgets it then. May be repeated. What someone turned
 * on meanwhile, a deployment say, is newer than what is remembered, and stays.
 * @throws KeyturnError `rotation_pending`: the rule cannot be turned on before an open rotation has ended
 */
export async function resume(arn: string, parts: ResumeParts): Promise<Resumed> {
  const id = secretIdOf(secretRef(arn));
  const view = await parts.store.describe(arn);
  const native = await resumeNative(arn, resumeNativeName(id), parts);
  const routine = await resumeRoutine(routineName(id), resumeName(id), parts);
  return { secret: view.name, routine, native };
}

async function resumeRoutine(
  name: string,
  memoryName: string,
  { schedules, now }: ResumeParts,
): Promise<Restored> {
  const memory = await schedules.get(memoryName);
  if (!memory) return "not paused";
  const live = await schedules.get(name);
  if (live && !live.enabled) {
    const before = remembered(memory);
    await schedules.replace({ ...before, start: startFrom(before, now) });
  }
  await schedules.remove(memoryName);
  return live ? (live.enabled ? "on" : "restored") : "gone";
}

async function resumeNative(
  arn: string,
  memoryName: string,
  { schedules, store, now }: ResumeParts,
): Promise<Restored> {
  const memory = await schedules.get(memoryName);
  if (!memory) return "not paused";
  const view = await store.describe(arn);
  if (!view.rotationEnabled) {
    if (openRotation(view)) {
      throw new KeyturnError("rotation_pending", {
        expected: `no open rotation of ${view.name} when its own rule is turned on`,
        found: "one that is open",
        next: "Resume again when it has ended, or end it: keyturn abort. Nothing was changed.",
      });
    }
    await store.turnOn(arn, ruleIn(memory), resumeToken(arn, now));
  }
  await schedules.remove(memoryName);
  return view.rotationEnabled ? "on" : "restored";
}

const ruleSchema = z.object({
  RotationLambdaARN: z.string(),
  RotationRules: z.object({
    ScheduleExpression: z.optional(z.string()),
    AutomaticallyAfterDays: z.optional(z.number()),
    Duration: z.optional(z.string()),
  }),
});

function ruleIn({ name, target }: Schedule): NativeRule {
  const parsed = ruleSchema.safeParse(jsonOf(target.input));
  if (parsed.success) return { functionArn: parsed.data.RotationLambdaARN, rules: parsed.data.RotationRules };
  throw new KeyturnError("scheduler_refused", {
    expected: `the schedule ${name} to hold what a pause remembers`,
    found: "something else",
    next: "Someone changed it: turn rotation on by hand (aws secretsmanager rotate-secret), and delete this schedule.",
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
