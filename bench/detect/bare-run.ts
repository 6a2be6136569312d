/** Makes the last inference again, bare: the same session, the same tensor, nothing around it. */
import { InferenceSession } from 'onnxruntime-node';

type Run = InferenceSession['run'];

/** Listens in on every session of this process until released. */
export class BareRun {
  readonly #prototype = (InferenceSession as unknown as { readonly prototype: { run: Run } }).prototype;
  readonly #run = this.#prototype.run;
  #again: (() => Promise<unknown>) | null = null;

  constructor() {
    const original = this.#run;
    const listen = (again: () => Promise<unknown>): void => void (this.#again = again);
    this.#prototype.run = function run(this: InferenceSession, ...call: unknown[]) {
      listen(() => Reflect.apply(original, this, call) as Promise<unknown>);
      return Reflect.apply(original, this, call) as ReturnType<Run>;
    };
  }

  async again(): Promise<void> {
    if (!this.#again) throw new Error('no inference has been made yet');
    await this.#again();
  }

  release(): void {
    this.#prototype.run = this.#run;
  }
}
