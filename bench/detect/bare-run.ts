/** Makes the last inference again, bare: the same session, the same tensor, nothing around it. */
import { InferenceSession } from 'onnxruntime-node';

type Run = InferenceSession['run'];

/** Listens in on every session of this process until released. */
export class BareRun {
  readonly #prototype = (InferenceSession as unknown as { readonly prototype: { run: Run } }).prototype;
  readonly #run = this.#prototype.run;
  #again: (() => Promise<InferenceSession.OnnxValueMapType>) | null = null;

  constructor() {
    const original = this.#run;
    const listen = (again: () => Promise<InferenceSession.OnnxValueMapType>): void => void (this.#again = again);
    this.#prototype.run = function run(this: InferenceSession, ...call: unknown[]) {
      listen(() => Reflect.apply(original, this, call) as ReturnType<Run>);
      return Reflect.apply(original, this, call) as ReturnType<Run>;
    };
  }

  async again(): Promise<void> {
    if (!this.#again) throw new Error('no inference has been made yet');
    // Its memory goes at once, as the detector's does: the garbage of bare runs must not be collected in a frame's time, nor in its own.
    for (const output of Object.values(await this.#again())) if ('data' in output && ArrayBuffer.isView(output.data) && output.data.buffer instanceof ArrayBuffer) output.data.buffer.transfer(0);
  }

  release(): void {
    this.#prototype.run = this.#run;
  }
}
