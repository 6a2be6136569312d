/** The real clock, some times as fast: cameras, sessions and gate that share it live through a minute in less. */
import { type Clock, systemClock } from '../../platform/clock.ts';

export function fastClock(speed: number): Clock {
  const fromMs = systemClock.nowMs();
  return {
    nowMs: () => Math.round(fromMs + (systemClock.nowMs() - fromMs) * speed),
    sleep: (ms, signal) => systemClock.sleep(ms / speed, signal),
  };
}
