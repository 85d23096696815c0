const daySeconds = 86_400;
const ceilingDays = 1000;
/** What a late occurrence, and a failed try with its recovery, may take. */
const marginSeconds = 3600;

/**
 * Days for `RotationRules.AutomaticallyAfterDays` of a secret that EventBridge Scheduler rotates: the rule that is left
 * when nothing else comes any more. AWS counts these days from the last rotation, whoever started it, so while
 * Scheduler rotates the rule's window stays ahead: it opens at midnight UTC, from an hour to some two days after the
 * next occurrence was due. Nothing moves a `ScheduleExpression` in hours or a cron: it would rotate beside the
 * schedule, in the middle of an overlap.
 *
 * When both fire all the same, the second is refused while the first one's rotation is open; that dead letter is
 * dropped (P20). Right after it, it fails with `overlap_open` (P19), and recovery ends it. For a key that lives an hour
 * this comes too late: recovery, every 5 minutes, is its help.
 * @param longestGapSeconds between two occurrences, jitter included.
 * @returns 2 to 1000.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotationRulesType.html
 */
export function backstopDays(longestGapSeconds: number): number {
  return Math.min(Math.ceil((longestGapSeconds + marginSeconds) / daySeconds) + 1, ceilingDays);
}
