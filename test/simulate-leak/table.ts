import type { Moment } from "./measure.js";
import type { Row } from "./simulate.js";

/** All ways of one kind of key, with one death: cells as text. */
export interface Section {
  readonly title: string;
  readonly rows: readonly (readonly string[])[];
}

const heads = [
  ["", "replaced", "", "", "killed", "", "", "dead", "proved", "", "application", "", ""],
  ["", "rot.", "calls", "s", "rot.", "calls", "s", "s", "calls", "s", "refused", "failed", "gap s"],
] as const;

export function sectionsOf(rows: readonly Row[]): readonly Section[] {
  const sections = new Map<string, (readonly string[])[]>();
  for (const row of rows) {
    const when = row.deathSeconds === 0 ? "at once" : `${row.deathSeconds} s after the kill`;
    const title = `${row.kind}, refused ${when}`;
    sections.set(title, [...(sections.get(title) ?? []), cellsOf(row)]);
  }
  return [...sections].map(([title, cells]) => ({ title, rows: cells }));
}

function cellsOf({ name, replaced, killed, deadSeconds, proved, consumer }: Row): readonly string[] {
  const [, ...proof] = momentCells(proved);
  return [
    ...[name, ...momentCells(replaced), ...momentCells(killed), seconds(deadSeconds), ...proof],
    ...[String(consumer.refused), String(consumer.failed), seconds(consumer.gapSeconds, 0)],
  ];
}

function momentCells(moment: Moment | undefined): readonly [string, string, string] {
  if (!moment) return ["-", "-", "-"];
  return [String(moment.rotations), String(moment.calls), seconds(moment.seconds)];
}

const seconds = (value: number, digits = 1) => value.toFixed(digits);

/** For people at a terminal: 100 columns at most. */
export function asText({ title, rows }: Section): string {
  const lines = [...heads, ...rows];
  const widths = heads[1].map((_, column) =>
    // A word of the upper line may stand across the columns below it.
    Math.max(...[heads[1], ...rows].map((line) => line[column]?.length ?? 0)),
  );
  const aligned = lines.slice(1).map((line) =>
    line.map((cell, column) => {
      const width = widths[column] ?? 0;
      return column === 0 ? cell.padEnd(width) : cell.padStart(width);
    }),
  );
  const printed = [
    upper(widths),
    ...aligned.map((cells) => cells.map((cell, at) => gap(at) + cell).join("")),
  ];
  return [title, ...printed.map((line) => line.trimEnd())].join("\n");
}

/** Before a column: wider where a word of the upper line begins. */
const gap = (column: number) => (column === 0 ? "" : heads[0][column] ? "  " : " ");

/** Each word begins where its first column does. */
function upper(widths: readonly number[]): string {
  let line = "";
  let at = 0;
  for (const [column, width] of widths.entries()) {
    at += gap(column).length;
    if (heads[0][column]) line = `${line.padEnd(at)}${heads[0][column]}`;
    at += width;
  }
  return line;
}

export function asMarkdown({ title, rows }: Section): string {
  let group = "";
  const names = heads[1].map((name, column) => {
    group = heads[0][column] || group;
    return [group, name].join(" ").trim();
  });
  const lines = [names, names.map((_, column) => (column === 0 ? "---" : "--:")), ...rows];
  return [`### ${title}`, "", ...lines.map((cells) => `| ${cells.join(" | ")} |`)].join("\n");
}
