import { defined, epochSeconds } from "../operation.js";
import { conflict, groupExists, validation } from "./errors.js";
import { type Context, type Operation, operation } from "./operation.js";
import { pageOf } from "./paging.js";
import { defaultGroup, type GroupRecord } from "./records.js";
import { groupList, newGroup, oneGroup, tagging, tagList, untagging } from "./shapes.js";

const maxTags = 50;

export const createScheduleGroup = operation(newGroup, (input, { region, now, store }) => {
  const { Name: name, Tags: tags = [], ClientToken: clientToken } = input;
  const existing = store.group(region, name);
  if (existing) {
    const again = clientToken !== undefined && existing.clientToken === clientToken && !existing.deleting;
    if (!again) throw groupExists(name);
    return { ScheduleGroupArn: existing.arn };
  }
  const made = { name, createdAt: now, clientToken, tags: withTags(new Map(), tags) };
  return { ScheduleGroupArn: store.addGroup(region, made).arn };
});

export const getScheduleGroup = operation(oneGroup, ({ Name }, { region, store }) =>
  described(store.existingGroup(region, Name)),
);

export const listScheduleGroups = operation(groupList, (input, { region, store }) => {
  const { NamePrefix = "", MaxResults, NextToken } = input;
  const { items, rest } = pageOf({
    question: ["ListScheduleGroups", region, NamePrefix],
    items: store.groups(region).filter(({ name }) => name.startsWith(NamePrefix)),
    keyOf: ({ name }) => name,
    ...{ size: MaxResults, nextToken: NextToken },
  });
  return { ScheduleGroups: items.map(described), ...rest };
});

/** The group and its schedules go a moment later; until then they fire. */
export const deleteScheduleGroup = operation(oneGroup, ({ Name }, context) => {
  const { region, now, store, agenda, switches } = context;
  if (Name === defaultGroup) throw validation("The default schedule group can't be deleted.");
  const group = store.existingGroup(region, Name);
  if (group.deleting) return {};
  group.deleting = true;
  group.changedAt = now;
  const { groupDeletionSeconds } = switches.now;
  if (groupDeletionSeconds === 0) remove(group, context);
  else agenda.after(groupDeletionSeconds, () => remove(group, context));
  return {};
});

function remove({ name }: GroupRecord, { region, store, planner }: Context): void {
  for (const schedule of store.schedules(region)) {
    if (schedule.group !== name) continue;
    planner.forget(schedule);
    store.removeSchedule(schedule);
  }
  store.removeGroup(region, name);
}

/** Only groups have tags. */
const tagged = (arn: string, { region, store }: Context) => {
  const [, name = ""] = arn.split("/");
  const group = store.existingGroup(region, name);
  if (group.deleting) throw conflict(`Schedule group ${name} is being deleted.`);
  return group;
};

export const tagResource = operation(tagging, ({ ResourceArn, Tags }, context) => {
  const group = tagged(ResourceArn, context);
  group.tags = withTags(group.tags, Tags);
  return {};
});

export const untagResource = operation(untagging, ({ ResourceArn, TagKeys }, context) => {
  const group = tagged(ResourceArn, context);
  group.tags = new Map([...group.tags].filter(([key]) => !TagKeys.includes(key)));
  return {};
});

export const listTagsForResource: Operation = operation(tagList, ({ ResourceArn }, { region, store }) => {
  const [, name = ""] = ResourceArn.split("/");
  const { tags } = store.existingGroup(region, name);
  return { Tags: [...tags].map(([Key, Value]) => ({ Key, Value })) };
});

function withTags(
  before: ReadonlyMap<string, string>,
  tags: readonly { readonly Key: string; readonly Value: string }[],
): ReadonlyMap<string, string> {
  if (tags.some(({ Key }) => /^aws:/i.test(Key))) throw validation("Tag keys can't begin with aws:.");
  const after = new Map([...before, ...tags.map(({ Key, Value }) => [Key, Value] as const)]);
  if (after.size > maxTags) throw validation(`A schedule group has at most ${maxTags} tags.`);
  return after;
}

const described = ({ arn, name, deleting, createdAt, changedAt }: GroupRecord) =>
  defined({
    Arn: arn,
    Name: name,
    State: deleting ? "DELETING" : "ACTIVE",
    CreationDate: epochSeconds(createdAt),
    LastModificationDate: epochSeconds(changedAt),
  });
