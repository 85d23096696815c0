import {
  createScheduleGroup,
  deleteScheduleGroup,
  getScheduleGroup,
  listScheduleGroups,
  listTagsForResource,
  tagResource,
  untagResource,
} from "./groups.js";
import type { Operation } from "./operation.js";
import { createSchedule, deleteSchedule, getSchedule, listSchedules, updateSchedule } from "./schedules.js";

/** All of the API, by name. */
export const operations: ReadonlyMap<string, Operation> = new Map([
  ["CreateSchedule", createSchedule],
  ["CreateScheduleGroup", createScheduleGroup],
  ["DeleteSchedule", deleteSchedule],
  ["DeleteScheduleGroup", deleteScheduleGroup],
  ["GetSchedule", getSchedule],
  ["GetScheduleGroup", getScheduleGroup],
  ["ListScheduleGroups", listScheduleGroups],
  ["ListSchedules", listSchedules],
  ["ListTagsForResource", listTagsForResource],
  ["TagResource", tagResource],
  ["UntagResource", untagResource],
  ["UpdateSchedule", updateSchedule],
]);
