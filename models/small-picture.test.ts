/** The small picture and the JPEG of the same colours fill the same tensor; pixel for pixel and sampled give the same numbers. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SmallPicture } from '../domain/frame.ts';
import { fillTensor, placeRegion, wholeOf } from './letterbox.ts';
import type { ModelInput } from './manifest.ts';
import { fillFrom, isWhole, rgbOf } from './small-picture.ts';

const input = (over: Partial<ModelInput>): ModelInput => ({ tensor: 'x', layout: 'NCHW', type: 'float32', colours: 'RGB', size: { widthPx: 32, heightPx: 32 }, fit: 'letterbox-top-left', pad: 114, mean: [0, 0, 0], scale: [1, 1, 1], ...over });

function small(widthPx: number, heightPx: number, seed: number): SmallPicture {
  const bytes = widthPx * heightPx + 2 * Math.ceil(widthPx / 2) * Math.ceil(heightPx / 2);
  return { widthPx, heightPx, i420: Uint8Array.from({ length: bytes }, (_, i) => Math.imul(i + seed, 0x9e3779b1) >>> 24) };
}

describe('a small picture', () => {
  test('has JFIF colours', () => {
    const of = (y: number, cb: number, cr: number): number[] => [...rgbOf({ widthPx: 2, heightPx: 2, i420: Uint8Array.from([y, y, y, y, cb, cr]) }).rgb.subarray(0, 3)];
    expect(of(255, 128, 128)).toEqual([255, 255, 255]);
    expect(of(76, 85, 255)).toEqual([254, 0, 0]);
    expect(of(150, 44, 21)).toEqual([0, 255, 1]);
    expect(of(29, 255, 107)).toEqual([0, 0, 254]);
  });

  test('fills the tensor as its RGB does, at any size, shape, order and normalisation', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 64 }), fc.constantFrom('letterbox-top-left', 'letterbox-centred', 'stretch'), fc.constantFrom('RGB', 'BGR'), fc.constantFrom('NCHW', 'NHWC'), fc.nat(1000), (w, h, fit, colours, layout, seed) => {
        const picture = small(w, h, seed);
        const model = input({ fit, colours, layout, mean: [1, 20, 123], scale: [0.5, 1, 1 / 58] });
        const placing = placeRegion(wholeOf(picture), picture, { widthPx: 32, heightPx: 32 }, fit);
        const [direct, sampled] = [new Float32Array(3 * 32 * 32), new Float32Array(3 * 32 * 32)];
        fillFrom(direct, picture, placing, model);
        fillTensor(sampled, rgbOf(picture), placing, model);
        // Rounded to whole colours on the way through RGB, and not where it goes straight in.
        const farthest = direct.reduce((most, value, i) => Math.max(most, Math.abs(value - sampled[i]!)), 0);
        expect(farthest).toBeLessThanOrEqual(0.51);
      }),
      // Sizes that fit pixel for pixel.
      { examples: [[32, 18, 'letterbox-top-left', 'BGR', 'NCHW', 3], [32, 32, 'stretch', 'RGB', 'NCHW', 4], [17, 32, 'letterbox-centred', 'RGB', 'NCHW', 5], [31, 32, 'letterbox-top-left', 'BGR', 'NCHW', 7], [32, 32, 'stretch', 'RGB', 'NHWC', 6]] },
    );
  });

  test('is whole when all its bytes are there', () => {
    const { i420, ...size } = small(5, 3, 0);
    expect(isWhole({ ...size, i420 })).toBe(true);
    expect(isWhole({ ...size, i420: i420.subarray(1) })).toBe(false);
    expect(isWhole({ widthPx: 0, heightPx: 0, i420: new Uint8Array(0) })).toBe(false);
  });
});
