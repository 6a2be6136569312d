/** Which cells of a picture lie in a mask: those whose centre does. */
import type { Mask } from '../../domain/camera.ts';

/** A 1 per masked cell, row by row, for cells of `cellPx` in a picture of this size; a picture smaller than a cell is one cell. */
export function maskedCells(masks: readonly Mask[], widthPx: number, heightPx: number, cellPx: number): Uint8Array {
  const columns = Math.max(1, Math.floor(widthPx / cellPx));
  const rows = Math.max(1, Math.floor(heightPx / cellPx));
  return Uint8Array.from({ length: columns * rows }, (_, cell) => {
    const x = Math.min(1, (((cell % columns) + 0.5) * cellPx) / widthPx);
    const y = Math.min(1, ((Math.floor(cell / columns) + 0.5) * cellPx) / heightPx);
    return masks.some((mask) => isInside(mask, x, y)) ? 1 : 0;
  });
}

/** Even-odd rule: a ray to the right crosses the outline an odd number of times. */
function isInside(polygon: Mask, x: number, y: number): boolean {
  let inside = false;
  for (const [i, [x1, y1]] of polygon.entries()) {
    const [x2, y2] = polygon.at(i - 1) ?? [x1, y1];
    if (y1 > y !== y2 > y && x < x1 + ((y - y1) / (y2 - y1)) * (x2 - x1)) inside = !inside;
  }
  return inside;
}
