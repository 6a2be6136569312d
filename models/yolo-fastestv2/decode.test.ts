/** Yolo-FastestV2's rows against a slow reading of its post-processing: on a written row, and on what the model really gives. */
import { describe, expect, test } from 'vitest';
import { expectBoxes, rawRuns, referenceModels, type PlainBox } from '../../test-fixtures/raw-outputs.ts';
import { sharedFile } from '../../test-fixtures/shared-data.ts';
import { placeRegion, wholeOf, type SizePx } from '../letterbox.ts';
import type { ObjectModelWith } from '../manifest.ts';
import { decode, expectedOutputs } from './decode.ts';

type Head = Parameters<typeof decode>[1];
const TENSOR = { widthPx: 64, heightPx: 32 };
const HEAD: Head = {
  outputs: ['rows'],
  strides: [16, 32],
  anchors: [[[10, 20], [30, 40]], [[50, 60], [70, 80]]],
  classes: 3,
  labels: { 0: 'person', 2: 'car' },
  thresholds: { score: 0.3, nmsIou: 0.5 },
};
const ROW = 2 * 5 + 3;
const unscaled = placeRegion(wholeOf(TENSOR), TENSOR, TENSOR, 'stretch');

function slow(rows: Float32Array, head: Head, tensor: SizePx): PlainBox[] {
  const anchorsPerCell = head.anchors[0]!.length;
  const rowLength = anchorsPerCell * 5 + head.classes;
  let row = 0;
  return head.strides.flatMap((stride, i) => {
    const boxes: PlainBox[] = [];
    for (let cy = 0; cy < tensor.heightPx / stride; cy++) {
      for (let cx = 0; cx < tensor.widthPx / stride; cx++, row++) {
        const values = [...rows.subarray(row * rowLength, (row + 1) * rowLength)];
        const classes = values.slice(anchorsPerCell * 5);
        const label = head.labels[classes.indexOf(Math.max(...classes))];
        head.anchors[i]!.forEach(([anchorW, anchorH], a) => {
          const score = values[anchorsPerCell * 4 + a]! * Math.max(...classes);
          const [px, py, pw, ph] = values.slice(a * 4, a * 4 + 4) as [number, number, number, number];
          const [x, y, w, h] = [(px * 2 - 0.5 + cx) * stride, (py * 2 - 0.5 + cy) * stride, (pw * 2) ** 2 * anchorW, (ph * 2) ** 2 * anchorH];
          if (label !== undefined && score >= head.thresholds.score) boxes.push({ label, score, corners: [x - w / 2, y - h / 2, x + w / 2, y + h / 2] });
        });
      }
    }
    return boxes;
  });
}

describe('yolo-fastestv2 decode', () => {
  test('expects a row per cell', () => {
    expect(expectedOutputs(HEAD, TENSOR)[0]!.shape).toEqual([8 + 2, ROW]);
  });

  test('written anchors come out where the formula puts them', () => {
    const rows = new Float32Array(10 * ROW);
    // Cell (1, 1) of stride 16, its second anchor; cell (1, 0) of stride 32, its first.
    rows.set([0, 0, 0, 0, 0.5, 0.75, 0.5, 0.25, 0.1, 0.9, 0.8, 0, 0], (1 * 4 + 1) * ROW);
    rows.set([0.5, 0.5, 0.25, 0.25, 0, 0, 0, 0, 1, 0.1, 0.2, 0, 0.7], (8 + 1) * ROW);
    const found = decode(new Map([['rows', rows]]), HEAD, unscaled);
    const first: PlainBox = { label: 'person', score: 0.72, corners: [24 - 15, 32 - 5, 24 + 15, 32 + 5] };
    expect(expectBoxes(found, [first, { label: 'car', score: 0.7, corners: [48 - 6.25, 16 - 7.5, 48 + 6.25, 16 + 7.5] }], unscaled)).toBe(2);
    expectBoxes(found, slow(rows, HEAD, TENSOR), unscaled);
  });

  test.skipIf(sharedFile('models/objects') === null)('on real pictures', async () => {
    const entry = (await referenceModels()).find((m): m is ObjectModelWith<'yolo-fastestv2'> => m.decoder === 'yolo-fastestv2')!;
    let boxes = 0;
    for (const { outputs, placing } of (await rawRuns(entry, (s) => expectedOutputs(entry, s), 4))!) boxes += expectBoxes(decode(outputs, entry, placing), slow(outputs.get('845')!, entry, placing.tensor), placing);
    expect(boxes).toBeGreaterThan(4);
  });
});
