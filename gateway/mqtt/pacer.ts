/** Holds back a device that sends faster than any device should: its own messages wait, nobody else's. */
import type { Clock } from '../../platform/clock.ts';

export class Pacer {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #burst: number;
  readonly #nextMs = new Map<string, number>();

  /** `perSecond` messages in the long run, `burst` of them at once. */
  constructor(clock: Clock, perSecond: number, burst: number) {
    this.#clock = clock;
    this.#intervalMs = 1000 / perSecond;
    this.#burst = burst;
  }

  /**
   * How long this message has to wait. The wait happens before its PUBACK and aedes reads on only when a chunk is done, so TCP itself
   * slows the sender down and memory stays that of one chunk. (GCRA, ITU-T I.371: one number per device.)
   */
  waitMs(deviceId: string): number {
    const nowMs = this.#clock.nowMs();
    const earliest = Math.max(this.#nextMs.get(deviceId) ?? 0, nowMs - this.#burst * this.#intervalMs);
    this.#nextMs.set(deviceId, earliest + this.#intervalMs);
    return Math.max(0, earliest - nowMs);
  }
}
