import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** A fenced block of a page, and the section (`## …`) that it stands in. */
export interface Block {
  readonly section: string;
  /** Of the fence: `sh`, `text`, "". */
  readonly language: string;
  readonly commands: readonly Command[];
  readonly text: string;
}

/** One line to type, with what it continues on, and the answer that the page shows below it. */
export interface Command {
  /** Its lines on the page, from 1 on. */
  readonly lines: readonly number[];
  readonly text: string;
  /** Lines of `# …`, without that; `…` stands for anything. */
  readonly answer: readonly string[];
}

export async function readPage(name: string): Promise<string> {
  return readFile(fileURLToPath(new URL(`../../docs/${name}`, import.meta.url)), "utf8");
}

/** Every fenced block, in order. @throws RangeError for a fence that is not closed. */
export function blocksOf(page: string): readonly Block[] {
  const blocks: Block[] = [];
  let section = "";
  let open: { language: string; from: number; lines: string[] } | undefined;
  for (const [index, line] of page.split("\n").entries()) {
    const fence = /^```(\w*)$/.exec(line);
    if (open && fence) {
      const { language, from, lines } = open;
      blocks.push({ section, language, text: lines.join("\n"), commands: commandsOf(lines, from) });
      open = undefined;
    } else if (open) open.lines.push(line);
    else if (fence) open = { language: fence[1] ?? "", from: index + 2, lines: [] };
    else section = /^## (.+)$/.exec(line)?.[1] ?? section;
  }
  if (open) throw new RangeError(`a fence above line ${open.from} is not closed`);
  return blocks;
}

function commandsOf(lines: readonly string[], from: number): readonly Command[] {
  const commands: { lines: number[]; text: string; answer: string[] }[] = [];
  let continues = false;
  for (const [index, line] of lines.entries()) {
    const last = commands.at(-1);
    const answer = /^# ?(.*)$/.exec(line)?.[1];
    if (continues && last) {
      last.lines.push(from + index);
      last.text += `\n${line}`;
    } else if (answer !== undefined) last?.answer.push(answer);
    else if (line.trim() !== "") commands.push({ lines: [from + index], text: line, answer: [] });
    continues = /(\\|\||&&)$/.test(line);
  }
  return commands;
}

/**
 * What the page shows, if the text is that; else the text. On the page `…` stands for anything but a line break, a line of `…` alone
 * for any lines.
 */
export function asShown(shown: readonly string[], text: string): string {
  const lines = shown.map((line) =>
    line.trim() === "…" ? "[^]*" : line.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll("…", "[^\\n]*"),
  );
  return new RegExp(`^${lines.join("\n")}$`).test(text.trimEnd()) ? shown.join("\n") : text;
}
