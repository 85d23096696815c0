import type { Line } from "./narrate.js";
import type { Tone, Why } from "./requests.js";

export const width = 100;

/** What stands below the first line that it explains. Static; which of them appear depends on the journal alone. */
const whys: Readonly<Record<Why, string>> = {
  "two-alive": "Two keys work now, never three: the old one serves applications until they read.",
  "dead-first": "Only what the vendor refuses counts as dead, and only then a key is made.",
  "slow-death": "A vendor may accept an ended key for a while. One more made now would be a third.",
  stored: "Stored before anything else happens: a crash from here on loses no key.",
  "nothing-to-set": "The vendor made this key, so it knows it already.",
  "compare-and-set": "Only if AWSCURRENT is where it was. From here on readers get the new key.",
};

/** Where the output goes: lines of 100 columns, in colour on request. */
export class Page {
  readonly #explained = new Set<Why>();

  constructor(
    readonly write: (text: string) => void,
    readonly colour: boolean,
  ) {}

  /** Plain lines, blank ones too. */
  say(...lines: readonly string[]): void {
    for (const line of lines) this.write(`${line}\n`);
  }

  /** A rule with a title in it. */
  section(title: string): void {
    const rule = `── ${title} `;
    this.say("", this.#paint("bold", rule.padEnd(width, "─")));
  }

  /** The head of a rotation. */
  head(text: string, tone: Tone): void {
    this.say(this.#paint(tone, ` ${text}`));
  }

  /** A rotation's lines, each step named once. */
  rows(lines: readonly Line[]): void {
    for (const line of lines) {
      this.#row(line, line.begins ? line.step : "");
      if (line.message)
        for (const part of wrapped(line.message, width - 17)) this.say(`${" ".repeat(17)}${part}`);
      if (line.why && !this.#explained.has(line.why)) {
        this.#explained.add(line.why);
        this.aside(whys[line.why]);
      }
    }
  }

  /** Text that explains. */
  aside(text: string): void {
    this.say(this.#paint("dim", `${" ".repeat(17)}${text}`));
  }

  /** A fact, with how many keys live at the right edge where that is known. */
  fact(text: string, tone: Tone, live?: number): void {
    const right = live === undefined ? "" : `${live} live`;
    for (const [index, part] of wrapped(text, width - (live === undefined ? 5 : 12)).entries()) {
      const left = `   ${index > 0 ? "  " : ""}${part}`;
      const count = index > 0 ? "" : right.padStart(width - left.length);
      this.say(this.#paint(tone, `${left}${count}`.trimEnd()));
    }
  }

  #row(line: Line, step: string): void {
    const words = this.#paint(line.tone, line.words.padEnd(23));
    const rest = line.handle === undefined ? line.asked : `${line.asked.padEnd(39)} ${short(line.handle)}`;
    const live = line.live === undefined ? "" : `${line.live} live`;
    this.say(`   ${step.padEnd(13)} ${words} ${rest.padEnd(52)} ${live}`.trimEnd());
  }

  #paint(how: Tone | "bold" | "dim", text: string): string {
    const code = { plain: "", good: "32", bad: "1;31", wait: "33", bold: "1", dim: "2" }[how];
    return this.colour && code !== "" ? `\u001b[${code}m${text}\u001b[0m` : text;
  }
}

/** Enough of a handle to tell it from the others. */
export function short(handle: string): string {
  const [, start = handle] = /^((?:sha256:|mk_).{4})./.exec(handle) ?? [];
  return start === handle ? handle : `${start}…`;
}

export function wrapped(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
