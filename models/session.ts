/** One loaded model: opened on one thread, checked against its decoder, warmed up and self-tested, then run one picture at a time. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { GridwardenError, sentenceOf } from '../platform/errors.ts';
import type { SizePx } from './letterbox.ts';
import type { LocatedModel } from './locate.ts';
import type { ModelEntry } from './manifest.ts';
import { type Hardware, ON_CPU, openOnFirst, type Provider } from './providers.ts';

/** An output that a decoder reads. */
export interface ExpectedOutput {
  readonly name: string;
  /** For one picture, -1 for any number; a model may put a 1 before it or not. */
  readonly shape: readonly number[];
  /** From which index on (up to which) of the last or the first dimension its values are probabilities; null: none are. */
  readonly probabilities: { readonly from: number; readonly to?: number; readonly along?: 'first' } | null;
  /** Whether int32 and int64 do as well as float32. */
  readonly whole?: true;
}

/** What the input tensor is made of; bytes are clamped and rounded when written. */
export type InputValues = Float32Array | Uint8ClampedArray;

/** Writes the input's values into `target`, or gives other memory in which they are; the runtime reads them where they lie. */
export type Fill = (target: InputValues) => InputValues | undefined | void;

/** The values of one picture, by output name. */
export type Outputs = ReadonlyMap<string, Float32Array>;

/** What a model must be for its decoder to understand it. */
export interface Fit {
  readonly expected: (size: SizePx) => ExpectedOutput[];
  /** A size to warm up and test with: the one that will be used, or one of those. */
  readonly testSize: SizePx;
}

// One thread a session: two buy only 1.4 times the speed, a second worker buys 2 (docs/architecture.md).
const OPTIONS = {
  executionMode: 'sequential',
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  graphOptimizationLevel: 'all',
  logSeverityLevel: 3,
} as const satisfies InferenceSession.SessionOptions;

export class ModelSession {
  /** What it runs on. */
  readonly provider: Provider;
  readonly #session: InferenceSession;
  readonly #entry: ModelEntry;
  readonly #fit: Fit;
  #tensor: InputValues = new Float32Array(0);
  #last: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | null = null;

  /** Only openSession makes one. */
  constructor(provider: Provider, session: InferenceSession, entry: ModelEntry, fit: Fit) {
    this.provider = provider;
    this.#session = session;
    this.#entry = entry;
    this.#fit = fit;
  }

  /**
   * Runs one picture of `size`. `fill` writes the 3 · height · width values of the input tensor, which is re-used: so calls wait for
   * one another, and `fill` is called only when it is this call's turn. It may give memory of its own that holds them instead. The outputs are the runtime's own memory, not copied: giving it
   * tensors of ours to write into was measured to change nothing (median over 60 to 2000 alternating rounds: YOLOX-nano 1.002, YOLOv8n
   * int8 at 640 px with 2.8 MB of outputs 0.997, YuNet 640 px 1.002, YuNet 128 px 1.018 times the time).
   *
   * One picture a run: on one CPU thread a batch of 2, 4 or 8 takes .88, .79, .81 of the time of as many runs at 128 px (0.07 ms a face
   * crop), .91 to 1.10 at 256 px, and 1.19, 1.54, 1.64 at 640 × 384 (YuNet, alternating rounds), and object models are mostly exported
   * for one picture. So there is no way to run many; on a GPU, where one might pay, it has not been measured.
   */
  run(size: SizePx, fill: Fill): Promise<Outputs> {
    if (this.#closed) return Promise.reject(new Error(`The session of model ${this.#entry.name} is closed.`));
    const turn = this.#last.then(() => this.#runNow(size, fill));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Waits for what runs, then frees the model's memory. */
  close(): Promise<void> {
    this.#closed ??= this.#last.then(() => this.#session.release());
    return this.#closed;
  }

  async #runNow(size: SizePx, fill: Fill): Promise<Outputs> {
    const length = 3 * size.widthPx * size.heightPx;
    const { type, sizeTensor, tensor } = this.#entry.input;
    if (this.#tensor.length < length) this.#tensor = type === 'uint8' ? new Uint8ClampedArray(length) : new Float32Array(length);
    const own = this.#tensor.subarray(0, length);
    const data = fill(own) ?? own;
    const expected = this.#fit.expected(size);
    const shape = inputShape(this.#entry, size);
    const feeds: Record<string, Tensor> = { [tensor]: data instanceof Float32Array ? new Tensor('float32', data, shape) : new Tensor('uint8', data, shape) };
    if (sizeTensor !== undefined) feeds[sizeTensor] = new Tensor('int64', BigInt64Array.of(BigInt(size.widthPx), BigInt(size.heightPx)), [1, 2]);
    const results = await this.#session.run(feeds, expected.map((o) => o.name));
    return new Map(expected.map((o) => [o.name, valuesOf(results, o, this.#entry)]));
  }
}

/**
 * Opens a model on the first of the wanted providers that serves (see openOnFirst). Throws MODEL_MISFIT when it cannot be loaded or its
 * inputs and outputs are not those its decoder reads, MODEL_SELF_TEST when it runs but gives nonsense.
 */
export function openSession(entry: ModelEntry, located: LocatedModel, fit: Fit, hardware: Hardware = ON_CPU): Promise<ModelSession> {
  return openOnFirst(entry.name, hardware, (provider) => openOn(provider, entry, located, fit));
}

async function openOn(provider: Provider, entry: ModelEntry, located: LocatedModel, fit: Fit): Promise<ModelSession> {
  let session: InferenceSession;
  try {
    session = await InferenceSession.create(located.bytes, { ...OPTIONS, executionProviders: [provider] });
  } catch (error) {
    if (provider !== 'cpu') throw error;
    throw misfit(entry, 'an ONNX model', `${located.path}, which the ONNX runtime cannot load (${sentenceOf(error)})`, error);
  }
  const opened = new ModelSession(provider, session, entry, fit);
  try {
    checkDeclaration(entry, session, fit);
    await selfTest(entry, opened, fit);
    return opened;
  } catch (error) {
    await opened.close();
    throw error;
  }
}

function misfit(entry: ModelEntry, expected: string, found: string, cause?: unknown): GridwardenError {
  return new GridwardenError('MODEL_MISFIT', { model: entry.name, decoder: entry.decoder, expected, found }, cause);
}

type Shape = readonly (number | string)[];
const describe = (name: string, shape: Shape): string => `"${name}" [${shape.map((d) => (d === -1 ? 'any' : d)).join(', ')}]`;
/** A dimension that the model names instead of numbering takes any number: the self-test then sees the real one. */
const fits = (found: Shape, wanted: readonly number[]): boolean => found.length === wanted.length && found.every((d, i) => typeof d === 'string' || d < 0 || wanted[i]! < 0 || d === wanted[i]);
const fitsOutput = (found: Shape, { shape }: ExpectedOutput): boolean => fits(found, [1, ...shape]) || fits(found, shape);
const typesOf = (output: ExpectedOutput): readonly string[] => (output.whole ? ['float32', 'int64', 'int32'] : ['float32']);
const inputShape = (entry: ModelEntry, { widthPx, heightPx }: SizePx): number[] => (entry.input.layout === 'NCHW' ? [1, 3, heightPx, widthPx] : [1, heightPx, widthPx, 3]);

function checkDeclaration(entry: ModelEntry, session: InferenceSession, fit: Fit): void {
  const { tensor, type, sizeTensor } = entry.input;
  const shape = inputShape(entry, fit.testSize);
  check('input', session.inputMetadata, tensor, [type], shape, (found) => fits(found, shape));
  if (sizeTensor !== undefined) check('input', session.inputMetadata, sizeTensor, ['int64'], [1, 2], (found) => fits(found, [1, 2]));
  for (const o of fit.expected(fit.testSize)) check('output', session.outputMetadata, o.name, typesOf(o), [1, ...o.shape], (found) => fitsOutput(found, o));

  function check(what: string, found: readonly InferenceSession.ValueMetadata[], name: string, types: readonly string[], wanted: Shape, right: (shape: Shape) => boolean): void {
    const have = found.find((f) => f.name === name);
    if (have?.isTensor === true && types.includes(have.type) && right(have.shape)) return;
    const all = found.map((f) => `${f.isTensor && !types.includes(f.type) ? `${f.type} ` : ''}${describe(f.name, f.isTensor ? f.shape : [])}`).join(', ');
    throw misfit(entry, `${what} ${types.join(' or ')} ${describe(name, wanted)}`, `${what} ${all}`);
  }
}

function valuesOf(results: InferenceSession.OnnxValueMapType, expected: ExpectedOutput, entry: ModelEntry): Float32Array {
  const { type, data, dims } = results[expected.name] as Tensor;
  if (typesOf(expected).includes(type) && fitsOutput(dims, expected)) return data instanceof Float32Array ? data : Float32Array.from(data as Int32Array | BigInt64Array, Number);
  throw misfit(entry, `output ${typesOf(expected).join(' or ')} ${describe(expected.name, [1, ...expected.shape])}`, `${type} ${describe(expected.name, dims)}`);
}

/** The same picture twice must give the same numbers, finite, and probabilities where the decoder takes them for such. It warms up, too. */
async function selfTest(entry: ModelEntry, session: ModelSession, fit: Fit): Promise<void> {
  const refuse = (why: string): GridwardenError => new GridwardenError('MODEL_SELF_TEST', { model: entry.name, why });
  const fill = (target: InputValues): void => fillTestPicture(target, entry);
  const first = await session.run(fit.testSize, fill);
  const second = await session.run(fit.testSize, fill);
  for (const output of fit.expected(fit.testSize)) {
    const values = first.get(output.name)!;
    const again = second.get(output.name)!;
    const isProbability = probabilityAt(output, values.length);
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (!Number.isFinite(value)) throw refuse(`its output "${output.name}" holds ${value}`);
      if (!alike(value, again[i]!, session.provider)) throw refuse(`its output "${output.name}" differs between two runs on the same picture`);
      if (isProbability(i) && (value < -PROBABILITY_SLACK || value > 1 + PROBABILITY_SLACK)) throw refuse(`its output "${output.name}" holds ${value} where a probability is expected`);
    }
  }
}

/** An 8-bit scale need not end exactly at 1. */
const PROBABILITY_SLACK = 0.01;

function probabilityAt({ shape, probabilities }: ExpectedOutput, length: number): (i: number) => boolean {
  if (!probabilities) return () => false;
  const { from, to = Infinity, along } = probabilities;
  const columns = shape.at(-1)!;
  const perFirst = length / shape[0]!;
  return (i) => {
    const at = along === 'first' ? Math.floor(i / perFirst) : i % columns;
    return at >= from && at < to;
  };
}

/** The CPU repeats itself to the bit. An accelerator may add up in another order every time, which moves the last digits of a float. */
const alike = (value: number, again: number, provider: Provider): boolean => value === again || (provider !== 'cpu' && Math.abs(value - again) <= 1e-3 * Math.max(1, Math.abs(value)));

/** A fixed pattern of all values from 0 to 255 without a repeating row (multiplicative hashing, Knuth, TAOCP 6.4), in the model's normalisation. */
function fillTestPicture(target: InputValues, { input: { mean, scale } }: ModelEntry): void {
  for (let i = 0; i < target.length; i++) target[i] = ((Math.imul(i, 0x9e3779b1) >>> 24) - mean[1]) * scale[1];
}
