/**
 * Rows in which any two values of different factors stand together at least once: far fewer than all combinations.
 * A row names, for each factor, the index of its value. The same factors give the same rows.
 * @param sizes how many values each factor has
 */
export function pairwise(sizes: Readonly<Record<string, number>>): ReadonlyMap<string, number>[] {
  const factors = Object.entries(sizes);
  const missing = pairsOf(factors);
  const rows: ReadonlyMap<string, number>[] = [];
  for (const [pair] of missing.entries()) {
    if (!missing.has(pair)) continue;
    const row = new Map<string, number>(parse(pair));
    for (const [name, size] of factors) if (!row.has(name)) row.set(name, bestOf(name, size, row, missing));
    for (const covered of pairsIn([...row])) missing.delete(covered);
    rows.push(row);
  }
  return rows;
}

type Value = readonly [string, number];

const pairName = (a: Value, b: Value) => JSON.stringify([a, b].sort((x, y) => (x[0] < y[0] ? -1 : 1)));

function parse(pair: string): Value[] {
  const values: [string, number][] = JSON.parse(pair);
  return values;
}

/** Every pair of values, the factors with most values first: their pairs fill the rows that the others fit into. */
function pairsOf(factors: readonly Value[]): Set<string> {
  const ordered = [...factors].sort((a, b) => b[1] - a[1]);
  const pairs = new Set<string>();
  ordered.forEach(([name, size], index) => {
    for (const [other, otherSize] of ordered.slice(index + 1)) {
      for (let a = 0; a < size; a++) {
        for (let b = 0; b < otherSize; b++) pairs.add(pairName([name, a], [other, b]));
      }
    }
  });
  return pairs;
}

export function pairsIn(values: readonly Value[]): string[] {
  return values.flatMap((a, index) => values.slice(index + 1).map((b) => pairName(a, b)));
}

/** The value that stands together for the first time with the most others of the row. */
function bestOf(
  name: string,
  size: number,
  row: ReadonlyMap<string, number>,
  missing: ReadonlySet<string>,
): number {
  const gains = Array.from({ length: size }, (_, value) => {
    const fresh = [...row].filter((other) => missing.has(pairName([name, value], other)));
    return fresh.length;
  });
  return gains.indexOf(Math.max(...gains));
}
