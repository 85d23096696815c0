import type { CreateScheduleInput, GetScheduleOutput } from "@aws-sdk/client-scheduler";
import type { Surroundings } from "../surroundings.js";
import type { Schedule } from "./schedules.js";

/** Where a schedule stands, and what it acts with unless it says otherwise itself. */
export type Place = Pick<Surroundings, "scheduleGroup"> &
  Partial<Pick<Surroundings, "schedulerRole" | "deadLetters">>;

/** What CreateSchedule and UpdateSchedule are asked for a schedule, every field that AWS would else reset in it. */
export function requestOf(schedule: Schedule, place: Place): CreateScheduleInput {
  const { target, jitterMinutes } = schedule;
  const deadLetters = target.deadLetters ?? place.deadLetters;
  return {
    Name: schedule.name,
    GroupName: place.scheduleGroup,
    ...(schedule.description !== undefined && { Description: schedule.description }),
    ScheduleExpression: schedule.expression,
    ...(schedule.timezone !== undefined && { ScheduleExpressionTimezone: schedule.timezone }),
    ...(schedule.start && { StartDate: schedule.start }),
    ...(schedule.end && { EndDate: schedule.end }),
    ...(schedule.kmsKey !== undefined && { KmsKeyArn: schedule.kmsKey }),
    State: schedule.enabled ? "ENABLED" : "DISABLED",
    FlexibleTimeWindow:
      jitterMinutes > 0 ? { Mode: "FLEXIBLE", MaximumWindowInMinutes: jitterMinutes } : { Mode: "OFF" },
    ActionAfterCompletion: schedule.deleteAfter ? "DELETE" : "NONE",
    Target: {
      Arn: target.arn,
      RoleArn: target.role ?? place.schedulerRole,
      Input: target.input,
      RetryPolicy: {
        MaximumRetryAttempts: target.retry.attempts,
        MaximumEventAgeInSeconds: target.retry.ageSeconds,
      },
      ...(deadLetters !== undefined && { DeadLetterConfig: { Arn: deadLetters } }),
    },
  };
}

/** AWS's own retries where a schedule names none. */
const usualRetry = { attempts: 185, ageSeconds: 86_400 };

/** The schedule that GetSchedule tells of. */
export function scheduleOf(answer: GetScheduleOutput): Schedule {
  const { Target: target, FlexibleTimeWindow: window } = answer;
  return {
    name: answer.Name ?? "",
    description: answer.Description,
    expression: answer.ScheduleExpression ?? "",
    timezone: answer.ScheduleExpressionTimezone,
    start: answer.StartDate,
    end: answer.EndDate,
    jitterMinutes: window?.Mode === "FLEXIBLE" ? (window.MaximumWindowInMinutes ?? 0) : 0,
    enabled: answer.State !== "DISABLED",
    deleteAfter: answer.ActionAfterCompletion === "DELETE",
    kmsKey: answer.KmsKeyArn,
    changedAt: answer.LastModificationDate,
    target: {
      arn: target?.Arn ?? "",
      input: target?.Input ?? "",
      retry: {
        attempts: target?.RetryPolicy?.MaximumRetryAttempts ?? usualRetry.attempts,
        ageSeconds: target?.RetryPolicy?.MaximumEventAgeInSeconds ?? usualRetry.ageSeconds,
      },
      role: target?.RoleArn,
      deadLetters: target?.DeadLetterConfig?.Arn,
    },
  };
}
