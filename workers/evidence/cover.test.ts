/** What is covered keeps nothing of the face; what is not covered stays as it was. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Box } from '../../domain/detection.ts';
import type { Picture } from '../../models/picture.ts';
import { coveredArea, coverFaces, type Cover } from './cover.ts';

const SIZE = { widthPx: 160, heightPx: 120 };
const face = (box: Box) => ({ score: 0.9, box });

/** Noise with a seed: the hardest thing to flatten, and no two pixels alike. */
function noise(seed = 1): Picture {
  const rgb = new Uint8Array(SIZE.widthPx * SIZE.heightPx * 3);
  let state = seed;
  for (let i = 0; i < rgb.length; i++) rgb[i] = (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24;
  return { ...SIZE, rgb };
}

function pixels({ rgb }: Picture, area: Box): number[] {
  const values: number[] = [];
  for (let y = area.y; y < area.y + area.h; y++) for (let x = area.x; x < area.x + area.w; x++) values.push(rgb[(y * SIZE.widthPx + x) * 3]!);
  return values;
}

const variance = (values: number[]): number => {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
};

const anyBox = fc.record({ x: fc.integer({ min: -40, max: 170 }), y: fc.integer({ min: -40, max: 130 }), w: fc.integer({ min: 1, max: 90 }), h: fc.integer({ min: 1, max: 90 }) });

test.each<Cover>(['mosaic', 'one-colour'])('%s: outside the covered areas nothing changes, whatever the boxes', (how) => {
  fc.assert(
    fc.property(fc.array(anyBox, { maxLength: 4 }), (boxes) => {
      const before = noise();
      const after = coverFaces(before, boxes.map(face), how);
      const areas = boxes.map((b) => coveredArea(b, SIZE));
      for (let y = 0; y < SIZE.heightPx; y++) {
        for (let x = 0; x < SIZE.widthPx; x++) {
          if (areas.some((a) => x >= a.x && x < a.x + a.w && y >= a.y && y < a.y + a.h)) continue;
          const at = (y * SIZE.widthPx + x) * 3;
          if (after.rgb[at] !== before.rgb[at] || after.rgb[at + 1] !== before.rgb[at + 1] || after.rgb[at + 2] !== before.rgb[at + 2]) expect.fail(`pixel ${x}, ${y} changed`);
        }
      }
    }),
    { numRuns: 30 },
  );
});

test('the picture handed in is not changed', () => {
  const before = noise();
  const copy = new Uint8Array(before.rgb);
  coverFaces(before, [face({ x: 10, y: 10, w: 50, h: 50 })]);
  expect(before.rgb).toEqual(copy);
});

describe('a covered face', () => {
  const box = { x: 40, y: 30, w: 48, h: 60 };

  test('is covered with a margin on every side', () => {
    expect(coveredArea(box, SIZE)).toEqual({ x: 25, y: 12, w: 78, h: 96 });
  });

  test('has lost all but a trace of its variance', () => {
    const before = variance(pixels(noise(), box));
    expect(before).toBeGreaterThan(4000);
    expect(variance(pixels(coverFaces(noise(), [face(box)]), box))).toBeLessThan(before / 500);
  });

  test('is one colour where one colour was asked for', () => {
    expect(new Set(pixels(coverFaces(noise(), [face(box)], 'one-colour'), coveredArea(box, SIZE))).size).toBe(1);
  });

  test('of two pixels or ten keeps one colour: the smaller the face, the less may stay', () => {
    for (const sizePx of [2, 6, 9]) {
      const small = { x: 50, y: 50, w: sizePx, h: sizePx };
      expect(new Set(pixels(coverFaces(noise(), [face(small)]), coveredArea(small, SIZE))).size, `${sizePx} px`).toBe(1);
    }
  });

  /** What cannot be undone: many faces lead to the same picture. Swapping pixels within one cell is such a change. */
  test('is the same for faces that differ', () => {
    const [a, b] = [noise(), noise()];
    const area = coveredArea(box, SIZE);
    const at = (x: number, y: number): number => (y * SIZE.widthPx + x) * 3;
    for (let y = area.y; y < area.y + area.h; y++) {
      const [p, q] = [at(area.x + 2, y), at(area.x + 20, y)];
      for (let c = 0; c < 3; c++) [b.rgb[p + c], b.rgb[q + c]] = [b.rgb[q + c]!, b.rgb[p + c]!];
    }
    expect(b.rgb).not.toEqual(a.rgb);
    expect(coverFaces(b, [face(box)]).rgb).toEqual(coverFaces(a, [face(box)]).rgb);
  });
});

test('a face half outside the picture, or wholly, is no error', () => {
  expect(coveredArea({ x: 150, y: 110, w: 40, h: 40 }, SIZE)).toEqual({ x: 138, y: 98, w: 22, h: 22 });
  expect(coverFaces(noise(), [face({ x: 400, y: 10, w: 20, h: 20 })]).rgb).toEqual(noise().rgb);
});
