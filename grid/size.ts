/** How wide and how high an object is in metres, measured through the ground plane, and how wrong that may be. */
import type { Camera } from '../domain/camera.ts';
import type { Box } from '../domain/detection.ts';
import { quadratic, SIGMAS_95_ONE_WAY } from './covariance.ts';
import { edgeSdPx, footOf, SIDE_SD, UPPER_EDGE_SD, type PictureSize } from './foot.ts';
import type { GroundPlane } from './ground-plane.ts';
import { apply, byPoint, depth, type Matrix3 } from './homography.ts';
import { metresFrom } from './plane.ts';
import { HORIZON_MARGIN, SURVEY_ERROR_M } from './survey.ts';

export interface Measured {
  readonly valueM: number;
  /** The true value lies within ± this 95 times of 100. */
  readonly errorM: number;
}

/** What must be known of a camera to measure heights from its own height. */
export type Lens = Pick<Camera, 'location' | 'heightM' | 'surveyErrorM'>;

/** Standard deviation of a lens's height as a share of it: mounted by plan, on ground that is not quite level. */
const LENS_HEIGHT_SD = 0.05;
/** Looking down steeper than this (about 75°) the upright part of a box is too short to tell a height from. */
const STEEPEST_SINE = 0.966;
/** What weak perspective itself may be off by, as a share: one standard deviation. */
const WEAK_PERSPECTIVE_SD = 0.1;

/** A box as the numbers that a size depends on, in pixels; beyond them, the nine of the plane. */
interface Edges {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/**
 * Width on the ground between the lower corners of the box: what the object takes up across the line of sight, at the line where it
 * touches the ground. Null where the picture's edge cuts the box aside or below, above the horizon, or where the error exceeds the value.
 */
export function widthOf(plane: GroundPlane, box: Box, picture: PictureSize): Measured | null {
  const foot = footOf(box, picture);
  if (foot.cutAside || foot.cutBelow) return null;
  return measured(plane, box, picture, [], (matrix, { left, right, bottom }) => {
    const [a, b] = [[left / picture.widthPx, bottom / picture.heightPx], [right / picture.widthPx, bottom / picture.heightPx]] as const;
    if (depth(matrix, a) <= HORIZON_MARGIN || depth(matrix, b) <= HORIZON_MARGIN) return null;
    const [p, q] = [apply(matrix, a), apply(matrix, b)];
    return Math.hypot(p[0] - q[0], p[1] - q[1]);
  });
}

/**
 * Height of an upright object. With the lens's height H known: its image on the ground runs from the foot away from the camera's own
 * foot C, and z = H·(1 − |F−C| ÷ |G−C|), where F lies under the foot and G under the top (similar triangles in the upright plane through
 * the lens; the single-view measurement of Criminisi, Reid, Zisserman, IJCV 40, 2000, with C in place of the vertical vanishing point).
 * Without it: weak perspective at the foot (Hartley, Zisserman, "Multiple View Geometry", 2nd ed., §6.3.1), for square pixels: of the
 * ground's two scales there the finer is that of everything across the line of sight, and their ratio the sine of the angle at which the
 * camera looks down; within a tenth for objects farther off than some five times their height.
 * Null where the picture cuts the box below or above, above the horizon, looking down too steeply, or where the error exceeds the value.
 */
export function heightOf(plane: GroundPlane, box: Box, picture: PictureSize, lens: Lens): Measured | null {
  if (footOf(box, picture).cutBelow || box.y <= 2) return null;
  return typeof lens.heightM === 'number' ? heightFromLens(plane, box, picture, lens, lens.heightM) : heightFromScale(plane, box, picture);
}

function heightFromLens(plane: GroundPlane, box: Box, picture: PictureSize, lens: Lens, heightM: number): Measured | null {
  const [eastM, northM] = metresFrom(plane.origin, lens.location);
  const placeSd = lens.surveyErrorM ?? SURVEY_ERROR_M;
  const camera = [{ value: eastM, sd: placeSd }, { value: northM, sd: placeSd }, { value: heightM, sd: LENS_HEIGHT_SD * heightM }];
  return measured(plane, box, picture, camera, (matrix, { left, right, top, bottom }, [east = 0, north = 0, high = 0]) => {
    const middle = (left + right) / 2 / picture.widthPx;
    const foot = [middle, bottom / picture.heightPx] as const;
    if (depth(matrix, foot) <= HORIZON_MARGIN) return null;
    const [fx, fy] = apply(matrix, foot);
    const [dx, dy] = [fx - east, fy - north];
    // Homogeneous, so that a top above the horizon, with G behind the camera, needs no case of its own.
    const y = top / picture.heightPx;
    const w = depth(matrix, [middle, y]);
    const gx = matrix[0] * middle + matrix[1] * y + matrix[2] - w * east;
    const gy = matrix[3] * middle + matrix[4] * y + matrix[5] - w * north;
    return high * (1 - (w * (dx * dx + dy * dy)) / (gx * dx + gy * dy));
  });
}

function heightFromScale(plane: GroundPlane, box: Box, picture: PictureSize): Measured | null {
  const found = measured(plane, box, picture, [], (matrix, { left, right, top, bottom }) => {
    const foot = [(left + right) / 2 / picture.widthPx, bottom / picture.heightPx] as const;
    if (depth(matrix, foot) <= HORIZON_MARGIN) return null;
    const [ux, uy, vx, vy] = byPoint(matrix, foot);
    const [ex, ey, nx, ny] = [ux / picture.widthPx, uy / picture.heightPx, vx / picture.widthPx, vy / picture.heightPx];
    const half = (ex * ex + ey * ey + nx * nx + ny * ny) / 2;
    const root = Math.sqrt(Math.max(0, half * half - (ex * ny - ey * nx) ** 2));
    const [across, along] = [Math.sqrt(Math.max(0, half - root)), Math.sqrt(half + root)];
    const sine = across / along;
    return sine > STEEPEST_SINE ? null : ((bottom - top) * across) / Math.sqrt(1 - sine * sine);
  });
  if (!found) return null;
  const errorM = Math.hypot(found.errorM, SIGMAS_95_ONE_WAY * WEAK_PERSPECTIVE_SD * found.valueM);
  return errorM > found.valueM ? null : { ...found, errorM };
}

interface Known {
  readonly value: number;
  readonly sd: number;
}

/** First-order propagation by central differences of a hundredth of each standard deviation; null where the function is, or says less than nothing. */
function measured(plane: GroundPlane, box: Box, picture: PictureSize, others: readonly Known[], size: (matrix: Matrix3, edges: Edges, others: readonly number[]) => number | null): Measured | null {
  const { sd } = footOf(box, picture);
  const known: Known[] = [
    ...plane.toGround.map((value, i) => ({ value, sd: Math.sqrt(plane.covariance[i * 10]!) })),
    { value: box.x, sd: edgeSdPx(box.w, SIDE_SD) },
    { value: box.x + box.w, sd: edgeSdPx(box.w, SIDE_SD) },
    { value: box.y, sd: edgeSdPx(box.h, UPPER_EDGE_SD) },
    { value: box.y + box.h, sd: sd[1] * picture.heightPx },
    ...others,
  ];
  const at = (values: readonly number[]): number | null =>
    size(values.slice(0, 9) as unknown as Matrix3, { left: values[9]!, right: values[10]!, top: values[11]!, bottom: values[12]! }, values.slice(13));
  const values = known.map(({ value }) => value);
  const valueM = at(values);
  if (valueM === null || !(valueM > 0)) return null;
  const slopes = known.map(({ value, sd: own }, i) => {
    const step = own / 100;
    const [up, down] = [at(values.with(i, value + step)), at(values.with(i, value - step))];
    return own === 0 || up === null || down === null ? 0 : (up - down) / (2 * step);
  });
  const fromPlane = quadratic(slopes.slice(0, 9), plane.covariance, slopes.slice(0, 9));
  const fromRest = known.reduce((sum, { sd: own }, i) => (i < 9 ? sum : sum + (slopes[i]! * own) ** 2), 0);
  const errorM = SIGMAS_95_ONE_WAY * Math.sqrt(Math.max(0, fromPlane) + fromRest);
  return errorM <= valueM ? { valueM, errorM } : null;
}
