/** How often somebody may try to sign in: failures per key in a sliding minute, in bounded memory. */
import { GridwardenError } from '../../platform/errors.ts';
import type { Clock } from '../../platform/clock.ts';

export const WINDOW_MS = 60_000;
/** More keys than this at once is an attack from many addresses: the oldest are forgotten. */
const MAX_KEYS = 10_000;

export class Attempts {
  readonly #clock: Clock;
  readonly #most: number;
  readonly #failures = new Map<string, number[]>();

  constructor(clock: Clock, most: number) {
    this.#clock = clock;
    this.#most = most;
  }

  /** Counts an attempt as failed before it is made, so that many at once cannot all pass. Throws SIGN_IN_SLOW_DOWN. */
  begin(key: string): void {
    const nowMs = this.#clock.nowMs();
    const recent = (this.#failures.get(key) ?? []).filter((atMs) => atMs > nowMs - WINDOW_MS);
    const oldestMs = recent[0];
    if (recent.length >= this.#most && oldestMs !== undefined) {
      throw new GridwardenError('SIGN_IN_SLOW_DOWN', { seconds: Math.ceil((oldestMs + WINDOW_MS - nowMs) / 1000) });
    }
    // Deleted first, so that the map's order is by newest attempt and the first key is the one to forget.
    this.#failures.delete(key);
    this.#failures.set(key, [...recent, nowMs]);
    for (const old of this.#failures.keys()) {
      if (this.#failures.size <= MAX_KEYS) break;
      this.#failures.delete(old);
    }
  }

  succeeded(key: string): void {
    this.#failures.delete(key);
  }

  /** Takes back the newest attempt only: an address that others share is not made clean by one success. */
  takeBack(key: string): void {
    this.#failures.get(key)?.pop();
  }

  get keys(): number {
    return this.#failures.size;
  }
}
