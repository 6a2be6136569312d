/** The direction a matrix shrinks most: least squares for homogeneous equations. */

const MOST_SWEEPS = 60;
const ORTHOGONAL = 1e-15;

/**
 * The unit right singular vector of the smallest singular value of `rows` (m × n, any m), and the ratio of the second-smallest
 * singular value to the largest: near zero means that the answer is not the only one.
 * One-sided Jacobi (Golub, Van Loan, "Matrix Computations", 4th ed., §8.6.3), which keeps small singular values exact where
 * forming AᵀA would square the condition number away.
 */
export function leastSingularVector(rows: readonly (readonly number[])[]): { vector: number[]; ratio: number } {
  const n = rows[0]?.length ?? 0;
  const columns = Array.from({ length: n }, (_, c) => rows.map((row) => row[c] ?? 0));
  const turns = Array.from({ length: n }, (_, c) => Array.from({ length: n }, (_, r) => (r === c ? 1 : 0)));
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let turned = false;
    for (let p = 0; p < n - 1; p++) {
      for (let q = p + 1; q < n; q++) turned = rotate(columns, turns, p, q) || turned;
    }
    if (!turned) break;
  }
  const bySize = columns.map((column, c) => ({ c, size: Math.sqrt(dot(column, column)) })).sort((a, b) => b.size - a.size);
  const largest = bySize[0]?.size ?? 0;
  return { vector: turns[bySize.at(-1)?.c ?? 0] ?? [], ratio: largest === 0 ? 0 : (bySize.at(-2)?.size ?? 0) / largest };
}

/** Turns columns p and q until they are orthogonal; false when they already were. */
function rotate(columns: number[][], turns: number[][], p: number, q: number): boolean {
  const [a, b] = [columns[p]!, columns[q]!];
  const [aa, bb, ab] = [dot(a, a), dot(b, b), dot(a, b)];
  if (ab === 0 || Math.abs(ab) <= ORTHOGONAL * Math.sqrt(aa * bb)) return false;
  const zeta = (bb - aa) / (2 * ab);
  const t = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
  const cosine = 1 / Math.sqrt(1 + t * t);
  const sine = cosine * t;
  for (const [x, y] of [[a, b], [turns[p]!, turns[q]!]] as const) {
    for (let i = 0; i < x.length; i++) {
      const [xi, yi] = [x[i]!, y[i]!];
      x[i] = cosine * xi - sine * yi;
      y[i] = sine * xi + cosine * yi;
    }
  }
  return true;
}

function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
