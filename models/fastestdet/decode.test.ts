/** FastestDet's map against a slow reading of its post-processing: on a written cell, and on what the model really gives. */
import { describe, expect, test } from 'vitest';
import { expectBoxes, rawRuns, referenceModels, type PlainBox } from '../../test-fixtures/raw-outputs.ts';
import { sharedFile } from '../../test-fixtures/shared-data.ts';
import { placeRegion, wholeOf, type SizePx } from '../letterbox.ts';
import type { ObjectModelWith } from '../manifest.ts';
import { decode, expectedOutputs } from './decode.ts';

type Head = Parameters<typeof decode>[1];
const TENSOR = { widthPx: 64, heightPx: 32 };
const HEAD: Head = { outputs: ['758'], stridePx: 16, classes: 3, labels: { 0: 'person', 2: 'car' }, thresholds: { score: 0.3, nmsIou: 0.5 } };
const unscaled = placeRegion(wholeOf(TENSOR), TENSOR, TENSOR, 'stretch');
const logit = (p: number): number => Math.log(p / (1 - p));
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

function slow(map: Float32Array, head: Head, { widthPx, heightPx }: SizePx): PlainBox[] {
  const [columns, rows] = [widthPx / head.stridePx, heightPx / head.stridePx];
  const boxes: PlainBox[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const channel = (c: number): number => map[(c * rows + row) * columns + column]!;
      const classes = Array.from({ length: head.classes }, (_, c) => channel(5 + c));
      const most = Math.max(...classes);
      const label = head.labels[classes.indexOf(most)];
      const score = channel(0) ** 0.6 * most ** 0.4;
      if (label === undefined || score < head.thresholds.score) continue;
      const [x, y] = [((column + Math.tanh(channel(1))) / columns) * widthPx, ((row + Math.tanh(channel(2))) / rows) * heightPx];
      const [w, h] = [sigmoid(channel(3)) * widthPx, sigmoid(channel(4)) * heightPx];
      boxes.push({ label, score, corners: [x - w / 2, y - h / 2, x + w / 2, y + h / 2] });
    }
  }
  return boxes;
}

describe('fastestdet decode', () => {
  test('expects one map', () => {
    expect(expectedOutputs(HEAD, TENSOR)).toEqual([{ name: '758', shape: [8, 2, 4], probabilities: { from: 5, along: 'first' } }]);
  });

  test('a written cell comes out where the formula puts it; one of another class and a weak one do not', () => {
    const map = new Float32Array(8 * 8);
    const write = (cell: number, channels: number[]): void => channels.forEach((value, c) => (map[c * 8 + cell] = value));
    write(1 * 4 + 2, [0.9, Math.atanh(0.5), Math.atanh(-0.25), logit(0.25), logit(0.5), 0.1, 0, 0.8]);
    write(0, [0.9, 0, 0, 0, 0, 0.3, 0.6, 0]);
    write(1, [0.1, 0, 0, 0, 0, 0.9, 0, 0]);
    const found = decode(new Map([['758', map]]), HEAD, unscaled);
    // Centre ((2 + 0.5) / 4 · 64, (1 − 0.25) / 2 · 32) = (40, 12), size (16, 16).
    expect(expectBoxes(found, [{ label: 'car', score: 0.9 ** 0.6 * 0.8 ** 0.4, corners: [32, 4, 48, 20] }], unscaled)).toBe(1);
    expectBoxes(found, slow(map, HEAD, TENSOR), unscaled);
  });

  test.skipIf(sharedFile('models/objects') === null)('on real pictures', async () => {
    const entry = (await referenceModels()).find((m): m is ObjectModelWith<'fastestdet'> => m.decoder === 'fastestdet')!;
    let boxes = 0;
    for (const { outputs, placing } of (await rawRuns(entry, (s) => expectedOutputs(entry, s), 4))!) boxes += expectBoxes(decode(outputs, entry, placing), slow(outputs.get('758')!, entry, placing.tensor), placing);
    expect(boxes).toBeGreaterThan(4);
  });
});
