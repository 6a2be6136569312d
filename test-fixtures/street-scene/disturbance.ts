/** What light, weather and hands do to a camera's picture as a whole: operations on the finished frame. */
import type { Box } from '../../domain/detection.ts';
import type { Canvas } from './canvas.ts';

interface Lasting {
  readonly fromS: number;
  readonly toS: number;
}

export type Disturbance =
  /** Times and gains, straight in between: clouds, dusk, a lamp that is switched on. */
  | { readonly kind: 'light'; readonly gains: readonly (readonly [atS: number, gain: number])[] }
  /** A hand, a bag or paint before the lens: nothing but a dull patch. */
  | ({ readonly kind: 'cover' } & Lasting)
  /** Blurred by boxes of this half width, as a part of the picture's width, three times over. */
  | ({ readonly kind: 'defocus'; readonly radius: number } & Lasting)
  /** Turned elsewhere: the picture slides by these parts of its width and height; what comes into view mirrors what was at the edge. */
  | ({ readonly kind: 'move'; readonly by: readonly [x: number, y: number] } & Lasting);

const isOn = ({ fromS, toS }: Lasting, timeS: number): boolean => timeS >= fromS && timeS < toS;

export function disturb(canvas: Canvas, disturbances: readonly Disturbance[], timeS: number): void {
  for (const one of disturbances) {
    if (one.kind === 'light') dim(canvas, gainAt(one.gains, timeS));
    else if (!isOn(one, timeS)) continue;
    else if (one.kind === 'cover') cover(canvas);
    else if (one.kind === 'defocus') eachPlane(canvas, (plane, width, height) => blur(plane, width, height, Math.max(1, Math.round(one.radius * width))));
    else eachPlane(canvas, (plane, width, height) => slide(plane, width, height, Math.round(one.by[0] * width), Math.round(one.by[1] * height)));
  }
}

/** Where a box of the undisturbed picture is to be seen, in pixels; null where nothing is to be seen of it. */
export function disturbedBox(box: Box, disturbances: readonly Disturbance[], timeS: number, widthPx: number, heightPx: number): Box | null {
  let { x, y } = box;
  for (const one of disturbances) {
    if (one.kind === 'light' || !isOn(one, timeS)) continue;
    if (one.kind === 'cover') return null;
    if (one.kind === 'move') [x, y] = [x + one.by[0] * widthPx, y + one.by[1] * heightPx];
  }
  const [left, top] = [Math.max(0, x), Math.max(0, y)];
  const [w, h] = [Math.min(widthPx, x + box.w) - left, Math.min(heightPx, y + box.h) - top];
  return w > 0 && h > 0 ? { x: left, y: top, w, h } : null;
}

function gainAt(gains: readonly (readonly [number, number])[], timeS: number): number {
  const next = gains.findIndex(([s]) => s > timeS);
  const [after, before] = [next < 0 ? gains.at(-1) : gains[next], next < 0 ? gains.at(-1) : gains[Math.max(0, next - 1)]];
  if (!after || !before) return 1;
  const part = after[0] === before[0] ? 0 : Math.max(0, timeS - before[0]) / (after[0] - before[0]);
  return before[1] + part * (after[1] - before[1]);
}

/** Luma about black (16) and chroma about grey (128), BT.601 limited range. */
function dim({ bytes, widthPx, heightPx }: Canvas, gain: number): void {
  if (gain === 1) return;
  const luma = widthPx * heightPx;
  const [ofLuma, ofChroma] = [16, 128].map((zero) => Uint8Array.from({ length: 256 }, (_, v) => Math.max(16, Math.min(zero === 16 ? 235 : 240, zero + (v - zero) * gain))));
  for (let i = 0; i < bytes.length; i++) bytes[i] = (i < luma ? ofLuma : ofChroma)![bytes[i]!]!;
}

function cover({ bytes, widthPx, heightPx }: Canvas): void {
  const luma = widthPx * heightPx;
  for (let i = 0; i < luma; i++) bytes[i] = 44 + ((12 * (i % widthPx)) / widthPx);
  bytes.fill(124, luma, luma + luma / 4);
  bytes.fill(134, luma + luma / 4);
}

function eachPlane({ bytes, widthPx, heightPx }: Canvas, change: (plane: Uint8Array, width: number, height: number) => void): void {
  const luma = widthPx * heightPx;
  change(bytes.subarray(0, luma), widthPx, heightPx);
  for (const at of [luma, luma + luma / 4]) change(bytes.subarray(at, at + luma / 4), widthPx / 2, heightPx / 2);
}

/** Three box blurs, each across and down: near enough to a lens out of focus. */
function blur(plane: Uint8Array, width: number, height: number, radius: number): void {
  for (let round = 0; round < 3; round++) {
    for (let row = 0; row < height; row++) blurLine(plane, row * width, 1, width, radius);
    for (let column = 0; column < width; column++) blurLine(plane, column, width, height, radius);
  }
}

function blurLine(plane: Uint8Array, from: number, step: number, length: number, radius: number): void {
  const line = Float32Array.from({ length }, (_, i) => plane[from + i * step]!);
  const at = (i: number): number => line[Math.max(0, Math.min(length - 1, i))]!;
  let sum = 0;
  for (let i = -radius; i <= radius; i++) sum += at(i);
  for (let i = 0; i < length; i++) {
    plane[from + i * step] = sum / (2 * radius + 1) + 0.5;
    sum += at(i + radius + 1) - at(i - radius);
  }
}

function slide(plane: Uint8Array, width: number, height: number, dx: number, dy: number): void {
  const before = Uint8Array.from(plane);
  const mirrored = (i: number, length: number): number => (i < 0 ? -i - 1 : i >= length ? 2 * length - 1 - i : i);
  for (let row = 0; row < height; row++) {
    const from = mirrored(row - dy, height) * width;
    for (let column = 0; column < width; column++) plane[row * width + column] = before[from + mirrored(column - dx, width)]!;
  }
}
