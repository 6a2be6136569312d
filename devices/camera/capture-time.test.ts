/** Times of capture for streams whose truth is known: delayed, reordered, drifting, leaping. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CaptureTime } from './capture-time.ts';

const BASE_MS = 1_700_000_000_000;

describe('the time of capture', () => {
  test('is right within the least delay, whatever the others are', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 5, max: 400 }), { minLength: 30, maxLength: 120 }), (delaysMs) => {
        const time = new CaptureTime();
        let nowMs = BASE_MS;
        delaysMs.forEach((delayMs, i) => {
          // TCP keeps the order: a packet arrives no earlier than the one before it.
          nowMs = Math.max(nowMs, BASE_MS + i * 100 + delayMs);
          time.arrived(i * 100, nowMs);
          const got = time.of(i * 100, nowMs);
          expect(got).toBeLessThanOrEqual(nowMs);
          // At most as late as the least delay so far, of the last window at least.
          const least = Math.min(...delaysMs.slice(Math.max(0, i - 40), i + 1)) + 400;
          expect(Math.abs(got - (BASE_MS + i * 100))).toBeLessThanOrEqual(least);
        });
      }),
      { numRuns: 50 },
    );
  });

  test('grows evenly where pictures are sent in another order than they are shown (I P B B …)', () => {
    const time = new CaptureTime();
    // Shown 0 1 2 3 …, sent 0 3 1 2 6 4 5: a B-frame is sent when the P-frame after it was.
    const sent = [0, 3, 1, 2, 6, 4, 5, 9, 7, 8];
    const got = new Map<number, number>();
    let nowMs = BASE_MS;
    for (const shown of sent) {
      nowMs = Math.max(nowMs, BASE_MS + shown * 100);
      time.arrived(shown * 100, nowMs + 5);
    }
    for (let shown = 0; shown < 10; shown++) got.set(shown, time.of(shown * 100, nowMs + 10));
    expect([...got.values()]).toEqual(Array.from({ length: 10 }, (_, i) => BASE_MS + i * 100 + 5));
  });

  test('follows a camera whose clock is slow by 200 parts in a million, for a day', () => {
    const time = new CaptureTime();
    let worstMs = 0;
    for (let takenMs = 0; takenMs < 86_400_000; takenMs += 1000) {
      const ptsMs = takenMs * (1 - 200e-6);
      time.arrived(ptsMs, BASE_MS + takenMs + 10);
      worstMs = Math.max(worstMs, Math.abs(time.of(ptsMs, BASE_MS + takenMs + 10) - BASE_MS - takenMs));
    }
    expect(worstMs).toBeLessThan(15);
  });

  test('never goes back nor ahead of now, whatever times the camera gives', () => {
    const step = fc.record({ ptsMs: fc.option(fc.double({ min: -1e12, max: 1e12, noNaN: true })), gapMs: fc.integer({ min: 0, max: 20_000 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const time = new CaptureTime();
        let nowMs = BASE_MS;
        let lastMs = -Infinity;
        for (const { ptsMs, gapMs } of steps) {
          nowMs += gapMs;
            time.arrived(ptsMs, nowMs);
          const got = time.of(ptsMs, nowMs);
          expect(got).toBeLessThanOrEqual(nowMs);
          expect(got).toBeGreaterThanOrEqual(lastMs);
          lastMs = got;
        }
      }),
    );
  });

  test('begins anew after a leap of the camera clock', () => {
    const time = new CaptureTime();
    for (let i = 0; i < 20; i++) time.arrived(i * 100, BASE_MS + i * 100);
    expect(time.of(1900, BASE_MS + 1950)).toBe(BASE_MS + 1900);
    time.arrived(9_000_000, BASE_MS + 2000);
    expect(time.of(9_000_000, BASE_MS + 2050)).toBe(BASE_MS + 2000);
    time.arrived(100, BASE_MS + 2100);
    expect(time.of(100, BASE_MS + 2150)).toBe(BASE_MS + 2100);
  });
});
