import type { Provider } from "../../providers/kit/plug.js";
import { type Declaration, declarationInvalid } from "../config/declare.js";
import { fitOf, keyLife } from "../config/declared.js";
import { formatDuration } from "../duration.js";
import { secretRef } from "../rotation/event.js";
import { type Fit, overlapOf, problemOf, warningsOf } from "../schedules/fit.js";
import { endOf, remembered } from "../schedules/memory.js";
import { resumeName, routineName, routineSecretId, secretIdOf } from "../schedules/names.js";
import { type Paused, pause } from "../schedules/pause.js";
import { type Resumed, resume } from "../schedules/resume.js";
import { type Ensured, ensureRoutine, type Owner, ownerOf } from "../schedules/routine.js";
import type { Schedule } from "../schedules/schedules.js";
import { rateSeconds } from "../schedules/start.js";
import { isProblem, timingOf, type Written } from "../schedules/timing.js";
import { declarationIn, providerNamed } from "./declared-here.js";
import { loadConfig } from "./load-config.js";
import { findPlace, type PlaceOrder, schedulesOf, untilOf } from "./schedule-place.js";

export interface SetOrder extends PlaceOrder {
  /** What is to change; the rest stays as it is. */
  readonly timing: Written;
}

export interface PauseOrder extends PlaceOrder {
  /** Seconds from now, or a time. */
  readonly until: number | Date | undefined;
}

/** A routine schedule, or a declared secret that has none. */
export interface ListedSchedule {
  readonly secret: string;
  readonly state: "on" | "off" | "paused" | "none";
  /** When the pause ends by itself. */
  readonly until?: Date | undefined;
  /** As it is when it is on. */
  readonly expression?: string;
  readonly timezone?: string | undefined;
  readonly jitterSeconds?: number;
  /** `unknown`: Keyturn did not make it. */
  readonly owner?: Owner | "unknown";
}

export type ScheduleResult =
  | { readonly action: "list"; readonly schedules: readonly ListedSchedule[] }
  | ({ readonly action: "pause" } & Paused)
  | ({ readonly action: "resume" } & Resumed)
  | {
      readonly action: "set";
      readonly secret: string;
      readonly outcome: Ensured;
      readonly expression: string;
      readonly timezone: string | undefined;
      readonly jitterSeconds: number;
      readonly warnings: readonly string[];
    };

/**
 * Every routine schedule of the environment, and every declared secret that has none, by name.
 * @throws KeyturnError
 */
export async function listSchedules({ config }: { readonly config: string }): Promise<ScheduleResult> {
  const declarations = await loadConfig(config);
  const all = await schedulesOf(declarations).list("kt-");
  const memories = new Map(all.map((schedule) => [schedule.name, schedule]));
  const listed = all.flatMap((schedule): ListedSchedule[] => {
    const id = routineSecretId(schedule.name);
    return id === undefined ? [] : [listedOf(schedule, memories.get(resumeName(id)))];
  });
  const there = new Set(listed.map(({ secret }) => secret));
  const without = Object.keys(declarations.secrets)
    .filter((secret) => !there.has(secret))
    .map((secret): ListedSchedule => ({ secret, state: "none" }));
  const byName = (a: ListedSchedule, b: ListedSchedule) => (a.secret < b.secret ? -1 : 1);
  return { action: "list", schedules: [...listed, ...without].sort(byName) };
}

function listedOf(live: Schedule, memory: Schedule | undefined): ListedSchedule {
  const paused = !live.enabled && memory !== undefined;
  const schedule = paused ? remembered(memory) : live;
  const known = ownerOf(schedule);
  return {
    secret: known?.secret ?? live.name,
    state: live.enabled ? "on" : paused ? "paused" : "off",
    ...(paused && { until: endOf(memory) }),
    ...{ expression: schedule.expression, timezone: schedule.timezone },
    ...{ jitterSeconds: schedule.jitterMinutes * 60, owner: known?.owner ?? "unknown" },
  };
}

/** @throws KeyturnError */
export async function pauseSecret(order: PauseOrder): Promise<ScheduleResult> {
  const { arn, now, ...parts } = await findPlace(order, "pause");
  const until = order.until === undefined ? undefined : untilOf(order.until, now);
  return { action: "pause", ...(await pause(arn, until, { ...parts, now })) };
}

/** @throws KeyturnError */
export async function resumeSecret(order: PlaceOrder): Promise<ScheduleResult> {
  const { arn, ...parts } = await findPlace(order, "pause");
  return { action: "resume", ...(await resume(arn, parts)) };
}

/**
 * Makes the schedule of a declared secret, or changes one that no stack owns. It is checked against what the deployed function
 * goes by: the declared overlap, and keys that are made to live 2.5 declared intervals and a day.
 * @throws KeyturnError
 */
export async function setSchedule(order: SetOrder): Promise<ScheduleResult> {
  const { secret } = order;
  const { declarations, arn, schedules, place, now } = await findPlace(order, "routine");
  const declareIt = "Declare it and deploy its function first: nothing else may rotate it. Nothing was done.";
  const declaration = declarationIn(declarations, secret, order.config, declareIt);
  const id = secretIdOf(secretRef(arn));
  const live = await schedules.get(routineName(id));
  const memory = live && !live.enabled ? await schedules.get(resumeName(id)) : undefined;
  const before = memory ? remembered(memory) : live;
  const timing = timingOf(merged(before ? writtenOf(before) : declaration, order.timing));
  if (isProblem(timing)) throw declarationInvalid(`${secret}: ${timing.found}`, timing.next);
  const fit: Fit = { ...inForce(secret, declaration), timing };
  const problem = problemOf(fit);
  if (problem) throw declarationInvalid(`${secret}: ${problem.found}`, problem.next);
  const routine = { name: secret, timing, scheduledTokens: declarations.scheduledTokens ?? true };
  const outcome = await ensureRoutine(schedules, routine, arn, { owner: "cli", now, place });
  return {
    ...{ action: "set", secret, outcome, expression: timing.expression, timezone: timing.timezone },
    ...{ jitterSeconds: timing.jitterSeconds, warnings: warningsOf(fit) },
  };
}

/** The overlap and the life of keys that follow from the declaration, and not from a schedule that is set by a command. */
function inForce(secret: string, declaration: Declaration): Fit {
  const provider = providerNamed(declaration.provider);
  const declared = fitOf(secret, declaration, provider);
  return { ...declared, overlap: overlapOf(declared), ...madeToLive(provider, declared) };
}

const madeToLive = ({ origin }: Provider, { timing }: Fit) =>
  origin === "minted" ? { madeToLive: keyLife(timing.longestGapSeconds) } : {};

/** What is given, in place of what there is. Another interval or cron brings its own windows and time zone. */
function merged(there: Written, given: Written): Written {
  const { every, cron, timezone, jitter, notDuring } = there;
  const jitters = { jitter: given.jitter === "0s" ? undefined : (given.jitter ?? jitter) };
  if (given.every !== undefined || given.cron !== undefined) return { ...given, ...jitters };
  return {
    ...{ every, cron, ...jitters },
    timezone: given.timezone ?? timezone,
    notDuring: given.notDuring ?? notDuring,
  };
}

/** What a schedule was written as. */
function writtenOf({ expression, timezone, jitterMinutes }: Schedule): Written {
  const seconds = rateSeconds(expression);
  const jitter = jitterMinutes > 0 ? formatDuration(jitterMinutes * 60) : undefined;
  if (seconds !== undefined) return { every: formatDuration(seconds), jitter };
  return { cron: /^cron\((.*)\)$/.exec(expression)?.[1], timezone, jitter };
}
