/** Steps taken one after the other while more come: beyond so many bytes what comes is left out, up to the next that can be begun with. */

export interface StepSize {
  readonly bytes: number;
  /** Nothing before it is leant on. */
  readonly key: boolean;
}

export interface StepLineParts<S> {
  readonly mostBytes: number;
  /** Null for a step that is never left out for its size. */
  sizeOf(step: S): StepSize | null;
  /** One at a time. It must not reject. */
  take(step: S): Promise<void>;
  /** A step that will not be taken: to free what it holds. */
  leftOut?(step: S): void;
}

export class StepLine<S> {
  readonly #parts: StepLineParts<S>;
  #steps: S[] = [];
  #bytes = 0;
  #leavingOut = false;
  #busy = false;
  #working: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(parts: StepLineParts<S>) {
    this.#parts = parts;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** In their order. */
  get waiting(): readonly S[] {
    return this.#steps;
  }

  push(step: S): void {
    const size = this.#parts.sizeOf(step);
    if (size && this.#bytes + size.bytes > this.#parts.mostBytes) this.#leavingOut = true;
    else if (size?.key) this.#leavingOut = false;
    if (this.#stopped || (size && this.#leavingOut)) return this.#parts.leftOut?.(step);
    this.#bytes += size?.bytes ?? 0;
    this.#steps.push(step);
    if (!this.#busy) this.#working = this.#work();
  }

  /** Leaves out what waits and all that comes; resolves when the step in work is done. May be called twice. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const step of this.#steps.splice(0)) this.#parts.leftOut?.(step);
    await this.#working;
  }

  async #work(): Promise<void> {
    this.#busy = true;
    for (let step = this.#steps.shift(); step !== undefined; step = this.#steps.shift()) {
      this.#bytes -= this.#parts.sizeOf(step)?.bytes ?? 0;
      await this.#parts.take(step);
    }
    this.#busy = false;
  }
}
