import type { ShownKey } from "./ask.js";
import { short } from "./page.js";
import type { Tone } from "./requests.js";

/** How a secret stands, by DescribeSecret, by the handles in its two values, and by the vendor's keys as `GET /keys` shows them. */
export interface Standing {
  /** Staging labels and the versions that carry them. */
  readonly labels: ReadonlyMap<string, string>;
  /** Handles; undefined where the version holds no key, or no version carries the label. */
  readonly current: string | undefined;
  readonly previous: string | undefined;
  readonly keys: readonly ShownKey[];
}

export const nothingYet: Standing = { labels: new Map(), current: undefined, previous: undefined, keys: [] };

export type Role = "current" | "previous" | "retired";

export function roleOf(handle: string, { current, previous }: Standing): Role {
  if (handle === current) return "current";
  return handle === previous ? "previous" : "retired";
}

/** One line: which key is which, and what is not as it should be. */
export function standingLine(standing: Standing): { text: string; tone: Tone; live: number } {
  const { labels, current, previous, keys } = standing;
  const live = keys.filter((key) => key.live).length;
  const named = (role: Role, handle: string | undefined) => {
    if (handle === undefined) return { text: `${role} none`, wrong: false };
    const accepted = keys.some((key) => key.handle === handle && key.live);
    // A previous key is ended before the next one is made; in between it is both.
    const wrong = role === "current" ? !accepted : role === "retired" && accepted;
    const remark = wrong
      ? accepted
        ? " (STILL LIVE)"
        : " (DEAD)"
      : role === "previous" && !accepted
        ? " (ended)"
        : "";
    return { text: `${role} ${short(handle)}${remark}`, wrong };
  };
  const others = keys.filter(({ handle }) => roleOf(handle, standing) === "retired");
  const retired = others.map(({ handle }) => named("retired", handle));
  const pending = labels.get("AWSPENDING");
  const parts = [
    named("current", current),
    named("previous", previous),
    ...retired.map(({ text, wrong }, index) => ({
      text: index === 0 ? text : text.replace("retired ", ""),
      wrong,
    })),
    ...(pending && pending !== labels.get("AWSCURRENT")
      ? [{ text: `AWSPENDING on ${pending.slice(0, 8)}`, wrong: false }]
      : []),
  ];
  const wrong = live > 2 || parts.some((part) => part.wrong);
  return { text: `now: ${parts.map(({ text }) => text).join("  ")}`, tone: wrong ? "bad" : "good", live };
}

/** Handles that the vendor's record calls retired now and did not before. */
export function endedBetween(before: Standing, after: Standing): readonly string[] {
  const then = new Set(before.keys.filter((key) => key.retired).map(({ handle }) => handle));
  return after.keys.filter((key) => key.retired && !then.has(key.handle)).map(({ handle }) => handle);
}
