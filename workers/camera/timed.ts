/** How long each step of the camera stage takes, for the operators' metrics. */
import type { Clock } from '../../platform/clock.ts';
import type { Metrics } from '../../platform/metrics.ts';

export type Step = 'decode' | 'detect' | 'look-closer' | 'track' | 'judge' | 'redact' | 'evidence' | 'frame';

export async function timed<T>(deps: { readonly clock: Clock; readonly metrics: Metrics }, step: Step, work: () => T | Promise<T>): Promise<T> {
  const startedAtMs = deps.clock.nowMs();
  try {
    return await work();
  } finally {
    deps.metrics.observeMs('gridwarden_camera_stage_ms', 'Time a step of the camera stage took, milliseconds.', deps.clock.nowMs() - startedAtMs, { step });
  }
}
