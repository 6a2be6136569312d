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
  const { region, inTensor } = placing;
  const fits = region.x === 0 && region.y === 0 && region.w === picture.widthPx && region.h === picture.heightPx && inTensor.w === region.w && inTensor.h === region.h;
  if (!fits || input.layout !== 'NCHW') return fillTensor(target, rgbOf(picture), placing, input);
  const plane = placing.tensor.widthPx * placing.tensor.heightPx;
  const order = input.colours === 'RGB' ? [0, 1, 2] : [2, 1, 0];
  if (region.w * region.h < plane) for (let p = 0; p < 3; p++) target.fill((input.pad - input.mean[p]!) * input.scale[p]!, p * plane, (p + 1) * plane);
  const way = (p: number): Way => ({ from: p * plane, scale: input.scale[p]!, shift: -input.mean[p]! * input.scale[p]! });
  writeColours(target, picture, { first: inTensor.y * placing.tensor.widthPx + inTensor.x, row: placing.tensor.widthPx, pixel: 1 }, order.map(way) as [Way, Way, Way]);
}

/** The same colours as RGB, for what samples. */
export function rgbOf(small: SmallPicture): Picture {
  const { widthPx, heightPx } = small;
  const rgb = new Uint8ClampedArray(widthPx * heightPx * 3);
  writeColours(rgb, small, { first: 0, row: widthPx * 3, pixel: 3 }, [0, 1, 2].map((c): Way => ({ from: c, scale: 1, shift: 0 })) as [Way, Way, Way]);
  return { widthPx, heightPx, rgb: new Uint8Array(rgb.buffer) };
}

/** Where one colour goes, and what becomes of its value: value · scale + shift. */
interface Way {
  readonly from: number;
  readonly scale: number;
  readonly shift: number;
}

/** Y'CbCr of JFIF (ITU-T T.871, clause 7: BT.601, full range) to R, G and B, each its own way. */
function writeColours(target: Float32Array | Uint8ClampedArray, small: SmallPicture, to: { first: number; row: number; pixel: number }, [r, g, b]: readonly [Way, Way, Way]): void {
  const { widthPx, heightPx, i420 } = small;
  const chromaWidth = (widthPx + 1) >> 1;
  const blues = widthPx * heightPx;
  const reds = blues + chromaWidth * ((heightPx + 1) >> 1);
  const [rFrom, gFrom, bFrom] = [r.from, g.from, b.from];
  const [rScale, gScale, bScale] = [r.scale, g.scale, b.scale];
  const [rShift, gShift, bShift] = [r.shift, g.shift, b.shift];
  const { pixel } = to;
  for (let y = 0; y < heightPx; y++) {
    const chroma = (y >> 1) * chromaWidth;
    const luma = y * widthPx;
    let at = to.first + y * to.row;
    for (let x = 0; x < widthPx; x++, at += pixel) {
      const light = i420[luma + x]!;
      const blue = i420[blues + chroma + (x >> 1)]! - 128;
      const red = i420[reds + chroma + (x >> 1)]! - 128;
      const vr = light + 1.402 * red;
      const vg = light - 0.344136 * blue - 0.714136 * red;
      const vb = light + 1.772 * blue;
      target[rFrom + at] = (vr < 0 ? 0 : vr > 255 ? 255 : vr) * rScale + rShift;
      target[gFrom + at] = (vg < 0 ? 0 : vg > 255 ? 255 : vg) * gScale + gShift;
      target[bFrom + at] = (vb < 0 ? 0 : vb > 255 ? 255 : vb) * bScale + bShift;
    }
  }
}
