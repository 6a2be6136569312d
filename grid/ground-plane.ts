/** Where a point of a camera's picture lies on the ground, and how far off that may be: the plane-to-plane homography of a surveyed camera. */
import type { Camera, GroundPoint, PicturePoint } from '../domain/camera.ts';
import type { LonLat } from '../domain/geo.ts';
import { GridwardenError } from '../platform/errors.ts';
import { added, propagated, radius95M, type Covariance2 } from './covariance.ts';
import { apply, byEntries, depth, imageSpread } from './homography.ts';
import { placeFrom, type MetrePoint } from './plane.ts';
import { HORIZON_MARGIN, reviewSurvey, type GroundPlane } from './survey.ts';

export type { GroundPlane } from './survey.ts';

/** Standard deviations of a picture point, fractions of the picture's width and height. */
export type PictureSd = readonly [sdX: number, sdY: number];

/** A place on the ground and its uncertainty. */
export interface Located {
  readonly at: LonLat;
  /** East and north of the plane's origin. */
  readonly metres: MetrePoint;
  readonly covarianceM2: Covariance2;
  /** Radius of the circle about `at` that holds the true place 95 times of 100. */
  readonly errorM: number;
}

/** No camera judges a foot point farther off than this; such a place is noise from beneath the horizon. */
const FARTHEST_M = 5000;
/** With the depth less sure than this share, the true error has a tail towards the horizon that no ellipse shows. */
const MOST_DEPTH_SD = 0.25;

/**
 * Solves picture → ground from four or more surveyed points, in metres on the plane that touches the earth at the first point (error
 * below 1 cm within 1 km of it at city latitudes). `surveyErrorM`: standard deviation of a surveyed place, each way.
 * Throws GROUND_PLANE_INVALID naming the camera when points are too few, in line, mixed up, or nearly so; GROUND_PLANE_DOUBTFUL when
 * they lie farther from a common plane than their errors allow, or too badly spread to hold one.
 */
export function solveGroundPlane(cameraId: string, points: readonly GroundPoint[], surveyErrorM?: number): GroundPlane {
  const { plane, trouble } = reviewSurvey(points, surveyErrorM);
  if (trouble || !plane) throw new GridwardenError(trouble?.code ?? 'GROUND_PLANE_INVALID', { camera: cameraId, why: trouble?.why ?? 'no plane' });
  return plane;
}

/** The camera's plane with its own survey's error; null where nobody surveyed it. Throws as `solveGroundPlane`. */
export function groundPlaneOf(camera: Pick<Camera, 'id' | 'groundPlane' | 'surveyErrorM'>): GroundPlane | null {
  return camera.groundPlane && solveGroundPlane(camera.id, camera.groundPlane, camera.surveyErrorM);
}

/** The place on the ground under a point of the picture (fractions 0…1), or null where the picture shows the sky or beyond 5 km. */
export function project(plane: GroundPlane, point: PicturePoint): LonLat | null {
  const metres = projectM(plane, point);
  return metres && placeFrom(plane.origin, metres);
}

/** The same in metres east and north of the plane's origin. */
export function projectM(plane: GroundPlane, point: PicturePoint): MetrePoint | null {
  if (depth(plane.toGround, point) <= HORIZON_MARGIN) return null;
  const metres = apply(plane.toGround, point);
  return Math.hypot(...metres) <= FARTHEST_M ? metres : null;
}

/**
 * The place under a point known to `sd`, with the error that both the point and the survey give it, to first order (Criminisi, Reid,
 * Zisserman, "A plane measuring device", Image and Vision Computing 17, 1999, eq. 7: Jₕ Λₕ Jₕᵀ + Jₚ Λₚ Jₚᵀ).
 * Null where `project` gives none, and so near the horizon that the first order does not hold.
 */
export function locate(plane: GroundPlane, point: PicturePoint, sd: PictureSd): Located | null {
  const metres = projectM(plane, point);
  if (!metres || depthSd(plane, point, sd) > MOST_DEPTH_SD) return null;
  const covarianceM2 = added(planeSpread(plane, point), imageSpread(plane.toGround, point, sd[0] ** 2, sd[1] ** 2));
  return { at: placeFrom(plane.origin, metres), metres, covarianceM2, errorM: radius95M(covarianceM2) };
}

/** The survey's own share of a place's error, metres². */
export function planeSpread(plane: GroundPlane, point: PicturePoint): Covariance2 {
  return propagated(byEntries(plane.toGround, point), plane.covariance);
}

/** Standard deviation of a point's depth below the horizon as a share of that depth. */
function depthSd({ toGround, covariance }: GroundPlane, point: PicturePoint, [sdX, sdY]: PictureSd): number {
  const row = [0, 0, 0, 0, 0, 0, point[0], point[1], 1];
  const [survey] = propagated([row, row], covariance);
  return Math.sqrt(survey + (toGround[6] * sdX) ** 2 + (toGround[7] * sdY) ** 2) / depth(toGround, point);
}
