/** When one fault of one camera is told, and when it is over: a pure state machine that a flapping camera moves once each way. */

export interface FaultState {
  /** unknown: since this began it was neither wrong nor right for long enough, and one before may have told it. */
  readonly phase: 'unknown' | 'well' | 'told';
  /** Since when it is wrong, gaps shorter than `clearMs` included. */
  readonly wrongSinceMs: number | null;
  /** Since when it is right without a gap. */
  readonly rightSinceMs: number | null;
}

export interface FaultTimes {
  /** So long it must be wrong before it is told: a camera that restarts is nobody's business. */
  readonly forMs: number;
  /** So long it must be right before it is over. */
  readonly clearMs: number;
}

export const UNKNOWN_FAULT: FaultState = { phase: 'unknown', wrongSinceMs: null, rightSinceMs: null };

export type FaultNews = { readonly what: 'raised' | 'cleared'; readonly sinceMs: number };

/**
 * One look later; `wrong` is null where nothing can be said. 'raised' comes with since when it is wrong, 'cleared' with since when it is right.
 * They take turns, but that the first may be either: 'cleared' then takes back what a gateway before this one may have told.
 */
export function nextFault(before: FaultState, wrong: boolean | null, nowMs: number, { forMs, clearMs }: FaultTimes): { readonly state: FaultState; readonly news: FaultNews | null } {
  if (wrong === null) return { state: { ...before, rightSinceMs: null }, news: null };
  if (wrong) {
    const sinceMs = before.wrongSinceMs ?? nowMs;
    const raises = before.phase !== 'told' && nowMs - sinceMs >= forMs;
    return { state: { phase: raises ? 'told' : before.phase, wrongSinceMs: sinceMs, rightSinceMs: null }, news: raises ? { what: 'raised', sinceMs } : null };
  }
  const sinceMs = before.rightSinceMs ?? nowMs;
  if (nowMs - sinceMs < clearMs) return { state: { ...before, rightSinceMs: sinceMs }, news: null };
  return { state: { phase: 'well', wrongSinceMs: null, rightSinceMs: sinceMs }, news: before.phase === 'well' ? null : { what: 'cleared', sinceMs } };
}
