/** The assignment problem: pair rows with columns so that the sum of costs is least, leaving a row alone rather than paying more than a limit. */

/** Result of {@link assign}: matched (row, column) pairs in the order of rows, and who stayed alone. */
export interface Assignment {
  readonly pairs: readonly (readonly [row: number, column: number])[];
  readonly aloneRows: readonly number[];
  readonly aloneColumns: readonly number[];
}

/**
 * Least-cost assignment by shortest augmenting paths (R. Jonker, A. Volgenant, "A Shortest Augmenting Path Algorithm for Dense
 * and Sparse Linear Assignment Problems", Computing 38, 1987), in O(rows² · columns) of each group: rows and columns that no
 * allowed pair connects are problems of their own, and in a picture few objects are near enough to dispute a box.
 *
 * `costs[r][c]` is the cost of pairing row r with column c, Infinity where it must not be. Minimised is the sum over pairs plus
 * `limit` for every row left alone, so no pair costs more than `limit`. Every row has `columns` entries.
 */
export function assign(costs: readonly (readonly number[])[], columns: number, limit: number): Assignment {
  const pairs = groups(costs, columns, limit).flatMap((group) => solved(costs, group, limit));
  pairs.sort((a, b) => a[0] - b[0]);
  const pairedRows = new Set(pairs.map(([row]) => row));
  const pairedColumns = new Set(pairs.map(([, column]) => column));
  return {
    pairs,
    aloneRows: Array.from({ length: costs.length }, (_, row) => row).filter((row) => !pairedRows.has(row)),
    aloneColumns: Array.from({ length: columns }, (_, column) => column).filter((column) => !pairedColumns.has(column)),
  };
}

interface Group {
  readonly rows: number[];
  readonly columns: number[];
}

/** Rows and columns that hang together by pairs within the limit; those that may be paired with nothing are in none. */
function groups(costs: readonly (readonly number[])[], columns: number, limit: number): Group[] {
  const rowsOf: number[][] = Array.from({ length: columns }, () => []);
  const columnsOf = costs.map((row, r) => {
    const allowed: number[] = [];
    for (let c = 0; c < columns; c++) if (row[c]! <= limit) allowed.push(c);
    for (const c of allowed) rowsOf[c]!.push(r);
    return allowed;
  });
  const seenRow = new Uint8Array(costs.length);
  const seenColumn = new Uint8Array(columns);
  const found: Group[] = [];
  columnsOf.forEach((allowed, first) => {
    if (seenRow[first] || allowed.length === 0) return;
    const group: Group = { rows: [first], columns: [] };
    seenRow[first] = 1;
    for (const row of group.rows) {
      for (const column of columnsOf[row]!) {
        if (seenColumn[column]) continue;
        seenColumn[column] = 1;
        group.columns.push(column);
        for (const other of rowsOf[column]!) {
          if (seenRow[other]) continue;
          seenRow[other] = 1;
          group.rows.push(other);
        }
      }
    }
    found.push(group);
  });
  return found;
}

function solved(costs: readonly (readonly number[])[], { rows, columns }: Group, limit: number): [row: number, column: number][] {
  if (rows.length === 1 && columns.length === 1) return [[rows[0]!, columns[0]!]];
  // Each row has a private column at the price of staying alone: the problem then always has a full solution.
  const width = columns.length + rows.length;
  const costAt = (row: number, column: number): number => {
    if (column >= columns.length) return column - columns.length === row ? limit : Infinity;
    const cost = costs[rows[row]!]![columns[column]!]!;
    return cost <= limit ? cost : Infinity;
  };
  const rowOfColumn = shortestPaths(rows.length, width, costAt);
  return columns.flatMap((column, c): [number, number][] => (rowOfColumn[c]! >= 0 ? [[rows[rowOfColumn[c]!]!, column]] : []));
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
