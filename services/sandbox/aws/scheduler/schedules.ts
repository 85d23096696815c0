import { defined, epochSeconds } from "../operation.js";
import { conflict, scheduleExists } from "./errors.js";
import { timetableOf } from "./expression.js";
import { type Context, operation } from "./operation.js";
import { pageOf } from "./paging.js";
import { defaultGroup, type ScheduleRecord, scheduleArn } from "./records.js";
import { checkSettings } from "./settings.js";
import { oneSchedule, type ScheduleInput, scheduleInput, scheduleList } from "./shapes.js";

const mostDeletions = 10_000;

/** With a ClientToken that made the same schedule before: no error, and nothing happens. */
export const createSchedule = operation(scheduleInput, (input, context) => {
  const { region, now, store, planner } = context;
  const { Name: name, GroupName: group = defaultGroup } = input;
  const existing = store.schedule(region, group, name);
  const madeBy = JSON.stringify(input);
  if (existing) {
    if (input.ClientToken === undefined || existing.madeBy !== madeBy) throw scheduleExists(name);
    return { ScheduleArn: existing.arn };
  }
  if (store.existingGroup(region, group).deleting)
    throw conflict(`Schedule group ${group} is being deleted.`);
  const timetable = checked(input, context);
  const schedule: ScheduleRecord = {
    ...{ region, group, name, madeBy, timetable },
    arn: scheduleArn(region, group, name),
    settings: withDefaults(input),
    ...{ createdAt: now, changedAt: now },
  };
  store.addSchedule(schedule);
  planner.plan(schedule);
  return { ScheduleArn: schedule.arn };
});

/** Replaces everything: what is left out gets its default. */
export const updateSchedule = operation(scheduleInput, (input, context) => {
  const { region, now, store, planner } = context;
  const schedule = existing(input, context);
  if (store.existingGroup(region, schedule.group).deleting)
    throw conflict(`Schedule group ${schedule.group} is being deleted.`);
  schedule.timetable = checked(input, context);
  schedule.settings = withDefaults(input);
  schedule.changedAt = now;
  planner.plan(schedule);
  return { ScheduleArn: schedule.arn };
});

export const getSchedule = operation(oneSchedule, (input, context) => {
  const { arn, group, settings, createdAt, changedAt } = existing(input, context);
  const { ClientToken: _, ...shown } = settings;
  return defined({
    ...shown,
    ...{ Arn: arn, GroupName: group },
    CreationDate: epochSeconds(createdAt),
    LastModificationDate: epochSeconds(changedAt),
  });
});

export const deleteSchedule = operation(oneSchedule, (input, context) => {
  const { region, store, planner, deletions } = context;
  const { Name, GroupName = defaultGroup, ClientToken } = input;
  const deletion = `${scheduleArn(region, GroupName, Name)} ${ClientToken}`;
  if (!store.schedule(region, GroupName, Name) && deletions.has(deletion)) return {};
  const schedule = existing(input, context);
  planner.forget(schedule);
  store.removeSchedule(schedule);
  if (deletions.size >= mostDeletions) deletions.clear();
  if (ClientToken !== undefined) deletions.add(deletion);
  return {};
});

export const listSchedules = operation(scheduleList, (input, { region, store }) => {
  const { GroupName, NamePrefix = "", State, MaxResults, NextToken } = input;
  if (GroupName !== undefined) store.existingGroup(region, GroupName);
  const { items, rest } = pageOf({
    question: ["ListSchedules", region, GroupName, NamePrefix, State],
    items: store
      .schedules(region)
      .filter(
        ({ group, name, settings }) =>
          (GroupName === undefined || group === GroupName) &&
          name.startsWith(NamePrefix) &&
          (State === undefined || settings.State === State),
      ),
    // A blank comes before all that names are made of.
    keyOf: ({ group, name }) => `${name} ${group}`,
    ...{ size: MaxResults, nextToken: NextToken },
  });
  return { Schedules: items.map(summary), ...rest };
});

/** @throws AwsError ResourceNotFoundException */
function existing(
  { Name, GroupName = defaultGroup }: { readonly Name: string; readonly GroupName?: string | undefined },
  { region, store }: Context,
): ScheduleRecord {
  store.existingGroup(region, GroupName);
  return store.existingSchedule(region, GroupName, Name);
}

/** @throws AwsError ValidationException */
function checked(input: ScheduleInput, context: Context) {
  const timetable = timetableOf(input.ScheduleExpression, input.ScheduleExpressionTimezone);
  checkSettings(input, timetable, context);
  return timetable;
}

/** As GetSchedule shows it. */
function withDefaults(input: ScheduleInput): ScheduleInput {
  const { Target: target } = input;
  return {
    ...input,
    ActionAfterCompletion: input.ActionAfterCompletion ?? "NONE",
    ScheduleExpressionTimezone: input.ScheduleExpressionTimezone ?? "UTC",
    State: input.State ?? "ENABLED",
    Target: {
      ...target,
      RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185, ...target.RetryPolicy },
    },
  };
}

const summary = ({ arn, group, name, settings, createdAt, changedAt }: ScheduleRecord) => ({
  Arn: arn,
  GroupName: group,
  Name: name,
  State: settings.State,
  Target: { Arn: settings.Target.Arn },
  CreationDate: epochSeconds(createdAt),
  LastModificationDate: epochSeconds(changedAt),
});
