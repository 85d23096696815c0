import * as z from "zod/mini";
import { AwsError, invalid, notFound } from "../errors.js";
import { type JsonOperation, jsonOperation } from "../json-service.js";
import { defined, epochSeconds } from "../operation.js";
import { accountId } from "../secret-record.js";
import { text } from "../validate.js";
import type { Buses } from "./buses.js";
import { serviceOf, targetServices } from "./deliver.js";
import { eventPattern } from "./pattern.js";
import { checkSize, type Entry, type EntryError, entriesShape } from "./put-events.js";
import { type EventBus, type Rule, ruleName, targetShape } from "./rule.js";
import { ruleSchedule } from "./rule-schedule.js";

export interface EventOperations {
  readonly buses: Buses;
  readonly now: () => Date;
  /** Takes one entry, and gives the id of its event. */
  readonly put: (region: string, entry: Entry) => { EventId: string } | EntryError;
  /** Plans a rule's schedule anew. */
  readonly plan: (rule: Rule) => void;
}

export const title = "EventBridge";

const busName = text(1, 256).check(z.regex(/^[/.\-_A-Za-z0-9]+$/));
const EventBusName = z.optional(
  text(1, 1600).check(
    z.regex(/^(arn:aws[\w-]*:events:[a-z]{2}-[a-z]+-[\w-]+:\d{12}:event-bus\/)?[/.\-_A-Za-z0-9]+$/),
  ),
);
const paging = {
  Limit: z.optional(z.int().check(z.gte(1), z.lte(100))),
  NextToken: z.optional(text(1, 2048)),
};
const ofRule = z.strictObject({ Name: ruleName, EventBusName });
const mostTargets = 5;

/** The API, as far as it is used here. @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/ */
export function eventOperations({
  buses,
  now,
  put,
  plan,
}: EventOperations): Readonly<Record<string, JsonOperation>> {
  const ruleAt = (region: string, name: string, on: string | undefined): Rule => {
    const bus = buses.get(region, on);
    const rule = bus.rules.get(name);
    if (!rule) throw notFound(`Rule ${name} does not exist on EventBus ${bus.name}.`);
    return rule;
  };
  const turn = (state: Rule["state"]) =>
    jsonOperation(title, ofRule, (input, { region }) => {
      const rule = ruleAt(region, input.Name, input.EventBusName);
      if (rule.state !== state) {
        rule.state = state;
        if (rule.schedule) rule.schedule = ruleSchedule(rule.schedule.expression, now());
        plan(rule);
      }
      return {};
    });

  return {
    CreateEventBus: jsonOperation(
      title,
      z.strictObject({
        Name: busName,
        Description: z.optional(text(0, 512)),
        Tags: z.optional(z.array(z.unknown())),
      }),
      ({ Name, Description }, { region }) => ({ EventBusArn: buses.create(region, Name, Description).arn }),
    ),
    DeleteEventBus: jsonOperation(title, z.strictObject({ Name: busName }), ({ Name }, { region }) => {
      buses.delete(region, Name);
      return {};
    }),
    DeleteRule: jsonOperation(
      title,
      z.strictObject({ Name: ruleName, EventBusName, Force: z.optional(z.boolean()) }),
      (input, { region }) => {
        // A rule that is not there is no error.
        const { rules } = buses.get(region, input.EventBusName);
        const rule = rules.get(input.Name);
        if (rule && rule.targets.size > 0) throw invalid("Rule can't be deleted since it has targets.");
        rule?.stop();
        rules.delete(input.Name);
        return {};
      },
    ),
    DescribeEventBus: jsonOperation(title, z.strictObject({ Name: EventBusName }), ({ Name }, { region }) =>
      shownBus(buses.get(region, Name)),
    ),
    DescribeRule: jsonOperation(title, ofRule, (input, { region }) => ({
      ...shownRule(ruleAt(region, input.Name, input.EventBusName)),
      CreatedBy: accountId,
    })),
    DisableRule: turn("DISABLED"),
    EnableRule: turn("ENABLED"),
    ListEventBuses: jsonOperation(
      title,
      z.strictObject({ NamePrefix: z.optional(busName), ...paging }),
      ({ NamePrefix = "", ...page }, { region }) => {
        const all = [...buses.of(region).values()].filter(({ name }) => name.startsWith(NamePrefix));
        const { items, ...rest } = pageOf(all, ({ name }) => name, page);
        return { EventBuses: items.map(shownBus), ...rest };
      },
    ),
    ListRules: jsonOperation(
      title,
      z.strictObject({ NamePrefix: z.optional(ruleName), EventBusName, ...paging }),
      ({ NamePrefix = "", EventBusName: on, ...page }, { region }) => {
        const all = [...buses.get(region, on).rules.values()].filter(({ name }) =>
          name.startsWith(NamePrefix),
        );
        const { items, ...rest } = pageOf(all, ({ name }) => name, page);
        return { Rules: items.map(shownRule), ...rest };
      },
    ),
    ListTargetsByRule: jsonOperation(
      title,
      z.strictObject({ Rule: ruleName, EventBusName, ...paging }),
      ({ Rule: name, EventBusName: on, ...page }, { region }) => {
        const { targets } = ruleAt(region, name, on);
        const { items, ...rest } = pageOf([...targets.values()], ({ Id }) => Id, page);
        return { Targets: items, ...rest };
      },
    ),
    PutEvents: jsonOperation(title, z.strictObject({ Entries: entriesShape }), (input, { region }) => {
      checkSize(input.Entries);
      const Entries = input.Entries.map((entry) => put(region, entry));
      return { FailedEntryCount: Entries.filter((entry) => "ErrorCode" in entry).length, Entries };
    }),
    PutRule: jsonOperation(
      title,
      z.strictObject({
        ...{
          Name: ruleName,
          EventBusName,
          Description: z.optional(text(0, 512)),
          RoleArn: z.optional(text(1, 1600)),
        },
        ...{ EventPattern: z.optional(text(0, 4096)), ScheduleExpression: z.optional(text(0, 256)) },
        State: z.optional(z.enum(["ENABLED", "DISABLED"])),
        Tags: z.optional(z.array(z.unknown())),
      }),
      (input, { region }) => {
        const bus = buses.get(region, input.EventBusName);
        const { EventPattern: pattern, ScheduleExpression: expression } = input;
        if (!pattern && !expression)
          throw invalid("Parameter(s) EventPattern or ScheduleExpression must be specified.");
        if (expression && bus.name !== "default")
          throw invalid("ScheduleExpression is supported only on the default event bus.");
        const matches = pattern ? eventPattern(pattern) : undefined;
        const there = bus.rules.get(input.Name);
        const rule: Rule = there ?? {
          ...{
            name: input.Name,
            bus: bus.name,
            region,
            state: "ENABLED",
            targets: new Map(),
            stop: () => undefined,
          },
          arn: `arn:aws:events:${region}:${accountId}:rule/${bus.name === "default" ? "" : `${bus.name}/`}${input.Name}`,
        };
        const schedule = expression ? ruleSchedule(expression, now()) : undefined;
        rule.pattern = pattern && matches ? { text: pattern, matches } : undefined;
        rule.schedule = schedule;
        rule.state = input.State ?? "ENABLED";
        rule.description = input.Description;
        rule.roleArn = input.RoleArn;
        bus.rules.set(rule.name, rule);
        plan(rule);
        return { RuleArn: rule.arn };
      },
    ),
    PutTargets: jsonOperation(
      title,
      z.strictObject({
        ...{ Rule: ruleName, EventBusName },
        Targets: z.array(targetShape).check(z.minLength(1), z.maxLength(100)),
      }),
      (input, { region }) => {
        const { targets } = ruleAt(region, input.Rule, input.EventBusName);
        for (const { Arn, Input, InputPath, InputTransformer, Id } of input.Targets) {
          if (!serviceOf(Arn)) {
            throw invalid(
              `The sandbox's ${title} has targets in ${targetServices.join(", ")} only; found ${Arn}.`,
            );
          }
          if ([Input, InputPath, InputTransformer].filter((one) => one !== undefined).length > 1) {
            throw invalid(
              `Only one of Input, InputPath, or InputTransformer must be provided for target ${Id}.`,
            );
          }
          if (Input !== undefined && !isJson(Input))
            throw invalid(`JSON syntax error in input for target ${Id}`);
        }
        const ids = new Set([...targets.keys(), ...input.Targets.map(({ Id }) => Id)]);
        if (ids.size > mostTargets) {
          throw new AwsError(
            "LimitExceededException",
            "The requested resource exceeds the maximum number allowed.",
          );
        }
        for (const target of input.Targets) targets.set(target.Id, target);
        return { FailedEntryCount: 0, FailedEntries: [] };
      },
    ),
    RemoveTargets: jsonOperation(
      title,
      z.strictObject({
        ...{ Rule: ruleName, EventBusName, Force: z.optional(z.boolean()) },
        Ids: z.array(ruleName).check(z.minLength(1), z.maxLength(100)),
      }),
      (input, { region }) => {
        const { targets } = ruleAt(region, input.Rule, input.EventBusName);
        for (const id of input.Ids) targets.delete(id);
        return { FailedEntryCount: 0, FailedEntries: [] };
      },
    ),
  };
}

const shownBus = ({ name, arn, createdAt, description }: EventBus) =>
  defined({
    ...{ Name: name, Arn: arn, Description: description },
    ...{ CreationTime: epochSeconds(createdAt), LastModifiedTime: epochSeconds(createdAt) },
  });

const shownRule = (rule: Rule) =>
  defined({
    ...{ Name: rule.name, Arn: rule.arn, EventBusName: rule.bus, State: rule.state },
    ...{ EventPattern: rule.pattern?.text, ScheduleExpression: rule.schedule?.expression },
    ...{ Description: rule.description, RoleArn: rule.roleArn },
  });

/** One page in order of name; the token is the last name given. */
function pageOf<Item>(
  all: readonly Item[],
  nameOf: (item: Item) => string,
  { Limit = 100, NextToken }: { Limit?: number | undefined; NextToken?: string | undefined },
) {
  const after = NextToken === undefined ? "" : Buffer.from(NextToken, "base64url").toString();
  const left = all.filter((item) => nameOf(item) > after).sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const items = left.slice(0, Limit);
  const last = items.at(-1);
  return left.length > items.length && last
    ? { items, NextToken: Buffer.from(nameOf(last)).toString("base64url") }
    : { items };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
