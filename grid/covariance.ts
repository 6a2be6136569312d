/** How far a measured place may be wrong: a 2×2 covariance in metres², its 95 % radius, its ellipse. */

/** Variances east and north and what they have in common, metres². */
export type Covariance2 = readonly [eastEast: number, eastNorth: number, northNorth: number];

/** Standard deviations along the ellipse's axes in metres, the longer first, and the longer one's direction (radians from east, anticlockwise). */
export interface ErrorAxes {
  readonly longM: number;
  readonly shortM: number;
  readonly angle: number;
}

export function axesOf([a, b, c]: Covariance2): ErrorAxes {
  const middle = (a + c) / 2;
  const half = Math.hypot((a - c) / 2, b);
  return { longM: Math.sqrt(Math.max(0, middle + half)), shortM: Math.sqrt(Math.max(0, middle - half)), angle: Math.atan2(2 * b, a - c) / 2 };
}

/**
 * Radius of the circle that holds the true place 95 times of 100 (Leenhouts, "On the computation of bi-normal radial error",
 * Navigation 32(1), 1985; the form in which the US National Geodetic Survey states network accuracies): 1.96 σ for a needle, 2.45 σ for a disc.
 */
export function radius95M(covariance: Covariance2): number {
  const { longM, shortM } = axesOf(covariance);
  const c = longM === 0 ? 0 : shortM / longM;
  return longM * (1.96079 + 0.004071 * c + 0.114276 * c ** 2 + 0.371625 * c ** 3);
}

/** √χ²₂(0.95): the 95 % ellipse has its standard deviations times this, and a disc its 95 % radius there. */
export const SIGMAS_95 = 2.4477;
/** The same for one dimension. */
export const SIGMAS_95_ONE_WAY = 1.96;

/** J Σ Jᵀ for a 2 × n matrix J given as two rows and an n × n covariance. */
export function propagated(rows: readonly [readonly number[], readonly number[]], covariance: readonly number[]): Covariance2 {
  return [quadratic(rows[0], covariance, rows[0]), quadratic(rows[0], covariance, rows[1]), quadratic(rows[1], covariance, rows[1])];
}

/** aᵀ Σ b. */
export function quadratic(a: readonly number[], covariance: readonly number[], b: readonly number[]): number {
  const n = a.length;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    if (a[i] === 0) continue;
    let row = 0;
    for (let j = 0; j < n; j++) row += covariance[i * n + j]! * b[j]!;
    sum += a[i]! * row;
  }
  return sum;
}

export function added(a: Covariance2, b: Covariance2): Covariance2 {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
}

/** The inverse, or null where the ellipse has no width. */
export function weightOf([a, b, c]: Covariance2): Covariance2 | null {
  const determinant = a * c - b * b;
  return determinant > 0 && Number.isFinite(determinant) ? [c / determinant, -b / determinant, a / determinant] : null;
}

/** vᵀ M v. */
export function squared([a, b, c]: Covariance2, x: number, y: number): number {
  return a * x * x + 2 * b * x * y + c * y * y;
}
