/** Lays a region of a picture into a model's input tensor in one pass, and brings boxes back from the tensor to the picture. */
import type { Box } from '../domain/detection.ts';
import type { ModelInput } from './manifest.ts';
import type { Picture } from './picture.ts';

export interface SizePx {
  readonly widthPx: number;
  readonly heightPx: number;
}

/** Where a region of a picture lies in a tensor: `inTensor` (tensor pixels) shows `region` (picture pixels). */
export interface Placing {
  readonly tensor: SizePx;
  readonly picture: SizePx;
  readonly region: Box;
  readonly inTensor: Box;
}

/** The whole picture as a region. */
export const wholeOf = (picture: SizePx): Box => ({ x: 0, y: 0, w: picture.widthPx, h: picture.heightPx });

/** The region in whole pixels and inside the picture, or null where nothing of it is. */
export function clipRegion(region: Box, picture: SizePx): Box | null {
  const x = Math.max(0, Math.floor(region.x));
  const y = Math.max(0, Math.floor(region.y));
  const w = Math.min(picture.widthPx, Math.ceil(region.x + region.w)) - x;
  const h = Math.min(picture.heightPx, Math.ceil(region.y + region.h)) - y;
  return w >= 1 && h >= 1 ? { x, y, w, h } : null;
}

/** `region` must lie inside the picture (see clipRegion). */
export function placeRegion(region: Box, picture: SizePx, tensor: SizePx, fit: ModelInput['fit']): Placing {
  if (fit === 'stretch') return { tensor, picture, region, inTensor: wholeOf(tensor) };
  const scale = Math.min(tensor.widthPx / region.w, tensor.heightPx / region.h);
  const w = Math.min(tensor.widthPx, Math.max(1, Math.round(region.w * scale)));
  const h = Math.min(tensor.heightPx, Math.max(1, Math.round(region.h * scale)));
  const centred = fit === 'letterbox-centred';
  const x = centred ? Math.floor((tensor.widthPx - w) / 2) : 0;
  const y = centred ? Math.floor((tensor.heightPx - h) / 2) : 0;
  return { tensor, picture, region, inTensor: { x, y, w, h } };
}

/** Corners in tensor pixels → a box in picture pixels, cut at the picture's edge; null where nothing with an area is left. */
export function toPicture(placing: Placing, x1: number, y1: number, x2: number, y2: number): Box | null {
  const { region, inTensor, picture } = placing;
  const perX = region.w / inTensor.w;
  const perY = region.h / inTensor.h;
  const left = Math.max(0, region.x + (x1 - inTensor.x) * perX);
  const top = Math.max(0, region.y + (y1 - inTensor.y) * perY);
  const right = Math.min(picture.widthPx, region.x + (x2 - inTensor.x) * perX);
  const bottom = Math.min(picture.heightPx, region.y + (y2 - inTensor.y) * perY);
  // Written so that NaN fails it: an output that is no number must not become a box.
  return right - left > 0 && bottom - top > 0 ? { x: left, y: top, w: right - left, h: bottom - top } : null;
}

/**
 * Samples the region bilinearly (pixel centres at halves, edges repeated, as OpenCV's INTER_LINEAR that the models were trained
 * with), in the model's colour order and normalisation, into `target`: 3 planes of tensor.heightPx × tensor.widthPx (NCHW), or 3 values a
 * pixel (NHWC); the rest becomes the pad value. `target` holds 3 · widthPx · heightPx values; bytes round by themselves (Uint8ClampedArray).
 */
export function fillTensor(target: Float32Array | Uint8ClampedArray, picture: Picture, placing: Placing, input: Pick<ModelInput, 'layout' | 'colours' | 'pad' | 'mean' | 'scale'>): void {
  const { tensor, region, inTensor } = placing;
  const plane = tensor.widthPx * tensor.heightPx;
  const [toNextPixel, toNextColour] = input.layout === 'NCHW' ? [1, plane] : [3, 1];
  if (inTensor.w * inTensor.h < plane) {
    for (let c = 0; c < 3; c++) {
      const pad = (input.pad - input.mean[c]!) * input.scale[c]!;
      if (toNextPixel === 1) target.fill(pad, c * plane, (c + 1) * plane);
      else for (let i = c; i < target.length; i += 3) target[i] = pad;
    }
  }
  const planeOf = input.colours === 'RGB' ? [0, 1, 2] : [2, 1, 0];
  const [rAt, gAt, bAt] = planeOf.map((p) => p * toNextColour) as [number, number, number];
  const [rScale, gScale, bScale] = planeOf.map((p) => input.scale[p]!) as [number, number, number];
  const [rShift, gShift, bShift] = planeOf.map((p) => -input.mean[p]! * input.scale[p]!) as [number, number, number];
  const xs = taps(region.x, region.w, inTensor.w);
  const ys = taps(region.y, region.h, inTensor.h);
  const { rgb, widthPx } = picture;
  for (let y = 0; y < inTensor.h; y++) {
    const upper = ys.low[y]! * widthPx;
    const lower = ys.high[y]! * widthPx;
    const fy = ys.fraction[y]!;
    let at = ((inTensor.y + y) * tensor.widthPx + inTensor.x) * toNextPixel;
    for (let x = 0; x < inTensor.w; x++, at += toNextPixel) {
      const fx = xs.fraction[x]!;
      const a = (upper + xs.low[x]!) * 3;
      const b = (upper + xs.high[x]!) * 3;
      const c = (lower + xs.low[x]!) * 3;
      const d = (lower + xs.high[x]!) * 3;
      const wd = fx * fy;
      const wb = fx - wd;
      const wc = fy - wd;
      const wa = 1 - fx - wc;
      target[rAt + at] = (rgb[a]! * wa + rgb[b]! * wb + rgb[c]! * wc + rgb[d]! * wd) * rScale + rShift;
      target[gAt + at] = (rgb[a + 1]! * wa + rgb[b + 1]! * wb + rgb[c + 1]! * wc + rgb[d + 1]! * wd) * gScale + gShift;
      target[bAt + at] = (rgb[a + 2]! * wa + rgb[b + 2]! * wb + rgb[c + 2]! * wc + rgb[d + 2]! * wd) * bScale + bShift;
    }
  }
}

interface Taps {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly fraction: Float32Array;
}

/** For each of `to` samples over `from` pixels beginning at `start`: the two pixels it lies between, and how far from the first. */
function taps(start: number, from: number, to: number): Taps {
  const low = new Int32Array(to);
  const high = new Int32Array(to);
  const fraction = new Float32Array(to);
  const step = from / to;
  for (let i = 0; i < to; i++) {
    const at = Math.min(from - 1, Math.max(0, (i + 0.5) * step - 0.5));
    const first = Math.floor(at);
    low[i] = start + first;
    high[i] = start + Math.min(from - 1, first + 1);
    fraction[i] = at - first;
  }
  return { low, high, fraction };
}
