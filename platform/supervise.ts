/** The supervised loop every long-lived piece of work runs in: run it, and when it fails wait longer each time, for ever. */
import type { Clock } from './clock.ts';
import { sentenceOf } from './errors.ts';
import type { Ids } from './ids.ts';
import { type Log, withoutCredentials } from './log.ts';

export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

/**
 * Exponential back-off with full-range jitter of half: attempt 0 waits 50–100 % of firstMs, and so on up to maxMs.
 * ("Exponential Backoff and Jitter", M. Brooker, AWS Architecture Blog, 2015.)
 */
export function backoffMs(attempt: number, backoff: Backoff, random: number): number {
  const ceilingMs = Math.min(backoff.maxMs, backoff.firstMs * 2 ** Math.min(attempt, 30));
  return ceilingMs * (0.5 + random / 2);
}

export interface Supervised {
  readonly name: string;
  /** One life of the work. Call `healthy()` when it really works: that resets the back-off. */
  runOnce(signal: AbortSignal, healthy: () => void): Promise<void>;
  /** Told about every failure with the wait before the next try. */
  onFailure?(sentence: string, retryInMs: number): void;
}

/** A source that is dead for days must not fill the log: the same reason is said again only after this time, with how often it came meanwhile. */
const SAME_REASON_QUIET_MS = 600_000;

/** Runs until `signal` aborts. Never rejects. */
export async function supervise(work: Supervised, backoff: Backoff, signal: AbortSignal, env: { clock: Clock; ids: Ids; log: Log }): Promise<void> {
  let attempt = 0;
  let said = { reason: '', atMs: 0, alike: 0 };
  while (!signal.aborted) {
    let sentence = 'it ended';
    try {
      await work.runOnce(signal, () => (attempt = 0));
    } catch (error) {
      sentence = withoutCredentials(sentenceOf(error));
    }
    if (signal.aborted) return;
    const waitMs = Math.round(backoffMs(attempt++, backoff, env.ids.random()));
    const nowMs = env.clock.nowMs();
    if (sentence !== said.reason || nowMs - said.atMs >= SAME_REASON_QUIET_MS) {
      env.log.warn({ work: work.name, reason: sentence, retryInMs: waitMs, attempt, ...(sentence === said.reason ? { alike: said.alike } : {}) }, 'stopped; will try again');
      said = { reason: sentence, atMs: nowMs, alike: 0 };
    } else said.alike++;
    work.onFailure?.(sentence, waitMs);
    await env.clock.sleep(waitMs, signal);
  }
}
