/** The inverse of a symmetric positive-definite matrix: normal equations and their covariance. */

/** A pivot below this share of its diagonal is noise: the matrix is as good as singular. */
const LEAST_PIVOT = 1e-13;

/**
 * Row-major n × n inverse by Cholesky's factors (Golub, Van Loan, "Matrix Computations", 4th ed., §4.2.5), rows and columns first
 * scaled to a unit diagonal; null where the matrix is not positive definite, or nearly not.
 */
export function inverseOf(matrix: readonly number[], n: number): number[] | null {
  const scale = Array.from({ length: n }, (_, i) => 1 / Math.sqrt(matrix[i * n + i]!));
  if (!scale.every((s) => Number.isFinite(s) && s > 0)) return null;
  const lower = factorOf(matrix.map((value, k) => value * scale[Math.floor(k / n)]! * scale[k % n]!), n);
  if (!lower) return null;
  const columns = Array.from({ length: n }, (_, k) => solve(lower, n, Array.from({ length: n }, (_, i) => (i === k ? 1 : 0))));
  return Array.from({ length: n * n }, (_, k) => {
    const [row, column] = [Math.floor(k / n), k % n];
    return columns[column]![row]! * scale[row]! * scale[column]!;
  });
}

function factorOf(matrix: readonly number[], n: number): number[] | null {
  const lower = Array.from({ length: n * n }, () => 0);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= lower[i * n + k]! * lower[j * n + k]!;
      if (i !== j) lower[i * n + j] = sum / lower[j * n + j]!;
      else if (!(sum > LEAST_PIVOT)) return null;
      else lower[i * n + i] = Math.sqrt(sum);
    }
  }
  return lower;
}

/** Forward, then back. */
function solve(lower: readonly number[], n: number, right: number[]): number[] {
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) right[i]! -= lower[i * n + k]! * right[k]!;
    right[i]! /= lower[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) right[i]! -= lower[k * n + i]! * right[k]!;
    right[i]! /= lower[i * n + i]!;
  }
  return right;
}
