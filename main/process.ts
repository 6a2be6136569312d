/** How every process of ours begins and ends: run, say what it offers, close in order on a signal, and turn errors into sentences. */
import { GridwardenError, sentenceOf } from '../platform/errors.ts';
import { onFirstSignal } from '../platform/closing.ts';
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

/** How long a start under way may take to unwind once it is no longer wanted. Nothing was admitted yet, so nothing is lost by ending it. */
const UNWIND_MS = 2000;

/** host:port as it stands in a URL: an IPv6 address in brackets (RFC 3986 §3.2.2). */
export const authority = ({ host, port }: { readonly host: string; readonly port: number }): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** Starts, reports, and lives until a signal or until the parent that started it is gone; either may come while it is still starting. */
export async function runProcess(start: (stop: AbortSignal) => Promise<Running>, unwindMs = UNWIND_MS): Promise<void> {
  const stop = new AbortController();
  let running: Running | null = null;
  const end = (): void => {
    if (stop.signal.aborted) return;
    stop.abort();
    if (running) void running.close().finally(() => process.exit(process.exitCode ?? 0));
    else setTimeout(() => process.exit(1), unwindMs);
  };
  onFirstSignal(end);
  process.on('disconnect', end);
  try {
    running = await start(stop.signal);
  } catch (error) {
    if (stop.signal.aborted) process.exit(1);
    exitWith(error);
  }
  if (stop.signal.aborted) return void running.close().finally(() => process.exit(1));
  report(running.says);
}

function report(says: Ready['says']): void {
  // The parent may have died this very moment; 'disconnect' then ends us.
  if (process.send) process.send({ type: 'ready', says } satisfies Ready, undefined, {}, () => undefined);
  else for (const [what, value] of Object.entries(says)) if (typeof value === 'string' && value !== '') process.stdout.write(`${what}: ${value}\n`);
}

/** One sentence and exit code 1 (2 for bad input); a stack only for what we did not foresee. */
export function exitWith(error: unknown): never {
  const foreseen = error instanceof GridwardenError;
  const text = foreseen || !(error instanceof Error) ? sentenceOf(error) : (error.stack ?? error.message);
  process.stderr.write(`${withoutCredentials(text)}\n`);
  if (process.connected) process.send?.({ type: 'failed', sentence: withoutCredentials(sentenceOf(error)) });
  process.exit(foreseen && error.kind === 'bad-input' ? 2 : 1);
}
