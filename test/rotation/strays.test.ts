import { describe, expect, it } from "vitest";
import type { FoundKey } from "../../providers/kit/contract.js";
import { formatLabel } from "../../providers/kit/label.js";
import { Secret } from "../../providers/kit/secret.js";
import { overlapEnd } from "../../services/rotation/previous.js";
import { judgeStray, mayHoldStray, mayLive, strayAgeSeconds } from "../../services/rotation/strays.js";
import type { StoredValue } from "../../services/store/value.js";

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

describe("mayHoldStray: which versions of the history may hold a living key that nothing else knows of", () => {
  const record = { provider: "acme/key", config: {}, label: "l", sum: "s", createdAt: now.toISOString() };
  const current: StoredValue = {
    ...{ kind: "key", raw: new Secret(""), extras: {}, intact: true, key: { handle: "h", fields: {} } },
    record: { v: 1, handle: "h", ...record, replaces: "replaced" },
  };
  const placeholder: StoredValue = { kind: "placeholder", raw: new Secret(""), extras: {} };
  it.each<[string, string, string[], number, StoredValue | undefined, boolean]>([
    ["one that AWS labels is no stray", "v", ["AWSPREVIOUS"], 0, current, false],
    ["an older one was ended before the current key was made", "v", [], 1, current, false],
    ["a label of ours keeps nothing", "v", ["keyturn:leaked:v"], 1, current, false],
    ["but not the one that the current key replaced", "replaced", [], 1, current, true],
    ["one made since then", "v", [], 0, current, true],
    ["any, when no key of ours is current", "v", [], 1, placeholder, true],
    ["any, when there is no current value", "v", [], 1, undefined, true],
  ])("%s", (_, versionId, stages, secondsOld, held, expected) => {
    expect(mayHoldStray({ versionId, stages, createdAt: ago(secondsOld) }, held)).toBe(expected);
  });
});

describe("overlapEnd: when the previous key's overlap is over", () => {
  const made = (createdAt: Date): StoredValue => ({
    ...{ kind: "key", raw: new Secret(""), extras: {}, intact: true, key: { handle: "h", fields: {} } },
    record: {
      v: 1,
      handle: "h",
      provider: "acme/key",
      config: {},
      label: "l",
      sum: "s",
      createdAt: createdAt.toISOString(),
    },
  });
  it.each<[string, StoredValue | undefined, Date | undefined, Date]>([
    ["counts from when the key was made", made(ago(100)), undefined, ago(40)],
    ["or from AWS's word that it took its place, which is later", made(ago(100)), ago(90), ago(30)],
    ["an older rotation does not count", made(ago(100)), ago(5000), ago(40)],
    ["is long over when nothing is known", undefined, undefined, new Date(60_000)],
  ])("%s", (_, current, lastRotatedAt, expected) => {
    expect(overlapEnd(current, lastRotatedAt, 60)).toEqual(expected);
  });
});
