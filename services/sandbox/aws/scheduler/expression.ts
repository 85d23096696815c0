import { parseCron } from "./cron.js";
import { expressionInvalid, validation } from "./errors.js";
import { instantOf, isZone } from "./zone.js";

/** When a schedule is due. */
export type Timetable =
  /** Every so often, from a beginning that is the schedule's. */
  | { readonly kind: "rate"; readonly everyMs: number }
  /** `next`: the first time that is later than this one. */
  | { readonly kind: "cron"; next(after: Date): Date | undefined }
  | { readonly kind: "at"; readonly at: Date };

const unitsMs: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * Reads `rate(…)`, `cron(…)` or `at(…)`. A local time that a change of the clocks leaves out is passed over by `cron`, and
 * moved behind the change in `at`; one that comes twice counts once, the first time.
 * @throws AwsError ValidationException
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
export function timetableOf(expression: string, zone = "UTC"): Timetable {
  if (!isZone(zone)) throw validation(`Invalid Schedule Expression Timezone ${zone}.`);
  const timetable = rateIn(expression) ?? atIn(expression, zone) ?? cronIn(expression, zone);
  if (!timetable) throw expressionInvalid(expression);
  return timetable;
}

function rateIn(expression: string): Timetable | undefined {
  const [, count, unit = ""] = /^rate\(([1-9]\d{0,5}) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const unitMs = unitsMs[unit];
  return unitMs === undefined ? undefined : { kind: "rate", everyMs: Number(count) * unitMs };
}

function atIn(expression: string, zone: string): Timetable | undefined {
  const [, written] = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/.exec(expression) ?? [];
  const local = new Date(`${written}Z`);
  // `Date` takes the 30th of February for the 1st of March.
  if (Number.isNaN(local.getTime()) || local.toISOString() !== `${written}.000Z`) return undefined;
  const at = instantOf(local, zone, "later");
  return at && { kind: "at", at };
}

function cronIn(expression: string, zone: string): Timetable | undefined {
  const [, fields] = /^cron\((.+)\)$/.exec(expression) ?? [];
  const cron = fields === undefined ? undefined : parseCron(fields);
  return cron && { kind: "cron", next: (after) => cron.next(after, zone) };
}
