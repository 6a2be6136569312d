/** How every process of ours begins and ends: run, say what it offers, close in order on a signal, and turn errors into sentences. */
import { GridwardenError, sentenceOf } from '../platform/errors.ts';
import { closeOnSignal } from '../platform/closing.ts';
import { withoutCredentials } from '../platform/log.ts';

/** What a process tells its parent once it serves: addresses and whatever else was chosen or generated. */
export interface Ready {
  readonly type: 'ready';
  readonly says: Readonly<Record<string, unknown>>;
}

export interface Running {
  readonly says: Readonly<Record<string, unknown>>;
  close(): Promise<void>;
}

/** Starts, reports, and lives until a signal or until the parent that started it is gone. */
export async function runProcess(start: () => Promise<Running>): Promise<void> {
  let running: Running;
  try {
    running = await start();
  } catch (error) {
    exitWith(error);
  }
  closeOnSignal(running.close);
  if (process.send) {
    process.send({ type: 'ready', says: running.says } satisfies Ready);
    process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  } else {
    for (const [what, value] of Object.entries(running.says)) if (typeof value === 'string' && value !== '') process.stdout.write(`${what}: ${value}\n`);
  }
}

/** One sentence and exit code 1 (2 for bad input); a stack only for what we did not foresee. */
export function exitWith(error: unknown): never {
  const foreseen = error instanceof GridwardenError;
  const text = foreseen || !(error instanceof Error) ? sentenceOf(error) : (error.stack ?? error.message);
  process.stderr.write(`${withoutCredentials(text)}\n`);
  if (process.send) process.send({ type: 'failed', sentence: withoutCredentials(sentenceOf(error)) });
  process.exit(foreseen && error.kind === 'bad-input' ? 2 : 1);
}
