import { inspect } from "node:util";
import type { Key } from "../../providers/kit/contract.js";

/** Secret texts that must turn up nowhere, each with what it is. */
export class Planted {
  readonly #forms = new Map<string, string>();
  readonly #known = new Set<unknown>();

  /** Every text of 12 characters or more in `value`; of one with several lines, as a PEM is, each line. */
  plant(what: string, value: unknown): void {
    if (typeof value === "object" && value !== null) {
      for (const [name, one] of Object.entries(value)) this.plant(`${what}.${name}`, one);
    }
    if (typeof value !== "string" || this.#known.has(value)) return;
    this.#known.add(value);
    const lines = value.split(/\r?\n|\\n/);
    const telling = lines.length > 1 ? lines.filter((line) => /^[\w+/=]{20,}$/.test(line)) : lines;
    for (const text of telling) {
      if (text.length < 12) continue;
      for (const form of formsOf(text)) this.#forms.set(form, what);
    }
  }

  plantKey(key: Key): void {
    for (const [name, secret] of Object.entries(key.fields)) this.plant(`the key's ${name}`, secret.reveal());
  }

  /** What of all that a text shows. */
  shownIn(text: string): readonly string[] {
    const shown = [...this.#forms].flatMap(([form, what]) => (text.includes(form) ? [what] : []));
    return [...new Set(shown)];
  }
}

/** How a text may slip out: itself, its beginning, encoded. */
function formsOf(text: string): readonly string[] {
  const bytes = Buffer.from(text);
  const encoded = [bytes.toString("base64"), bytes.toString("base64url"), bytes.toString("hex")];
  // Padding, and the character before it, depend on what follows.
  const begun = encoded.map((form) => form.slice(0, 40).replace(/.?=+$/, ""));
  return [text, text.slice(0, 12), JSON.stringify(text).slice(1, -1), encodeURIComponent(text), ...begun];
}

/** All that printing `value` in any way could show: message, stack, properties hidden and not, causes. */
export function everythingOf(value: unknown): string {
  const parts = [String(value), inspect(value, { showHidden: true, depth: 10, maxStringLength: null })];
  try {
    parts.push(JSON.stringify(value) ?? "");
  } catch {
    // A circle: inspect has shown it.
  }
  if (value instanceof Error) parts.push(value.message, value.stack ?? "", everythingOf(value.cause));
  return parts.join("\n");
}
