import { InvalidArgumentError } from "commander";
import { parseDuration } from "../../duration.js";

/** How one option's text is read. What is wrong is said without the text, which may be anything. */

const stages = ["current", "previous", "pending"];

export function onlyOf(text: string, before: readonly string[]): readonly string[] {
  if (before.length >= 8) throw new InvalidArgumentError("Expected at most 8.");
  if (stages.includes(text) || /^[!-~]{32,64}$/.test(text)) return [...before, text];
  throw new InvalidArgumentError(`Expected ${stages.join(", ")}, or a version's id.`);
}

/** What people write: one line. */
export function wordsOf(text: string): string {
  if (/^[^\p{Cc}]{1,256}$/u.test(text)) return text;
  throw new InvalidArgumentError("Expected 1 to 256 characters in one line.");
}

export function durationOf(text: string): number {
  const seconds = parseDuration(text);
  if (seconds !== undefined && seconds > 0 && seconds <= 86_400) return seconds;
  throw new InvalidArgumentError("Expected a duration of 24h at most, such as 3m.");
}

export function timeOf(text: string): Date {
  const time = Date.parse(text);
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(time))
    return new Date(time);
  throw new InvalidArgumentError("Expected a time with its zone, such as 2026-06-01T09:30:00Z.");
}

export function tagOf(text: string): { readonly key: string; readonly value: string } {
  const [, key, value] = /^([^=]{1,128})=(.{0,256})$/.exec(text) ?? [];
  if (key !== undefined && value !== undefined) return { key, value };
  throw new InvalidArgumentError("Expected a tag as key=value.");
}

export function wholeOf(text: string): number {
  const number = Number(text);
  if (/^\d{1,2}$/.test(text) && number >= 1 && number <= 32) return number;
  throw new InvalidArgumentError("Expected a whole number from 1 to 32.");
}
