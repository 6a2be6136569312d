/** Tells when a picture was taken, from the stream's own time, the arrivals of its packets and, where it can be believed, the camera's clock. */
import type { StreamClock } from './coded-stream.ts';

/** A change of the difference larger than this is a new time base of the camera, not a delay. */
const LEAP_MS = 5000;
const WINDOW_MS = 5000;
/** The camera's clock is believed where it says that a picture was taken before it arrived, or hardly after, and not this long before. */
const BELIEVED_MS = { before: 3000, after: 500 };
/** Once disbelieved it has to come closer than that, lest times swing between the two. */
const BELIEVED_AGAIN = 0.6;

export interface Taken {
  readonly atMs: number;
  readonly clock: StreamClock;
}

/**
 * Stamps packets in decoding order. The camera's own clock is the better witness: it knows what encoder and network delayed. But many
 * a camera never had its clock set. One that is off by more than any delay would date alerts wrongly: then the arrivals count, which
 * keep the camera's rhythm all the same, as both go by its RTP time. In order of showing, the times never go back.
 */
export class CaptureTime {
  readonly #arrivals = new Arrivals();
  #believed = true;
  #newest: { ptsMs: number; atMs: number } | null = null;
  #beforeMs = -Infinity;
  #aheadMs: number | null = null;

  /** How far the camera's clock is ahead of ours, its delay counted as lag; null where it never told its time. */
  get cameraAheadMs(): number | null {
    return this.#aheadMs;
  }

  /** `cameraMs`: when the camera says it took the picture, null where it does not. */
  taken(ptsMs: number, cameraMs: number | null, arrivedAtMs: number, nowMs: number): Taken {
    const byArrivalMs = ptsMs + this.#arrivals.difference(ptsMs, arrivedAtMs);
    const believed = cameraMs !== null && this.#believes(cameraMs - byArrivalMs);
    return { atMs: this.#inOrder(ptsMs, believed ? cameraMs : byArrivalMs, nowMs), clock: believed ? 'rtcp' : 'arrival' };
  }

  #believes(aheadMs: number): boolean {
    this.#aheadMs = aheadMs;
    const part = this.#believed ? 1 : BELIEVED_AGAIN;
    this.#believed = aheadMs > -BELIEVED_MS.before * part && aheadMs < BELIEVED_MS.after * part;
    return this.#believed;
  }

  /** Not later than now, after the picture before it if that can be. */
  #inOrder(ptsMs: number, atMs: number, nowMs: number): number {
    const newest = this.#newest;
    if (newest === null || ptsMs > newest.ptsMs) {
      const lastMs = newest?.atMs ?? -Infinity;
      this.#newest = { ptsMs, atMs: Math.max(lastMs, Math.min(nowMs, Math.max(atMs, lastMs + 1))) };
      this.#beforeMs = lastMs;
      return this.#newest.atMs;
    }
    // Shown before the newest (a B-frame): between it and the one before it, whatever became of the clock meanwhile.
    return Math.min(newest.atMs, Math.max(this.#beforeMs, ptsMs + newest.atMs - newest.ptsMs));
  }
}

/**
 * Arrival alone will not do: networks delay, and where a camera reorders pictures (B-frames) a later one arrives before an earlier.
 * No packet arrives before its picture is taken, so the least difference (arrival − stream time) of the last 5 to 10 s is the best guess
 * of the difference between the two clocks; being a sliding one it follows drift.
 */
class Arrivals {
  #windowSinceMs = -Infinity;
  #least = { now: Infinity, before: Infinity };

  /** Our clock less the stream's, the packet with this time counted in. */
  difference(ptsMs: number, arrivedAtMs: number): number {
    const difference = arrivedAtMs - ptsMs;
    if (Math.abs(difference - this.#difference()) > LEAP_MS) this.#least = { now: Infinity, before: Infinity };
    if (Math.abs(arrivedAtMs - this.#windowSinceMs) > WINDOW_MS) {
      this.#windowSinceMs = arrivedAtMs;
      this.#least = { now: Infinity, before: this.#least.now };
    }
    this.#least.now = Math.min(this.#least.now, difference);
    return this.#difference();
  }

  #difference(): number {
    return Math.min(this.#least.now, this.#least.before);
  }
}
