/**
 * A constant-velocity Kalman filter over a box: centre, aspect (width ÷ height) and height, each with its speed.
 * The state is that of DeepSORT and ByteTrack (Wojke, Bewley, Paulus, "Simple Online and Realtime Tracking with a Deep
 * Association Metric", ICIP 2017, §2.1). None of its matrices couples one coordinate with another, so the 8×8 filter is
 * kept as what it is: four filters of position and speed.
 */
import type { Box } from '../../domain/detection.ts';

/** Position, speed per second, and their covariance: variance of position, of both, of speed. */
export type Axis = readonly [position: number, speed: number, varPosition: number, covariance: number, varSpeed: number];

export interface Motion {
  readonly cx: Axis;
  readonly cy: Axis;
  readonly aspect: Axis;
  readonly h: Axis;
}

/** Standard deviation of a detector's box edge, in box heights (DeepSORT's 1/20). */
const MEASURED_SD = 1 / 20;
const MEASURED_ASPECT_SD = 0.1;
/** Somebody who just appeared may already walk or ride: about one body height per second either way. */
const FIRST_SPEED_SD = 1;
const FIRST_ASPECT_SPEED_SD = 0.1;
/**
 * Spectral density of the white-noise acceleration, heights² per s³ (Bar-Shalom, Li, Kirubarajan, "Estimation with
 * Applications to Tracking and Navigation", 2001, §6.2.2): a walker may gain or lose half a height per second within a second.
 * The continuous form holds for any step, which frames need that come 40 ms or 4 s apart. Chosen by `bench tracking`: 0.15 to 0.3
 * give the best HOTA, 1 loses 0.02 (every trembling box turns the predicted way), 2 loses 0.04.
 */
const ACCELERATION_DENSITY = 0.3;
const ASPECT_DENSITY = 0.05;
/** A speed says nothing about where somebody is after a longer gap than this. */
const LONGEST_STEP_S = 2;
const LEAST_SIZE_PX = 1;

/** The first belief about a box: stands still, as far as is known. */
export function firstMotion(box: Box): Motion {
  const h = Math.max(box.h, LEAST_SIZE_PX);
  const varPosition = (2 * MEASURED_SD * h) ** 2;
  const varSpeed = (FIRST_SPEED_SD * h) ** 2;
  return {
    cx: [box.x + box.w / 2, 0, varPosition, 0, varSpeed],
    cy: [box.y + box.h / 2, 0, varPosition, 0, varSpeed],
    aspect: [box.w / h, 0, MEASURED_ASPECT_SD ** 2, 0, FIRST_ASPECT_SPEED_SD ** 2],
    h: [h, 0, varPosition, 0, varSpeed / 4],
  };
}

/** Where it should be `stepMs` later. While it is lost its height is held, as ByteTrack does: a shrinking ghost matches nothing. */
export function predict(motion: Motion, stepMs: number, lost: boolean): Motion {
  const stepS = Math.min(Math.max(stepMs, 0) / 1000, LONGEST_STEP_S);
  const density = ACCELERATION_DENSITY * motion.h[0] ** 2;
  const height: Axis = lost ? [motion.h[0], 0, motion.h[2], motion.h[3], motion.h[4]] : motion.h;
  const h = predictAxis(height, stepS, density / 4);
  return {
    cx: predictAxis(motion.cx, stepS, density),
    cy: predictAxis(motion.cy, stepS, density),
    aspect: predictAxis(lost ? [motion.aspect[0], 0, motion.aspect[2], motion.aspect[3], motion.aspect[4]] : motion.aspect, stepS, ASPECT_DENSITY),
    h: [Math.max(h[0], LEAST_SIZE_PX), h[1], h[2], h[3], h[4]],
  };
}

/** Belief after seeing it at `box` (pixels). */
export function correct(motion: Motion, box: Box): Motion {
  const varMeasured = (MEASURED_SD * motion.h[0]) ** 2;
  const h = correctAxis(motion.h, Math.max(box.h, LEAST_SIZE_PX), varMeasured);
  return {
    cx: correctAxis(motion.cx, box.x + box.w / 2, varMeasured),
    cy: correctAxis(motion.cy, box.y + box.h / 2, varMeasured),
    aspect: correctAxis(motion.aspect, box.w / Math.max(box.h, LEAST_SIZE_PX), MEASURED_ASPECT_SD ** 2),
    h: [Math.max(h[0], LEAST_SIZE_PX), h[1], h[2], h[3], h[4]],
  };
}

/** The same belief, elsewhere: the picture has moved, not the object. */
export function shifted(motion: Motion, dx: number, dy: number): Motion {
  const along = ([position, ...rest]: Axis, by: number): Axis => [position + by, ...rest];
  return { ...motion, cx: along(motion.cx, dx), cy: along(motion.cy, dy) };
}

/** The believed box, in pixels; it may reach beyond the picture. */
export function boxOf(motion: Motion): Box {
  const h = motion.h[0];
  const w = Math.max(motion.aspect[0], 0.05) * h;
  return { x: motion.cx[0] - w / 2, y: motion.cy[0] - h / 2, w, h };
}

// Axes are read by index: taken apart by a pattern they make an iterator each, 19 KB a frame of 18 objects.
function predictAxis(axis: Axis, stepS: number, density: number): Axis {
  const covariance = axis[3];
  const varSpeed = axis[4];
  return [
    axis[0] + axis[1] * stepS,
    axis[1],
    axis[2] + 2 * stepS * covariance + stepS ** 2 * varSpeed + (density * stepS ** 3) / 3,
    covariance + stepS * varSpeed + (density * stepS ** 2) / 2,
    varSpeed + density * stepS,
  ];
}

function correctAxis(axis: Axis, measured: number, varMeasured: number): Axis {
  const position = axis[0];
  const varPosition = axis[2];
  const covariance = axis[3];
  const gain = varPosition / (varPosition + varMeasured);
  const speedGain = covariance / (varPosition + varMeasured);
  const surprise = measured - position;
  return [
    position + gain * surprise,
    axis[1] + speedGain * surprise,
    (1 - gain) * varPosition,
    (1 - gain) * covariance,
    axis[4] - speedGain * covariance,
  ];
}
