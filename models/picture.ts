/** A decoded picture: JPEG bytes become RGB once, and every model and the redaction look at the same pixels. */
import sharp from 'sharp';
import { GridwardenError, sentenceOf } from '../platform/errors.ts';

/** 8-bit RGB, row by row from the top-left, three bytes a pixel, no padding: `rgb.length === widthPx * heightPx * 3`. */
export interface Picture {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly rgb: Uint8Array;
}

/** Above any camera that is read (8K is 33 million): a small file must not be able to claim gigabytes. */
const MAX_PIXELS = 40_000_000;

/**
 * Decodes a JPEG of any size and colour space into RGB. The EXIF orientation is not applied: frames carry none, and boxes must
 * stay in the pixels as stored. Throws PICTURE_UNREADABLE when it is no JPEG, is cut short, or is larger than any camera's frame.
 */
export async function decodeJpeg(jpeg: Uint8Array): Promise<Picture> {
  if (jpeg[0] !== 0xff || jpeg[1] !== 0xd8) throw new GridwardenError('PICTURE_UNREADABLE', { bytes: jpeg.length, why: 'it does not begin as a JPEG does' });
  try {
    const decoded = sharp(jpeg, { failOn: 'truncated', limitInputPixels: MAX_PIXELS });
    const { data, info } = await decoded.toColourspace('srgb').removeAlpha().raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw new Error(`it has ${info.channels} channels instead of 3`);
    return { widthPx: info.width, heightPx: info.height, rgb: data };
  } catch (error) {
    throw new GridwardenError('PICTURE_UNREADABLE', { bytes: jpeg.length, why: sentenceOf(error).split('\n')[0] ?? 'unknown reason' }, error);
  }
}
