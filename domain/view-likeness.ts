/**
 * How a camera's view compares with what it used to show: which structure is still in its place, how sharp, how much of it; and what that
 * says of the camera. The tamper rule (workers) and camera health (gateway) see the same by it.
 */
import type { CameraFault } from './rule.ts';

/** A small grey likeness of a picture, one value per cell, row by row. */
export interface ViewPlanes {
  readonly columns: number;
  readonly rows: number;
  /** Mean luma, 0…255. */
  readonly luma: Float32Array;
  /** Mean difference between neighbouring pixels, 0…255: what blur takes away first. */
  readonly detail: Float32Array;
}

type Grid = Pick<ViewPlanes, 'columns' | 'rows'>;
type Values = Pick<ViewPlanes, 'luma' | 'detail'>;

/** What one frame says about the view. */
export interface ViewLikeness {
  /** Part of the blocks with structure in the background that show the same structure in the same place. */
  readonly alike: number;
  /** Correlation of the structure of all the picture, −1…1. */
  readonly inPlace: number;
  /** The best correlation when the picture is moved by some cells, and how many cells that is. */
  readonly moved: { readonly correlation: number; readonly cells: number };
  /** Structure and fine detail of all the picture now against the background's; 1 is as before. */
  readonly structure: number;
  readonly detail: number;
  /** Fine detail where the background had some, contrast taken out: tells blur while all is in its place, and nothing once it is not. */
  readonly sharpness: number;
}

/** Cells across and down a block. */
const BLOCK_COLUMNS = 12;
const BLOCK_ROWS = 9;
/** Structure (cells against the mean around them) below this many levels is noise and compression. */
const LEAST_STRUCTURE = 1.5;
const ALIKE_FROM = 0.5;
/** A moved picture fits so well, and by so much better than in its place. */
const MOVED_FROM = 0.5;
const MOVED_BETTER = 0.2;
/** How far a moved picture is looked for. */
const FARTHEST_CELLS = 4;
/** Detail of the background from which on a cell can tell blur. */
const LEAST_DETAIL = 3;
/** Half the width of the surroundings that structure is told from. */
const AROUND_CELLS = 2;
/** One bright edge must not speak for all of the picture. */
const STRONGEST = 3;

/** Null when too little of the background has structure, or too much is covered by followed objects (`ignored` 1), to say anything. */
export function likeness(background: Values, now: ViewPlanes, ignored: Uint8Array): ViewLikeness | null {
  const before = structureOf(background.luma, now);
  const present = structureOf(now.luma, now);
  const blocks = blocksWithStructure(before, ignored, now);
  const usable = ignored.reduce((sum, i) => sum + (i ? 0 : 1), 0);
  if (blocks.length < 4 || usable < ignored.length / 2) return null;
  return {
    alike: blocks.filter((cells) => correlation(before, present, cells, 0) >= ALIKE_FROM).length / blocks.length,
    ...placed(before, present, ignored, now),
    structure: sumOf(present, ignored) / Math.max(1e-3, sumOf(before, ignored)),
    detail: sumOf(now.detail, ignored) / Math.max(1e-3, sumOf(background.detail, ignored)),
    sharpness: sharpnessOf(background, now, ignored),
  };
}

/**
 * What is wrong with a view, or null. Covered: nothing is where it was, and there is little to see anywhere. Moved: nothing is where it was, and
 * as much to see as before, or it is all some cells further on. Defocused: all is where it was and its fine detail is gone.
 */
export function faultInView({ alike, inPlace, moved, structure, detail, sharpness }: ViewLikeness): CameraFault | null {
  if (moved.cells >= 2 && moved.correlation >= MOVED_FROM && moved.correlation >= inPlace + MOVED_BETTER) return 'moved';
  if (alike <= 0.1 && inPlace < 0.3) return structure < 0.5 || detail < 0.3 ? 'covered' : 'moved';
  if (inPlace >= 0.3 && sharpness < 0.4) return 'defocused';
  return null;
}

/** Each cell against the mean of its surroundings: what light adds to all of them goes out, and no cell counts beyond a few times the mean. */
function structureOf(luma: Float32Array, { columns, rows }: Grid): Float32Array {
  const around = sumsAround(sumsAround(luma, columns, rows, 1, columns), rows, columns, columns, 1);
  const near = (at: number, length: number): number => Math.min(length - 1, at + AROUND_CELLS) - Math.max(0, at - AROUND_CELLS) + 1;
  let total = 0;
  for (let row = 0, i = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, i++) {
      around[i] = luma[i]! - around[i]! / (near(row, rows) * near(column, columns));
      total += Math.abs(around[i]!);
    }
  }
  const most = (STRONGEST * total) / luma.length;
  return around.map((v) => Math.max(-most, Math.min(most, v)));
}

/** The sum of each value and its neighbours along one way; `lines` lines of `length` values that lie `step` apart, a line beginning every `stride`. */
function sumsAround(values: Float32Array, length: number, lines: number, step: number, stride: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let line = 0; line < lines; line++) {
    const from = line * stride;
    let sum = 0;
    for (let i = 0; i < Math.min(AROUND_CELLS, length); i++) sum += values[from + i * step]!;
    for (let i = 0; i < length; i++) {
      if (i + AROUND_CELLS < length) sum += values[from + (i + AROUND_CELLS) * step]!;
      if (i > AROUND_CELLS) sum -= values[from + (i - AROUND_CELLS - 1) * step]!;
      out[from + i * step] = sum;
    }
  }
  return out;
}

/** The cells of each block in which the background shows something, without the ignored ones. */
function blocksWithStructure(before: Float32Array, ignored: Uint8Array, { columns, rows }: Grid): number[][] {
  const blocks: number[][] = [];
  for (let top = 0; top + BLOCK_ROWS <= rows; top += BLOCK_ROWS) {
    for (let left = 0; left + BLOCK_COLUMNS <= columns; left += BLOCK_COLUMNS) {
      const cells = Array.from({ length: BLOCK_COLUMNS * BLOCK_ROWS }, (_, i) => (top + Math.floor(i / BLOCK_COLUMNS)) * columns + left + (i % BLOCK_COLUMNS)).filter((i) => !ignored[i]);
      const strength = cells.reduce((sum, i) => sum + Math.abs(before[i]!), 0) / cells.length;
      if (cells.length > (BLOCK_COLUMNS * BLOCK_ROWS) / 2 && strength >= LEAST_STRUCTURE) blocks.push(cells);
    }
  }
  return blocks;
}

/** Normalised cross-correlation over these cells, the present read `by` cells further on. 0 where either shows nothing. */
function correlation(before: Float32Array, present: Float32Array, cells: readonly number[], by: number): number {
  let [both, a, b] = [0, 0, 0];
  for (const i of cells) {
    const [x, y] = [before[i]!, present[i + by] ?? 0];
    both += x * y;
    a += x * x;
    b += y * y;
  }
  return a === 0 || b === 0 ? 0 : both / Math.sqrt(a * b);
}

function placed(before: Float32Array, present: Float32Array, ignored: Uint8Array, { columns, rows }: Grid): Pick<ViewLikeness, 'inPlace' | 'moved'> {
  const cells: number[] = [];
  for (let row = FARTHEST_CELLS; row < rows - FARTHEST_CELLS; row++) {
    for (let column = FARTHEST_CELLS; column < columns - FARTHEST_CELLS; column++) if (!ignored[row * columns + column]) cells.push(row * columns + column);
  }
  const inPlace = correlation(before, present, cells, 0);
  // Nothing could fit better by enough: eighty shifts need not be tried on a camera that stands still.
  if (inPlace > 1 - MOVED_BETTER) return { inPlace, moved: { correlation: inPlace, cells: 0 } };
  let moved = { correlation: -1, cells: 0 };
  for (let dy = -FARTHEST_CELLS; dy <= FARTHEST_CELLS; dy++) {
    for (let dx = -FARTHEST_CELLS; dx <= FARTHEST_CELLS; dx++) {
      const c = correlation(before, present, cells, dy * columns + dx);
      if (c > moved.correlation) moved = { correlation: c, cells: Math.max(Math.abs(dx), Math.abs(dy)) };
    }
  }
  return { inPlace, moved };
}

/** The median of what is left of the detail in cells that had some, against the contrast of the picture as a whole: dusk dims both. */
function sharpnessOf(background: Values, now: ViewPlanes, ignored: Uint8Array): number {
  const all = new Float32Array(ignored.length);
  let count = 0;
  for (let i = 0; i < ignored.length; i++) if (!ignored[i] && background.detail[i]! >= LEAST_DETAIL) all[count++] = now.detail[i]! / background.detail[i]!;
  if (count < ignored.length / 20) return 1;
  const ratios = all.subarray(0, count).sort();
  return ratios[count >> 1]! / Math.max(0.05, deviation(now.luma) / Math.max(1, deviation(background.luma)));
}

function deviation(values: Float32Array): number {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
}

function sumOf(values: Float32Array, ignored: Uint8Array): number {
  return values.reduce((sum, v, i) => sum + (ignored[i] ? 0 : Math.abs(v)), 0);
}
