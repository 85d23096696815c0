import { Needles } from "./needles.js";

/** What keys of our vendors look like, wherever they stand. */
export const keyShape = /(?:gh[pousr]_|github_pat_|[rs]k_(?:test|live)_|whsec_)[\w.-]{4,}/g;

/**
 * Every secret that this process came to hold. A secret is a run of 16 or more characters without white space, quotes
 * and brackets: a key, a line of a PEM. Its first 12 characters must not be shown.
 */
let needles = new Needles();
const taken = new Set<string>();
const held = new Set<string>();

/** A new test file: whatever an earlier one in this worker called a secret is none. */
export function forget(): void {
  needles = new Needles();
  taken.clear();
  held.clear();
}

/** Text that holds secrets, taken apart: the strings of JSON (a value's `keyturn` record is public), the lines of a PEM. */
export function hold(what: string, text: string): void {
  if (text.length < 16 || taken.has(text)) return;
  taken.add(text);
  for (const run of stringsOf(text).flatMap((leaf) => leaf.split(/[\s"'`\\(){}[\]<>,;]+/))) {
    if (run.length < 16 || held.has(run)) continue;
    held.add(run);
    needles.add(what, run);
  }
}

/** Whether exactly this run of characters is known to be a secret. */
export function isHeld(run: string): boolean {
  return held.has(run);
}

/** Words of someone else's, which begin like other words: they must not be shown as a whole. 16 characters or more. */
export function holdWords(what: string, text: string): void {
  if (text.length < 16 || taken.has(text)) return;
  taken.add(text);
  needles.add(what, text, true);
}

/** What of all that a text shows; never a value. */
export function shownIn(text: string): ReadonlySet<string> {
  return needles.find(text);
}

/** Every string in JSON, in JSON within JSON too. Any other text is one string: with the line breaks that JSON has for it, up to a record. */
export function stringsOf(text: string): readonly string[] {
  try {
    if (/^\s*[[{"]/.test(text)) return stringsIn(JSON.parse(text));
  } catch {
    // Cut off, or never JSON.
  }
  return [text.replace(/"keyturn":.*/s, "").replaceAll("\\n", "\n")];
}

function stringsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return stringsOf(value);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => (name === "keyturn" ? [] : stringsIn(inner)));
}
