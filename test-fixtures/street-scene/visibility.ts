/** How much of each thing can be seen: the picture is filled with their numbers, far to near, and what remains is counted. */
import { type Shape, extentOf } from './shape.ts';
import type { Point2, View } from './view.ts';

/** Pixels of the grid's cells: fine enough for the nearest per cent of a person. */
const CELL_PX = 2;

interface Silhouette {
  readonly left: number;
  readonly top: number;
  readonly columns: number;
  readonly rows: number;
  readonly filled: Uint8Array;
  readonly cells: number;
}

/** For things given far to near: the part of each one's outline that is within the picture and not covered by a later one, 0…1. */
export function visibleShares(view: View, things: readonly (readonly Shape[])[]): number[] {
  const columns = Math.ceil(view.widthPx / CELL_PX);
  const rows = Math.ceil(view.heightPx / CELL_PX);
  const owner = new Int16Array(columns * rows).fill(-1);
  const silhouettes = things.map((shapes) => silhouetteOf(shapes));
  silhouettes.forEach((s, i) => s && eachCell(s, columns, rows, (cell) => (owner[cell] = i)));
  return silhouettes.map((s, i) => {
    if (!s) return 0;
    let seen = 0;
    eachCell(s, columns, rows, (cell) => (seen += owner[cell] === i ? 1 : 0));
    return s.cells === 0 ? 0 : seen / s.cells;
  });
}

function eachCell(s: Silhouette, columns: number, rows: number, visit: (cell: number) => void): void {
  for (let row = Math.max(0, -s.top); row < s.rows && row + s.top < rows; row++)
    for (let column = Math.max(0, -s.left); column < s.columns && column + s.left < columns; column++) {
      if (s.filled[row * s.columns + column] === 1) visit((row + s.top) * columns + column + s.left);
    }
}

/** The cells whose middle lies in any of the opaque shapes, also outside the picture. */
function silhouetteOf(shapes: readonly Shape[]): Silhouette | null {
  const solid = shapes.filter((shape) => (shape.alpha ?? 1) === 1);
  const extent = extentOf(solid);
  if (!extent) return null;
  const left = Math.floor(extent.left / CELL_PX);
  const top = Math.floor(extent.top / CELL_PX);
  const columns = Math.ceil(extent.right / CELL_PX) - left;
  const rows = Math.ceil(extent.bottom / CELL_PX) - top;
  const filled = new Uint8Array(columns * rows);
  for (const shape of solid) {
    const own = extentOf([shape]);
    if (!own) continue;
    for (let row = Math.floor(own.top / CELL_PX) - top; row < Math.ceil(own.bottom / CELL_PX) - top; row++) {
      const crossings = crossingsAt(shape.outlines, (row + top + 0.5) * CELL_PX);
      for (let i = 0; i + 1 < crossings.length; i += 2) {
        const from = Math.max(0, Math.ceil((crossings[i] ?? 0) / CELL_PX - 0.5) - left);
        const to = Math.min(columns, Math.ceil((crossings[i + 1] ?? 0) / CELL_PX - 0.5) - left);
        filled.fill(1, row * columns + from, Math.max(row * columns + from, row * columns + to));
      }
    }
  }
  let cells = 0;
  for (const cell of filled) cells += cell;
  return { left, top, columns, rows, filled, cells };
}

/** Where the outlines cross the line at `y`, left to right; inside lies between each odd and the next even one. */
function crossingsAt(outlines: readonly (readonly Point2[])[], y: number): number[] {
  const found: number[] = [];
  for (const outline of outlines)
    outline.forEach(([x1, y1], i) => {
      const [x2, y2] = outline[(i + 1) % outline.length] ?? [x1, y1];
      if (y1 <= y !== y2 <= y) found.push(x1 + ((y - y1) / (y2 - y1)) * (x2 - x1));
    });
  return found.sort((a, b) => a - b);
}
