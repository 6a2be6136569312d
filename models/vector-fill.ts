/** Small pictures into an input tensor with vector instructions (vector-fill.wat): a fifth of the time of the loop in small-picture.ts. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Placing } from './letterbox.ts';
import type { ModelInput } from './manifest.ts';
import { fitsPixelForPixel, isSmall, isWhole, padAround, type Seen, waysOf } from './small-picture.ts';

/** What is used of WebAssembly (JavaScript API, W3C): TypeScript declares it for browsers only. */
declare const WebAssembly: {
  validate(bytes: Uint8Array): boolean;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: { readonly write: Write } };
  readonly Memory: new (pages: { readonly initial: number; readonly maximum: number }) => { readonly buffer: ArrayBuffer };
};

/** width, height; bytes at which luma, blues and reds begin; where red, green and blue go, and bytes from row to row; scale and shift of each. */
type Write = (...args: [number, number, number, number, number, number, number, number, number, number, number, number, number, number, number]) => void;

const PAGE_BYTES = 65_536;
const FLOAT_BYTES = 4;

const code = readFileSync(path.join(import.meta.dirname, 'vector-fill.wasm'));
/** Null on a machine without vectors (x86 before SSE4.1). */
const vectors = WebAssembly.validate(code) ? new WebAssembly.Module(code) : null;

/** The tensor at the beginning, then the picture. Never grown, which would take the memory away from under a run: a larger one replaces it. */
interface Room {
  readonly memory: ArrayBuffer;
  readonly write: Write;
}

/** For one session: what fill() gave is overwritten by the next. */
export class VectorFill {
  readonly #input: ModelInput;
  #room: Room | null = null;
  /** Where the picture lay for which the pad was written; around the next one of that shape it is there already. */
  #padded: Placing | null = null;

  constructor(input: ModelInput) {
    this.#input = input;
  }

  /** The tensor's 3 · heightPx · widthPx values, as fillFrom writes them but for the last digit of a float; null where this is not for it. */
  fill(picture: Seen, placing: Placing): Float32Array | null {
    if (!vectors || !isSmall(picture) || picture.widthPx < 8 || !isWhole(picture) || !fitsPixelForPixel(picture, placing, this.#input)) return null;
    const { widthPx, heightPx, i420 } = picture;
    const values = 3 * placing.tensor.widthPx * placing.tensor.heightPx;
    const luma = values * FLOAT_BYTES;
    const { memory, write } = this.#roomFor(vectors, luma + i420.length);
    const target = new Float32Array(memory, 0, values);
    if (!this.#padded || !sameShape(this.#padded, placing)) padAround(target, placing, this.#input);
    this.#padded = placing;
    new Uint8Array(memory, luma, i420.length).set(i420);
    const blues = luma + widthPx * heightPx;
    const reds = blues + (widthPx / 2) * Math.ceil(heightPx / 2);
    const [r, g, b] = waysOf(placing, this.#input);
    write(widthPx, heightPx, luma, blues, reds, r.from * FLOAT_BYTES, g.from * FLOAT_BYTES, b.from * FLOAT_BYTES, placing.tensor.widthPx * FLOAT_BYTES, r.scale, r.shift, g.scale, g.shift, b.scale, b.shift);
    return target;
  }

  #roomFor(module: object, bytes: number): Room {
    if (this.#room && this.#room.memory.byteLength >= bytes) return this.#room;
    const pages = Math.ceil(bytes / PAGE_BYTES);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const { write } = new WebAssembly.Instance(module, { picture: { memory } }).exports;
    this.#padded = null;
    return (this.#room = { memory: memory.buffer, write });
  }
}

function sameShape(a: Placing, b: Placing): boolean {
  const of = ({ tensor, inTensor }: Placing): number[] => [tensor.widthPx, tensor.heightPx, inTensor.x, inTensor.y, inTensor.w, inTensor.h];
  const other = of(b);
  return of(a).every((value, i) => value === other[i]);
}
