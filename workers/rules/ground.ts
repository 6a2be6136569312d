/** Metres through a camera's ground plane: where on the ground, and how much of it. */
import type { PicturePoint } from '../../domain/camera.ts';
import { projectM, type GroundPlane } from '../../grid/ground-plane.ts';

/** Local metres, east and north. */
export interface Metres {
  readonly x: number;
  readonly y: number;
}

/** The ground under a point of the picture, or null above the horizon. */
export function groundUnder(plane: GroundPlane, point: PicturePoint): Metres | null {
  const metres = projectM(plane, point);
  return metres && { x: metres[0], y: metres[1] };
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
