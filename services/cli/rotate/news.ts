import type { ContainResult } from "../../rotation/leak/close.js";
import type { Progress, Report } from "../../rotation/leak/report.js";

/** What a run has brought to light: a line for each leaked key that was ended or seen refused meanwhile. */
export function newsOf(
  report: Report,
  before: Progress,
  { versions, receipt }: ContainResult,
): readonly string[] {
  const lines: string[] = [];
  if (receipt?.replacedBy && receipt.currentAt !== undefined)
    lines.push(`replaced by version ${receipt.replacedBy.version}${after(report, receipt.currentAt)}`);
  for (const { version, handle = `the key of version ${version}`, killedAt, refusedAt } of versions) {
    const known = before[version];
    if (killedAt !== undefined && known?.killedAt === undefined)
      lines.push(`killed: ${handle}${after(report, killedAt)}`);
    if (refusedAt !== undefined && known?.refusedAt === undefined)
      lines.push(`refused: ${handle}${after(report, refusedAt)}`);
  }
  return lines;
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
