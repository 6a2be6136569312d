/** Pictures keep their shape, their brightness and their colours through scaler and encoder. */
import fc from 'fast-check';
import { AV_LOG_ERROR, AV_PIX_FMT_RGB24, AV_PIX_FMT_YUV420P } from 'node-av/constants';
import { Frame, Log, SoftwareScaleContext } from 'node-av/lib';
import sharp from 'sharp';
import { afterEach, describe, expect, test } from 'vitest';
import { isWhole, rgbOf } from '../../models/small-picture.ts';
import { PictureMaker, fitWithin } from './libav-picture.ts';

const maker = new PictureMaker(960, 160);
afterEach(() => maker.free());
Log.setLevel(AV_LOG_ERROR);

/** A limited-range 4:2:0 frame, as decoders give it, of one colour in its left half and one in its right. */
function halves(widthPx: number, heightPx: number, left: readonly number[], right: readonly number[]): Frame {
  const rgb = Buffer.alloc(widthPx * heightPx * 3);
  for (let i = 0; i < widthPx * heightPx; i++) rgb.set(i % widthPx < widthPx / 2 ? left : right, i * 3);
  const source = Frame.fromVideoBuffer(rgb, { width: widthPx, height: heightPx, format: AV_PIX_FMT_RGB24 });
  const frame = new Frame();
  frame.alloc();
  frame.format = AV_PIX_FMT_YUV420P;
  frame.width = widthPx;
  frame.height = heightPx;
  frame.getBuffer(0);
  const scaler = new SoftwareScaleContext();
  scaler.getContext(widthPx, heightPx, AV_PIX_FMT_RGB24, widthPx, heightPx, AV_PIX_FMT_YUV420P);
  scaler.scaleFrameSync(frame, source);
  scaler.freeContext();
  source.free();
  return frame;
}

describe('the size pictures are scaled to', () => {
  test('is even, never wider than asked, never larger than the source but by rounding, and keeps the shape', () => {
    const px = fc.integer({ min: 16, max: 8000 });
    fc.assert(
      fc.property(px, px, fc.integer({ min: 64, max: 1920 }), (widthPx, heightPx, maxWidthPx) => {
        const size = fitWithin({ widthPx, heightPx }, maxWidthPx);
        expect([size.widthPx % 2, size.heightPx % 2]).toEqual([0, 0]);
        expect(size.widthPx).toBeLessThanOrEqual(maxWidthPx);
        expect(size.widthPx).toBeLessThanOrEqual(widthPx + 1);
        const scale = Math.min(1, maxWidthPx / widthPx);
        expect(Math.abs(size.heightPx - heightPx * scale)).toBeLessThanOrEqual(2);
      }),
    );
  });
});

describe('a picture', () => {
  test('comes out as a JPEG of the right size whose colours are those that went in (range and matrix are right)', async () => {
    const colours = { left: [200, 40, 40], right: [20, 90, 220] } as const;
    const frame = halves(1280, 720, colours.left, colours.right);
    const jpeg = await maker.jpeg(frame);
    const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, info.channels]).toEqual([960, 540, 3]);
    const at = (x: number, y: number): number[] => [...data.subarray((y * 960 + x) * 3, (y * 960 + x) * 3 + 3)];
    at(200, 270).forEach((v, c) => expect(Math.abs(v - (colours.left[c] ?? 0))).toBeLessThanOrEqual(4));
    at(760, 270).forEach((v, c) => expect(Math.abs(v - (colours.right[c] ?? 0))).toBeLessThanOrEqual(4));
    frame.free();
  });

  test('gives luma of the size it says, dark where it is dark', async () => {
    const frame = halves(1280, 720, [0, 0, 0], [255, 255, 255]);
    const luma = await maker.luma(frame);
    expect([luma.widthPx, luma.heightPx, luma.bytes.length]).toEqual([160, 90, 160 * 90]);
    expect(luma.bytes[45 * 160 + 20]).toBeLessThan(25);
    expect(luma.bytes[45 * 160 + 140]).toBeGreaterThan(225);
    frame.free();
  });

  test('is given small as well, in the colours of its JPEG, whole in its bytes, within the size asked for or stretched to it', async () => {
    const frame = halves(1280, 720, [200, 40, 40], [20, 90, 220]);
    await expect(maker.small({ widthPx: 416, heightPx: 416, stretch: false })).rejects.toThrow('ask for that first');
    const full = await sharp(await maker.jpeg(frame)).raw().toBuffer();
    const small = await maker.small({ widthPx: 416, heightPx: 416, stretch: false });
    expect([small.widthPx, small.heightPx, isWhole(small)]).toEqual([416, 234, true]);
    const { rgb } = rgbOf(small);
    for (const [x, y] of [[100, 100], [300, 200]] as const) {
      const there = (Math.round((y * 540) / 234) * 960 + Math.round((x * 960) / 416)) * 3;
      for (let c = 0; c < 3; c++) expect(Math.abs(rgb[(y * 416 + x) * 3 + c]! - full[there + c]!)).toBeLessThanOrEqual(4);
    }
    frame.free();
    maker.free();
    const tiny = halves(352, 288, [10, 20, 30], [200, 210, 220]);
    await maker.jpeg(tiny);
    expect(await maker.small({ widthPx: 320, heightPx: 320, stretch: true })).toMatchObject({ widthPx: 320, heightPx: 288 });
    tiny.free();
  });

  test('may change its size in mid-stream', async () => {
    for (const [w, h] of [[640, 360], [704, 576], [352, 288], [640, 360]] as const) {
      const frame = halves(w, h, [10, 20, 30], [200, 210, 220]);
      expect(await sharp(await maker.jpeg(frame)).metadata()).toMatchObject({ width: w, height: h });
      expect((await maker.luma(frame)).widthPx).toBe(160);
      frame.free();
    }
  });
});
