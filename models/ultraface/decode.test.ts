/** UltraFace's shares of the tensor become boxes: on a written prior, and on what the model really gives. */
import { describe, expect, test } from 'vitest';
import { expectBoxes, rawRuns, referenceModels, type PlainBox } from '../../test-fixtures/raw-outputs.ts';
import { sharedFile } from '../../test-fixtures/shared-data.ts';
import { placeRegion, wholeOf, type SizePx } from '../letterbox.ts';
import type { FaceModelWith } from '../manifest.ts';
import type { Outputs } from '../session.ts';
import { decode, expectedOutputs } from './decode.ts';

const TENSOR = { widthPx: 320, heightPx: 240 };
const HEAD = { outputs: ['scores', 'boxes'], thresholds: { score: 0.3, nmsIou: 0.4 } };

function slow(outputs: Outputs, minScore: number, { widthPx, heightPx }: SizePx): PlainBox[] {
  const [scores, boxes] = [outputs.get('scores')!, outputs.get('boxes')!];
  return Array.from({ length: scores.length / 2 }, (_, i): PlainBox => {
    const [x1, y1, x2, y2] = boxes.subarray(i * 4, i * 4 + 4) as unknown as [number, number, number, number];
    return { score: scores[i * 2 + 1]!, corners: [x1 * widthPx, y1 * heightPx, x2 * widthPx, y2 * heightPx] };
  }).filter((b) => b.score >= minScore);
}

describe('ultraface decode', () => {
  test('expects its 4420 priors at 320 × 240', () => {
    expect(expectedOutputs(HEAD, TENSOR).map((o) => [o.name, ...o.shape])).toEqual([['scores', 4420, 2], ['boxes', 4420, 4]]);
  });

  test('the second column is the face; a stretched picture gets its shape back', () => {
    const outputs = new Map([['scores', new Float32Array(4420 * 2)], ['boxes', new Float32Array(4420 * 4)]]);
    outputs.get('scores')!.set([0.1, 0.9], 7 * 2);
    outputs.get('scores')!.set([0.9, 0.1], 8 * 2);
    outputs.get('boxes')!.set([0.25, 0.5, 0.5, 0.75], 7 * 4);
    const picture = { widthPx: 1000, heightPx: 200 };
    const found = decode(outputs, HEAD, placeRegion(wholeOf(picture), picture, TENSOR, 'stretch'));
    expect(found).toEqual([{ score: Math.fround(0.9), box: { x: 250, y: 100, w: 250, h: 50 } }]);
  });

  test.skipIf(sharedFile('models/faces') === null)('on real pictures', async () => {
    const entry = (await referenceModels()).find((m): m is FaceModelWith<'ultraface'> => m.decoder === 'ultraface')!;
    let boxes = 0;
    for (const { outputs, placing } of (await rawRuns(entry, (s) => expectedOutputs(entry, s), 4))!) boxes += expectBoxes(decode(outputs, entry, placing), slow(outputs, entry.thresholds.score, placing.tensor), placing);
    expect(boxes).toBeGreaterThan(4);
  });
});
