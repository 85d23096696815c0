/** Provider, step and fault → how often what became of it. */
export class Table {
  readonly #cells = new Map<string, Map<string, number>>();

  add(row: readonly [provider: string, step: string, fault: string], outcome: string): void {
    const name = row.join("\t");
    const cell = this.#cells.get(name) ?? new Map<string, number>();
    this.#cells.set(name, cell.set(outcome, (cell.get(outcome) ?? 0) + 1));
  }

  lines(): readonly string[] {
    const rows = [...this.#cells]
      .map(([name, outcomes]) => [
        ...name.split("\t"),
        [...outcomes]
          .sort()
          .map(([outcome, count]) => `${count} ${outcome}`)
          .join(", "),
      ])
      .sort((one, other) => one.join("\t").localeCompare(other.join("\t")));
    const all = [["provider", "step", "fault", "outcome"], ...rows];
    const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
    return all.map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
  }
}
