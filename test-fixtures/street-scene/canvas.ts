/** A picture in planar YUV 4:2:0 (BT.601, limited range, as H.264 cameras send) that shapes are drawn onto with smooth edges. */
import { type Colour, type Extent, type Shape, extentOf } from './shape.ts';
import type { Point2 } from './view.ts';

export class Canvas {
  readonly widthPx: number;
  readonly heightPx: number;
  /** Y plane, then U and V at half size: width × height × 3/2 bytes, the layout that encoders take. */
  readonly bytes: Buffer;
  #cover = new Float32Array(0);

  /** Width and height must be even. */
  constructor(widthPx: number, heightPx: number) {
    this.widthPx = widthPx;
    this.heightPx = heightPx;
    this.bytes = Buffer.alloc((widthPx * heightPx * 3) / 2);
  }

  copyFrom(other: Canvas): void {
    other.bytes.copy(this.bytes);
  }

  draw(shapes: readonly Shape[]): void {
    for (const shape of shapes) this.#fill(shape);
  }

  /** Adds grain to the luma, up to ±`strength`, the same for the same `seed`. */
  grain(strength: number, seed: number): void {
    if (strength <= 0) return;
    const table = grainTable(strength);
    let at = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
    const luma = this.widthPx * this.heightPx;
    for (let i = 0; i < luma; i++) {
      if (i % 509 === 0) at = (Math.imul(at, 1664525) + 1013904223) >>> 0;
      this.bytes[i] = Math.max(16, Math.min(235, (this.bytes[i] ?? 0) + (table[(i + (at >>> 8)) & 0xffff] ?? 0)));
    }
  }

  #fill(shape: Shape): void {
    const extent = extentOf([shape]);
    if (!extent) return;
    const [y, u, v] = toYuv(shape.colour);
    const alpha = shape.alpha ?? 1;
    const luma = this.widthPx * this.heightPx;
    this.#cast(shape.outlines, extent, 1, alpha, [{ offset: 0, value: y }]);
    this.#cast(shape.outlines, extent, 0.5, alpha, [{ offset: luma, value: u }, { offset: luma + luma / 4, value: v }]);
  }

  /** Blends values into planes of `scale` times the picture's size, by how much of each pixel the outlines cover. */
  #cast(outlines: readonly (readonly Point2[])[], extent: Extent, scale: number, alpha: number, planes: readonly { offset: number; value: number }[]): void {
    const width = this.widthPx * scale;
    const box = clippedBox(extent, scale, width, this.heightPx * scale);
    if (!box) return;
    const columns = box.right - box.left;
    const size = (columns + 2) * (box.bottom - box.top);
    if (this.#cover.length < size) this.#cover = new Float32Array(size);
    else this.#cover.fill(0, 0, size);
    for (const outline of outlines) accumulate(this.#cover, outline, scale, box);
    for (let row = box.top; row < box.bottom; row++) {
      let sum = 0;
      let from = (row - box.top) * (columns + 2);
      for (let at = row * width + box.left; at < row * width + box.right; at++, from++) {
        sum += this.#cover[from] ?? 0;
        const share = Math.min(1, Math.abs(sum)) * alpha;
        if (share < 0.004) continue;
        for (const { offset, value } of planes) {
          const before = this.bytes[offset + at] ?? 0;
          this.bytes[offset + at] = before + (value - before) * share + 0.5;
        }
      }
    }
  }
}

interface PixelBox {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

function clippedBox({ left, top, right, bottom }: Extent, scale: number, width: number, height: number): PixelBox | null {
  const box = {
    left: Math.max(0, Math.floor(left * scale)),
    top: Math.max(0, Math.floor(top * scale)),
    right: Math.min(width, Math.ceil(right * scale)),
    bottom: Math.min(height, Math.ceil(bottom * scale)),
  };
  return box.left < box.right && box.top < box.bottom ? box : null;
}

/**
 * Signed area coverage: after this, the running sum along a row is how much of each pixel lies inside.
 * The method of font-rs (Raph Levien, "Inside the fastest font renderer in the world", 2016).
 */
function accumulate(cover: Float32Array, outline: readonly Point2[], scale: number, box: PixelBox): void {
  const columns = box.right - box.left;
  for (let i = 0; i < outline.length; i++) {
    const a = outline[i];
    const b = outline[(i + 1) % outline.length];
    if (!a || !b || a[1] === b[1]) continue;
    const down = a[1] < b[1] ? 1 : -1;
    const [from, to] = down > 0 ? [a, b] : [b, a];
    const slope = (to[0] - from[0]) / (to[1] - from[1]);
    const yStart = Math.max(from[1] * scale - box.top, 0);
    const yEnd = Math.min(to[1] * scale - box.top, box.bottom - box.top);
    for (let row = Math.floor(yStart); row < yEnd; row++) {
      const y0 = Math.max(row, yStart);
      const y1 = Math.min(row + 1, yEnd);
      const x0 = from[0] * scale + (y0 + box.top - from[1] * scale) * slope - box.left;
      spread(cover, row * (columns + 2), columns, x0, x0 + (y1 - y0) * slope, down * (y1 - y0));
    }
  }
}

/** One edge's part within one row: `height` of it, running from column x0 to x1. */
function spread(cover: Float32Array, row: number, columns: number, x0: number, x1: number, height: number): void {
  const left = Math.max(0, Math.min(columns, Math.min(x0, x1)));
  const right = Math.max(0, Math.min(columns, Math.max(x0, x1)));
  const first = Math.floor(left);
  const add = (column: number, value: number): void => {
    cover[row + column] = (cover[row + column] ?? 0) + value;
  };
  if (right <= first + 1) {
    const part = height * (first + 1 - (left + right) / 2);
    add(first, part);
    add(first + 1, height - part);
    return;
  }
  // The edge crosses several pixels: each gets the area to its right, by the trapezoid under the edge.
  const perColumn = height / (right - left);
  let covered = 0;
  for (let column = first; column < right; column++) {
    const from = Math.max(left, column);
    const to = Math.min(right, column + 1);
    const here = perColumn * (to - from) * (column + 1 - (from + to) / 2);
    const full = perColumn * (from - left);
    add(column, full + here - covered);
    covered = full + here;
  }
  add(Math.ceil(right), height - covered);
}

/** ITU-R BT.601, limited range. */
function toYuv([r, g, b]: Colour): [number, number, number] {
  return [16 + (65.481 * r + 128.553 * g + 24.966 * b) / 255, 128 + (-37.797 * r - 74.203 * g + 112 * b) / 255, 128 + (112 * r - 93.786 * g - 18.214 * b) / 255];
}

const grainTables = new Map<number, Int8Array>();

function grainTable(strength: number): Int8Array {
  const known = grainTables.get(strength);
  if (known) return known;
  let state = 0x2545f491;
  const uniform = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32 - 0.5;
  };
  // The sum of three uniform numbers is near enough to a bell.
  const table = Int8Array.from({ length: 0x10000 }, () => Math.round((uniform() + uniform() + uniform()) * strength * 0.667));
  grainTables.set(strength, table);
  return table;
}
