import { accountId } from "../secret-record.js";
import { groupNotFound, scheduleNotFound } from "./errors.js";
import type { Timetable } from "./expression.js";
import type { ScheduleInput } from "./shapes.js";

export const defaultGroup = "default";

export interface GroupRecord {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: Date;
  readonly clientToken: string | undefined;
  changedAt: Date;
  deleting: boolean;
  tags: ReadonlyMap<string, string>;
}

export interface ScheduleRecord {
  readonly region: string;
  readonly group: string;
  readonly name: string;
  readonly arn: string;
  readonly createdAt: Date;
  /** The request that made it, to know it again. */
  readonly madeBy: string;
  changedAt: Date;
  settings: ScheduleInput;
  timetable: Timetable;
}

interface Region {
  readonly groups: Map<string, GroupRecord>;
  /** By group and name. */
  readonly schedules: Map<string, ScheduleRecord>;
}

const schedulePlace = (group: string, name: string) => `${group}/${name}`;

export const scheduleArn = (region: string, group: string, name: string) =>
  `arn:aws:scheduler:${region}:${accountId}:schedule/${group}/${name}`;

/** Groups and their schedules, region by region. Each region has the group `default`, as old as the first look at it. */
export class ScheduleStore {
  readonly #now: () => Date;
  readonly #regions = new Map<string, Region>();

  constructor(now: () => Date) {
    this.#now = now;
  }

  groups(region: string): readonly GroupRecord[] {
    return [...this.#of(region).groups.values()];
  }

  schedules(region: string): readonly ScheduleRecord[] {
    return [...this.#of(region).schedules.values()];
  }

  group(region: string, name: string): GroupRecord | undefined {
    return this.#of(region).groups.get(name);
  }

  schedule(region: string, group: string, name: string): ScheduleRecord | undefined {
    return this.#of(region).schedules.get(schedulePlace(group, name));
  }

  /** @throws AwsError ResourceNotFoundException */
  existingGroup(region: string, name: string): GroupRecord {
    const group = this.group(region, name);
    if (!group) throw groupNotFound(name);
    return group;
  }

  /** @throws AwsError ResourceNotFoundException */
  existingSchedule(region: string, group: string, name: string): ScheduleRecord {
    const schedule = this.schedule(region, group, name);
    if (!schedule) throw scheduleNotFound(name);
    return schedule;
  }

  addGroup(
    region: string,
    made: Pick<GroupRecord, "name" | "createdAt" | "clientToken" | "tags">,
  ): GroupRecord {
    const group = newGroup(region, made);
    this.#of(region).groups.set(group.name, group);
    return group;
  }

  addSchedule(schedule: ScheduleRecord): void {
    this.#of(schedule.region).schedules.set(schedulePlace(schedule.group, schedule.name), schedule);
  }

  /** Whether this very schedule was there. */
  removeSchedule(schedule: ScheduleRecord): boolean {
    const { schedules } = this.#of(schedule.region);
    const place = schedulePlace(schedule.group, schedule.name);
    return schedules.get(place) === schedule && schedules.delete(place);
  }

  removeGroup(region: string, name: string): void {
    this.#of(region).groups.delete(name);
  }

  #of(name: string): Region {
    const known = this.#regions.get(name);
    if (known) return known;
    const first = newGroup(name, {
      ...{ name: defaultGroup, createdAt: this.#now(), clientToken: undefined, tags: new Map() },
    });
    const region: Region = { groups: new Map([[defaultGroup, first]]), schedules: new Map() };
    this.#regions.set(name, region);
    return region;
  }
}

function newGroup(
  region: string,
  made: Pick<GroupRecord, "name" | "createdAt" | "clientToken" | "tags">,
): GroupRecord {
  const arn = `arn:aws:scheduler:${region}:${accountId}:schedule-group/${made.name}`;
  return { ...made, arn, changedAt: made.createdAt, deleting: false };
}
