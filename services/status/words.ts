import { formatDuration } from "../duration.js";

/** A point in time, to the minute: `2026-06-01T03:00Z`. */
export const at = (time: Date) => `${time.toISOString().slice(0, 16)}Z`;

/** How long ago, in two units at most: `1d3h`, `12m`, `8s`. */
export function age(time: Date, now: Date): string {
  return short(Math.max(0, now.getTime() - time.getTime()));
}

/** `in 33m`, or `overdue by 2h`. */
export function soon(time: Date, now: Date): string {
  const ms = time.getTime() - now.getTime();
  return ms >= 0 ? `in ${short(ms)}` : `overdue by ${short(-ms)}`;
}

function short(ms: number): string {
  const units = [86_400, 3_600, 60, 1];
  const seconds = Math.floor(ms / 1000);
  const biggest = units.findIndex((unit) => seconds >= unit);
  // The unit after the biggest is the last that anybody needs.
  const last = units[Math.min(biggest < 0 ? 3 : biggest + 1, 3)] ?? 1;
  return formatDuration(seconds - (seconds % last));
}

/** Text for a terminal: what could move its cursor, or look like another line, is shown as `?`. */
export const plain = (text: string) => text.replaceAll(/[^\x20-\x7e]/g, "?");

/** The text in so many columns; what is left out is in its middle, or at its end. */
export function clip(text: string, width: number, where: "middle" | "end" = "middle"): string {
  if (text.length <= width) return text;
  const head = where === "end" ? width - 1 : Math.ceil((width - 1) / 2);
  return `${text.slice(0, head)}~${where === "end" ? "" : text.slice(text.length - (width - 1 - head))}`;
}

/** Rows in columns, two spaces apart. */
export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
