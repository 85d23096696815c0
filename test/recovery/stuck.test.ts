import { describe, expect, it } from "vitest";
import { judgeStuck } from "../../services/rotation/stuck.js";

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

function judge(now: number, row: Row) {
  const { rotationEnabled = true, stages = { v1: ["AWSCURRENT"], v2: ["AWSPENDING"] }, aborts = [] } = row;
  const began = "began" in row ? row.began : 0;
  return judgeStuck({
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
  });
}

const abort = { do: "abort", token: "v2" };
const young = (until: number) => ({ do: "wait", because: "young", until: at(until) });
const idle = { do: "nothing", because: "nothing pending" };

describe("judgeStuck: what recovery does, from labels, history and time", () => {
  it.each<[string, number, Row, object]>([
    ["rotation is off", 999, { rotationEnabled: false }, { do: "nothing", because: "disabled" }],
    ["nothing is pending", 999, { stages: { v1: ["AWSCURRENT"] } }, idle],
    ["the pending version is current", 999, { stages: { v2: ["AWSCURRENT", "AWSPENDING"] } }, idle],
    ["a version without value and label", 999, { stages: {} }, idle],
    ["it has just begun", 0, {}, young(5)],
    ["it may still run", 4.9, {}, young(5)],
    ["one whole try is over", 5, {}, abort],
    [
      "AWSPENDING came back to a version that was current",
      5,
      { stages: { v2: ["AWSPENDING", "AWSPREVIOUS"] } },
      abort,
    ],
    ["the history does not show it; changed lately", 9, { began: undefined, lastChanged: 8 }, young(13)],
    ["the history does not show it; changed long ago", 13, { began: undefined, lastChanged: 8 }, abort],
    ["nothing tells since when", 0, { began: undefined }, abort],
    ["the overlap is open", 5, { overlapUntil: 6 }, { do: "wait", because: "overlap open", until: at(6) }],
    ["the overlap is over", 6, { overlapUntil: 6 }, abort],
    ["younger than may be, and the overlap open", 4, { overlapUntil: 6 }, young(5)],
    ["one abort before", 9, { aborts: [-1] }, young(10)],
    ["one abort before, and waited longer", 10, { aborts: [-1] }, abort],
    ["two aborts before", 14, { aborts: [-9, -1] }, young(15)],
    ["three aborts before", 29, { aborts: [-30, -9, -1] }, young(30)],
    ["four aborts before", 59, { aborts: [-60, -30, -9, -1] }, young(60)],
    ["four aborts before, and waited longest", 60, { aborts: [-60, -30, -9, -1] }, abort],
    ["five aborts before", 5, { aborts: [-99, -60, -30, -9, -1] }, { do: "give up", aborts: 5 }],
    ["five aborts before, and a new try runs", 4, { aborts: [-99, -60, -30, -9, -1] }, young(5)],
    [
      "five aborts, the last rotation after three",
      15,
      { aborts: [-99, -60, -30, -9, -1], lastRotated: -20 },
      abort,
    ],
    ["an abort at the very moment of the last success", 5, { aborts: [-20], lastRotated: -20 }, abort],
  ])("%s", (_, now, row, verdict) => {
    expect(judge(now, row)).toEqual(verdict);
  });
});
