/** The plane-to-plane homography that fits measured points best, and how sure it is of each of its nine numbers. */
import { inverseOf } from './cholesky.ts';
import { added, squared, weightOf, type Covariance2 } from './covariance.ts';
import { leastSingularVector } from './singular.ts';

/** Row-major 3×3 matrix. */
export type Matrix3 = readonly [number, number, number, number, number, number, number, number, number];
export type Point = readonly [x: number, y: number];

export interface Fit {
  /** Scaled so that the third coordinate of the given points is 1 in the mean. */
  readonly matrix: Matrix3;
  /** Row-major 9×9 covariance of the matrix's entries under that scale (rank 8); null where a point lies beyond the horizon. */
  readonly covariance: readonly number[] | null;
  /** Third coordinates of the given points: all positive in a picture of one side of the plane. */
  readonly depths: readonly number[];
  /** Squared distances in units of what the measurements allow: χ² with 2n − 8 degrees of freedom where the stated errors are true. */
  readonly chi2: number;
}

/** Standard deviations of one coordinate of a measured point on either side. */
export interface PointErrors {
  readonly from: number;
  readonly to: number;
}

/** Below this ratio of the second-smallest to the largest singular value, a second plane would fit the points as well. */
const LEAST_RATIO = 1e-4;
const MOST_STEPS = 30;
const SMALL_STEP = 1e-10;

/**
 * Normalised direct linear transformation (Hartley, Zisserman, "Multiple View Geometry", 2nd ed., §4.1, §4.4.4, algorithm 4.2), then
 * Gauss–Newton on the distances weighted by what both measurements allow them (the first-order cost of §4.2.6), and its covariance
 * (Jᵀ W J)⁻¹ (§5.2.2; Criminisi, Reid, Zisserman, "A plane measuring device", 1999, §3). Where more points than needed disagree by
 * more than their stated errors, the covariance grows with them. Null when degenerate.
 */
export function fitHomography(from: readonly Point[], to: readonly Point[], errors: PointErrors): Fit | null {
  const left = normalisation(from);
  const right = normalisation(to);
  if (!left || !right) return null;
  const pairs = from.map((p, i): Pair => ({ from: apply(left, p), to: apply(right, to[i]!) }));
  const first = directLinear(pairs);
  if (!first) return null;
  const spread = { from: (errors.from * left[0]) ** 2, to: (errors.to * right[0]) ** 2 };
  const inFront = pairs.every(({ from: p }) => depth(first, p) > 0);
  const refined = inFront ? refine(first, pairs, spread) : { h: first, covariance: null, chi2: 0 };
  if (!refined) return null;
  const whole = (h: Matrix3): Matrix3 => multiply(multiply(inverseSimilarity(right), h), left);
  const matrix = whole(refined.h);
  if (!matrix.every(Number.isFinite)) return null;
  return { matrix, covariance: refined.covariance && carried(refined.covariance, whole), depths: from.map((p) => depth(matrix, p)), chi2: refined.chi2 };
}

export function apply([a, b, c, d, e, f, g, h, i]: Matrix3, [x, y]: Point): Point {
  const w = g * x + h * y + i;
  return [(a * x + b * y + c) / w, (d * x + e * y + f) / w];
}

export function depth([, , , , , , g, h, i]: Matrix3, [x, y]: Point): number {
  return g * x + h * y + i;
}

/** How the image of `p` moves with `p`: [∂u/∂x, ∂u/∂y, ∂v/∂x, ∂v/∂y]. */
export function byPoint(m: Matrix3, p: Point): readonly [number, number, number, number] {
  const [u, v] = apply(m, p);
  const w = depth(m, p);
  return [(m[0] - u * m[6]) / w, (m[1] - u * m[7]) / w, (m[3] - v * m[6]) / w, (m[4] - v * m[7]) / w];
}

/** How the image of `p` moves with the nine entries: two rows (Criminisi 1999, eq. 7). */
export function byEntries(m: Matrix3, p: Point): [number[], number[]] {
  const [u, v] = apply(m, p);
  const w = depth(m, p);
  const [x, y] = [p[0] / w, p[1] / w];
  return [[x, y, 1 / w, 0, 0, 0, -u * x, -u * y, -u / w], [0, 0, 0, x, y, 1 / w, -v * x, -v * y, -v / w]];
}

/** What an error of `p` of these variances makes of its image: Jₚ Σ Jₚᵀ. */
export function imageSpread(m: Matrix3, p: Point, varX: number, varY: number): Covariance2 {
  const [ux, uy, vx, vy] = byPoint(m, p);
  return [ux * ux * varX + uy * uy * varY, ux * vx * varX + uy * vy * varY, vx * vx * varX + vy * vy * varY];
}

interface Pair {
  readonly from: Point;
  readonly to: Point;
}

/** A·h = 0 for |h| = 1, then scaled to h₉ = 1: the normalised points have mean 0, so h₉ is their mean depth and cannot vanish before them. */
function directLinear(pairs: readonly Pair[]): Matrix3 | null {
  const rows = pairs.flatMap(({ from: [x, y], to: [u, v] }) => [
    [0, 0, 0, -x, -y, -1, v * x, v * y, v],
    [x, y, 1, 0, 0, 0, -u * x, -u * y, -u],
  ]);
  const { vector, ratio } = leastSingularVector(rows);
  if (ratio < LEAST_RATIO) return null;
  return vector.map((value) => value / vector[8]!) as unknown as Matrix3;
}

interface Spread {
  readonly from: number;
  readonly to: number;
}

interface Refined {
  readonly h: Matrix3;
  /** Row-major 8×8, of the first eight entries. */
  readonly covariance: readonly number[];
  readonly chi2: number;
}

function refine(first: Matrix3, pairs: readonly Pair[], spread: Spread): Refined | null {
  let at = normalEquations(first, pairs, spread);
  for (let steps = 0; at && steps < MOST_STEPS; steps++) {
    const { h, inverse, gradient }: Normal = at;
    const step = Array.from({ length: 8 }, (_, i) => quadraticRow(inverse, i, gradient));
    const next: Normal | null = improved(h, step, at.cost, pairs, spread);
    if (!next) break;
    at = next;
    if (Math.max(...step.map(Math.abs)) < SMALL_STEP) break;
  }
  if (!at) return null;
  const freedom = 2 * pairs.length - 8;
  const disagreement = freedom > 0 ? Math.max(1, at.cost / freedom) : 1;
  return { h: at.h, covariance: at.inverse.map((value) => value * disagreement), chi2: at.cost };
}

/** The first of ever shorter steps that lowers the cost with every point still in front; null when none does. */
function improved(h: Matrix3, step: readonly number[], cost: number, pairs: readonly Pair[], spread: Spread): Normal | null {
  for (let share = 1; share > 1e-3; share /= 4) {
    const moved = h.map((value, i) => value + share * (step[i] ?? 0)) as unknown as Matrix3;
    if (!pairs.every(({ from }) => depth(moved, from) > 0)) continue;
    const next = normalEquations(moved, pairs, spread);
    if (next && next.cost < cost) return next;
  }
  return null;
}

interface Normal {
  readonly h: Matrix3;
  readonly inverse: readonly number[];
  readonly gradient: readonly number[];
  readonly cost: number;
}

function normalEquations(h: Matrix3, pairs: readonly Pair[], spread: Spread): Normal | null {
  const matrix = Array.from({ length: 64 }, () => 0);
  const gradient = Array.from({ length: 8 }, () => 0);
  let cost = 0;
  for (const { from, to } of pairs) {
    const weight = weightOf(added(imageSpread(h, from, spread.from, spread.from), [spread.to, 0, spread.to]));
    if (!weight) return null;
    const [a, b, c] = weight;
    const [u, v] = apply(h, from);
    const [du, dv] = [to[0] - u, to[1] - v];
    cost += squared(weight, du, dv);
    const [ju, jv] = byEntries(h, from);
    for (let i = 0; i < 8; i++) {
      const [wu, wv] = [ju[i]! * a + jv[i]! * b, ju[i]! * b + jv[i]! * c];
      gradient[i]! += wu * du + wv * dv;
      for (let j = 0; j < 8; j++) matrix[i * 8 + j]! += wu * ju[j]! + wv * jv[j]!;
    }
  }
  const inverse = inverseOf(matrix, 8);
  return inverse && { h, inverse, gradient, cost };
}

function quadraticRow(matrix: readonly number[], row: number, vector: readonly number[]): number {
  return vector.reduce((sum, value, j) => sum + matrix[row * 8 + j]! * value, 0);
}

/** The 8×8 covariance of the normalised entries as the 9×9 one of the whole matrix, which is linear in them. */
function carried(covariance: readonly number[], whole: (h: Matrix3) => Matrix3): number[] {
  const basis = Array.from({ length: 8 }, (_, k) => whole(Array.from({ length: 9 }, (_, i) => (i === k ? 1 : 0)) as unknown as Matrix3));
  const result = Array.from({ length: 81 }, () => 0);
  for (let i = 0; i < 9; i++) {
    for (let j = 0; j < 9; j++) {
      for (let k = 0; k < 8; k++) for (let l = 0; l < 8; l++) result[i * 9 + j]! += basis[k]![i]! * covariance[k * 8 + l]! * basis[l]![j]!;
    }
  }
  return result;
}

/** The similarity that brings points to mean 0 and mean distance √2 (§4.4.4). Null when they all coincide. */
function normalisation(points: readonly Point[]): Matrix3 | null {
  const n = points.length;
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / n;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / n;
  const meanDistance = points.reduce((sum, [x, y]) => sum + Math.hypot(x - meanX, y - meanY), 0) / n;
  if (meanDistance === 0) return null;
  const s = Math.SQRT2 / meanDistance;
  return [s, 0, -s * meanX, 0, s, -s * meanY, 0, 0, 1];
}

function inverseSimilarity([s, , tx, , , ty]: Matrix3): Matrix3 {
  return [1 / s, 0, -tx / s, 0, 1 / s, -ty / s, 0, 0, 1];
}

function multiply(a: Matrix3, b: Matrix3): Matrix3 {
  const at = (row: number, column: number): number => a[3 * row]! * b[column]! + a[3 * row + 1]! * b[3 + column]! + a[3 * row + 2]! * b[6 + column]!;
  return Array.from({ length: 9 }, (_, i) => at(Math.floor(i / 3), i % 3)) as unknown as Matrix3;
}
