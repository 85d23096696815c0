import { startTooEarly, validation } from "./errors.js";
import type { Timetable } from "./expression.js";
import type { Context } from "./operation.js";
import type { ScheduleInput } from "./shapes.js";
import { requestIn, targetOf } from "./targets.js";

const startGraceMs = 5 * 60_000;

/**
 * What the members of a schedule mean together.
 * @throws AwsError ValidationException
 */
export function checkSettings(input: ScheduleInput, timetable: Timetable, { now, switches }: Context): void {
  const { FlexibleTimeWindow: window, StartDate: start, EndDate: end } = input;
  if ((window.Mode === "FLEXIBLE") !== (window.MaximumWindowInMinutes !== undefined)) {
    throw validation("MaximumWindowInMinutes must be given with the mode FLEXIBLE, and with no other.");
  }
  const target = targetOf(input.Target.Arn);
  if (!target) throw validation(`Provided Arn ${input.Target.Arn} can't be a target.`);
  if (target.kind === "universal") checkRequest(input.Target.Input);
  if (timetable.kind === "at") {
    if (switches.now.atInThePast === "refused" && timetable.at < now) {
      throw validation("The time of a one-time schedule can't be in the past.");
    }
    return;
  }
  if (start !== undefined && start * 1000 < now.getTime() - startGraceMs) throw startTooEarly();
  if (end !== undefined && end * 1000 <= now.getTime())
    throw validation("The EndDate you specify cannot be in the past.");
  if (start !== undefined && end !== undefined && start >= end)
    throw validation("The StartDate you specify must come before the EndDate.");
}

/** Where a universal target's Input is read is not known: here when it is set, so that it is not lost one by one. */
function checkRequest(input = "{}"): void {
  if (!requestIn(input)) throw validation("Invalid RequestJson provided. Reason: it is not a JSON object.");
}
