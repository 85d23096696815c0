import type { Facts } from "../../providers/kit/contract.js";
import { formatDuration } from "../duration.js";
import type { Problem, Timing } from "./timing.js";

/** What must go together in one secret. Durations in seconds. */
export interface Fit {
  readonly timing: Pick<Timing, "smallestGapSeconds" | "longestGapSeconds" | "jitterSeconds" | "told">;
  /** As declared; undefined for the default. */
  readonly overlap: number | undefined;
  readonly provider: { readonly id: string; readonly facts: Facts };
  /** How long a key is made to live, where that is less than its provider's own bound and does not follow from the timing. */
  readonly madeToLive?: number | undefined;
}

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/** AWS's caching clients for Java, Python, .NET and JDBC refresh hourly; five minutes more for whoever just did. */
const usualOverlap = 65 * minute;
const overlapMargin = 10 * minute;
/** What one failed attempt and its retry may take. */
const failedAttempt = 5 * minute;
/** AWS: PutSecretValue no more often than once in 10 minutes, sustained. A rotation writes twice. */
const advisedGap = 10 * minute;
const quietGap = 2 * advisedGap;
/** AWS's caching clients, where nobody tuned them. */
const usualCache = hour;

/** The overlap that is declared, or the default: 65 minutes, or 10 minutes less than two rotations may be apart. */
export function overlapOf({ overlap, timing }: Pick<Fit, "overlap" | "timing">): number {
  const apart = timing.smallestGapSeconds - timing.jitterSeconds;
  return overlap ?? Math.max(0, Math.min(usualOverlap, apart - overlapMargin));
}

/**
 * Why a secret's timing cannot work, with an interval or an overlap that would; undefined when it can. Two rotations may come
 * closer than the smallest interval by the jitter, and be further apart than the longest one by the same.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
 */
export function problemOf(fit: Fit): Problem | undefined {
  const found = reasonOf(fit);
  return found === undefined ? undefined : { found, next: advice(fit) };
}

function reasonOf(fit: Fit): string | undefined {
  const { timing, provider } = fit;
  const { deathSeconds, settleSeconds } = provider.facts;
  const { smallestGapSeconds: smallest, longestGapSeconds: longest, jitterSeconds: jitter } = timing;
  const between = smallest === longest ? "" : `, two rotations as near as ${formatDuration(smallest)}`;
  if (smallest < advisedGap) {
    return `${timing.told}${between}, but AWS advises one write of a secret in 10m at most`;
  }
  if (jitter >= smallest) {
    return `${timing.told}${between}, but a jitter of ${formatDuration(jitter)} would let one rotation come after the next`;
  }
  const overlap = overlapOf(fit);
  const least = overlap + deathSeconds + settleSeconds + jitter;
  if (smallest <= least) {
    const parts = [
      `overlap ${formatDuration(overlap)}`,
      `death ${formatDuration(deathSeconds)}`,
      `settling ${formatDuration(settleSeconds)}`,
      ...(jitter > 0 ? [`jitter ${formatDuration(jitter)}`] : []),
    ];
    return `${timing.told}${between}, but ${parts.join(" + ")} take ${formatDuration(least)}`;
  }
  const life = lifeOf(fit);
  if (longest > mostOf(fit)) {
    const apart = smallest === longest ? "" : `, two rotations as far apart as ${formatDuration(longest)}`;
    const late = jitter > 0 ? ` + jitter ${formatDuration(jitter)}` : "";
    return `${timing.told}${apart}, but a key of ${provider.id} lives ${formatDuration(life)}, which must outlast the interval${late} + one failed attempt ${formatDuration(failedAttempt)} + settling ${formatDuration(settleSeconds)}`;
  }
  return undefined;
}

const lifeOf = ({ provider, madeToLive }: Fit) =>
  Math.min(
    provider.facts.lifetimeSeconds ?? Number.POSITIVE_INFINITY,
    madeToLive ?? Number.POSITIVE_INFINITY,
  );

/** The longest interval that a key outlives. */
const mostOf = (fit: Fit) =>
  lifeOf(fit) - failedAttempt - fit.provider.facts.settleSeconds - fit.timing.jitterSeconds;

/** Intervals that people declare. */
const usualIntervals = [
  ...[10, 15, 20, 30, 40, 45, 50, 60, 90].map((minutes) => minutes * minute),
  ...[2, 3, 4, 6, 8, 12].map((hours) => hours * hour),
  ...[1, 2, 7, 14, 30, 90].map((days) => days * day),
];

/** What works instead, tried by the same rules. */
function advice(fit: Fit): string {
  const works = (changed: Partial<Fit>) => reasonOf({ ...fit, ...changed }) === undefined;
  const every = (seconds: number): Partial<Fit> => ({
    timing: {
      ...{ smallestGapSeconds: seconds, longestGapSeconds: seconds, told: "" },
      jitterSeconds: fit.timing.jitterSeconds,
    },
  });
  const near = [...usualIntervals].sort(
    (a, b) => Math.abs(a - fit.timing.smallestGapSeconds) - Math.abs(b - fit.timing.smallestGapSeconds),
  );
  const most = mostOf(fit);
  const bound =
    fit.timing.longestGapSeconds > most
      ? ` Rotate at least every ${formatDuration(most - (most % minute))}, so that no application is left with an expired key.`
      : "";
  const interval = near.find((seconds) => works(every(seconds)));
  if (interval !== undefined) {
    return `Every ${formatDuration(interval)} works${fit.overlap === undefined ? "" : ", or declare a shorter overlap"}.${bound}`;
  }
  const calm = near.find((seconds) => works({ ...every(seconds), overlap: undefined }));
  if (calm !== undefined) {
    return `Leave the overlap out and declare every ${formatDuration(calm)}, which works.${bound}`;
  }
  return "Declare a shorter jitter: with this one no interval works.";
}

/** What works, and should be known. */
export function warningsOf(fit: Fit): readonly string[] {
  const { timing } = fit;
  const overlap = overlapOf(fit);
  const smallest = timing.smallestGapSeconds;
  return [
    ...(smallest < quietGap
      ? [
          `${timing.told}: two writes a rotation are more than the one in 10m that AWS advises; every ${formatDuration(quietGap)} is not.`,
        ]
      : []),
    ...(overlap < usualCache
      ? [
          `the previous key lives on for ${formatDuration(overlap)}, less than the hour for which AWS's caching clients (Java, Python, .NET, JDBC) keep a value: have them refresh within ${formatDuration(overlap)}${overlap < 300 ? ", and the Lambda extension, which keeps it for 300s (SECRETS_MANAGER_TTL)," : ""} or on a 401.`,
        ]
      : []),
  ];
}
