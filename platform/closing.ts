/** Ordered, idempotent shutdown: parts are closed in the order in which they were named, one failure never stops the rest. */
import type { Log } from './log.ts';
import { sentenceOf } from './errors.ts';

export interface Closable {
  close(): Promise<void>;
}

export class Closing {
  readonly #steps: { name: string; close: () => Promise<void> }[] = [];
  readonly #log: Log;
  #closed: Promise<void> | null = null;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Adds a step to be run after those already named. */
  then(name: string, close: () => Promise<void> | void): void {
    this.#steps.push({ name, close: async () => close() });
  }

  /** Adds a step to be run before those already named: for parts that are started after what they need. */
  first(name: string, close: () => Promise<void> | void): void {
    this.#steps.unshift({ name, close: async () => close() });
  }

  close(): Promise<void> {
    this.#closed ??= this.#run();
    return this.#closed;
  }

  async #run(): Promise<void> {
    for (const step of this.#steps) {
      try {
        await step.close();
        this.#log.debug({ step: step.name }, 'closed');
      } catch (error) {
        this.#log.error({ step: step.name, reason: sentenceOf(error), error }, 'closing failed; going on');
      }
    }
  }
}

/** First SIGINT or SIGTERM closes in order; a second one exits at once. */
export function closeOnSignal(close: () => Promise<void>): void {
  let asked = false;
  const onSignal = (): void => {
    if (asked) process.exit(1);
    asked = true;
    void close().finally(() => process.exit(process.exitCode ?? 0));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
}
