import { parseDuration } from "../services/duration.js";

const hour = 3600;
const floorHours = 4;
const ceilingDays = 1000;

/** The rule that Secrets Manager itself keeps for a secret. */
export interface Backstop {
  /** For `RotationRules.ScheduleExpression`. */
  readonly expression: string;
  /** False when AWS cannot rotate as often as declared: something else has to start these rotations. */
  readonly oftenEnough: boolean;
}

/**
 * The sparsest rule of AWS that still rotates as often as `every` says: whole hours below a day, whole days
 * above. AWS rotates every 4 hours at most, and every 1000 days at least.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html
 */
export function backstop(every: string): Backstop {
  const seconds = parseDuration(every) ?? 0;
  const hours = Math.floor(seconds / hour);
  const days = Math.min(Math.floor(hours / 24), ceilingDays);
  if (days >= 1) return { expression: `rate(${days} ${days === 1 ? "day" : "days"})`, oftenEnough: true };
  return { expression: `rate(${Math.max(hours, floorHours)} hours)`, oftenEnough: hours >= floorHours };
}
