import type { Progress, Report } from "../../rotation/leak/report.js";
import type { ContainResult } from "../../rotation/leak/result.js";

/** What a run has brought to light, in its order: when each leaked key was ended, and when it was seen refused. */
export function newsOf(
  report: Report,
  before: Progress,
  { versions }: Pick<ContainResult, "versions">,
): readonly string[] {
  const news: { readonly what: string; readonly at: string }[] = [];
  for (const { version, handle = `the key of version ${version}`, killedAt, refusedAt } of versions) {
    const known = before[version];
    if (killedAt !== undefined && known?.killedAt === undefined)
      news.push({ what: `killed: ${handle}`, at: killedAt });
    if (refusedAt !== undefined && known?.refusedAt === undefined)
      news.push({ what: `refused: ${handle}`, at: refusedAt });
  }
  news.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return news.map(({ what, at }) => `${what}${after(report, at)}`);
}

/** `, 14 s after the report`; nothing for what was so before. */
export function after({ at }: Pick<Report, "at">, time: string): string {
  const seconds = Math.round((Date.parse(time) - Date.parse(at)) / 1000);
  return seconds >= 0 ? `, ${seconds} s after the report` : "";
}

const words: Readonly<Record<string, (fields: Readonly<Record<string, unknown>>) => string>> = {
  leak_rotation: ({ rotation }) => `replacing: rotation ${String(rotation)}`,
  leak_rotation_refused: () => "replacing: AWS goes on with a rotation that was open",
  rotation_aborted: ({ rotation }) => `ended the open rotation ${String(rotation)}`,
  key_retired: ({ handle }) => `ending ${String(handle)} at its vendor`,
  containment_waits: ({ message }) => `waiting: ${String(message)}`,
};

/** A function's log line, told to people; undefined for what they need not know. It holds no secret. */
export function toldOf(line: string): string | undefined {
  const { event, ...fields }: Record<string, unknown> = JSON.parse(line);
  const known = typeof event === "string" && Object.hasOwn(words, event) ? words[event] : undefined;
  return known?.(fields);
}
