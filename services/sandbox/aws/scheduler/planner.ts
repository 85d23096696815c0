import { type DeliveryParts, deliver } from "./deliveries.js";
import { jitterSeconds, occurrenceFrom } from "./occurrences.js";
import type { Planner } from "./operation.js";
import type { ScheduleRecord, ScheduleStore } from "./records.js";

/** What is to come of one schedule, as it is now. */
interface Plan {
  /** Counted from here by a rate without StartDate. */
  readonly since: Date;
  /** Cancels what has not been attempted. */
  readonly waiting: Set<() => void>;
  /** Occurrences that the schedule's deletion waits for. */
  open: number;
  over: boolean;
}

/** Lets schedules fire on the timeline: one task a schedule, whatever its number of occurrences. */
export function createPlanner(parts: DeliveryParts & { readonly store: ScheduleStore }): Planner {
  const { timeline, agenda, switches, store } = parts;
  const plans = new Map<ScheduleRecord, Plan>();
  const counts = new WeakMap<ScheduleRecord, number>();

  const forget = (schedule: ScheduleRecord) => {
    for (const cancel of plans.get(schedule)?.waiting ?? []) cancel();
    plans.delete(schedule);
  };

  const waitUntil = (due: Date, { waiting }: Plan, task: () => void) => {
    const cancel = agenda.at(due, () => {
      waiting.delete(cancel);
      task();
    });
    waiting.add(cancel);
  };

  const planNext = (schedule: ScheduleRecord, plan: Plan, occurrence: Date | undefined) => {
    plan.over = occurrence === undefined;
    if (!occurrence) return;
    waitUntil(occurrence, plan, () => {
      const once = schedule.timetable.kind === "at";
      const later = new Date(occurrence.getTime() + 1);
      planNext(schedule, plan, once ? undefined : occurrenceFrom(later, plan.since, schedule));
      happen(schedule, plan, occurrence);
    });
  };

  const happen = (schedule: ScheduleRecord, plan: Plan, occurrence: Date) => {
    const { delaySeconds, duplicates, duplicateAfterSeconds } = switches.now;
    const count = (counts.get(schedule) ?? 0) + 1;
    counts.set(schedule, count);
    const due = occurrence.getTime() + (jitterSeconds(occurrence, schedule) + delaySeconds) * 1000;
    const waits = switches.now.deleteWaitsForRetries;
    plan.open++;
    const closed = () => {
      plan.open--;
      settle(schedule, plan);
    };
    const nothing = () => undefined;
    const ends = waits ? { attempted: nothing, ended: closed } : { attempted: closed, ended: nothing };
    waitUntil(new Date(due), plan, () => deliver({ ...schedule, occurrence, ...ends }, parts));
    if (duplicates === 0 || count % duplicates !== 0) return;
    const again = { ...schedule, occurrence, attempted: nothing, ended: nothing };
    waitUntil(new Date(due + duplicateAfterSeconds * 1000), plan, () => deliver(again, parts));
  };

  const settle = (schedule: ScheduleRecord, plan: Plan) => {
    const done = plan.over && plan.open === 0 && plans.get(schedule) === plan;
    if (!done || schedule.settings.ActionAfterCompletion !== "DELETE") return;
    store.removeSchedule(schedule);
    plans.delete(schedule);
  };

  return {
    forget,
    plan(schedule) {
      forget(schedule);
      const now = timeline.now();
      const plan: Plan = { since: now, waiting: new Set(), open: 0, over: false };
      plans.set(schedule, plan);
      const { timetable } = schedule;
      const missed =
        timetable.kind === "at" && timetable.at < now && switches.now.atInThePast !== "fires at once";
      planNext(schedule, plan, missed ? undefined : occurrenceFrom(now, now, schedule));
    },
  };
}
