/** End-to-end detectors in their three forms: known boxes, written as each family publishes them, come out again. No such file is at hand. */
import { describe, expect, test } from 'vitest';
import { expectBoxes, type PlainBox } from '../../test-fixtures/raw-outputs.ts';
import type { ObjectClass } from '../../domain/detection.ts';
import { placeRegion, wholeOf } from '../letterbox.ts';
import { decode, expectedOutputs } from './decode.ts';

const TENSOR = { widthPx: 64, heightPx: 32 };
const PICTURE = { widthPx: 640, heightPx: 640 };
const HEAD = { classes: 3, labels: { 0: 'person', 2: 'car' } as Record<string, ObjectClass>, thresholds: { score: 0.3, nmsIou: 1 } };
const placing = placeRegion(wholeOf(PICTURE), PICTURE, TENSOR, 'stretch');
const BOXES: readonly (PlainBox & { class: number })[] = [
  { class: 2, label: 'car', score: 0.9, corners: [8, 4, 24, 20] },
  { class: 0, label: 'person', score: 0.4, corners: [40, 8, 48, 30] },
  { class: 1, score: 0.8, corners: [40, 8, 48, 30] },
  { class: 0, label: 'person', score: 0.2, corners: [0, 0, 8, 8] },
];
const WANTED = BOXES.slice(0, 2);
const logit = (p: number): number => Math.log(p / (1 - p));

describe('end-to-end decode', () => {
  test('logits: centre, width and height as shares of the tensor, a sigmoid per class (RT-DETR)', () => {
    const head = { ...HEAD, form: 'logits', outputs: ['logits', 'pred_boxes'] } as const;
    const outputs = { ...head, outputs: [...head.outputs] };
    expect(expectedOutputs(outputs).map((o) => [o.name, ...o.shape])).toEqual([['logits', -1, 3], ['pred_boxes', -1, 4]]);
    const logits = BOXES.flatMap((b) => [0, 1, 2].map((c) => (c === b.class ? logit(b.score) : -9)));
    const boxes = BOXES.flatMap(({ corners: [x1, y1, x2, y2] }) => [(x1 + x2) / 2 / 64, (y1 + y2) / 2 / 32, (x2 - x1) / 64, (y2 - y1) / 32]);
    const found = decode(new Map([['logits', Float32Array.from(logits)], ['pred_boxes', Float32Array.from(boxes)]]), outputs, placing);
    expect(expectBoxes(found, WANTED, placing)).toBe(2);
  });

  test('triple: labels, corners in pixels of the size that was asked for, scores (RT-DETR deployed, D-FINE, DEIM)', () => {
    const head = { ...HEAD, form: 'triple' as const, outputs: ['labels', 'boxes', 'scores'] };
    expect(expectedOutputs(head)).toMatchObject([{ shape: [-1], whole: true }, { shape: [-1, 4] }, { shape: [-1], probabilities: { from: 0 } }]);
    const outputs = new Map([['labels', Float32Array.from(BOXES, (b) => b.class)], ['boxes', Float32Array.from(BOXES.flatMap((b) => b.corners))], ['scores', Float32Array.from(BOXES, (b) => b.score)]]);
    expect(expectBoxes(decode(outputs, head, placing), WANTED, placing)).toBe(2);
  });

  test('rows: corners in tensor pixels, score, class (YOLOv10, YOLO26)', () => {
    const head = { ...HEAD, form: 'rows' as const, outputs: ['output0'] };
    expect(expectedOutputs(head)).toMatchObject([{ shape: [-1, 6], probabilities: { from: 4, to: 5 } }]);
    const rows = Float32Array.from([...BOXES.flatMap((b) => [...b.corners, b.score, b.class]), Number.NaN, 0, 9, 9, 0.9, 0]);
    expect(expectBoxes(decode(new Map([['output0', rows]]), head, placing), WANTED, placing)).toBe(2);
  });
});
