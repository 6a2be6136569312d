/** The assignment problem: pair rows with columns so that the sum of costs is least, leaving a row alone rather than paying more than a limit. */

/** Result of {@link assign}: matched (row, column) pairs in the order of rows, and who stayed alone. */
export interface Assignment {
  readonly pairs: readonly (readonly [row: number, column: number])[];
  readonly aloneRows: readonly number[];
  readonly aloneColumns: readonly number[];
}

/**
 * Least-cost assignment by shortest augmenting paths (R. Jonker, A. Volgenant, "A Shortest Augmenting Path Algorithm for Dense
 * and Sparse Linear Assignment Problems", Computing 38, 1987), in O(rows² · columns).
 *
 * `costs[r][c]` is the cost of pairing row r with column c, Infinity where it must not be. Minimised is the sum over pairs plus
 * `limit` for every row left alone, so no pair costs more than `limit`. Every row has `columns` entries.
 */
export function assign(costs: readonly (readonly number[])[], columns: number, limit: number): Assignment {
  const rows = costs.length;
  // Each row has a private column at the price of staying alone: the problem then always has a full solution.
  const width = columns + rows;
  const costAt = (row: number, column: number): number => {
    if (column >= columns) return column - columns === row ? limit : Infinity;
    const cost = costs[row]?.[column] ?? Infinity;
    return cost <= limit ? cost : Infinity;
  };
  const rowOfColumn = shortestPaths(rows, width, costAt);
  const pairs: [number, number][] = [];
  for (let column = 0; column < columns; column++) {
    const row = rowOfColumn[column] ?? -1;
    if (row >= 0) pairs.push([row, column]);
  }
  pairs.sort((a, b) => a[0] - b[0]);
  const pairedRows = new Set(pairs.map(([row]) => row));
  const pairedColumns = new Set(pairs.map(([, column]) => column));
  return {
    pairs,
    aloneRows: Array.from({ length: rows }, (_, row) => row).filter((row) => !pairedRows.has(row)),
    aloneColumns: Array.from({ length: columns }, (_, column) => column).filter((column) => !pairedColumns.has(column)),
  };
}

/** Row of each column, −1 where it has none. Rows enter one by one, each by the cheapest path that moves earlier rows aside. */
function shortestPaths(rows: number, width: number, costAt: (row: number, column: number) => number): Int32Array {
  const start = width; // a column beside the matrix from which every path sets out
  const rowOf = new Int32Array(width + 1).fill(-1);
  const rowPrice = new Float64Array(rows);
  const columnPrice = new Float64Array(width + 1);
  for (let entering = 0; entering < rows; entering++) {
    const reach = new Float64Array(width).fill(Infinity);
    const cameFrom = new Int32Array(width).fill(start);
    const seen = new Uint8Array(width + 1);
    rowOf[start] = entering;
    let at = start;
    while (rowOf[at]! >= 0) {
      seen[at] = 1;
      const row = rowOf[at]!;
      let nearest = -1;
      let step = Infinity;
      for (let column = 0; column < width; column++) {
        if (seen[column]) continue;
        const reduced = costAt(row, column) - rowPrice[row]! - columnPrice[column]!;
        if (reduced < reach[column]!) {
          reach[column] = reduced;
          cameFrom[column] = at;
        }
        if (reach[column]! < step) {
          step = reach[column]!;
          nearest = column;
        }
      }
      for (let column = 0; column <= width; column++) {
        if (seen[column]) {
          rowPrice[rowOf[column]!]! += step;
          columnPrice[column]! -= step;
        } else if (column < width) reach[column]! -= step;
      }
      at = nearest;
    }
    while (at !== start) {
      const before = cameFrom[at]!;
      rowOf[at] = rowOf[before]!;
      at = before;
    }
  }
  return rowOf;
}
