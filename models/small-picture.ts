/** Brings a camera's small raw picture into a model's input tensor: where it fits pixel for pixel, in one pass without sampling. */
import type { SmallPicture } from '../domain/frame.ts';
import { fillTensor, type Placing } from './letterbox.ts';
import type { ModelInput } from './manifest.ts';
import type { Picture } from './picture.ts';

/** What a detector can look at. */
export type Seen = Picture | SmallPicture;

export const isSmall = (picture: Seen): picture is SmallPicture => 'i420' in picture;

/** Whether as many bytes are there as the size says. */
export function isWhole({ widthPx, heightPx, i420 }: SmallPicture): boolean {
  const chroma = Math.ceil(widthPx / 2) * Math.ceil(heightPx / 2);
  return widthPx > 0 && heightPx > 0 && i420.length === widthPx * heightPx + 2 * chroma;
}

/** As fillTensor, for both kinds of picture. */
export function fillFrom(target: Float32Array | Uint8ClampedArray, picture: Seen, placing: Placing, input: ModelInput): void {
  if (!isSmall(picture)) return fillTensor(target, picture, placing, input);
  if (!fitsPixelForPixel(picture, placing, input) || !(target instanceof Float32Array)) return fillTensor(target, rgbOf(picture), placing, input);
  padAround(target, placing, input);
  writeColours(target, picture, placing.tensor.widthPx, ...waysOf(placing, input));
}

/** Whether the picture goes into planes of floats as it is. Camera hosts send even widths (libav-picture.ts): two pixels share their chroma. */
export function fitsPixelForPixel({ widthPx, heightPx }: SmallPicture, { region, inTensor }: Placing, { layout, type }: ModelInput): boolean {
  const fits = region.x === 0 && region.y === 0 && region.w === widthPx && region.h === heightPx && inTensor.w === region.w && inTensor.h === region.h;
  return fits && widthPx % 2 === 0 && layout === 'NCHW' && type === 'float32';
}

/** The ways of red, green and blue. */
export function waysOf({ tensor: { widthPx, heightPx }, inTensor }: Placing, { colours, mean, scale }: ModelInput): [Way, Way, Way] {
  const first = inTensor.y * widthPx + inTensor.x;
  const way = (p: number): Way => ({ from: p * widthPx * heightPx + first, scale: scale[p]!, shift: -mean[p]! * scale[p]! });
  return colours === 'RGB' ? [way(0), way(1), way(2)] : [way(2), way(1), way(0)];
}

/** The pad value wherever the picture does not lie: above, below, left and right of it. */
export function padAround(target: Float32Array, { tensor: { widthPx, heightPx }, inTensor }: Placing, input: ModelInput): void {
  for (let p = 0; p < 3; p++) {
    const value = (input.pad - input.mean[p]!) * input.scale[p]!;
    const plane = p * widthPx * heightPx;
    const [top, bottom] = [plane + inTensor.y * widthPx, plane + (inTensor.y + inTensor.h) * widthPx];
    target.fill(value, plane, top).fill(value, bottom, plane + widthPx * heightPx);
    if (inTensor.w === widthPx) continue;
    for (let row = top; row < bottom; row += widthPx) target.fill(value, row, row + inTensor.x).fill(value, row + inTensor.x + inTensor.w, row + widthPx);
  }
}

/** Where one colour's first value goes, and what becomes of it: value · scale + shift. */
export interface Way {
  readonly from: number;
  readonly scale: number;
  readonly shift: number;
}

/**
 * Y'CbCr of JFIF (ITU-T T.871, clause 7: BT.601, full range) to planes of R, G and B, each its own way. Two pixels at a time,
 * for floats alone: as one loop for bytes as well, or one pixel at a time, it took 1.3 times as long (416×234). With vectors: vector-fill.wat.
 */
function writeColours(target: Float32Array, { widthPx, heightPx, i420 }: SmallPicture, rowLength: number, r: Way, g: Way, b: Way): void {
  const chromaWidth = (widthPx + 1) >> 1;
  const toReds = chromaWidth * ((heightPx + 1) >> 1);
  const { from: rFrom, scale: rScale, shift: rShift } = r;
  const { from: gFrom, scale: gScale, shift: gShift } = g;
  const { from: bFrom, scale: bScale, shift: bShift } = b;
  for (let y = 0; y < heightPx; y++) {
    let luma = y * widthPx;
    let chroma = widthPx * heightPx + (y >> 1) * chromaWidth;
    const end = y * rowLength + widthPx;
    for (let at = y * rowLength; at < end; at += 2, luma += 2, chroma++) {
      const blue = i420[chroma]! - 128;
      const red = i420[chroma + toReds]! - 128;
      const toR = 1.402 * red;
      const toG = -0.344136 * blue - 0.714136 * red;
      const toB = 1.772 * blue;
      const light = i420[luma]!;
      target[rFrom + at] = Math.min(255, Math.max(0, light + toR)) * rScale + rShift;
      target[gFrom + at] = Math.min(255, Math.max(0, light + toG)) * gScale + gShift;
      target[bFrom + at] = Math.min(255, Math.max(0, light + toB)) * bScale + bShift;
      const next = i420[luma + 1]!;
      target[rFrom + at + 1] = Math.min(255, Math.max(0, next + toR)) * rScale + rShift;
      target[gFrom + at + 1] = Math.min(255, Math.max(0, next + toG)) * gScale + gShift;
      target[bFrom + at + 1] = Math.min(255, Math.max(0, next + toB)) * bScale + bShift;
    }
  }
}

/** The same colours as RGB, for what samples. */
export function rgbOf({ widthPx, heightPx, i420 }: SmallPicture): Picture {
  // Clamps and rounds when written.
  const rgb = new Uint8ClampedArray(widthPx * heightPx * 3);
  const chromaWidth = (widthPx + 1) >> 1;
  const blues = widthPx * heightPx;
  const reds = blues + chromaWidth * ((heightPx + 1) >> 1);
  for (let i = 0, y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++, i++) {
      const chroma = (y >> 1) * chromaWidth + (x >> 1);
      const blue = i420[blues + chroma]! - 128;
      const red = i420[reds + chroma]! - 128;
      const light = i420[i]!;
      rgb[i * 3] = light + 1.402 * red;
      rgb[i * 3 + 1] = light - 0.344136 * blue - 0.714136 * red;
      rgb[i * 3 + 2] = light + 1.772 * blue;
    }
  }
  return { widthPx, heightPx, rgb: new Uint8Array(rgb.buffer) };
}
