/** A small grey likeness of a frame, for the rules that watch the picture itself and not what the detector made of it. */

/** Columns and rows of cells: small enough to be kept between frames, fine enough for a suitcase some ten metres off. */
export const THUMBNAIL_COLUMNS = 96;
export const THUMBNAIL_ROWS = 54;

/** One value per cell, row by row. */
export interface Thumbnail {
  readonly columns: number;
  readonly rows: number;
  /** Mean luma, 0…255 (BT.601). */
  readonly luma: Float32Array;
  /** Mean difference between neighbouring pixels, 0…255: what blur takes away first. */
  readonly detail: Float32Array;
}

/** 8-bit RGB without padding; models/picture.ts satisfies it. */
interface RgbPicture {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly rgb: Uint8Array;
}

/** Pixels looked at across and down a cell: of a 960 × 540 frame a sixth, which takes a fraction of a millisecond. */
const SAMPLES = 4;

/** The thumbnail of a picture of any size. Each cell is sampled on a grid, and each sample against its right-hand neighbour. */
export function thumbnailOf({ widthPx, heightPx, rgb }: RgbPicture): Thumbnail {
  const columns = Math.min(THUMBNAIL_COLUMNS, widthPx);
  const rows = Math.min(THUMBNAIL_ROWS, heightPx);
  const luma = new Float32Array(columns * rows);
  const detail = new Float32Array(columns * rows);
  const xs = samplePoints(columns, widthPx);
  const ys = samplePoints(rows, heightPx);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      let differences = 0;
      for (let j = 0; j < SAMPLES; j++) {
        const line = ys[row * SAMPLES + j]! * widthPx;
        for (let i = 0; i < SAMPLES; i++) {
          const x = xs[column * SAMPLES + i]!;
          const here = lumaAt(rgb, line + x);
          sum += here;
          differences += Math.abs(here - lumaAt(rgb, line + Math.min(x + 1, widthPx - 1)));
        }
      }
      luma[row * columns + column] = sum / SAMPLES ** 2;
      detail[row * columns + column] = differences / SAMPLES ** 2;
    }
  }
  return { columns, rows, luma, detail };
}

/** `SAMPLES` places in each of `cells` equal parts of `length` pixels. */
function samplePoints(cells: number, length: number): Int32Array {
  return Int32Array.from({ length: cells * SAMPLES }, (_, i) => Math.min(length - 1, Math.floor(((i + 0.5) * length) / (cells * SAMPLES))));
}

function lumaAt(rgb: Uint8Array, pixel: number): number {
  return 0.299 * rgb[3 * pixel]! + 0.587 * rgb[3 * pixel + 1]! + 0.114 * rgb[3 * pixel + 2]!;
}
