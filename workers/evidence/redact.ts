/** Makes the evidence picture: every face unreadable for good, the subject outlined, nothing else of the frame changed. */
import sharp from 'sharp';
import type { Box, FaceBox } from '../../domain/detection.ts';
import type { Picture } from '../../models/picture.ts';
import { coverFaces } from './cover.ts';

/** Looks for faces in the whole picture and, closer, where persons are (boxes in pixels); models/detector.ts satisfies it. */
export interface FaceFinder {
  findAllFaces(picture: Picture, persons: readonly Box[]): Promise<FaceBox[]>;
}

/** After the first round the picture is looked at again, at most so often: covering one face may bring out its neighbour. */
const MOST_ROUNDS = 3;
const JPEG_QUALITY = 85;
const OUTLINE_COLOUR = '#ff3b30';

/**
 * A copy of the picture in which the finder finds no face any more: found faces become a coarse mosaic, and what is still found
 * then, one colour. The picture handed in is not changed. Throws what the finder throws.
 */
export async function redact(picture: Picture, persons: readonly Box[], finder: FaceFinder): Promise<Picture> {
  let redacted = picture;
  for (let round = 1; round <= MOST_ROUNDS; round++) {
    const faces = await finder.findAllFaces(redacted, persons);
    if (faces.length === 0) break;
    redacted = coverFaces(redacted, faces, round === 1 ? 'mosaic' : 'one-colour');
  }
  return redacted;
}

/** A redacted picture as JPEG without metadata, with the subject's box (pixels) outlined. Throws what sharp throws. */
export async function evidenceJpeg(redacted: Picture, subject: Box | null): Promise<Uint8Array> {
  const { widthPx, heightPx, rgb } = redacted;
  const image = sharp(rgb, { raw: { width: widthPx, height: heightPx, channels: 3 } });
  if (subject) image.composite([{ input: Buffer.from(outline(subject, widthPx, heightPx)) }]);
  // sharp writes no metadata unless it is told to.
  return image.jpeg({ quality: JPEG_QUALITY }).toBuffer();
}

function outline(box: Box, widthPx: number, heightPx: number): string {
  const strokePx = Math.max(2, Math.round(heightPx / 200));
  const rect = `x="${box.x}" y="${box.y}" width="${Math.max(0, box.w)}" height="${Math.max(0, box.h)}" fill="none"`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${widthPx}" height="${heightPx}">` +
    `<rect ${rect} stroke="#000" stroke-opacity="0.5" stroke-width="${strokePx + 2}"/><rect ${rect} stroke="${OUTLINE_COLOUR}" stroke-width="${strokePx}"/></svg>`
  );
}
