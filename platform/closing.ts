/** Ordered, idempotent shutdown: what was started last is closed first, one failure never stops the rest. */
import type { Log } from './log.ts';
import { sentenceOf } from './errors.ts';

export class Closing {
  readonly #steps: { name: string; close: () => Promise<void> }[] = [];
  readonly #log: Log;
  #closed: Promise<void> | null = null;

  constructor(log: Log) {
    this.#log = log;
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

/** A supervisor signals the whole group and `npm run` passes the signal on: the same wish comes by two ways. */
const SAME_WISH_MS = 1000;

/**
 * The first SIGINT, SIGTERM or SIGHUP calls `end`; a second one exits at once. A terminal that is closed takes with it what is
 * written to: nothing written after it may end the process before it has closed in order.
 */
export function onFirstSignal(end: () => void): void {
  let askedAtMs: number | null = null;
  const onSignal = (signal: NodeJS.Signals): void => {
    const nowMs = performance.now();
    if (askedAtMs === null) {
      askedAtMs = nowMs;
      end();
    } else if (signal === 'SIGINT' || nowMs - askedAtMs > SAME_WISH_MS) process.exit(1);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}
