/** SSD in its three forms: known boxes, written as the exports write them, come out again. No such file is at hand. */
import { describe, expect, test } from 'vitest';
import { expectBoxes, type PlainBox } from '../../test-fixtures/raw-outputs.ts';
import type { ObjectClass } from '../../domain/detection.ts';
import { placeRegion, wholeOf } from '../letterbox.ts';
import { decode, expectedOutputs } from './decode.ts';

const TENSOR = { widthPx: 300, heightPx: 300 };
const PICTURE = { widthPx: 600, heightPx: 150 };
// The numbers of the model itself: 0 is the background, 1 a person, 3 a car.
const HEAD = { corners: 'xyxy' as 'xyxy' | 'yxyx', priors: [], classes: 4, labels: { 1: 'person', 3: 'car' } as Record<string, ObjectClass>, thresholds: { score: 0.3, nmsIou: 0.5 } };
const placing = placeRegion(wholeOf(PICTURE), PICTURE, TENSOR, 'stretch');
const WANTED: PlainBox[] = [{ label: 'car', score: 0.9, corners: [30, 60, 90, 120] }, { label: 'person', score: 0.4, corners: [150, 0, 180, 300] }];

describe('ssd decode', () => {
  test.each(['xyxy', 'yxyx'] as const)('detections, suppressed inside, corners %s (ONNX zoo, TensorFlow)', (corners) => {
    const head = { ...HEAD, form: 'detections' as const, corners, outputs: ['boxes', 'labels', 'scores'] };
    expect(expectedOutputs(head, TENSOR)).toMatchObject([{ shape: [-1, 4] }, { shape: [-1], whole: true }, { shape: [-1] }]);
    const shares = [...WANTED, { corners: [0, 0, 300, 300] as const }].flatMap(({ corners: [x1, y1, x2, y2] }) => (corners === 'xyxy' ? [x1, y1, x2, y2] : [y1, x1, y2, x2]).map((v) => v / 300));
    const outputs = new Map([['boxes', Float32Array.from(shares)], ['labels', Float32Array.of(3, 1, 2)], ['scores', Float32Array.of(0.9, 0.4, 0.9)]]);
    expect(expectBoxes(decode(outputs, head, placing), WANTED, placing)).toBe(2);
  });

  test('boxes: the background takes no part in the vote', () => {
    const head = { ...HEAD, form: 'boxes' as const, outputs: ['boxes', 'scores'] };
    expect(expectedOutputs(head, TENSOR).map((o) => o.shape)).toEqual([[-1, 4], [-1, 4]]);
    const boxes = Float32Array.from(WANTED.flatMap((w) => w.corners).map((v) => v / 300));
    const scores = Float32Array.of(0, 0.05, 0.05, 0.9, 0.6, 0.4, 0, 0);
    expect(expectBoxes(decode(new Map([['boxes', boxes], ['scores', scores]]), head, placing), WANTED, placing)).toBe(2);
  });

  test('offsets: from priors of each cell, with variances 0.1 and 0.2', () => {
    const priors: { stridePx: number; sidesPx: [number, number][] }[] = [{ stridePx: 100, sidesPx: [[60, 60]] }, { stridePx: 300, sidesPx: [[100, 200], [200, 100]] }];
    const head = { ...HEAD, form: 'offsets' as const, priors, outputs: ['boxes', 'scores'] };
    expect(expectedOutputs(head, TENSOR).map((o) => o.shape)).toEqual([[11, 4], [11, 4]]);
    const [boxes, scores] = [new Float32Array(11 * 4), new Float32Array(11 * 4)];
    const write = (prior: number, [x, y, w, h]: [number, number, number, number], { corners: [x1, y1, x2, y2] }: PlainBox, row: number[]): void => {
      boxes.set([((x1 + x2) / 2 - x) / w / 0.1, ((y1 + y2) / 2 - y) / h / 0.1, Math.log((x2 - x1) / w) / 0.2, Math.log((y2 - y1) / h) / 0.2], prior * 4);
      scores.set(row, prior * 4);
    };
    // Cell (0, 1) of the finer map; the second prior of the coarser map's only cell.
    write(3, [50, 150, 60, 60], WANTED[0]!, [0, 0.1, 0, 0.9]);
    write(10, [150, 150, 200, 100], WANTED[1]!, [0.6, 0.4, 0, 0]);
    expect(expectBoxes(decode(new Map([['boxes', boxes], ['scores', scores]]), head, placing), WANTED, placing)).toBe(2);
  });
});
