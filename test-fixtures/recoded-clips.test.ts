/** Recoded footage is what its recipe says: size, key frames, bit rate, grain in every picture; and it is made once. */
import { rmSync, statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Encoding } from './clip-writer.ts';
import { type Clip, readClip } from './fake-camera/clip.ts';
import { type Recoded, STILL_STREET, recodedClip } from './recoded-clips.ts';

const SMALL: Encoding = { codec: 'h264', widthPx: 640, heightPx: 360, fps: 25, gopPictures: 50, preset: 'ultrafast' };
const still = { street: STILL_STREET };

async function opened(recoded: Recoded | null): Promise<Clip> {
  const clip = await readClip(recoded?.file ?? '');
  rmSync(recoded?.file ?? '');
  return clip;
}
const bytesOf = (clip: Clip): number[] => clip.units.map((unit) => unit.nals().reduce((sum, nal) => sum + nal.length, 0));

test.each(['h264', 'h265', 'mjpeg'] as const)('%s: size, key frames and length', async (codec) => {
  const clip = await opened(await recodedClip(still, { ...SMALL, codec }, { seconds: 2.4 }));
  expect(clip).toMatchObject({ codec, widthPx: 640, heightPx: 360, loop90k: 2.4 * 90_000 });
  expect(clip.units.flatMap(({ key }, i) => (key ? [i] : []))).toEqual(codec === 'mjpeg' ? [...clip.units.keys()] : [0, 50]);
  clip.close();
});

describe('a still street', () => {
  test('costs little at constant quality, but never nothing', async () => {
    const clip = await opened(await recodedClip(still, { ...SMALL, gopPictures: 25 }, { seconds: 4 }));
    const bytes = bytesOf(clip);
    const between = bytes.filter((_, i) => clip.units[i]?.key === false).sort((a, b) => a - b);
    expect(between[0]).toBeGreaterThan(0);
    expect(between.at(-1)).toBeGreaterThan(60);
    expect(between[between.length >> 1]).toBeLessThan((bytes[25] ?? 0) / 10);
    clip.close();
  });

  test('fills its bit rate where that is constant', async () => {
    const recoded = await recodedClip(still, { ...SMALL, bitsPerS: 1_000_000 }, { seconds: 6 });
    expect(recoded?.meanKbitPerS).toBeGreaterThan(800);
    expect(recoded?.meanKbitPerS).toBeLessThan(1_200);
    rmSync(recoded?.file ?? '');
  });
});

test('it is made once for a recipe, and anew for another', async () => {
  const first = await recodedClip(still, SMALL, { seconds: 0.4 });
  const madeAtMs = statSync(first?.file ?? '').mtimeMs;
  const again = await recodedClip(still, SMALL, { seconds: 0.4 });
  expect([again?.file, statSync(again?.file ?? '').mtimeMs]).toEqual([first?.file, madeAtMs]);
  const other = await recodedClip(still, SMALL, { seconds: 0.8 });
  expect(other?.file).not.toBe(first?.file);
  expect([first?.pictures, other?.pictures]).toEqual([10, 20]);
  for (const made of [first, other]) rmSync(made?.file ?? '');
});

test('a clip of 12.5 frames a second becomes 25, from where it is cut', async (context) => {
  const recoded = await recodedClip({ clip: 'car-detection.mp4' }, SMALL, { fromS: 2, seconds: 1 });
  if (recoded === null) return context.skip();
  expect(recoded.pictures).toBe(25);
  rmSync(recoded.file);
});
