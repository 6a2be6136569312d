/** Where the street's camera hangs and how a point of the street falls into its picture (pinhole, no distortion). */

/** Metres: x along the street, y across it away from the camera, z up. The camera stands above (0, 0). */
export type Point3 = readonly [x: number, y: number, z: number];
/** Pixels, y down. */
export type Point2 = readonly [x: number, y: number];

export interface View {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly focalPx: number;
  readonly heightM: number;
  /** Downwards, radians. */
  readonly tilt: number;
  /** Clockwise seen from above, 0 looks straight across the street, radians. */
  readonly yaw: number;
}

/** Nearer than this nothing is drawn, metres along the optical axis. */
const NEAR_M = 0.5;

/** Camera coordinates: right, down, forward, in metres. */
export function toCamera(view: View, [x, y, z]: Point3): Point3 {
  const right = x * Math.cos(view.yaw) - y * Math.sin(view.yaw);
  const level = x * Math.sin(view.yaw) + y * Math.cos(view.yaw);
  const up = z - view.heightM;
  return [right, -up * Math.cos(view.tilt) - level * Math.sin(view.tilt), level * Math.cos(view.tilt) - up * Math.sin(view.tilt)];
}

/** Metres along the optical axis. */
export const depthOf = (view: View, point: Point3): number => toCamera(view, point)[2];

/** Pixels per metre at a point: what turns a radius into pixels. */
export const scaleAt = (view: View, point: Point3): number => view.focalPx / Math.max(NEAR_M, depthOf(view, point));

export function project(view: View, point: Point3): Point2 {
  return onPicture(view, toCamera(view, point));
}

/** A flat face of the street in the picture, cut at the near plane; empty where it lies behind the camera. */
export function projectFace(view: View, corners: readonly Point3[]): Point2[] {
  const inCamera = corners.map((corner) => toCamera(view, corner));
  const kept: Point3[] = [];
  inCamera.forEach((a, i) => {
    const b = inCamera[(i + 1) % inCamera.length] ?? a;
    if (a[2] >= NEAR_M) kept.push(a);
    if (a[2] >= NEAR_M !== b[2] >= NEAR_M) {
      const t = (NEAR_M - a[2]) / (b[2] - a[2]);
      kept.push([a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1]), NEAR_M]);
    }
  });
  return kept.map((point) => onPicture(view, point));
}

/** How far along the street the picture reaches at distance `acrossM`, widened by `marginM` on both sides. */
export function reachAlong(view: View, acrossM: number, marginM: number): { readonly left: number; readonly right: number } {
  const half = Math.atan(view.widthPx / 2 / view.focalPx) + 0.03;
  return { left: acrossM * Math.tan(view.yaw - half) - marginM, right: acrossM * Math.tan(view.yaw + half) + marginM };
}

function onPicture(view: View, [right, down, forward]: Point3): Point2 {
  const scale = view.focalPx / Math.max(NEAR_M, forward);
  return [view.widthPx / 2 + right * scale, view.heightPx / 2 + down * scale];
}
