import { invalid } from "../errors.js";
import { parseCron } from "../scheduler/cron.js";

/** When a rule fires by itself. */
export interface RuleSchedule {
  readonly expression: string;
  /** The first time later than `after`; undefined: never again. */
  next(after: Date): Date | undefined;
}

const units = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * `rate(n minutes|hours|days)`, counted from when the rule was made or turned on, or `cron(…)` in UTC.
 * @throws AwsError ValidationException
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
 */
export function ruleSchedule(expression: string, since: Date): RuleSchedule {
  const [, fields] = /^cron\((.+)\)$/.exec(expression) ?? [];
  const cron = fields === undefined ? undefined : parseCron(fields);
  if (cron) return { expression, next: (after) => cron.next(after, "UTC") };
  const [, count = "", unit, many] = /^rate\(([1-9]\d{0,8}) (minute|hour|day)(s?)\)$/.exec(expression) ?? [];
  if ((unit !== "minute" && unit !== "hour" && unit !== "day") || (count === "1") !== (many === "")) {
    throw invalid("Parameter ScheduleExpression is not valid.");
  }
  const period = Number(count) * units[unit];
  return {
    expression,
    next: (after) => {
      const passed = Math.floor((after.getTime() - since.getTime()) / period);
      return new Date(since.getTime() + (passed + 1) * period);
    },
  };
}
