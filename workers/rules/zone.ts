/** Whether an object stands in a zone: where it touches the ground against the zone's polygon. */
import type { PicturePoint } from '../../domain/camera.ts';
import { footPoint, type Box } from '../../domain/detection.ts';

/** Just inside the picture, so that feet cut off by its edge count for a zone drawn up to that edge. */
const EDGE = 1e-6;

/** The foot point of a box (pixels) as fractions of the picture, held inside it. */
export function standsAt(box: Box, frame: { readonly widthPx: number; readonly heightPx: number }): PicturePoint {
  const foot = footPoint(box);
  return [within(foot.x / frame.widthPx), within(foot.y / frame.heightPx)];
}

/** Even-odd rule (PNPOLY, W. R. Franklin); the polygon is not closed, self-crossing parts count by parity. */
export function insidePolygon([x, y]: PicturePoint, polygon: readonly PicturePoint[]): boolean {
  let inside = false;
  let [beforeX, beforeY] = polygon.at(-1) ?? [0, 0];
  for (const [atX, atY] of polygon) {
    if (atY > y !== beforeY > y && x < ((beforeX - atX) * (y - atY)) / (beforeY - atY) + atX) inside = !inside;
    [beforeX, beforeY] = [atX, atY];
  }
  return inside;
}

function within(fraction: number): number {
  return Math.min(1 - EDGE, Math.max(EDGE, fraction));
}
