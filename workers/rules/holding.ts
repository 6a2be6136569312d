/** Something that must hold for a time before it is told, is told once, and must be over for a time before it can be told again. */

/** Plain JSON. */
export interface Holding {
  /** Since when it holds; null while it does not. */
  readonly sinceMs: number | null;
  /** For how long it has not held since, so far; short gaps are noise. */
  readonly gapMs: number;
  readonly told: boolean;
  /** For how long it has been over, after it was told. */
  readonly overMs: number;
}

export const NOT_HOLDING: Holding = { sinceMs: null, gapMs: 0, told: false, overMs: 0 };

export interface HoldingTimes {
  readonly forMs: number;
  /** Gaps up to this long do not end it. */
  readonly gapMs: number;
  /** Having been over for this long, it can be told again. */
  readonly overMs: number;
}

/** One frame later: `holds` and `over` may both be false, between the limit and the one at which it is over. */
export function held(before: Holding, now: { readonly holds: boolean; readonly over: boolean }, stepMs: number, atMs: number, times: HoldingTimes): { holding: Holding; tells: boolean } {
  if (before.told) {
    const overMs = now.over ? before.overMs + stepMs : 0;
    return { holding: overMs > times.overMs ? NOT_HOLDING : { ...before, overMs }, tells: false };
  }
  if (!now.holds) {
    const gapMs = before.gapMs + stepMs;
    return { holding: before.sinceMs === null || gapMs > times.gapMs ? NOT_HOLDING : { ...before, gapMs }, tells: false };
  }
  const sinceMs = before.sinceMs ?? atMs;
  const tells = atMs - sinceMs >= times.forMs;
  return { holding: { sinceMs, gapMs: 0, told: tells, overMs: 0 }, tells };
}
