/** Metres through a camera's ground plane: how far, how large, how much ground. All of it holds for what stands upright on that ground. */
import type { PicturePoint } from '../../domain/camera.ts';
import type { Box } from '../../domain/detection.ts';
import type { GroundPlane } from '../../grid/ground-plane.ts';
import { standsAt } from './zone.ts';

/** Local metres, east and north. */
export interface Metres {
  readonly x: number;
  readonly y: number;
}

interface PictureSize {
  readonly widthPx: number;
  readonly heightPx: number;
}

/** Looking down steeper than this (about 75°) the upright part of a box is too short to tell a height from. */
const STEEPEST = 0.966;

/** The ground under a point of the picture, or null above the horizon. */
export function groundUnder({ toGround: [a, b, c, d, e, f, g, h, i] }: GroundPlane, [x, y]: PicturePoint): Metres | null {
  const w = g * x + h * y + i;
  return w > 1e-6 ? { x: (a * x + b * y + c) / w, y: (d * x + e * y + f) / w } : null;
}

/** Area of a polygon of the picture on the ground, m²; null where a corner lies above the horizon. */
export function groundAreaM2(plane: GroundPlane, polygon: readonly PicturePoint[]): number | null {
  const corners = polygon.map((point) => groundUnder(plane, point));
  let twice = 0;
  for (let i = 0; i < corners.length; i++) {
    const [p, q] = [corners[i], corners[(i + 1) % corners.length]];
    if (!p || !q) return null;
    twice += p.x * q.y - q.x * p.y;
  }
  return Math.abs(twice) / 2;
}

/**
 * Width and height in metres of the object in a box (pixels); null where its foot is above the horizon, `heightM` null where the camera
 * looks down too steeply. Weak perspective at the foot (Hartley, Zisserman, "Multiple View Geometry", 2nd ed., §6.3.1): of the two
 * scales of the ground there, the finer is that of everything across the line of sight, and their ratio is the sine of the angle at
 * which the camera looks down. Within a tenth for objects further off than some five times their height.
 */
export function sizeM(plane: GroundPlane, box: Box, size: PictureSize): { widthM: number; heightM: number | null } | null {
  const scale = scaleAt(plane, standsAt(box, size), size);
  if (!scale) return null;
  const sine = scale.acrossM / scale.alongM;
  return { widthM: box.w * scale.acrossM, heightM: sine > STEEPEST ? null : (box.h * scale.acrossM) / Math.sqrt(1 - sine ** 2) };
}

/** Metres of ground per pixel across the line of sight and along it: the singular values of the plane's derivative. */
function scaleAt({ toGround: [a, b, c, d, e, f, g, h, i] }: GroundPlane, [x, y]: PicturePoint, { widthPx, heightPx }: PictureSize): { acrossM: number; alongM: number } | null {
  const w = g * x + h * y + i;
  if (w <= 1e-6) return null;
  const [east, north] = [(a * x + b * y + c) / w, (d * x + e * y + f) / w];
  const [ex, ey, nx, ny] = [(a - g * east) / w / widthPx, (b - h * east) / w / heightPx, (d - g * north) / w / widthPx, (e - h * north) / w / heightPx];
  const half = (ex * ex + ey * ey + nx * nx + ny * ny) / 2;
  const root = Math.sqrt(Math.max(0, half * half - (ex * ny - ey * nx) ** 2));
  return { acrossM: Math.sqrt(Math.max(0, half - root)), alongM: Math.sqrt(half + root) };
}
