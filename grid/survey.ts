/** A camera's surveyed points judged: the plane that fits them, how far each lies from it, and whether they can be trusted. */
import type { GroundPoint } from '../domain/camera.ts';
import type { LonLat } from '../domain/geo.ts';
import { added, axesOf, quadratic } from './covariance.ts';
import { apply, depth, fitHomography, imageSpread, type Fit, type Matrix3, type Point } from './homography.ts';
import { metresFrom } from './plane.ts';

/** A solved ground plane. Plain JSON. */
export interface GroundPlane {
  /** Local metres (east, north) are counted from here. */
  readonly origin: LonLat;
  /** Picture fractions → local metres, homogeneous, signed so that the third coordinate is positive on the ground. */
  readonly toGround: Matrix3;
  /** Row-major 9×9 covariance of the entries of `toGround`. */
  readonly covariance: readonly number[];
  /** For each surveyed point, how far the solved plane puts it from where it was surveyed. Zero for four points, by construction. */
  readonly residualsM: readonly number[];
}

export interface SurveyedPoint {
  /** Counted from 1, as the configuration lists them. */
  readonly number: number;
  readonly residualM: number;
  /** Farther off than this a point is wrong: it grows with the distance from the camera as a pick's metres do. */
  readonly limitM: number;
}

export interface Survey {
  /** Also where the points are in doubt, so that they can be shown; null where nothing could be solved. */
  readonly plane: GroundPlane | null;
  readonly points: readonly SurveyedPoint[];
  /** Why the plane must not be used, and what to do; null when it may. */
  readonly trouble: { readonly code: 'GROUND_PLANE_INVALID' | 'GROUND_PLANE_DOUBTFUL'; readonly why: string } | null;
  /** What a person should know of a plane that may be used. */
  readonly note: string | null;
}

/** Standard deviation with which a person picks a point in the picture, as a fraction of its width and height: 3 pixels of 960. */
export const PICK_ERROR = 0.003;
/** Standard deviation of a surveyed place in metres, each way, unless the camera says otherwise: picked on an orthophoto or a large-scale map. */
export const SURVEY_ERROR_M = 0.3;
/** Three points count as in line when the triangle's height is below this fraction of its longest side. */
const LEAST_HEIGHT = 0.01;
/** Nearer to the horizon than this (of the surveyed points' mean distance from it) a pixel is worth kilometres. */
export const HORIZON_MARGIN = 1e-6;
/** A point farther off than so many standard deviations is a mistake: an honest one is once in three thousand. */
const MISTAKE_SIGMAS = 4;
/** The standard normal's 0.9999 quantile. */
const Z_9999 = 3.719;
/** With the depth of a surveyed point less sure than this share, another perspective would fit as well and first-order errors mean nothing. */
const MOST_DEPTH_SD = 0.25;

/** Judges the points of one camera; `surveyErrorM` is the standard deviation of a surveyed place, each way. */
export function reviewSurvey(points: readonly GroundPoint[], surveyErrorM = SURVEY_ERROR_M): Survey {
  const invalid = (why: string): Survey => ({ plane: null, points: [], trouble: { code: 'GROUND_PLANE_INVALID', why }, note: null });
  const first = points[0];
  if (!first || points.length < 4) return invalid(`${points.length} points were surveyed`);
  const sides = sidesOf(points, first.ground);
  if (![...sides.picture, ...sides.ground].flat().every(Number.isFinite)) return invalid('a coordinate is not a number');
  const lines = points.length === 4 ? linesAmong(sides) : null;
  if (lines) return invalid(lines);
  const fit = fitHomography(sides.picture, sides.ground, { from: PICK_ERROR, to: surveyErrorM });
  if (!fit) return invalid('the points lie in line, or nearly so');
  if (!fit.covariance || !fit.depths.every((w) => w > HORIZON_MARGIN)) return invalid('the horizon would pass between the points, as it does when two of them are mixed up');

  const judged = pointsOf(sides, fit.matrix, surveyErrorM);
  const plane: GroundPlane = { origin: first.ground, toGround: fit.matrix, covariance: fit.covariance, residualsM: judged.map((point) => point.residualM) };
  const why = disagreement(points, judged, fit.chi2, surveyErrorM) ?? badSpread(sides.picture, plane, surveyErrorM);
  const note = points.length === 4 ? 'four points fit any plane exactly, so that none of them can be checked: survey a fifth and a sixth' : null;
  return { plane, points: judged, trouble: why === null ? null : { code: 'GROUND_PLANE_DOUBTFUL', why }, note };
}

interface Sides {
  readonly picture: readonly Point[];
  readonly ground: readonly Point[];
}

function sidesOf(points: readonly GroundPoint[], origin: LonLat): Sides {
  return { picture: points.map((p): Point => p.picture), ground: points.map((p) => metresFrom(origin, p.ground)) };
}

function pointsOf({ picture, ground }: Sides, matrix: Matrix3, surveyErrorM: number): SurveyedPoint[] {
  return picture.map((p, i) => {
    const [eastM, northM] = apply(matrix, p);
    const allowed = added(imageSpread(matrix, p, PICK_ERROR ** 2, PICK_ERROR ** 2), [surveyErrorM ** 2, 0, surveyErrorM ** 2]);
    return { number: i + 1, residualM: Math.hypot(eastM - ground[i]![0], northM - ground[i]![1]), limitM: MISTAKE_SIGMAS * axesOf(allowed).longM };
  });
}

/** What is wrong with points that lie farther from their common plane than their errors allow, and which one it may be; null when they agree. */
function disagreement(points: readonly GroundPoint[], judged: readonly SurveyedPoint[], chi2: number, surveyErrorM: number): string | null {
  const off = judged.filter((point) => point.residualM > point.limitM);
  if (off.length === 0 && chi2 <= mostChi2(2 * points.length - 8)) return null;
  const worst = (off.length > 0 ? off : judged).toSorted((a, b) => b.residualM / b.limitM - a.residualM / a.limitM)[0];
  const said = `point ${worst?.number} lies ${metres(worst?.residualM)} from where the plane of all points puts it, ${
    off.length > 0 ? `at most ${metres(worst?.limitM)} can be let pass there` : `and together the points disagree more than picks of ${PICK_ERROR} of the picture and ${surveyErrorM} m on the ground explain`}`;
  return `${said}; ${whoIsWrong(points, surveyErrorM)}`;
}

/** Leaves out one point after the other, as RANSAC would with subsets (Fischler, Bolles 1981): whose absence lets the others agree is suspect. */
function whoIsWrong(points: readonly GroundPoint[], surveyErrorM: number): string {
  if (points.length < 6) return 'with five points it cannot be told which one is wrong: survey a sixth, or measure all again';
  const suspects = points.flatMap((_, i) => (agrees(points.toSpliced(i, 1), surveyErrorM) ? [i + 1] : []));
  if (suspects.length === 1) return `without point ${suspects[0]} the other ${points.length - 1} agree: correct or remove point ${suspects[0]}`;
  if (suspects.length > 1) return `without any one of points ${suspects.join(', ')} the others agree: measure these again, or survey more`;
  return 'no single point is to blame: see that all were picked in this camera’s present view, and measure them again';
}

function agrees(points: readonly GroundPoint[], surveyErrorM: number): boolean {
  const sides = sidesOf(points, points[0]!.ground);
  const fit = fitHomography(sides.picture, sides.ground, { from: PICK_ERROR, to: surveyErrorM });
  if (!isWhole(fit) || fit.chi2 > mostChi2(2 * points.length - 8)) return false;
  return pointsOf(sides, fit.matrix, surveyErrorM).every((point) => point.residualM <= point.limitM);
}

const isWhole = (fit: Fit | null): fit is Fit => fit !== null && fit.covariance !== null && fit.depths.every((w) => w > HORIZON_MARGIN);

/** The 0.9999 quantile of χ² (Wilson, Hilferty, PNAS 1931); none for four points, which leave no freedom. */
function mostChi2(freedom: number): number {
  if (freedom <= 0) return Infinity;
  const part = 2 / (9 * freedom);
  return freedom * (1 - part + Z_9999 * Math.sqrt(part)) ** 3;
}

function badSpread(picture: readonly Point[], plane: GroundPlane, surveyErrorM: number): string | null {
  const shares = picture.map((p) => Math.sqrt(quadratic([0, 0, 0, 0, 0, 0, p[0], p[1], 1], plane.covariance, [0, 0, 0, 0, 0, 0, p[0], p[1], 1])) / depth(plane.toGround, p));
  const worst = Math.max(...shares);
  if (worst <= MOST_DEPTH_SD) return null;
  const at = shares.indexOf(worst) + 1;
  return `the points are too close together or too nearly in line for places known to ${surveyErrorM} m (at point ${at} the perspective is uncertain by ${Math.round(worst * 100)} %): spread them over the whole ground that is seen, or measure them better and say so with surveyErrorM`;
}

/** With exactly four points, any three in line leave the plane undetermined (Hartley & Zisserman §4.1.3). */
function linesAmong({ picture, ground }: Sides): string | null {
  for (const [where, points] of [['in the picture', picture], ['on the ground', ground]] as const) {
    for (const three of [[0, 1, 2], [0, 1, 3], [0, 2, 3], [1, 2, 3]] as const) {
      const [a, b, c] = three.map((i) => points[i]!) as [Point, Point, Point];
      const longest = Math.max(distance(a, b), distance(b, c), distance(a, c));
      const twiceArea = Math.abs((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]));
      if (twiceArea <= LEAST_HEIGHT * longest ** 2) return `points ${three.map((i) => i + 1).join(', ')} lie in line ${where}`;
    }
  }
  return null;
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}

function metres(value = 0): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} m`;
}
