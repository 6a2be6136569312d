/** How long models take for one picture: session.run alone, on one thread, taking turns, so that what disturbs one disturbs all. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Subject } from './subjects.ts';

const ROUNDS = 21;

export interface Timing {
  readonly msPerPicture: number;
  /** Median of the ratios within a round; 1 for the model compared with, null where that one is not there. */
  readonly timesReference: number | null;
}

interface Runner {
  readonly name: string;
  run(): Promise<unknown>;
  close(): Promise<void>;
}

/** Medians over rounds in which every subject runs twice, the second time counted: the first brings its weights back into the cache. */
export async function timeSubjects(subjects: readonly Subject[], reference: string): Promise<Record<string, Timing>> {
  const runners = await Promise.all(subjects.map(openRunner));
  const rounds: Record<string, number>[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const ms: Record<string, number> = {};
    for (const { name, run } of runners) {
      await run();
      const from = performance.now();
      await run();
      ms[name] = performance.now() - from;
    }
    rounds.push(ms);
  }
  for (const runner of runners) await runner.close();
  const timing = (name: string): Timing => ({
    msPerPicture: median(rounds.map((ms) => ms[name]!)),
    timesReference: rounds[0]?.[reference] === undefined ? null : median(rounds.map((ms) => ms[name]! / ms[reference]!)),
  });
  return Object.fromEntries(runners.map(({ name }) => [name, timing(name)]));
}

async function openRunner({ entry, located }: Subject): Promise<Runner> {
  const session = await InferenceSession.create(located.bytes, { executionProviders: ['cpu'], executionMode: 'sequential', intraOpNumThreads: 1, interOpNumThreads: 1, graphOptimizationLevel: 'all', logSeverityLevel: 3 });
  const { size } = entry.input;
  // A dynamic model is timed at 4:3, as most pictures of ../shared/images are; a camera's 16:9 is less work.
  const [w, h] = 'widthPx' in size ? [size.widthPx, size.heightPx] : [size.longSidePx, Math.ceil((size.longSidePx * 3) / 4 / size.multipleOf) * size.multipleOf];
  const feeds: Record<string, Tensor> = {};
  for (const input of session.inputMetadata) feeds[input.name] = inputTensor(input, w, h);
  return { name: entry.name, run: () => session.run(feeds), close: () => session.release() };
}

/** Values do not matter to the time, but all zero would let nothing reach a suppression inside the model. */
function inputTensor(input: InferenceSession.ValueMetadata, w: number, h: number): Tensor {
  if (!input.isTensor) throw new Error(`The input "${input.name}" is no tensor.`);
  if (input.type === 'int64') return new Tensor('int64', BigInt64Array.from([BigInt(w), BigInt(h)]), [1, 2]);
  const shape = input.shape.at(-1) === 3 ? [1, h, w, 3] : [1, 3, h, w];
  const values = Float32Array.from({ length: 3 * w * h }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 24);
  return input.type === 'uint8' ? new Tensor('uint8', Uint8Array.from(values), shape) : new Tensor('float32', values, shape);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
