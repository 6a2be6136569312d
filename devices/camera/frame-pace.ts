/** Chooses which decoded pictures are worth scaling: at most `fps` a second, told by the stream's own time. */

/** A picture may be this share of its interval early: cameras' timestamps jitter, and a strict limit would drop every second picture to 2/3. */
const EARLY_SHARE = 0.05;
/** Two pictures further apart than this are no pause but a leap of the camera's clock. */
const LEAP_MS = 10_000;

export class FramePace {
  readonly #fps: number;
  #credit = 1;
  #last: { ptsMs: number | null; arrivedAtMs: number } | null = null;

  /** `fps` > 0: pictures a second that are taken on average; a slower source is taken whole. */
  constructor(fps: number) {
    this.#fps = fps;
  }

  /**
   * Whether to take this picture. `ptsMs` is the stream's time (null where the camera gives none: RTSP does not know it for
   * the first picture), `arrivedAtMs` ours; a leap or a step back of the stream's time falls back to ours.
   */
  take(ptsMs: number | null, arrivedAtMs: number): boolean {
    if (this.#last !== null) this.#credit += (this.#elapsedMs(this.#last, ptsMs, arrivedAtMs) * this.#fps) / 1000;
    this.#last = { ptsMs, arrivedAtMs };
    if (this.#credit < 1 - EARLY_SHARE) return false;
    // What is left over keeps the average exact, but a long pause must not be paid back as a burst.
    this.#credit = Math.min(this.#credit - 1, 1 - 2 * EARLY_SHARE);
    return true;
  }

  #elapsedMs(last: { ptsMs: number | null; arrivedAtMs: number }, ptsMs: number | null, arrivedAtMs: number): number {
    const byStreamMs = ptsMs === null || last.ptsMs === null ? -1 : ptsMs - last.ptsMs;
    if (byStreamMs >= 0 && byStreamMs <= LEAP_MS) return byStreamMs;
    return Math.min(Math.max(0, arrivedAtMs - last.arrivedAtMs), LEAP_MS);
  }
}
