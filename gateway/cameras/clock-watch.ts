/** Whether a camera's clock leapt: against the arrival of its pictures, which no leap of it moves. Pure. It outlives sessions: clocks are lost over restarts. */
import type { HealthSign } from '../../domain/camera.ts';

/** Further than this is no drift and no jitter of a network. */
const LEAP_MS = 2000;
/** A stalled network delivers late and then all at once: only what stays is a leap. */
const STAYS_MS = 3000;
/** A clock that stands elsewhere for so long stands there by somebody's will. */
const ACCEPTED_AFTER_MS = 600_000;
/** Drift, and the correction of it in small steps, is followed. */
const FOLLOW = 0.02;

export class ClockWatch {
  #usualMs: number | null = null;
  #elsewhere: { readonly aheadMs: number; readonly sinceMs: number } | null = null;
  #leapt = false;

  /** Nothing while the camera never told its time. */
  get signs(): readonly HealthSign[] {
    return this.#usualMs === null ? [] : [{ fault: 'clock-jump', wrong: this.#leapt }];
  }

  /** How far the camera's clock is ahead of ours, by one packet, its delay counted as lag; null where it does not tell. `atMs`: by our clock. */
  see(aheadMs: number | null, atMs: number): void {
    if (aheadMs === null) return;
    this.#usualMs ??= aheadMs;
    if (Math.abs(aheadMs - this.#usualMs) <= LEAP_MS) {
      this.#usualMs += FOLLOW * (aheadMs - this.#usualMs);
      this.#elsewhere = null;
      this.#leapt = false;
      return;
    }
    if (!this.#elsewhere || Math.abs(aheadMs - this.#elsewhere.aheadMs) > LEAP_MS) this.#elsewhere = { aheadMs, sinceMs: atMs };
    const forMs = atMs - this.#elsewhere.sinceMs;
    if (forMs >= STAYS_MS) this.#leapt = true;
    if (forMs < ACCEPTED_AFTER_MS) return;
    this.#usualMs = aheadMs;
    this.#elsewhere = null;
    this.#leapt = false;
  }
}
