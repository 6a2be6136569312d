/** The cells that a detector's heads lay over its input tensor. */
import type { SizePx } from './letterbox.ts';

/** How many cells of one stride (px) are in a row; a last one that sticks out counts, as convolutions with padding make it. */
export const columnsOf = (size: SizePx, stride: number): number => Math.ceil(size.widthPx / stride);

export const cellsOf = (size: SizePx, stride: number): number => columnsOf(size, stride) * Math.ceil(size.heightPx / stride);

/** The cells of all strides together. */
export const allCells = (size: SizePx, strides: readonly number[]): number => strides.reduce((sum, stride) => sum + cellsOf(size, stride), 0);
