/** A stream's own time: presentation times that go on over leaps of the camera's, and the decoding times that RTP does not carry. */

/** More than this in one step, and not waited for as long, is a new beginning of the camera's clock and no pause. */
const LEAP_MS = 5000;
/** Where a stream does not tell how deep it reorders: enough for up to three B-frames running. */
const DEPTH_UNTOLD = 2;
const MIN_STEP_MS = 1;

export interface PlacedInTime {
  readonly ptsMs: number;
  readonly dtsMs: number;
}

/**
 * RTP says when a picture is shown (RFC 6184, 5.1), not when it is decoded, which muxers want: strictly rising and never after it is shown.
 * With pictures reordered by at most d, the n-th in decoding order is decoded no later than the (n − d)-th in order of showing is shown.
 */
export class StreamTime {
  #depth = DEPTH_UNTOLD;
  #shiftMs = 0;
  /** Times of the last pictures that wait to be a decoding time, rising. */
  #waiting: number[] = [];
  #newestPtsMs = -Infinity;
  #last: { ptsMs: number; dtsMs: number; arrivedAtMs: number } | null = null;

  /** How deep the stream reorders, as pictureFacts() says. */
  set reorderDepth(depth: number | null) {
    this.#depth = depth ?? DEPTH_UNTOLD;
  }

  /** Places the next packet in decoding order. `rawMs` is the camera's time. */
  place(rawMs: number, arrivedAtMs: number): PlacedInTime {
    const wishedMs = this.#presented(rawMs, arrivedAtMs);
    const dtsMs = this.#decoded(wishedMs);
    // A stream that reorders deeper than it says would be shown before it is decoded.
    const ptsMs = Math.max(wishedMs, dtsMs);
    this.#newestPtsMs = Math.max(this.#newestPtsMs, ptsMs);
    this.#last = { ptsMs, dtsMs, arrivedAtMs };
    return { ptsMs, dtsMs };
  }

  #presented(rawMs: number, arrivedAtMs: number): number {
    const last = this.#last;
    if (last === null) {
      const firstMs = this.#depth * MIN_STEP_MS;
      this.#shiftMs = firstMs - rawMs;
      return firstMs;
    }
    const ptsMs = rawMs + this.#shiftMs;
    const stepMs = ptsMs - last.ptsMs;
    const leaptAhead = stepMs > LEAP_MS && stepMs > 2 * (arrivedAtMs - last.arrivedAtMs);
    // No picture is shown before one that was due to be decoded.
    const leaptBack = ptsMs <= last.dtsMs;
    if (!leaptAhead && !leaptBack) return ptsMs;
    const goesOnMs = this.#newestPtsMs + Math.min(LEAP_MS, Math.max(MIN_STEP_MS, arrivedAtMs - last.arrivedAtMs));
    this.#shiftMs = goesOnMs - rawMs;
    return goesOnMs;
  }

  #decoded(ptsMs: number): number {
    const after = this.#waiting.findIndex((waiting) => waiting > ptsMs);
    this.#waiting.splice(after < 0 ? this.#waiting.length : after, 0, ptsMs);
    const leastMs = this.#last === null ? ptsMs - this.#depth * MIN_STEP_MS : this.#last.dtsMs + MIN_STEP_MS;
    let dueMs = leastMs;
    while (this.#waiting.length > this.#depth) dueMs = Math.max(dueMs, this.#waiting.shift() ?? dueMs);
    return dueMs;
  }
}
