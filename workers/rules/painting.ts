/** Paints the pictures of a scene for the rules that watch the picture itself: a still view, and what is put into it, as data. */
import { thumbnailOf, type Thumbnail } from './thumbnail.ts';

/** Fractions of the picture. */
type Area = readonly [x: number, y: number, w: number, h: number];

export interface Painting {
  /** Plain things of one grey, there from a second to another. */
  readonly things?: readonly { readonly at: Area; readonly luma: number; readonly fromS?: number; readonly toS?: number }[];
  /** Things of one grey that go through the picture: at second, left edge. */
  readonly passing?: readonly { readonly path: readonly (readonly [atS: number, x: number])[]; readonly y: number; readonly w: number; readonly h: number; readonly luma: number }[];
  /** From `atS` on, taking `overS` to come, all is `gain` times as bright and `offset` levels brighter. */
  readonly lights?: readonly { readonly atS: number; readonly overS?: number; readonly gain: number; readonly offset?: number }[];
  /** Stripes that never come to rest. */
  readonly flag?: Area;
  /** Standard deviation of each pixel's noise; default 2. */
  readonly noise?: number;
  readonly blurred?: { readonly fromS: number };
  /** The camera looks elsewhere from then on: by so much of the picture. */
  readonly turned?: { readonly fromS: number; readonly by: readonly [dx: number, dy: number] };
}

const WIDTH_PX = 192;
const HEIGHT_PX = 108;
/** The view is so much larger than the picture, so that the camera can be turned. */
const VIEW_PX = 400;
const BLUR_PX = 4;
/** As many numbers of noise as are drawn; each row of each frame begins somewhere in them. */
const NOISE_LENGTH = 8192;

const kept = new WeakMap<Painting, Map<number, Thumbnail>>();
let still: Float32Array | null = null;
let bells: Float32Array | null = null;

/** The thumbnail of the scene's picture at a second; painted once. */
export function paintedThumbnail(painting: Painting, atS: number): Thumbnail {
  const known = kept.get(painting) ?? new Map<number, Thumbnail>();
  kept.set(painting, known);
  const thumbnail = known.get(atS) ?? thumbnailOf(painted(painting, atS));
  known.set(atS, thumbnail);
  return thumbnail;
}

/** The same picture as a camera's luma, for those who see it before it is a frame. */
export function paintedLuma(painting: Painting, atS: number): { readonly luma: Uint8Array; readonly widthPx: number; readonly heightPx: number } {
  const { rgb, widthPx, heightPx } = painted(painting, atS);
  return { luma: Uint8Array.from({ length: widthPx * heightPx }, (_, i) => rgb[3 * i]!), widthPx, heightPx };
}

function painted(painting: Painting, atS: number): { widthPx: number; heightPx: number; rgb: Uint8Array } {
  const grey = viewFrom(painting.turned && atS >= painting.turned.fromS ? painting.turned.by : [0, 0]);
  if (painting.flag) stripes(grey, painting.flag, atS);
  for (const { at, luma, fromS = 0, toS = Number.POSITIVE_INFINITY } of painting.things ?? []) if (atS >= fromS && atS < toS) plain(grey, at, luma);
  for (const { path, y, w, h, luma } of painting.passing ?? []) {
    const x = between(path, atS);
    if (x !== null) plain(grey, [x, y, w, h], luma);
  }
  const seen = painting.blurred && atS >= painting.blurred.fromS ? blurred(grey) : grey;
  return exposed(seen, lightAt(painting, atS), painting.noise ?? 2, Math.round(atS * 1000));
}

/** A street that never was: large patches, windows in rows, and the grain of walls and asphalt. */
function view(): Float32Array {
  const out = new Float32Array(VIEW_PX * VIEW_PX);
  for (let y = 0; y < VIEW_PX; y++) {
    for (let x = 0; x < VIEW_PX; x++) {
      const patch = chance(Math.floor(x / 33), Math.floor(y / 21), 1) * 110;
      const pane = x % 11 < 5 && y % 15 < 8 ? (chance(Math.floor(x / 11), Math.floor(y / 15), 2) - 0.5) * 90 : 0;
      out[y * VIEW_PX + x] = 60 + patch + pane + (chance(x, y, 3) - 0.5) * 22;
    }
  }
  return out;
}

function viewFrom([dx, dy]: readonly [number, number]): Float32Array {
  still ??= view();
  const [left, top] = [100 + Math.round(dx * WIDTH_PX), 100 + Math.round(dy * HEIGHT_PX)];
  const out = new Float32Array(WIDTH_PX * HEIGHT_PX);
  for (let y = 0; y < HEIGHT_PX; y++) out.set(still.subarray((top + y) * VIEW_PX + left, (top + y) * VIEW_PX + left + WIDTH_PX), y * WIDTH_PX);
  return out;
}

function eachPixel([x, y, w, h]: Area, paint: (i: number, px: number, py: number) => void): void {
  for (let py = Math.max(0, Math.round(y * HEIGHT_PX)); py < Math.min(HEIGHT_PX, Math.round((y + h) * HEIGHT_PX)); py++) {
    for (let px = Math.max(0, Math.round(x * WIDTH_PX)); px < Math.min(WIDTH_PX, Math.round((x + w) * WIDTH_PX)); px++) paint(py * WIDTH_PX + px, px, py);
  }
}

function plain(grey: Float32Array, at: Area, luma: number): void {
  eachPixel(at, (i) => (grey[i] = luma));
}

function stripes(grey: Float32Array, at: Area, atS: number): void {
  eachPixel(at, (i, px, py) => (grey[i] = 128 + 90 * Math.sin(px / 5 + 3 * Math.sin(py / 9 + 7.3 * atS) + 11.7 * atS)));
}

/** Mean of a square around each pixel. */
function blurred(grey: Float32Array): Float32Array {
  const along = (from: Float32Array, step: number, length: number, position: (i: number) => number): Float32Array =>
    from.map((_, i) => {
      const at = position(i);
      let [sum, n] = [0, 0];
      for (let d = -Math.min(BLUR_PX, at); d <= Math.min(BLUR_PX, length - 1 - at); d++) {
        sum += from[i + d * step]!;
        n += 1;
      }
      return sum / n;
    });
  return along(along(grey, 1, WIDTH_PX, (i) => i % WIDTH_PX), WIDTH_PX, HEIGHT_PX, (i) => Math.floor(i / WIDTH_PX));
}

function lightAt({ lights = [] }: Painting, atS: number): { gain: number; offset: number } {
  let now = { gain: 1, offset: 0 };
  for (const { atS: from, overS = 0, gain, offset = 0 } of lights) {
    if (atS < from) continue;
    const part = overS === 0 ? 1 : Math.min(1, (atS - from) / overS);
    now = { gain: now.gain + part * (gain - now.gain), offset: now.offset + part * (offset - now.offset) };
  }
  return now;
}

function exposed(grey: Float32Array, { gain, offset }: { gain: number; offset: number }, noise: number, frame: number): { widthPx: number; heightPx: number; rgb: Uint8Array } {
  const rgb = new Uint8Array(grey.length * 3);
  // A sum of three is near enough to a bell.
  bells ??= Float32Array.from({ length: NOISE_LENGTH }, (_, i) => (chance(i, 1, 4) + chance(i, 2, 5) + chance(i, 3, 6) - 1.5) * 2);
  for (let i = 0, from = 0; i < grey.length; i++) {
    if (i % WIDTH_PX === 0) from = Math.floor(chance(i, frame, 7) * (NOISE_LENGTH - WIDTH_PX));
    const value = Math.min(255, Math.max(0, Math.round(gain * grey[i]! + offset + noise * bells[from + (i % WIDTH_PX)]!)));
    rgb[3 * i] = rgb[3 * i + 1] = rgb[3 * i + 2] = value;
  }
  return { widthPx: WIDTH_PX, heightPx: HEIGHT_PX, rgb };
}

function between(path: readonly (readonly [atS: number, x: number])[], atS: number): number | null {
  const next = path.findIndex(([s]) => s >= atS);
  const [after, before] = [path[next], path[Math.max(0, next - 1)]];
  if (!after || !before || atS < before[0]) return null;
  return after[0] === before[0] ? after[1] : before[1] + ((atS - before[0]) / (after[0] - before[0])) * (after[1] - before[1]);
}

/** A number 0…1 that looks like chance and is always the same for the same three. */
function chance(a: number, b: number, c: number): number {
  let h = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b) ^ Math.imul(c, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return ((h ^ (h >>> 15)) >>> 0) / 4_294_967_296;
}
