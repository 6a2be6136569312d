/** Laying pictures into tensors: right values in right places, and boxes that come back to where they were. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clipRegion, fillTensor, placeRegion, toPicture, wholeOf } from './letterbox.ts';
import type { Picture } from './picture.ts';

const FITS = ['letterbox-top-left', 'letterbox-centred', 'stretch'] as const;
const PLAIN: Parameters<typeof fillTensor>[3] = { layout: 'NCHW', colours: 'RGB', pad: 0, mean: [0, 0, 0], scale: [1, 1, 1] };

/** A picture whose channels are functions of the place. */
function paint(widthPx: number, heightPx: number, at: (x: number, y: number) => [number, number, number]): Picture {
  const rgb = new Uint8Array(widthPx * heightPx * 3);
  for (let y = 0; y < heightPx; y++) for (let x = 0; x < widthPx; x++) rgb.set(at(x, y), (y * widthPx + x) * 3);
  return { widthPx, heightPx, rgb };
}

const sizes = fc.record({ widthPx: fc.integer({ min: 1, max: 2000 }), heightPx: fc.integer({ min: 1, max: 2000 }) });
const tensors = fc.record({ widthPx: fc.integer({ min: 1, max: 20 }).map((n) => n * 32), heightPx: fc.integer({ min: 1, max: 20 }).map((n) => n * 32) });
const shares = fc.tuple(fc.double({ min: 0, max: 0.9, noNaN: true }), fc.double({ min: 0, max: 0.9, noNaN: true }), fc.double({ min: 0.05, max: 1, noNaN: true }), fc.double({ min: 0.05, max: 1, noNaN: true }));

describe('placing', () => {
  test('a box goes into the tensor and back to where it was', () => {
    fc.assert(
      fc.property(sizes, tensors, shares, fc.constantFrom(...FITS), (picture, tensor, [sx, sy, sw, sh], fit) => {
        const placing = placeRegion(wholeOf(picture), picture, tensor, fit);
        const box = { x: sx * picture.widthPx, y: sy * picture.heightPx, w: sw * picture.widthPx * (1 - sx), h: sh * picture.heightPx * (1 - sy) };
        const { inTensor, region } = placing;
        const tx = (x: number): number => inTensor.x + ((x - region.x) / region.w) * inTensor.w;
        const ty = (y: number): number => inTensor.y + ((y - region.y) / region.h) * inTensor.h;
        const back = toPicture(placing, tx(box.x), ty(box.y), tx(box.x + box.w), ty(box.y + box.h));
        expect(back).not.toBeNull();
        for (const key of ['x', 'y', 'w', 'h'] as const) expect(back![key]).toBeCloseTo(box[key], 6);
      }),
    );
  });

  test('the region lies inside the tensor, touching it in at least one direction, in shape unless stretched', () => {
    fc.assert(
      fc.property(sizes, tensors, fc.constantFrom(...FITS), (picture, tensor, fit) => {
        const { inTensor } = placeRegion(wholeOf(picture), picture, tensor, fit);
        expect(inTensor.x).toBeGreaterThanOrEqual(0);
        expect(inTensor.y).toBeGreaterThanOrEqual(0);
        expect(inTensor.x + inTensor.w).toBeLessThanOrEqual(tensor.widthPx);
        expect(inTensor.y + inTensor.h).toBeLessThanOrEqual(tensor.heightPx);
        expect(inTensor.w === tensor.widthPx || inTensor.h === tensor.heightPx).toBe(true);
        if (fit === 'stretch') return;
        // Within one tensor pixel of the true shape.
        const exactW = (inTensor.h * picture.widthPx) / picture.heightPx;
        const exactH = (inTensor.w * picture.heightPx) / picture.widthPx;
        expect(Math.min(Math.abs(inTensor.w - exactW), Math.abs(inTensor.h - exactH))).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('a box from the model never leaves the picture, and nothing comes of no area or no number', () => {
    const number = fc.oneof(fc.double({ min: -5000, max: 5000 }), fc.constantFrom(Number.NaN, Infinity, -Infinity));
    fc.assert(
      fc.property(sizes, tensors, fc.tuple(number, number, number, number), (picture, tensor, [x1, y1, x2, y2]) => {
        const box = toPicture(placeRegion(wholeOf(picture), picture, tensor, 'letterbox-top-left'), x1, y1, x2, y2);
        if (!box) return;
        expect(box.x).toBeGreaterThanOrEqual(0);
        expect(box.y).toBeGreaterThanOrEqual(0);
        expect(box.w).toBeGreaterThan(0);
        expect(box.h).toBeGreaterThan(0);
        expect(box.x + box.w).toBeLessThanOrEqual(picture.widthPx + 1e-9);
        expect(box.y + box.h).toBeLessThanOrEqual(picture.heightPx + 1e-9);
      }),
    );
  });

  test('regions are cut to whole pixels of the picture', () => {
    const picture = { widthPx: 100, heightPx: 50 };
    expect(clipRegion({ x: -5.5, y: 10.2, w: 20, h: 100 }, picture)).toEqual({ x: 0, y: 10, w: 15, h: 40 });
    expect(clipRegion({ x: 100, y: 0, w: 5, h: 5 }, picture)).toBeNull();
    expect(clipRegion({ x: -9, y: 0, w: 5, h: 5 }, picture)).toBeNull();
  });
});

describe('sampling', () => {
  test('at the same size every value stays itself, in the model\'s colour order', () => {
    const picture = paint(32, 32, (x, y) => [x, y, 200]);
    const placing = placeRegion(wholeOf(picture), picture, { widthPx: 32, heightPx: 32 }, 'letterbox-top-left');
    const [rgb, bgr] = [new Float32Array(3 * 1024), new Float32Array(3 * 1024)];
    fillTensor(rgb, picture, placing, PLAIN);
    fillTensor(bgr, picture, placing, { ...PLAIN, colours: 'BGR' });
    for (const [x, y] of [[0, 0], [31, 0], [7, 19], [31, 31]] as const) {
      const at = y * 32 + x;
      expect([rgb[at], rgb[1024 + at], rgb[2048 + at]]).toEqual([x, y, 200]);
      expect([bgr[at], bgr[1024 + at], bgr[2048 + at]]).toEqual([200, y, x]);
    }
  });

  test('mean and scale go with the model\'s colour order, and the pad value is normalised too', () => {
    const picture = paint(64, 32, () => [10, 20, 30]);
    const placing = placeRegion(wholeOf(picture), picture, { widthPx: 64, heightPx: 64 }, 'letterbox-top-left');
    const tensor = new Float32Array(3 * 64 * 64);
    fillTensor(tensor, picture, placing, { ...PLAIN, colours: 'BGR', pad: 114, mean: [1, 2, 3], scale: [2, 4, 8] });
    const planes = (at: number): (number | undefined)[] => [tensor[at], tensor[4096 + at], tensor[8192 + at]];
    expect(planes(0)).toEqual([(30 - 1) * 2, (20 - 2) * 4, (10 - 3) * 8]);
    expect(planes(31 * 64 + 63)).toEqual([58, 72, 56]);
    expect(planes(32 * 64)).toEqual([(114 - 1) * 2, (114 - 2) * 4, (114 - 3) * 8]);
    expect(planes(63 * 64 + 63)).toEqual([226, 448, 888]);
  });

  test('NHWC holds the same values, three a pixel, the pad too; bytes are rounded, not cut', () => {
    const picture = paint(50, 30, (x, y) => [x * 5, y * 8, 200]);
    const placing = placeRegion(wholeOf(picture), picture, { widthPx: 64, heightPx: 64 }, 'letterbox-centred');
    const options = { ...PLAIN, colours: 'BGR', pad: 114 } as const;
    const [planes, pixels, bytes] = [new Float32Array(3 * 4096), new Float32Array(3 * 4096), new Uint8ClampedArray(3 * 4096)];
    fillTensor(planes, picture, placing, options);
    fillTensor(pixels, picture, placing, { ...options, layout: 'NHWC' });
    fillTensor(bytes, picture, placing, { ...options, layout: 'NHWC' });
    for (let i = 0; i < 4096; i++) {
      for (let c = 0; c < 3; c++) {
        expect(pixels[i * 3 + c]).toBe(planes[c * 4096 + i]);
        expect(Math.abs(bytes[i * 3 + c]! - pixels[i * 3 + c]!)).toBeLessThanOrEqual(0.5);
      }
    }
    expect([...pixels.subarray(0, 3)]).toEqual([114, 114, 114]);
    expect(pixels[(32 * 64 + 32) * 3]).toBe(200);
  });

  test('a ramp stays a ramp: bilinear with pixel centres at halves is exact on it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 8, max: 200 }), fc.integer({ min: 1, max: 8 }), (widthPx, n) => {
        const picture = paint(widthPx, 8, (x) => [x, x, x]);
        const tensor = { widthPx: n * 32, heightPx: 32 };
        const values = new Float32Array(3 * tensor.widthPx * 32);
        fillTensor(values, picture, placeRegion(wholeOf(picture), picture, tensor, 'stretch'), PLAIN);
        for (let x = 0; x < tensor.widthPx; x++) {
          const exact = Math.min(widthPx - 1, Math.max(0, ((x + 0.5) * widthPx) / tensor.widthPx - 0.5));
          expect(values[5 * tensor.widthPx + x]).toBeCloseTo(exact, 3);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('a region sees only itself, not its neighbours', () => {
    const picture = paint(90, 60, (x, y) => (x >= 30 && x < 60 && y >= 20 && y < 40 ? [255, 0, 0] : [0, 0, 255]));
    const placing = placeRegion({ x: 30, y: 20, w: 30, h: 20 }, picture, { widthPx: 128, heightPx: 128 }, 'letterbox-centred');
    const tensor = new Float32Array(3 * 128 * 128);
    fillTensor(tensor, picture, placing, { ...PLAIN, pad: 7 });
    const { x, y, w, h } = placing.inTensor;
    expect([w, h, x, y]).toEqual([128, 85, 0, 21]);
    for (let row = 0; row < 128; row++) {
      for (const column of [0, 64, 127]) {
        const at = row * 128 + column;
        const inside = row >= y && row < y + h;
        expect([tensor[at], tensor[2 * 16384 + at]]).toEqual(inside ? [255, 0] : [7, 7]);
      }
    }
  });
});
