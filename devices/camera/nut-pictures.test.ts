/** Raw pictures out of NUT as ffmpeg writes it: in any portions, and out of rubbish nothing but a refusal. */
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NotNut, NutPictures, type RawPicture } from './nut-pictures.ts';

const W = 64;
const H = 48;
/** 30 pictures at 12.5 a second, each painted with its own number. */
const made = spawnSync('ffmpeg', ['-v', 'error', '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${W}x${H}`, '-framerate', '25/2', '-i', 'pipe:0', '-c:v', 'rawvideo', '-enc_time_base', '1/90000', '-f', 'nut', 'pipe:1'], {
  input: Buffer.concat(Array.from({ length: 30 }, (_, i) => Buffer.alloc((W * H * 3) / 2, 16 + i))),
  maxBuffer: 1e8,
}).stdout;
const missing = !made?.length;
if (missing) process.stderr.write('SKIPPED: there is no ffmpeg program here, what it writes is not tested; apt-get install ffmpeg\n');

function read(portions: readonly Buffer[]): RawPicture[] {
  const nut = new NutPictures(90_000);
  return portions.flatMap((portion) => nut.push(portion));
}

describe.skipIf(missing)('pictures', () => {
  test('come whole, with size and time', () => {
    const pictures = read([made]);
    expect(pictures.map(({ pts }) => pts)).toEqual(Array.from({ length: 30 }, (_, i) => i * 7200));
    for (const [i, { widthPx, heightPx, i420 }] of pictures.entries()) {
      expect([widthPx, heightPx]).toEqual([W, H]);
      expect(i420.equals(Buffer.alloc((W * H * 3) / 2, 16 + i))).toBe(true);
    }
  });

  test('come the same in whatever portions', () => {
    const whole = read([made]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: made.length }), { maxLength: 60 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), made.length];
        expect(read(at.slice(1).map((to, i) => made.subarray(at[i], to)))).toEqual(whole);
      }),
      { numRuns: 60 },
    );
    expect(read(Array.from({ length: made.length }, (_, i) => made.subarray(i, i + 1)))).toEqual(whole);
  });

  test('of a stream that was damaged are refused, or are pictures of its size', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: made.length - 1 }), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 20 }), (changes) => {
        const damaged = Buffer.from(made);
        for (const [at, byte] of changes) damaged[at % 400] = byte;
        try {
          for (const { widthPx, heightPx, i420 } of read([damaged])) expect(i420.length).toBe((widthPx * heightPx * 3) / 2);
        } catch (error) {
          expect(error).toBeInstanceOf(NotNut);
        }
      }),
      { numRuns: 300 },
    );
  });
});

test('whatever is no NUT is refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 25, maxLength: 2000 }), (bytes) => {
      expect(() => new NutPictures(90_000).push(Buffer.from(bytes))).toThrow(NotNut);
    }),
  );
});
