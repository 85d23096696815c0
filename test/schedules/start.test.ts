import { describe, expect, it, test } from "vitest";
import { groupOf } from "../../services/environment-names.js";
import { secretRef } from "../../services/rotation/event.js";
import {
  endName,
  resumeName,
  resumeNativeName,
  routineName,
  routineSecretId,
  secretIdOf,
  watchName,
} from "../../services/schedules/names.js";
import { firstStart, nextStart, startFrom } from "../../services/schedules/start.js";

const at = (time: string) => new Date(`2026-06-01T${time}Z`);
const now = at("10:20:00");
const shown = (time: Date | undefined) => time?.toISOString().slice(11, 19);
const daily = { expression: "cron(0 3 * * ? *)", timezone: "UTC" };

test("a new rate starts an interval later, a new cron when it comes", () => {
  expect(shown(firstStart({ expression: "rate(45 minutes)" }, now))).toBe("11:05:00");
  expect(shown(firstStart({ expression: "rate(1 hour)" }, now))).toBe("11:20:00");
  expect(firstStart(daily, now)).toBeUndefined();
});

describe("a start that AWS takes", () => {
  it.each<[string, string, string | undefined]>([
    ["rate(1 hour)", "11:00:00", "11:00:00"],
    ["rate(1 hour)", "10:20:00", "10:20:00"],
    ["rate(1 hour)", "10:19:59", "11:19:59"],
    ["rate(45 minutes)", "00:05:00", "10:35:00"],
    ["cron(0 3 * * ? *)", "09:00:00", undefined],
    ["cron(0 3 * * ? *)", "11:00:00", "11:00:00"],
  ])("of %s from %s on keeps its rhythm: %s", (expression, start, expected) => {
    expect(shown(startFrom({ expression, start: at(start) }, now))).toBe(expected);
  });
});

describe("of a new interval, the first occurrence", () => {
  it.each<[string, { expression: string; timezone?: string; start?: Date }, string, string | undefined]>([
    [
      "keeps the rhythm where nothing changed",
      { expression: "rate(1 hour)", start: at("00:10:00") },
      "rate(1 hour)",
      "11:10:00",
    ],
    [
      "comes an interval after the last one",
      { expression: "rate(1 hour)", start: at("00:10:00") },
      "rate(45 minutes)",
      "10:55:00",
    ],
    [
      "comes at once where that has passed",
      { expression: "rate(6 hours)", start: at("00:10:00") },
      "rate(1 hour)",
      "10:21:00",
    ],
    [
      "is counted from the making of a schedule that never fired",
      { expression: "rate(1 day)", start: new Date(now.getTime() + 86_400_000) },
      "rate(1 hour)",
      "11:20:00",
    ],
    ["is counted from a cron's last time", daily, "rate(8 hours)", "11:00:00"],
    ["is a cron's own", { expression: "rate(1 hour)", start: at("00:10:00") }, daily.expression, undefined],
  ])("%s", (_, before, expression, expected) => {
    expect(shown(nextStart(before, { ...before, expression }, now))).toBe(expected);
  });
});

test("names hold the secret's id, fit into 64 characters, and tell a routine from the rest", () => {
  const arn = `arn:aws:secretsmanager:us-east-1:123456789012:secret:${"n".repeat(512)}-AbCdEf`;
  const id = secretIdOf(secretRef(arn));
  const names = [
    ...[routineName(id), resumeName(id), resumeNativeName(id)],
    ...[endName(id, "v".repeat(64)), watchName(id, "v".repeat(64))],
  ];
  expect(names).toEqual([
    ...[`kt-${id}`, `kt-resume-${id}`, `kt-resume-${id}-native`],
    ...[
      expect.stringMatching(`^kt-end-${id}-[a-z2-7]{12}$`),
      expect.stringMatching(`^kt-watch-${id}-[a-z2-7]{12}$`),
    ],
  ]);
  expect(new Set(names).size).toBe(5);
  expect(Math.max(...names.map((name) => name.length))).toBeLessThanOrEqual(64);
  expect(names.map(routineSecretId)).toEqual([id, undefined, undefined, undefined, undefined]);
  expect(groupOf("e".repeat(20)).length).toBeLessThanOrEqual(64);
});
