import { describe, expect, it } from "vitest";
import { isToldNow } from "../../services/rotation/hourly.js";
import { judgeOwed, judgeStuck } from "../../services/rotation/stuck.js";

const start = Date.parse("2026-06-01T00:00:00Z");
const at = (minutes: number) => new Date(start + minutes * 60_000);

interface Row {
  readonly rotationEnabled?: boolean;
  readonly stages?: Record<string, readonly string[]>;
  /** When the rotation of v2 began. Minutes; undefined: the history does not show it. */
  readonly began?: number | undefined;
  readonly lastChanged?: number;
  readonly lastRotated?: number;
  /** When aborts were made. Minutes. */
  readonly aborts?: readonly number[];
  readonly overlapUntil?: number;
}

function standing(now: number, row: Row) {
  const { rotationEnabled = true, stages = { v1: ["AWSCURRENT"], v2: ["AWSPENDING"] }, aborts = [] } = row;
  const began = "began" in row ? row.began : 0;
  return {
    view: {
      ...{ arn: "arn", name: "app/key", rotationEnabled, stages: new Map(Object.entries(stages)) },
      ...(row.lastChanged !== undefined ? { lastChangedAt: at(row.lastChanged) } : {}),
      ...(row.lastRotated !== undefined ? { lastRotatedAt: at(row.lastRotated) } : {}),
    },
    versions: [
      { versionId: "v1", stages: ["AWSCURRENT"], createdAt: at(-1000) },
      ...(began !== undefined ? [{ versionId: "v2", stages: ["AWSPENDING"], createdAt: at(began) }] : []),
      ...aborts.map((made) => ({ versionId: `keyturn-abort-${made}`, stages: [], createdAt: at(made) })),
    ],
    overlapUntil: row.overlapUntil === undefined ? undefined : at(row.overlapUntil),
    now: at(now),
  };
}

const stuck = (what: "abort" | "again" | "give up", aborts = 0, since = 4.5) => ({
  ...{ do: what, token: "v2", aborts, since: at(since) },
});
const young = (until: number) => ({ do: "wait", because: "young", until: at(until) });
const idle = { do: "nothing", because: "nothing pending" };

describe("judgeStuck: what recovery does, from labels, history and time", () => {
  it.each<[string, number, Row, object]>([
    ["rotation is off", 999, { rotationEnabled: false }, { do: "nothing", because: "disabled" }],
    ["nothing is pending", 999, { stages: { v1: ["AWSCURRENT"] } }, idle],
    ["the pending version is current", 999, { stages: { v2: ["AWSCURRENT", "AWSPENDING"] } }, idle],
    ["a version without value and label", 999, { stages: {} }, idle],
    ["it has just begun", 0, {}, young(4.5)],
    ["it may still run", 4.4, {}, young(4.5)],
    ["one whole try is over", 4.5, {}, stuck("abort")],
    [
      "AWSPENDING came back to a version that was current",
      5,
      { stages: { v2: ["AWSPENDING", "AWSPREVIOUS"] } },
      stuck("abort"),
    ],
    ["the history does not show it; changed lately", 9, { began: undefined, lastChanged: 8 }, young(12.5)],
    [
      "the history does not show it; changed long ago",
      12.5,
      { began: undefined, lastChanged: 8 },
      stuck("abort", 0, 12.5),
    ],
    [
      "nothing tells since when",
      0,
      { began: undefined },
      { ...stuck("abort"), since: new Date(4.5 * 60_000) },
    ],
    ["the overlap is open", 5, { overlapUntil: 6 }, { do: "wait", because: "overlap open", until: at(6) }],
    ["the overlap is over", 6, { overlapUntil: 6 }, stuck("abort")],
    ["younger than may be, and the overlap open", 4, { overlapUntil: 6 }, young(4.5)],
    ["one abort before, and one try not over", 4.4, { aborts: [-1] }, young(4.5)],
    ["one abort before: another try first", 4.5, { aborts: [-1] }, stuck("again", 1)],
    ["one abort before, until its wait is over", 9.4, { aborts: [-1] }, stuck("again", 1)],
    ["one abort before, and waited longer", 9.5, { aborts: [-1] }, stuck("abort", 1)],
    ["two aborts before", 14, { aborts: [-9, -1] }, stuck("again", 2)],
    ["three aborts before", 29, { aborts: [-30, -9, -1] }, stuck("again", 3)],
    ["four aborts before", 59, { aborts: [-60, -30, -9, -1] }, stuck("again", 4)],
    ["four aborts before, and waited longest", 59.5, { aborts: [-60, -30, -9, -1] }, stuck("abort", 4)],
    ["five aborts before", 5, { aborts: [-99, -60, -30, -9, -1] }, stuck("give up", 5)],
    ["five aborts before, long ago", 999, { aborts: [-99, -60, -30, -9, -1] }, stuck("give up", 5)],
    ["five aborts before, and a new try runs", 4, { aborts: [-99, -60, -30, -9, -1] }, young(4.5)],
    [
      "five aborts, the last rotation after three",
      15,
      { aborts: [-99, -60, -30, -9, -1], lastRotated: -20 },
      stuck("abort", 2),
    ],
    [
      "an abort at the very moment of the last success",
      5,
      { aborts: [-20], lastRotated: -20 },
      stuck("abort"),
    ],
  ])("%s", (_, now, row, verdict) => {
    expect(judgeStuck(standing(now, row))).toEqual(verdict);
  });
});

describe("judgeOwed: whether another rotation is due in the place of one that was ended", () => {
  const copy = { v1: ["AWSPREVIOUS"], "keyturn-abort-again-x": ["AWSCURRENT"] };
  const begin = { do: "begin" };
  const wait = (until: number) => ({ do: "wait", until: at(until) });
  it.each<[string, number, Row, object | undefined]>([
    ["it was ended and nothing followed", 0, { stages: copy, aborts: [0] }, begin],
    ["rotation is off", 0, { stages: copy, aborts: [0], rotationEnabled: false }, undefined],
    ["another one is open", 0, { stages: { ...copy, v2: ["AWSPENDING"] }, aborts: [0] }, undefined],
    ["a human has ended it", 9, { stages: { "keyturn-abort-x": ["AWSCURRENT"] }, aborts: [0] }, undefined],
    ["nobody has ended any", 9, { stages: { v1: ["AWSCURRENT"] } }, undefined],
    ["nothing is current", 9, { stages: {} }, undefined],
    ["ended twice, a moment ago", 1, { stages: copy, aborts: [-9, 1] }, wait(5.5)],
    ["ended twice, whichever comes first in the history", 1, { stages: copy, aborts: [1, -9] }, wait(5.5)],
    ["ended twice", 5.5, { stages: copy, aborts: [-9, 1] }, begin],
    ["ended five times", 29, { stages: copy, aborts: [-9, -8, -7, -6, 0] }, wait(29.5)],
    ["ended five times, and waited", 30, { stages: copy, aborts: [-9, -8, -7, -6, 0] }, begin],
    [
      "ended too often",
      99,
      { stages: copy, aborts: [-9, -8, -7, -6, -5, 0] },
      { do: "give up", aborts: 6, since: at(0) },
    ],
  ])("%s", (_, now, row, verdict) => {
    expect(judgeOwed(standing(now, row))).toEqual(verdict);
  });
});

describe("isToldNow", () => {
  it("is true for the first run of recovery after something began, and for one each hour, whenever the runs come", () => {
    for (const first of [0, 1, 4.99]) {
      const runs = Array.from({ length: 40 }, (_, run) => first + run * 5);
      const told = runs.filter((minute) => isToldNow(at(0), at(minute)));
      expect(told).toEqual([first, first + 60, first + 120, first + 180]);
    }
    expect(isToldNow(at(0), at(-0.01))).toBe(false);
  });
});
