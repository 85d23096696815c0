import { formatDuration, parseDuration } from "../duration.js";
import { parseCron, weekdayNames } from "./cron.js";
import { notDuring } from "./not-during.js";
import { gapsOf } from "./occurrences.js";
import { parseWindow, type Window } from "./windows.js";

/** When a secret is to be rotated, as it is written. Either `every` or `cron`. */
export interface Written {
  /** A duration. */
  readonly every?: string | undefined;
  /** The six fields of a cron of EventBridge Scheduler, without `cron(` and `)`. */
  readonly cron?: string | undefined;
  /** Of the clock on the wall that `cron` and `notDuring` go by. Default: UTC. */
  readonly timezone?: string | undefined;
  /** A duration of whole minutes, by which each rotation may be put off. */
  readonly jitter?: string | undefined;
  readonly notDuring?: readonly string[] | undefined;
}

/** The same as EventBridge Scheduler takes it, with what follows from it. */
export interface Timing {
  /** `rate(…)` or `cron(…)`. */
  readonly expression: string;
  readonly timezone: string | undefined;
  readonly jitterSeconds: number;
  /** Between two occurrences, jitter apart, changes of the clocks included. Seconds. */
  readonly smallestGapSeconds: number;
  readonly longestGapSeconds: number;
  /** For people: `every 1h`, `cron(0 0-8,17-23 * * ? *) in Europe/Berlin`. */
  readonly told: string;
  /** Whether it leaves out times that no window names. */
  readonly leavesOutMore: boolean;
}

/** Why something cannot be scheduled, and what can. */
export interface Problem {
  readonly found: string;
  readonly next: string;
}

const [minute, hour, day] = [60, 3600, 86_400];

/** The timing, or what is wrong with it. */
export function timingOf(written: Written): Timing | Problem {
  const jitterSeconds = parseDuration(written.jitter ?? "0s") ?? 0;
  if (
    written.jitter !== undefined &&
    (jitterSeconds % minute || jitterSeconds < minute || jitterSeconds > day)
  ) {
    return { found: `jitter ${written.jitter}`, next: "Declare a jitter of whole minutes, from 1m to 24h." };
  }
  const windows = (written.notDuring ?? []).map((text) => parseWindow(text));
  const known = windows.filter((window) => window !== undefined);
  if (known.length < windows.length) {
    return {
      found: `notDuring ${(written.notDuring ?? []).join(", ")}`,
      next: 'Write windows of whole hours such as "09:00-17:00", "Mon-Fri 09:00-17:00" or "Sat,Sun 22:00-06:00".',
    };
  }
  if (written.every !== undefined && known.length === 0) return rateOf(written, jitterSeconds);
  const fields =
    written.cron === undefined
      ? cronsForEvery(parseDuration(written.every ?? "") ?? 0, known)
      : [written.cron];
  return "found" in fields ? fields : cronOf(written, { fields, windows: known, jitterSeconds });
}

export const isProblem = (result: Timing | Problem): result is Problem => "found" in result;

function rateOf({ every = "", timezone }: Written, jitterSeconds: number): Timing | Problem {
  const seconds = parseDuration(every) ?? 0;
  if (timezone !== undefined) {
    return {
      found: `every ${every} with the time zone ${timezone}`,
      next: "Leave the time zone out, since an interval has no time of day, or declare a cron.",
    };
  }
  if (seconds % minute !== 0) {
    return { found: `every ${every}`, next: "Declare an interval of whole minutes." };
  }
  return {
    ...{ expression: rate(seconds), timezone: undefined, jitterSeconds, leavesOutMore: false },
    ...{ smallestGapSeconds: seconds, longestGapSeconds: seconds, told: `every ${formatDuration(seconds)}` },
  };
}

function rate(seconds: number): string {
  const [unit, size] =
    seconds % day === 0 ? ["day", day] : seconds % hour === 0 ? ["hour", hour] : ["minute", minute];
  const count = seconds / size;
  return `rate(${count} ${unit}${count === 1 ? "" : "s"})`;
}

function cronOf(
  { timezone = "UTC", every }: Written,
  lent: { fields: readonly string[]; windows: readonly Window[]; jitterSeconds: number },
): Timing | Problem {
  const { fields, windows, jitterSeconds } = lent;
  const crons = fields.map((text) => parseCron(text));
  const wrong = crons.find((cron) => typeof cron === "string");
  if (wrong !== undefined) return { found: `cron ${fields.join(", ")}`, next: `${sentence(wrong)}.` };
  const [compiled] = crons
    .filter((cron) => typeof cron !== "string")
    .map((cron) => notDuring(cron, windows, jitterSeconds / minute))
    .filter((one) => one !== undefined)
    .sort((a, b) => a.longest - b.longest);
  const what = every === undefined ? `cron(${fields.join(", ")})` : `every ${every}`;
  const without = windows.map(({ text }) => text).join(", ");
  if (!compiled) {
    return {
      found: `${what}${jitterSeconds > 0 ? ` with a jitter of ${formatDuration(jitterSeconds)}` : ""}, but not during ${without}: nothing is left, since one cron expression has the same hours on each of its days`,
      next: "Declare shorter windows, a shorter jitter, or a cron with the hours that are left.",
    };
  }
  const cron = parseCron(compiled.fields);
  const gaps = typeof cron === "string" ? undefined : gapsOf(cron, timezone);
  if (!gaps) {
    return {
      found: `${what}, which fires less often than once a year`,
      next: "Declare a cron that fires at least once a year.",
    };
  }
  return {
    expression: `cron(${compiled.fields})`,
    ...{ timezone, jitterSeconds, leavesOutMore: compiled.more },
    ...{ smallestGapSeconds: gaps.smallest, longestGapSeconds: gaps.longest },
    told: `cron(${compiled.fields})${timezone === "UTC" ? "" : ` in ${timezone}`}`,
  };
}

/** Intervals that a cron keeps up over midnight, from the shortest on. */
const cronIntervals = [10, 12, 15, 20, 30]
  .map((minutes) => minutes * minute)
  .concat(
    [1, 2, 3, 4, 6, 8, 12].map((hours) => hours * hour),
    [day, 7 * day],
  );

/** The fields of crons that fire this often: where it is once a day or a week, one for each whole hour. */
function cronsForEvery(seconds: number, windows: readonly Window[]): readonly string[] | Problem {
  if (!cronIntervals.includes(seconds)) {
    const near = [...cronIntervals].sort((a, b) => Math.abs(a - seconds) - Math.abs(b - seconds)).slice(0, 2);
    const works = near.sort((a, b) => a - b).map((one) => `every ${formatDuration(one)}`);
    return {
      found: `every ${formatDuration(seconds)} with notDuring: one cron expression starts anew each hour and each day, so it cannot keep up ${formatDuration(seconds)} around ${windows.map(({ text }) => text).join(", ")}`,
      next: `Declare ${works.join(" or ")}, which work with windows, or leave notDuring out.`,
    };
  }
  if (seconds < hour) return [`0/${seconds / minute} * * * ? *`];
  if (seconds < day) return [`0 ${seconds === hour ? "*" : `0/${seconds / hour}`} * * ? *`];
  const hours = Array.from({ length: 24 }, (_, index) => index);
  if (seconds === day) return hours.map((at) => `0 ${at} * * ? *`);
  return hours.flatMap((at) => weekdayNames.map((name) => `0 ${at} ? * ${name} *`));
}

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
