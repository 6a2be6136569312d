/** Gathers the changed cells of a picture into a few boxes: one moving thing is as a rule several cells with gaps between them. */
import type { Box } from '../../domain/detection.ts';

/** Cells this far apart, in either direction, are of one thing. */
const REACH = 2;
/** More are not told of: they travel with every frame, and nobody could afford to look at them all. */
const MOST_REGIONS = 8;

/** `changed` holds a 1 per changed cell, row by row. The boxes around connected cells, in cells, largest first, at most 8. */
export function movingRegions(changed: Uint8Array, columns: number): Box[] {
  const rows = Math.floor(changed.length / columns);
  const open = Uint8Array.from(changed);
  const regions: Box[] = [];
  for (let cell = 0; cell < open.length; cell++) if (open[cell] === 1) regions.push(gather(open, cell, columns, rows));
  return regions.sort((a, b) => b.w * b.h - a.w * a.h).slice(0, MOST_REGIONS);
}

/** Closes all cells that hang together with this one, and gives the box around them. */
function gather(open: Uint8Array, from: number, columns: number, rows: number): Box {
  let [left, top, right, bottom] = [columns, rows, 0, 0];
  const pending = [from];
  open[from] = 0;
  for (let cell = pending.pop(); cell !== undefined; cell = pending.pop()) {
    const [x, y] = [cell % columns, Math.floor(cell / columns)];
    [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x), Math.max(bottom, y)];
    for (let ny = Math.max(0, y - REACH); ny <= Math.min(rows - 1, y + REACH); ny++) {
      for (let nx = Math.max(0, x - REACH); nx <= Math.min(columns - 1, x + REACH); nx++) {
        const next = ny * columns + nx;
        if (open[next] !== 1) continue;
        open[next] = 0;
        pending.push(next);
      }
    }
  }
  return { x: left, y: top, w: right - left + 1, h: bottom - top + 1 };
}
