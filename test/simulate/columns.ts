/** Rows of cells as lines: the first column to the left, the others to the right. */
export function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const width = (at: number) => Math.max(...rows.map((row) => row[at]?.length ?? 0));
  return rows.map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(width(at)) : cell.padStart(width(at))))
      .join("  ")
      .trimEnd(),
  );
}

/** With commas between thousands. */
export const count = (number: number) => number.toLocaleString("en-US");
