/** Where a point of a camera's picture lies on the ground: the plane-to-plane homography of a surveyed camera. */
import type { GroundPoint, PicturePoint } from '../domain/camera.ts';
import type { LonLat } from '../domain/geo.ts';
import { GridwardenError } from '../platform/errors.ts';
import { leastSingularVector } from './singular.ts';

/** Row-major 3×3 matrix. */
type Matrix3 = readonly [number, number, number, number, number, number, number, number, number];
type Point = readonly [x: number, y: number];

/** A solved ground plane. Plain JSON. */
export interface GroundPlane {
  /** Local metres (east, north) are counted from here. */
  readonly origin: LonLat;
  /** Picture fractions → local metres, homogeneous, signed so that the third coordinate is positive on the ground. */
  readonly toGround: Matrix3;
  /** For each surveyed point, how far the solved plane puts it from where it was surveyed. Zero for four points, by construction. */
  readonly residualsM: readonly number[];
}

const EARTH_RADIUS_M = 6_371_008.8;
const RADIANS = Math.PI / 180;
/** Three points count as in line when the triangle's height is below this fraction of its longest side. */
const LEAST_HEIGHT = 0.01;
/** Below this ratio of the second-smallest to the largest singular value, a second plane would fit the points as well. */
const LEAST_RATIO = 1e-4;
/** Nearer to the horizon than this (of the surveyed points' mean distance from it) a pixel is worth kilometres. */
const HORIZON_MARGIN = 1e-6;
/** No camera judges a foot point farther off than this; such a place is noise from beneath the horizon. */
const FARTHEST_M = 5000;

/**
 * Solves picture → ground from four or more surveyed points: normalised direct linear transformation, least squares over all
 * points (Hartley, Zisserman, "Multiple View Geometry", 2nd ed., §4.1, §4.4.4, algorithm 4.2), in metres on the plane that
 * touches the earth at the first point (error below 1 cm within 1 km of it at city latitudes).
 * Throws GROUND_PLANE_INVALID naming the camera when points are too few, in line, mixed up, or nearly so.
 */
export function solveGroundPlane(cameraId: string, points: readonly GroundPoint[]): GroundPlane {
  const refuse = (why: string): never => {
    throw new GridwardenError('GROUND_PLANE_INVALID', { camera: cameraId, why });
  };
  const first = points[0];
  if (!first || points.length < 4) return refuse(`${points.length} points were surveyed`);
  const origin = first.ground;
  const picture = points.map((p): Point => p.picture);
  const ground = points.map((p) => localMetres(origin, p.ground));
  if (![...picture, ...ground].flat().every(Number.isFinite)) return refuse('a coordinate is not a number');
  if (points.length === 4) refuseLines(picture, ground, refuse);

  const matrix = leastSquares(picture, ground) ?? refuse('the points lie in line, or nearly so');
  const depths = picture.map(([x, y]) => matrix[6] * x + matrix[7] * y + matrix[8]);
  const meanDepth = depths.reduce((sum, depth) => sum + depth, 0) / depths.length;
  const scale = 1 / meanDepth;
  const toGround = matrix.map((value) => value * scale) as unknown as Matrix3;
  if (!depths.every((depth) => depth * scale > HORIZON_MARGIN)) return refuse('the horizon would pass between the points, as it does when two of them are mixed up');
  const residualsM = picture.map((p, i) => {
    const at = apply(toGround, p);
    return Math.hypot(at[0] - ground[i]![0], at[1] - ground[i]![1]);
  });
  return { origin, toGround, residualsM };
}

/** The place on the ground under a point of the picture (fractions 0…1), or null where the picture shows the sky or beyond 5 km. */
export function project(plane: GroundPlane, point: PicturePoint): LonLat | null {
  const [, , , , , , g, h, i] = plane.toGround;
  if (g * point[0] + h * point[1] + i <= HORIZON_MARGIN) return null;
  const [eastM, northM] = apply(plane.toGround, point);
  if (!(Math.hypot(eastM, northM) <= FARTHEST_M)) return null;
  const lat = plane.origin.lat + northM / EARTH_RADIUS_M / RADIANS;
  const lon = plane.origin.lon + eastM / (EARTH_RADIUS_M * Math.cos(plane.origin.lat * RADIANS)) / RADIANS;
  return { lon: lon > 180 ? lon - 360 : lon < -180 ? lon + 360 : lon, lat };
}

function localMetres(origin: LonLat, at: LonLat): Point {
  const turns = Math.round((at.lon - origin.lon) / 360); // a site on the antimeridian
  const dLon = at.lon - origin.lon - 360 * turns;
  return [EARTH_RADIUS_M * Math.cos(origin.lat * RADIANS) * dLon * RADIANS, EARTH_RADIUS_M * (at.lat - origin.lat) * RADIANS];
}

/** With exactly four points, any three in line leave the plane undetermined (Hartley & Zisserman §4.1.3). */
function refuseLines(picture: readonly Point[], ground: readonly Point[], refuse: (why: string) => never): void {
  for (const [where, points] of [['picture', picture], ['ground', ground]] as const) {
    for (const three of [[0, 1, 2], [0, 1, 3], [0, 2, 3], [1, 2, 3]] as const) {
      const [a, b, c] = three.map((i) => points[i]!) as [Point, Point, Point];
      const longest = Math.max(distance(a, b), distance(b, c), distance(a, c));
      const twiceArea = Math.abs((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]));
      if (twiceArea <= LEAST_HEIGHT * longest ** 2) refuse(`points ${three.map((i) => i + 1).join(', ')} lie in line ${where === 'picture' ? 'in the picture' : 'on the ground'}`);
    }
  }
}

/** Algorithm 4.2: normalise both sides, solve A·h = 0 for |h| = 1, undo the normalisation. Null when degenerate. */
function leastSquares(picture: readonly Point[], ground: readonly Point[]): Matrix3 | null {
  const from = normalisation(picture);
  const to = normalisation(ground);
  if (!from || !to) return null;
  const rows = picture.flatMap((p, i) => {
    const [x, y] = apply(from, p);
    const [u, v] = apply(to, ground[i]!);
    return [
      [0, 0, 0, -x, -y, -1, v * x, v * y, v],
      [x, y, 1, 0, 0, 0, -u * x, -u * y, -u],
    ];
  });
  const { vector, ratio } = leastSingularVector(rows);
  if (ratio < LEAST_RATIO) return null;
  const matrix = multiply(multiply(inverseSimilarity(to), vector as unknown as Matrix3), from);
  return matrix.every(Number.isFinite) ? matrix : null;
}

/** The similarity that brings points to mean 0 and mean distance √2 (§4.4.4). Null when they all coincide. */
function normalisation(points: readonly Point[]): Matrix3 | null {
  const n = points.length;
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / n;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / n;
  const meanDistance = points.reduce((sum, p) => sum + distance(p, [meanX, meanY]), 0) / n;
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

function apply([a, b, c, d, e, f, g, h, i]: Matrix3, [x, y]: Point): Point {
  const w = g * x + h * y + i;
  return [(a * x + b * y + c) / w, (d * x + e * y + f) / w];
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}
