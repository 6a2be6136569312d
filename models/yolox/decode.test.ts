/** YOLOX's grid written by hand: each number must come out where the paper says. */
import { describe, expect, test } from 'vitest';
import type { ObjectClass } from '../../domain/detection.ts';
import { placeRegion, wholeOf } from '../letterbox.ts';
import { decode, expectedOutputs } from './decode.ts';

const TENSOR = { widthPx: 64, heightPx: 32 };
const HEAD = { outputs: ['output'], objectness: true, strides: [8, 16, 32] };
const MODEL = { ...HEAD, classes: 3, labels: { 0: 'person', 2: 'car' } as Record<string, ObjectClass>, thresholds: { score: 0.3, nmsIou: 0.5 } };
const ROW = 8;
// 8 × 4 cells of stride 8, 4 × 2 of 16, 2 × 1 of 32.
const CELLS = 32 + 8 + 2;
const unscaled = placeRegion(wholeOf(TENSOR), TENSOR, TENSOR, 'letterbox-top-left');

function grid(...cells: [cell: number, row: number[]][]): Map<string, Float32Array> {
  const values = new Float32Array(CELLS * ROW);
  for (const [cell, row] of cells) values.set(row, cell * ROW);
  return new Map([['output', values]]);
}

describe('yolox decode', () => {
  test('expects one row per cell', () => {
    expect(expectedOutputs(MODEL, TENSOR)).toMatchObject([{ name: 'output', shape: [CELLS, ROW] }]);
    expect(expectedOutputs({ ...HEAD, classes: 80 }, { widthPx: 416, heightPx: 416 })).toMatchObject([{ name: 'output', shape: [3549, 85] }]);
  });

  test('centre = (offset + cell) · stride, size = exp(log size) · stride, score = objectness · class', () => {
    const cell8 = 2 * 8 + 5;
    const found = decode(grid([cell8, [0.5, 0.25, Math.log(2), Math.log(1), 0.8, 0.9, 0, 0]]), MODEL, unscaled);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ label: 'person' });
    expect(found[0]!.score).toBeCloseTo(0.72, 6);
    // Centre (5.5 · 8, 2.25 · 8) = (44, 18), size (16, 8).
    expectBox(found[0]!.box, [36, 14, 16, 8]);
  });

  test('the coarser strides follow row by row', () => {
    const found = decode(grid([32 + 6, [0, 0, 0, 0, 1, 0, 0, 0.9]], [40 + 1, [-0.5, 0.5, -1, -1, 1, 0.9, 0, 0]]), MODEL, unscaled);
    expect(found.map((f) => f.label)).toEqual(['car', 'person']);
    // Stride 16, cell (2, 1): centre (32, 16). Stride 32, cell (1, 0): centre (16, 16), size 32/e.
    expectBox(found[0]!.box, [24, 8, 16, 16]);
    expectBox(found[1]!.box, [16 - 16 / Math.E, 16 - 16 / Math.E, 32 / Math.E, 32 / Math.E]);
  });

  test('a picture twice as large gets boxes twice as large; a centred letterbox is taken off', () => {
    const row: [number, number[]] = [2 * 8 + 5, [0.5, 0.25, Math.log(2), 0, 0.8, 0.9, 0, 0]];
    const twice = { widthPx: 128, heightPx: 64 };
    expectBox(decode(grid(row), MODEL, placeRegion(wholeOf(twice), twice, TENSOR, 'letterbox-top-left'))[0]!.box, [72, 28, 32, 16]);
    const square = { widthPx: 32, heightPx: 32 };
    expectBox(decode(grid(row), MODEL, placeRegion(wholeOf(square), square, TENSOR, 'letterbox-centred'))[0]!.box, [20, 14, 12, 8]);
  });

  test('says nothing of weak cells, of classes that are not ours, and of cells that hold no numbers', () => {
    const weak = [0, 0, 0, 0, 0.5, 0.5, 0, 0];
    const notOurs = [0, 0, 0, 0, 1, 0.4, 0.9, 0];
    const outside = [50, 0, 0, 0, 1, 1, 0, 0];
    const noNumbers = [Number.NaN, Number.NaN, Number.NaN, Number.NaN, 1, 1, 0, 0];
    const noScore = [0, 0, 0, 0, Number.NaN, 1, 0, 0];
    expect(decode(grid([9, weak], [10, notOurs], [11, outside], [12, noNumbers], [13, noScore]), MODEL, unscaled)).toEqual([]);
  });

  test('without objectness the class alone is the score, and a row is one shorter', () => {
    const model = { ...MODEL, objectness: false };
    expect(expectedOutputs(model, TENSOR)).toMatchObject([{ name: 'output', shape: [CELLS, ROW - 1], probabilities: { from: 4 } }]);
    const values = new Float32Array(CELLS * (ROW - 1));
    values.set([0.5, 0.25, Math.log(2), 0, 0.8, 0.1, 0.7], (2 * 8 + 5) * (ROW - 1));
    values.set([0, 0, 0, 0, 0.1, 0.9, 0.8], 41 * (ROW - 1));
    const found = decode(new Map([['output', values]]), model, unscaled);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ label: 'person', score: Math.fround(0.8) });
    expectBox(found[0]!.box, [36, 14, 16, 8]);
  });

  test('a box beyond all measure is cut at the picture', () => {
    expectBox(decode(grid([9, [0, 0, 500, 500, 1, 1, 0, 0]]), MODEL, unscaled)[0]!.box, [0, 0, 64, 32]);
  });
});

function expectBox(box: { x: number; y: number; w: number; h: number }, wanted: [number, number, number, number]): void {
  [box.x, box.y, box.w, box.h].forEach((value, i) => expect(value).toBeCloseTo(wanted[i]!, 4));
}
