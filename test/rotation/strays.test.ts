import { describe, expect, it } from "vitest";
import type { FoundKey } from "../../providers/kit/contract.js";
import { formatLabel } from "../../providers/kit/label.js";
import { judgeStray, mayLive, strayAgeSeconds } from "../../services/rotation/strays.js";

const now = new Date("2026-01-01T12:00:00Z");
const own = "a".repeat(12);
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000);

function found(rotation: string, key: Partial<FoundKey>): FoundKey {
  const label = formatLabel({ installation: "b".repeat(8), secret: "c".repeat(16), rotation, attempt: 0 });
  return { handle: "h", label, createdAt: ago(1_000_000), state: "active", ...key };
}

describe("judgeStray: what becomes of a listed key that no version holds", () => {
  it.each<[string, string, Partial<FoundKey>, string]>([
    ["another rotation's, however young", "d".repeat(12), { createdAt: ago(0) }, "retire"],
    ["our own rotation's, just made", own, { createdAt: ago(0) }, "wait"],
    ["our own, a second too young", own, { createdAt: ago(strayAgeSeconds - 1) }, "wait"],
    [
      "our own, old enough that its maker can no longer store it",
      own,
      { createdAt: ago(strayAgeSeconds) },
      "retire",
    ],
    ["one that is ended already", "d".repeat(12), { state: "ended" }, "leave"],
    ["our own, ended and young", own, { state: "ended", createdAt: ago(0) }, "leave"],
  ])("%s", (_, rotation, key, expected) => {
    expect(judgeStray(found(rotation, key), own, now)).toBe(expected);
  });
});

describe("mayLive: which listed keys the vendor may still accept", () => {
  it.each<[string, Partial<FoundKey>, boolean]>([
    ["active", {}, true],
    ["ended within its dying time", { state: "ended", endedAt: ago(299) }, true],
    ["ended for as long as it takes to die", { state: "ended", endedAt: ago(300) }, false],
    ["ended, no one knows when, made lately", { state: "ended", createdAt: ago(10) }, true],
    ["ended, no one knows when, made long ago", { state: "ended", createdAt: ago(301) }, false],
  ])("%s", (_, key, expected) => {
    expect(mayLive([found(own, key)], 300, now)).toHaveLength(expected ? 1 : 0);
  });

  it("a later key of ours proves the death of one that had ended before it was made, and of no other", () => {
    const dead = found(own, { handle: "dead", state: "ended", endedAt: ago(120) });
    const dying = found(own, { handle: "dying", state: "ended", endedAt: ago(60) });
    const unknown = found(own, { handle: "unknown", state: "ended", createdAt: ago(150) });
    const later = found(own, { handle: "later", createdAt: ago(100) });
    const handles = mayLive([dead, dying, unknown, later], 300, now).map(({ handle }) => handle);
    expect(handles).toEqual(["dying", "unknown", "later"]);
  });
});
