/** Tells when a picture was taken, from the stream's own time and the arrivals of its packets. */

/** A change of the difference larger than this is a new time base of the camera, not a delay. */
const LEAP_MS = 5000;
const WINDOW_MS = 5000;

/**
 * Arrival alone will not do: networks delay, and where a camera reorders pictures (B-frames) a later one arrives before an earlier.
 * No packet arrives before its picture is taken, so the least difference (arrival − stream time) of the last 5 to 10 s is the best guess
 * of the difference between the two clocks; being a sliding one it follows drift. The answers never go back.
 */
export class CaptureTime {
  #windowSinceMs = -Infinity;
  #least = { now: Infinity, before: Infinity };
  #lastMs = -Infinity;
  #untimedAtMs: number | null = null;

  /** The packet of the picture with this stream time arrived; RTSP gives the first one of a session none. */
  arrived(ptsMs: number | null, arrivedAtMs: number): void {
    if (ptsMs === null) return void (this.#untimedAtMs = arrivedAtMs);
    const difference = arrivedAtMs - ptsMs;
    if (Math.abs(difference - this.#difference()) > LEAP_MS) this.#least = { now: Infinity, before: Infinity };
    if (Math.abs(arrivedAtMs - this.#windowSinceMs) > WINDOW_MS) {
      this.#windowSinceMs = arrivedAtMs;
      this.#least = { now: Infinity, before: this.#least.now };
    }
    this.#least.now = Math.min(this.#least.now, difference);
  }

  /** When the picture with this stream time was taken, by our clock: not later than `nowMs`, after the picture before it if that can be. */
  of(ptsMs: number | null, nowMs: number): number {
    const difference = this.#difference();
    const guessMs = ptsMs === null || difference === Infinity ? (this.#untimedAtMs ?? nowMs) : ptsMs + difference;
    this.#lastMs = Math.min(nowMs, Math.max(guessMs, this.#lastMs + 1));
    return this.#lastMs;
  }

  #difference(): number {
    return Math.min(this.#least.now, this.#least.before);
  }
}
