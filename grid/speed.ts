/** How fast and whither a tracked object goes over the ground, and how wrong that may be. */
import type { Box } from '../domain/detection.ts';
import { inverseOf } from './cholesky.ts';
import { propagated, SIGMAS_95_ONE_WAY, squared, weightOf, type Covariance2 } from './covariance.ts';
import { footOf, type PictureSize } from './foot.ts';
import { projectM, type GroundPlane } from './ground-plane.ts';
import { byEntries, imageSpread } from './homography.ts';
import type { MetrePoint } from './plane.ts';

/** A box that a detector really saw, in pixels; predictions of a tracker are none. */
export interface Sighting {
  readonly atMs: number;
  readonly box: Box;
}

export interface GroundSpeed {
  readonly speedKmh: number;
  /** The true speed lies within ± this 95 times of 100. */
  readonly errorKmh: number;
  /** Clockwise from north, 0…360. */
  readonly headingDeg: number;
}

/** Sightings older than this before the newest say where it was going, not where it is going. */
export const SPEED_WINDOW_MS = 2000;
const FEWEST = 3;
const LEAST_SPAN_MS = 500;
/** Huber's weight: beyond so many standard deviations a sighting pulls no harder (P. J. Huber, "Robust estimation", 1964). */
const HUBER_SIGMAS = 2;
const ROUNDS = 6;
/**
 * A detector errs alike in neighbouring frames: with correlation ρ from one to the next the variance of a mean grows by
 * (1 + ρ) ÷ (1 − ρ) (von Storch, Zwiers, "Statistical Analysis in Climate Research", 1999, §6.6). ρ = 0.5 at 5 pictures a second.
 */
const ALIKE_FACTOR = 3;
const KMH = 3.6;

/**
 * Speed over the ground from the sightings of the last two seconds: a straight even walk fitted by least squares to the foot points, each
 * weighted by its own error and by how well it fits (Huber), with the error that boxes and survey give it. Null where there are fewer
 * than three sightings within half a second and more, where too few of them lie on the ground, and where the error is greater than the
 * speed: then nobody knows whether it moves at all.
 */
export function groundSpeed(plane: GroundPlane, sightings: readonly Sighting[], picture: PictureSize, windowMs = SPEED_WINDOW_MS): GroundSpeed | null {
  const newestMs = Math.max(...sightings.map(({ atMs }) => atMs));
  const steps = sightings.filter(({ atMs }) => newestMs - atMs <= windowMs).flatMap((sighting) => stepOf(plane, sighting, picture, newestMs) ?? []);
  const first = Math.min(...steps.map(({ atS }) => atS));
  if (steps.length < FEWEST || -first * 1000 < LEAST_SPAN_MS) return null;
  const walk = evenWalk(steps);
  if (!walk) return null;
  const { velocity, own, shares } = walk;
  const speed = Math.hypot(...velocity);
  if (speed === 0) return null;
  const [x, y] = [velocity[0] / speed, velocity[1] / speed];
  const variance = squared(own, x, y) * ALIKE_FACTOR + squared(surveyShare(plane, steps, shares), x, y);
  const errorKmh = SIGMAS_95_ONE_WAY * Math.sqrt(variance) * KMH;
  if (!(errorKmh <= speed * KMH)) return null;
  return { speedKmh: speed * KMH, errorKmh, headingDeg: ((Math.atan2(x, y) * 180) / Math.PI + 360) % 360 };
}

interface Step {
  /** Seconds, the newest 0. */
  readonly atS: number;
  readonly metres: MetrePoint;
  readonly weight: Covariance2;
  readonly entries: readonly [readonly number[], readonly number[]];
}

function stepOf(plane: GroundPlane, { atMs, box }: Sighting, picture: PictureSize, newestMs: number): Step | null {
  const { point, sd } = footOf(box, picture);
  const metres = projectM(plane, point);
  const weight = metres && weightOf(imageSpread(plane.toGround, point, sd[0] ** 2, sd[1] ** 2));
  return weight && { atS: (atMs - newestMs) / 1000, metres, weight, entries: byEntries(plane.toGround, point) };
}

interface Walk {
  readonly velocity: readonly [eastMps: number, northMps: number];
  /** Covariance of the velocity from the sightings' own errors, (m/s)²; larger where they fit worse than they should. */
  readonly own: Covariance2;
  /** What each sighting's place contributes to the velocity, row-major 2×2, 1/s: velocity = Σ share · place. */
  readonly shares: readonly (readonly [number, number, number, number])[];
}

/** Place at t = 0 and velocity, four unknowns: normal equations, reweighted. */
function evenWalk(steps: readonly Step[]): Walk | null {
  let trust = steps.map(() => 1);
  let found: { inverse: number[]; unknowns: number[] } | null = null;
  for (let round = 0; round < ROUNDS; round++) {
    found = solved(steps, trust);
    if (!found) return null;
    const { unknowns } = found;
    trust = steps.map((step) => Math.min(1, HUBER_SIGMAS / Math.max(Math.sqrt(misfit(step, unknowns)), 1e-9)));
  }
  if (!found) return null;
  const { inverse, unknowns } = found;
  const freedom = 2 * steps.length - 4;
  const worse = Math.max(1, steps.reduce((sum, step, i) => sum + trust[i]! * misfit(step, unknowns), 0) / freedom);
  const shares = steps.map(({ atS, weight: [a, b, c] }, i) => {
    const row = (r: number): [number, number] => {
      const [p, q] = [inverse[r * 4]! + inverse[r * 4 + 2]! * atS, inverse[r * 4 + 1]! + inverse[r * 4 + 3]! * atS];
      return [trust[i]! * (p * a + q * b), trust[i]! * (p * b + q * c)];
    };
    return [...row(2), ...row(3)] as const;
  });
  return { velocity: [unknowns[2]!, unknowns[3]!], own: [inverse[10]! * worse, inverse[11]! * worse, inverse[15]! * worse], shares };
}

function solved(steps: readonly Step[], trust: readonly number[]): { inverse: number[]; unknowns: number[] } | null {
  const normal = Array.from({ length: 16 }, () => 0);
  const right = [0, 0, 0, 0];
  steps.forEach(({ atS, metres: [x, y], weight: [a, b, c] }, i) => {
    const block = [[a, b], [b, c]] as const;
    const pull = [a * x + b * y, b * x + c * y] as const;
    for (let r = 0; r < 4; r++) {
      const forward = trust[i]! * (r < 2 ? 1 : atS);
      right[r]! += forward * pull[r % 2]!;
      for (let k = 0; k < 4; k++) normal[r * 4 + k]! += forward * (k < 2 ? 1 : atS) * block[r % 2]![k % 2]!;
    }
  });
  const inverse = inverseOf(normal, 4);
  return inverse && { inverse, unknowns: right.map((_, r) => right.reduce((sum, value, k) => sum + inverse[r * 4 + k]! * value, 0)) };
}

/** Squared distance of a sighting from the walk in units of its own error. */
function misfit({ atS, metres, weight }: Step, [x = 0, y = 0, vx = 0, vy = 0]: readonly number[]): number {
  return squared(weight, metres[0] - x - vx * atS, metres[1] - y - vy * atS);
}

/** The survey's errors are the same in every frame, so their shares are added up before they are squared. */
function surveyShare(plane: GroundPlane, steps: readonly Step[], shares: Walk['shares']): Covariance2 {
  const east = Array.from({ length: 9 }, () => 0);
  const north = Array.from({ length: 9 }, () => 0);
  steps.forEach(({ entries: [ju, jv] }, i) => {
    const [a, b, c, d] = shares[i]!;
    for (let k = 0; k < 9; k++) {
      east[k]! += a * ju[k]! + b * jv[k]!;
      north[k]! += c * ju[k]! + d * jv[k]!;
    }
  });
  return propagated([east, north], plane.covariance);
}
