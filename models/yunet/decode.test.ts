/** YuNet's maps written by hand: each number must come out where OpenCV's FaceDetectorYN puts it. */
import { describe, expect, test } from 'vitest';
import { placeRegion, wholeOf } from '../letterbox.ts';
import { decode, expectedOutputs } from './decode.ts';

const TENSOR = { widthPx: 64, heightPx: 32 };
const MODEL = { thresholds: { score: 0.5, nmsIou: 0.4 } };
const unscaled = placeRegion(wholeOf(TENSOR), TENSOR, TENSOR, 'letterbox-top-left');

function maps(...cells: { stride: number; cell: number; class: number; objectness: number; box: number[] }[]): Map<string, Float32Array> {
  const outputs = new Map(expectedOutputs(TENSOR).map((o) => [o.name, new Float32Array(o.shape.reduce((a, b) => a * b))]));
  for (const c of cells) {
    outputs.get(`cls_${c.stride}`)![c.cell] = c.class;
    outputs.get(`obj_${c.stride}`)![c.cell] = c.objectness;
    outputs.get(`bbox_${c.stride}`)!.set(c.box, c.cell * 4);
  }
  return outputs;
}

describe('yunet decode', () => {
  test('reads class, objectness and box of three strides, and no landmarks', () => {
    expect(expectedOutputs(TENSOR).map((o) => [o.name, ...o.shape])).toEqual([
      ['cls_8', 32, 1], ['obj_8', 32, 1], ['bbox_8', 32, 4],
      ['cls_16', 8, 1], ['obj_16', 8, 1], ['bbox_16', 8, 4],
      ['cls_32', 2, 1], ['obj_32', 2, 1], ['bbox_32', 2, 4],
    ]);
  });

  test('centre = (offset + cell) · stride, size = exp · stride, score = √(class · objectness)', () => {
    const found = decode(maps({ stride: 8, cell: 2 * 8 + 5, class: 0.9, objectness: 0.4, box: [0.5, 0.25, Math.log(2), 0] }, { stride: 32, cell: 1, class: 1, objectness: 1, box: [-0.5, 0.5, -1, -1] }), MODEL, unscaled);
    expect(found.map((f) => Number(f.score.toFixed(6)))).toEqual([0.6, 1]);
    expectBox(found[0]!.box, [36, 14, 16, 8]);
    expectBox(found[1]!.box, [16 - 16 / Math.E, 16 - 16 / Math.E, 32 / Math.E, 32 / Math.E]);
  });

  test('of a crop of a picture, boxes come back in pixels of the picture', () => {
    const picture = { widthPx: 1000, heightPx: 1000 };
    const placing = placeRegion({ x: 500, y: 300, w: 32, h: 16 }, picture, TENSOR, 'letterbox-top-left');
    const found = decode(maps({ stride: 8, cell: 2 * 8 + 5, class: 1, objectness: 1, box: [0.5, 0.25, Math.log(2), 0] }), MODEL, placing);
    expectBox(found[0]!.box, [518, 307, 8, 4]);
  });

  test('says nothing of weak cells and of cells that hold no numbers; cuts at the edge', () => {
    const strong = { stride: 16, class: 1, objectness: 1 };
    const found = decode(
      maps({ ...strong, cell: 0, class: 0.49, objectness: 0.5, box: [0, 0, 0, 0] }, { ...strong, cell: 1, class: Number.NaN, box: [0, 0, 0, 0] }, { ...strong, cell: 2, box: [Number.NaN, 0, 0, 0] }, { ...strong, cell: 5, box: [0, 0, 200, 200] }),
      MODEL,
      unscaled,
    );
    expect(found).toHaveLength(1);
    expectBox(found[0]!.box, [0, 0, 64, 32]);
  });
});

function expectBox(box: { x: number; y: number; w: number; h: number }, wanted: [number, number, number, number]): void {
  [box.x, box.y, box.w, box.h].forEach((value, i) => expect(value).toBeCloseTo(wanted[i]!, 4));
}
