/** Cells of a thumbnail: which lie in a zone, which are covered by followed objects, and what hangs together. */
import type { Box, Track } from '../../domain/detection.ts';
import type { Place } from './contract.ts';
import type { Thumbnail } from './thumbnail.ts';
import { insidePolygon } from './zone.ts';

/** A rectangle of cells; the ends are not included. */
export interface Window {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

interface PictureSize {
  readonly widthPx: number;
  readonly heightPx: number;
}

type Grid = Pick<Thumbnail, 'columns' | 'rows'>;

/** The cells around a zone, with one more on each side to tell the zone's edge from. */
export function windowOf({ points }: Place, { columns, rows }: Grid): Window {
  const xs = points.map(([x]) => x * columns);
  const ys = points.map(([, y]) => y * rows);
  return {
    left: Math.max(0, Math.floor(Math.min(...xs)) - 1),
    top: Math.max(0, Math.floor(Math.min(...ys)) - 1),
    right: Math.min(columns, Math.ceil(Math.max(...xs)) + 1),
    bottom: Math.min(rows, Math.ceil(Math.max(...ys)) + 1),
  };
}

export function widthOf({ left, right }: Window): number {
  return right - left;
}

/** A plane's values in a window, row by row. */
export function cut(plane: Float32Array, { columns }: Grid, window: Window): Float32Array {
  const out = new Float32Array(widthOf(window) * (window.bottom - window.top));
  for (let row = window.top; row < window.bottom; row++) out.set(plane.subarray(row * columns + window.left, row * columns + window.right), (row - window.top) * widthOf(window));
  return out;
}

/** 1 for each cell of the window whose centre lies in the zone. */
export function zoneMask({ points }: Place, { columns, rows }: Grid, window: Window): Uint8Array {
  return eachCell(window, (column, row) => insidePolygon([(column + 0.5) / columns, (row + 0.5) / rows], points));
}

/** Boxes are a little too small as often as too large, and shadows hang on them. */
const GROWN = 0.12;

/** 1 for each cell of the window that a followed object covers, seen now or just lost. */
export function trackMask(tracks: readonly Track[], { widthPx, heightPx }: PictureSize, { columns, rows }: Grid, window: Window): Uint8Array {
  const boxes = tracks.map(({ box }) => ({
    left: ((box.x - GROWN * box.w) / widthPx) * columns,
    right: ((box.x + (1 + GROWN) * box.w) / widthPx) * columns,
    top: ((box.y - GROWN * box.h) / heightPx) * rows,
    bottom: ((box.y + (1 + GROWN) * box.h) / heightPx) * rows,
  }));
  return eachCell(window, (column, row) => boxes.some((b) => column + 1 > b.left && column < b.right && row + 1 > b.top && row < b.bottom));
}

function eachCell(window: Window, holds: (column: number, row: number) => boolean): Uint8Array {
  const width = widthOf(window);
  return Uint8Array.from({ length: width * (window.bottom - window.top) }, (_, i) => (holds(window.left + (i % width), window.top + Math.floor(i / width)) ? 1 : 0));
}

/** Cells that hang together by side or corner, as lists of indices into the window. */
export function components(cells: Uint8Array, window: Window): number[][] {
  const width = widthOf(window);
  const left = Uint8Array.from(cells);
  const found: number[][] = [];
  for (let first = 0; first < left.length; first++) {
    if (!left[first]) continue;
    const component = [first];
    left[first] = 0;
    for (let n = 0; n < component.length; n++) {
      for (const next of neighbours(component[n]!, width, left.length)) {
        if (!left[next]) continue;
        left[next] = 0;
        component.push(next);
      }
    }
    found.push(component);
  }
  return found;
}

function neighbours(cell: number, width: number, length: number): number[] {
  const column = cell % width;
  const out: number[] = [];
  for (let dy = -1; dy <= 1; dy++) {
    for (let dx = -1; dx <= 1; dx++) {
      const next = cell + dy * width + dx;
      if ((dx !== 0 || dy !== 0) && column + dx >= 0 && column + dx < width && next >= 0 && next < length) out.push(next);
    }
  }
  return out;
}

/** The rectangle around cells of a window, in cells of the whole thumbnail. */
export function around(cells: readonly number[], window: Window): Window {
  const width = widthOf(window);
  const columns = cells.map((cell) => window.left + (cell % width));
  const rows = cells.map((cell) => window.top + Math.floor(cell / width));
  return { left: Math.min(...columns), top: Math.min(...rows), right: Math.max(...columns) + 1, bottom: Math.max(...rows) + 1 };
}

export function pixelsOf({ left, top, right, bottom }: Window, { columns, rows }: Grid, { widthPx, heightPx }: PictureSize): Box {
  return { x: (left / columns) * widthPx, y: (top / rows) * heightPx, w: ((right - left) / columns) * widthPx, h: ((bottom - top) / rows) * heightPx };
}

export function overlap(a: Window, b: Window): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
