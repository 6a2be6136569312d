/** Posts a process's metrics on the status board at an interval, so that the desk can show those of all processes at one address. */
import type { MetricsSnapshot } from '../platform/metrics.ts';
import { sentenceOf } from '../platform/errors.ts';
import type { Board } from '../queue/board.ts';
import type { Environment } from './site.ts';

const EVERY_MS = 5000;
/** A process silent for this long is gone; its numbers are no longer added up. */
export const METRICS_STALE_MS = 20_000;

export interface PostedMetrics {
  readonly atMs: number;
  readonly snapshot: MetricsSnapshot;
}

/** `name` tells processes apart, e.g. "worker/4711". Ends when `signal` aborts. */
export async function postMetrics(name: string, board: Board, { clock, metrics, log }: Environment, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await board.post('metrics', name, { atMs: clock.nowMs(), snapshot: await metrics.snapshot() } satisfies PostedMetrics);
    } catch (error) {
      log.warn({ reason: sentenceOf(error) }, 'metrics could not be posted');
    }
    await clock.sleep(EVERY_MS, signal);
  }
}
