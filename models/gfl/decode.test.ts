/** GFL heads against a slow reading of the paper's formula: on written tensors, and on what NanoDet and PicoDet really give. */
import { describe, expect, test } from 'vitest';
import { expectBoxes, rawRuns, referenceModels, type PlainBox } from '../../test-fixtures/raw-outputs.ts';
import { sharedFile } from '../../test-fixtures/shared-data.ts';
import { placeRegion, wholeOf, type SizePx } from '../letterbox.ts';
import type { ObjectModelWith } from '../manifest.ts';
import type { Outputs } from '../session.ts';
import { decode, expectedOutputs } from './decode.ts';

type Head = Parameters<typeof decode>[1];
const TENSOR = { widthPx: 64, heightPx: 32 };
const SPLIT: Head = { outputs: ['s8', 's16', 'b8', 'b16'], strides: [8, 16], bins: 4, cellCentre: 0.5, scores: 'probabilities', classes: 3, labels: { 0: 'person', 2: 'car' }, thresholds: { score: 0.3, nmsIou: 0.6 } };
const unscaled = placeRegion(wholeOf(TENSOR), TENSOR, TENSOR, 'stretch');

/** Softmax of each side's bins, its mean in strides, from the cell's centre outwards. */
function slow(outputs: Outputs, head: Head, tensor: SizePx): PlainBox[] {
  return head.strides.flatMap((stride, i) => {
    const [scores, sides] = [outputs.get(head.outputs[i]!)!, outputs.get(head.outputs[i + head.strides.length]!)!];
    const columns = Math.ceil(tensor.widthPx / stride);
    const boxes: PlainBox[] = [];
    for (let cell = 0; cell * head.classes < scores.length; cell++) {
      const ofCell = [...scores.subarray(cell * head.classes, (cell + 1) * head.classes)];
      const score = Math.max(...ofCell);
      const label = head.labels[ofCell.indexOf(score)];
      if (label === undefined || score < head.thresholds.score) continue;
      const [left, top, right, bottom] = [0, 1, 2, 3].map((side) => {
        const bins = [...sides.subarray((cell * 4 + side) * head.bins, (cell * 4 + side + 1) * head.bins)].map(Math.exp);
        const sum = bins.reduce((a, b) => a + b);
        return bins.reduce((mean, p, distance) => mean + (distance * p) / sum, 0) * stride;
      }) as [number, number, number, number];
      const [x, y] = [((cell % columns) + head.cellCentre) * stride, (Math.floor(cell / columns) + head.cellCentre) * stride];
      boxes.push({ label, score, corners: [x - left, y - top, x + right, y + bottom] });
    }
    return boxes;
  });
}

/** One car in cell (3, 1) of stride 8: all the weight on 1, 0, 2 and 3 strides. */
function oneCar(): Map<string, Float32Array> {
  const outputs = new Map([['s8', new Float32Array(32 * 3)], ['s16', new Float32Array(8 * 3)], ['b8', new Float32Array(32 * 16)], ['b16', new Float32Array(8 * 16)]]);
  const cell = 1 * 8 + 3;
  outputs.get('s8')!.set([0.1, 0.2, 0.7], cell * 3);
  [1, 0, 2, 3].forEach((distance, side) => (outputs.get('b8')![cell * 16 + side * 4 + distance] = 50));
  return outputs;
}

describe('gfl decode', () => {
  test('expects scores and sides of each stride, or both in one', () => {
    expect(expectedOutputs(SPLIT, TENSOR).map((o) => [o.name, ...o.shape])).toEqual([['s8', 32, 3], ['s16', 8, 3], ['b8', 32, 16], ['b16', 8, 16]]);
    expect(expectedOutputs({ ...SPLIT, outputs: ['all'] }, TENSOR)).toMatchObject([{ name: 'all', shape: [40, 19], probabilities: { from: 0, to: 3 } }]);
    // 416 / 64 does not come out even: PicoDet's last map has 7 × 7 cells.
    expect(expectedOutputs({ ...SPLIT, outputs: ['a', 'b'], strides: [64] }, { widthPx: 416, heightPx: 416 })[0]!.shape).toEqual([49, 3]);
  });

  test('the sides lie their mean distance from the middle of the cell', () => {
    expect(expectBoxes(decode(oneCar(), SPLIT, unscaled), [{ label: 'car', score: 0.7, corners: [28 - 8, 12, 28 + 16, 12 + 24] }], unscaled)).toBe(1);
    expectBoxes(decode(oneCar(), { ...SPLIT, cellCentre: 0 }, unscaled), [{ label: 'car', score: 0.7, corners: [24 - 8, 8, 24 + 16, 8 + 24] }], unscaled);
    expectBoxes(decode(oneCar(), SPLIT, unscaled), slow(oneCar(), SPLIT, TENSOR), unscaled);
  });

  test('one joined output (NanoDet-Plus) and logits give the same', () => {
    const split = oneCar();
    const joined = new Float32Array(40 * 19);
    for (let cell = 0; cell < 40; cell++) {
      const [stride, at] = cell < 32 ? [8, cell] : [16, cell - 32];
      joined.set(split.get(`s${stride}`)!.subarray(at * 3, at * 3 + 3).map((p) => Math.log(p / (1 - p))), cell * 19);
      joined.set(split.get(`b${stride}`)!.subarray(at * 16, at * 16 + 16), cell * 19 + 3);
    }
    expectBoxes(decode(new Map([['all', joined]]), { ...SPLIT, outputs: ['all'], scores: 'logits' }, unscaled), slow(split, SPLIT, TENSOR), unscaled);
  });

  test.skipIf(sharedFile('models/objects') === null).each(['nanodet-m-416', 'picodet-s-416', 'picodet-s-320'])('%s on real pictures', async (name) => {
    const entry = (await referenceModels()).find((m): m is ObjectModelWith<'gfl'> => m.name === name)!;
    let boxes = 0;
    for (const { outputs, placing } of (await rawRuns(entry, (s) => expectedOutputs(entry, s), 4))!) boxes += expectBoxes(decode(outputs, entry, placing), slow(outputs, entry, placing.tensor), placing);
    expect(boxes).toBeGreaterThan(4);
  });
});
