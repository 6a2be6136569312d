/** A fault is told once and is over once, in turn, however the camera flaps. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FaultNews, type FaultState, nextFault, UNKNOWN_FAULT } from './health-state.ts';

const TIMES = { forMs: 30_000, clearMs: 15_000 };
type Look = readonly [atS: number, wrong: boolean | null];

function run(looks: readonly Look[], from: FaultState = UNKNOWN_FAULT): string[] {
  let state = from;
  const told: string[] = [];
  for (const [atS, wrong] of looks) {
    const next = nextFault(state, wrong, atS * 1000, TIMES);
    state = next.state;
    if (next.news) told.push(`${atS}: ${next.news.what} since ${next.news.sinceMs / 1000}`);
  }
  return told;
}
/** One look a second, wrong where a span says so. */
const seconds = (untilS: number, wrong: (atS: number) => boolean | null): Look[] => Array.from({ length: untilS + 1 }, (_, atS) => [atS, wrong(atS)] as const);

describe('a fault', () => {
  test('that lasts is told after its time, and over after it has been right for long enough', () => {
    expect(run(seconds(200, (s) => s >= 40 && s < 100))).toEqual(['15: cleared since 0', '70: raised since 40', '115: cleared since 100']);
  });

  test('that is as short as a restart is told to nobody', () => {
    expect(run(seconds(200, (s) => s >= 40 && s < 69))).toEqual(['15: cleared since 0']);
  });

  test('that comes and goes for an hour is one: told once, over once', () => {
    expect(run(seconds(4000, (s) => s >= 40 && s < 3600 && s % 20 < 12))).toEqual(['15: cleared since 0', '70: raised since 40', '3607: cleared since 3592']);
  });

  test('that was wrong from the start is told, with nothing to take back before', () => {
    expect(run(seconds(60, () => true))).toEqual(['30: raised since 0']);
  });

  test('is not over while nothing can be said of it', () => {
    expect(run(seconds(300, (s) => (s < 40 ? true : s < 200 ? null : false)))).toEqual(['30: raised since 0', '215: cleared since 200']);
  });
});

test('whatever is seen: raised and cleared take turns, never sooner than their times allow, and each since a moment before it is told', () => {
  const look = fc.record({ afterMs: fc.integer({ min: 1, max: 40_000 }), wrong: fc.constantFrom(true, false, null) });
  fc.assert(
    fc.property(fc.array(look, { maxLength: 200 }), fc.integer({ min: 1, max: 60_000 }), fc.integer({ min: 1, max: 60_000 }), (looks, forMs, clearMs) => {
      let state = UNKNOWN_FAULT;
      let nowMs = 1_700_000_000_000;
      const news: (FaultNews & { atMs: number })[] = [];
      for (const { afterMs, wrong } of looks) {
        nowMs += afterMs;
        const next = nextFault(state, wrong, nowMs, { forMs, clearMs });
        state = next.state;
        if (next.news) {
          news.push({ ...next.news, atMs: nowMs });
          expect(wrong).toBe(next.news.what === 'raised');
        }
      }
      news.forEach((one, i) => {
        expect(one.atMs - one.sinceMs).toBeGreaterThanOrEqual(one.what === 'raised' ? forMs : clearMs);
        const before = news[i - 1];
        if (before) {
          expect(before.what).not.toBe(one.what);
          expect(one.sinceMs).toBeGreaterThan(before.sinceMs);
        }
      });
      expect(state.phase).toBe(news.length === 0 ? 'unknown' : news.at(-1)?.what === 'raised' ? 'told' : 'well');
    }),
    { numRuns: 500 },
  );
});
