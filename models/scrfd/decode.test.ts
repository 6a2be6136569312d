/** SCRFD's maps against a slow reading: on a written anchor, and on what the model really gives. */
import { describe, expect, test } from 'vitest';
import { expectBoxes, rawRuns, referenceModels, type PlainBox } from '../../test-fixtures/raw-outputs.ts';
import { sharedFile } from '../../test-fixtures/shared-data.ts';
import { placeRegion, wholeOf, type SizePx } from '../letterbox.ts';
import type { FaceModelWith } from '../manifest.ts';
import type { Outputs } from '../session.ts';
import { decode, expectedOutputs } from './decode.ts';

type Head = Parameters<typeof decode>[1];
const TENSOR = { widthPx: 64, heightPx: 32 };
const HEAD: Head = { outputs: ['s8', 's16', 's32', 'b8', 'b16', 'b32'], anchorsPerCell: 2, thresholds: { score: 0.3, nmsIou: 0.4 } };
const unscaled = placeRegion(wholeOf(TENSOR), TENSOR, TENSOR, 'letterbox-top-left');

function slow(outputs: Outputs, head: Head, tensor: SizePx): PlainBox[] {
  return [8, 16, 32].flatMap((stride, i) => {
    const [scores, sides] = [outputs.get(head.outputs[i]!)!, outputs.get(head.outputs[i + 3]!)!];
    const boxes: PlainBox[] = [];
    let anchor = 0;
    for (let y = 0; y < tensor.heightPx; y += stride) {
      for (let x = 0; x < tensor.widthPx; x += stride) {
        for (let n = 0; n < head.anchorsPerCell; n++, anchor++) {
          const [left, top, right, bottom] = sides.subarray(anchor * 4, anchor * 4 + 4).map((d) => d * stride) as unknown as [number, number, number, number];
          if (scores[anchor]! >= head.thresholds.score) boxes.push({ score: scores[anchor]!, corners: [x - left, y - top, x + right, y + bottom] });
        }
      }
    }
    return boxes;
  });
}

describe('scrfd decode', () => {
  test('reads score and sides of two anchors a cell, and no landmarks', () => {
    expect(expectedOutputs(HEAD, TENSOR).map((o) => [o.name, ...o.shape])).toEqual([['s8', 64, 1], ['s16', 16, 1], ['s32', 4, 1], ['b8', 64, 4], ['b16', 16, 4], ['b32', 4, 4]]);
  });

  test('distances are in strides from the corner of the cell', () => {
    const outputs = new Map(expectedOutputs(HEAD, TENSOR).map((o) => [o.name, new Float32Array(o.shape[0]! * o.shape[1]!)]));
    const anchor = (1 * 4 + 2) * 2 + 1;
    outputs.get('s16')![anchor] = 0.8;
    outputs.get('b16')!.set([1, 0.5, 0.25, 0.75], anchor * 4);
    outputs.get('s8')![3] = 0.2;
    expect(expectBoxes(decode(outputs, HEAD, unscaled), [{ score: 0.8, corners: [16, 8, 36, 28] }], unscaled)).toBe(1);
    expectBoxes(decode(outputs, HEAD, unscaled), slow(outputs, HEAD, TENSOR), unscaled);
  });

  test.skipIf(sharedFile('models/faces') === null)('on real pictures', async () => {
    const entry = (await referenceModels()).find((m): m is FaceModelWith<'scrfd'> => m.decoder === 'scrfd')!;
    let boxes = 0;
    for (const { outputs, placing } of (await rawRuns(entry, (s) => expectedOutputs(entry, s), 4))!) boxes += expectBoxes(decode(outputs, entry, placing), slow(outputs, entry, placing.tensor), placing);
    expect(boxes).toBeGreaterThan(4);
  });
});
