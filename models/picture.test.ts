/** JPEG in, RGB out; and what is no JPEG, or only half of one, is refused in a sentence. */
import sharp, { type Sharp } from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodeJpeg } from './picture.ts';

const red = (): Sharp => sharp({ create: { width: 64, height: 48, channels: 3, background: { r: 250, g: 10, b: 20 } } });

/** A picture whose JPEG does not end early when cut: noise fills the whole file. */
async function noisyJpeg(): Promise<Buffer> {
  const rgb = Uint8Array.from({ length: 64 * 48 * 3 }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 24);
  return sharp(rgb, { raw: { width: 64, height: 48, channels: 3 } }).jpeg({ quality: 90 }).toBuffer();
}

describe('decodeJpeg', () => {
  test('gives three bytes a pixel, red first', async () => {
    const picture = await decodeJpeg(await red().jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer());
    expect([picture.widthPx, picture.heightPx, picture.rgb.length]).toEqual([64, 48, 64 * 48 * 3]);
    const middle = (24 * 64 + 32) * 3;
    [250, 10, 20].forEach((value, c) => expect(Math.abs(picture.rgb[middle + c]! - value)).toBeLessThanOrEqual(3));
  });

  test('makes RGB of grey and of CMYK', async () => {
    const grey = await decodeJpeg(await red().greyscale().jpeg().toBuffer());
    expect(grey.rgb.length).toBe(64 * 48 * 3);
    expect(new Set(grey.rgb.subarray(0, 3)).size).toBe(1);
    const cmyk = await decodeJpeg(await red().toColourspace('cmyk').jpeg().toBuffer());
    expect(cmyk.rgb.length).toBe(64 * 48 * 3);
    expect(cmyk.rgb[0]!).toBeGreaterThan(cmyk.rgb[1]! + 100);
  });

  test('refuses a JPEG that was cut short', async () => {
    const jpeg = await noisyJpeg();
    await expect(decodeJpeg(jpeg.subarray(0, jpeg.length / 2))).rejects.toMatchObject({ code: 'PICTURE_UNREADABLE', message: expect.stringMatching(/^A picture of \d+ bytes cannot be read: .+\.$/) as string });
    await expect(decodeJpeg(jpeg.subarray(0, 40))).rejects.toMatchObject({ code: 'PICTURE_UNREADABLE' });
  });

  test('refuses what is no JPEG, even if sharp could read it', async () => {
    for (const bytes of [new Uint8Array(0), Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), await red().png().toBuffer()]) {
      await expect(decodeJpeg(bytes)).rejects.toMatchObject({ code: 'PICTURE_UNREADABLE', message: expect.stringContaining('does not begin as a JPEG') as string });
    }
  });
});
