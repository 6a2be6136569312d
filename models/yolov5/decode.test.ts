/** YOLOv5's rows: boxes written by the published formula come out again. No such file is at hand: what its export is was read, not run. */
import { describe, expect, test } from 'vitest';
import { expectBoxes } from '../../test-fixtures/raw-outputs.ts';
import type { ObjectClass } from '../../domain/detection.ts';
import { placeRegion, wholeOf } from '../letterbox.ts';
import { decode, expectedOutputs } from './decode.ts';

const TENSOR = { widthPx: 64, heightPx: 64 };
const HEAD = { outputs: ['output0'], anchorsPerCell: 3, strides: [8, 16, 32], classes: 3, labels: { 0: 'person', 2: 'car' } as Record<string, ObjectClass>, thresholds: { score: 0.3, nmsIou: 0.45 } };
const ROWS = 3 * (64 + 16 + 4);

describe('yolov5 decode', () => {
  test('expects three anchors a cell', () => {
    expect(expectedOutputs(HEAD, TENSOR)).toEqual([{ name: 'output0', shape: [ROWS, 8], probabilities: { from: 4 } }]);
    expect(expectedOutputs({ ...HEAD, classes: 80 }, { widthPx: 640, heightPx: 640 })[0]!.shape).toEqual([25200, 85]);
  });

  test('score = objectness · class; a centred letterbox is taken off; the weak, the foreign and the numberless say nothing', () => {
    const rows = new Float32Array(ROWS * 8);
    rows.set([32, 40, 20, 10, 0.8, 0.9, 0.1, 0], 7 * 8);
    rows.set([10, 24, 8, 16, 0.9, 0, 0.1, 0.5], 251 * 8);
    rows.set([10, 24, 8, 16, 0.5, 0.5, 0, 0], 8 * 8);
    rows.set([10, 24, 8, 16, 0.9, 0.5, 0.6, 0], 9 * 8);
    rows.set([Number.NaN, 24, 8, 16, 0.9, 0.9, 0, 0], 10 * 8);
    rows.set([10, 24, 8, 16, Number.NaN, 0.9, 0, 0], 11 * 8);
    const picture = { widthPx: 128, heightPx: 64 };
    const placing = placeRegion(wholeOf(picture), picture, TENSOR, 'letterbox-centred');
    const found = decode(new Map([['output0', rows]]), HEAD, placing);
    expect(expectBoxes(found, [{ label: 'person', score: 0.72, corners: [22, 35, 42, 45] }, { label: 'car', score: 0.45, corners: [6, 16, 14, 32] }], placing)).toBe(2);
    expect(found[0]!.box).toEqual({ x: 44, y: 38, w: 40, h: 20 });
  });
});
