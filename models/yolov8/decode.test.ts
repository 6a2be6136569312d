/** YOLOv8's export, both ways round, against a slow reading: on written boxes, and on what an 8-bit model really gives. */
import { describe, expect, test } from 'vitest';
import { expectBoxes, rawRuns, referenceModels, type PlainBox } from '../../test-fixtures/raw-outputs.ts';
import { sharedFile } from '../../test-fixtures/shared-data.ts';
import { placeRegion, wholeOf } from '../letterbox.ts';
import type { ObjectModelWith } from '../manifest.ts';
import { decode, expectedOutputs } from './decode.ts';

type Head = Parameters<typeof decode>[1];
const TENSOR = { widthPx: 64, heightPx: 32 };
const CELLS = 32 + 8 + 2;
const HEAD: Head = { outputs: ['output0'], rows: 'channels', strides: [8, 16, 32], classes: 3, labels: { 0: 'person', 2: 'car' }, thresholds: { score: 0.3, nmsIou: 0.7 } };
const unscaled = placeRegion(wholeOf(TENSOR), TENSOR, TENSOR, 'letterbox-centred');

const transposed = (values: Float32Array, rows: number): Float32Array => values.map((_, i) => values[(i % rows) * (values.length / rows) + Math.floor(i / rows)]!);

/** `rows`: a cell after the other, [cells, 4 + classes]. */
function slow(rows: Float32Array, head: Head): PlainBox[] {
  const boxes: PlainBox[] = [];
  for (let at = 0; at < rows.length; at += 4 + head.classes) {
    const [x, y, w, h, ...classes] = rows.subarray(at, at + 4 + head.classes) as unknown as [number, number, number, number, ...number[]];
    const score = Math.max(...classes);
    const label = head.labels[classes.indexOf(score)];
    if (label !== undefined && score >= head.thresholds.score) boxes.push({ label, score, corners: [x - w / 2, y - h / 2, x + w / 2, y + h / 2] });
  }
  return boxes;
}

describe('yolov8 decode', () => {
  test('expects channels × cells, or cells × channels', () => {
    expect(expectedOutputs(HEAD, TENSOR)).toEqual([{ name: 'output0', shape: [7, CELLS], probabilities: { from: 4, along: 'first' } }]);
    expect(expectedOutputs({ ...HEAD, rows: 'boxes' }, TENSOR)).toEqual([{ name: 'output0', shape: [CELLS, 7], probabilities: { from: 4 } }]);
    expect(expectedOutputs({ ...HEAD, classes: 80 }, { widthPx: 640, heightPx: 640 })[0]!.shape).toEqual([84, 8400]);
  });

  test('written boxes come out, whichever way round; weak ones and other classes do not', () => {
    const rows = new Float32Array(CELLS * 7);
    rows.set([20, 10, 8, 6, 0.2, 0.1, 0.9], 5 * 7);
    rows.set([40, 16, 10, 20, 0.5, 0.1, 0.4], 41 * 7);
    rows.set([40, 16, 10, 20, 0.5, 0.6, 0.4], 7 * 7);
    rows.set([40, 16, 10, 20, 0.29, 0.1, 0.1], 8 * 7);
    const wanted: PlainBox[] = [{ label: 'car', score: 0.9, corners: [16, 7, 24, 13] }, { label: 'person', score: 0.5, corners: [35, 6, 45, 26] }];
    expect(expectBoxes(decode(new Map([['output0', rows]]), { ...HEAD, rows: 'boxes' }, unscaled), wanted, unscaled)).toBe(2);
    expectBoxes(decode(new Map([['output0', transposed(rows, CELLS)]]), HEAD, unscaled), wanted, unscaled);
    expectBoxes(slow(rows, HEAD).map((s) => ({ ...s, box: { x: s.corners[0], y: s.corners[1], w: s.corners[2] - s.corners[0], h: s.corners[3] - s.corners[1] } })), wanted, unscaled);
  });

  test.skipIf(sharedFile('models/objects') === null)('yolov8n of 8 bits on real pictures, centred', async () => {
    const entry = (await referenceModels()).find((m): m is ObjectModelWith<'yolov8'> => m.decoder === 'yolov8')!;
    let boxes = 0;
    for (const { outputs, placing } of (await rawRuns(entry, (s) => expectedOutputs(entry, s), 2))!) {
      const rows = transposed(outputs.get('output0')!, 84);
      boxes += expectBoxes(decode(outputs, entry, placing), slow(rows, entry), placing);
      expectBoxes(decode(new Map([['output0', rows]]), { ...entry, rows: 'boxes' }, placing), slow(rows, entry), placing);
    }
    expect(boxes).toBeGreaterThan(4);
  });
});
