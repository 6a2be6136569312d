/** Times of capture for streams whose truth is known: delayed, reordered, drifting, leaping, with camera clocks that are right, wrong and set anew. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CaptureTime } from './capture-time.ts';

const BASE_MS = 1_700_000_000_000;

describe('by arrival', () => {
  test('is right within the least delay, whatever the others are', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 5, max: 400 }), { minLength: 30, maxLength: 120 }), (delaysMs) => {
        const time = new CaptureTime();
        let nowMs = BASE_MS;
        delaysMs.forEach((delayMs, i) => {
          // TCP keeps the order: a packet arrives no earlier than the one before it.
          nowMs = Math.max(nowMs, BASE_MS + i * 100 + delayMs);
          const got = time.taken(i * 100, null, nowMs, nowMs).atMs;
          expect(got).toBeLessThanOrEqual(nowMs);
          // At most as late as the least delay so far, of the last window at least.
          const least = Math.min(...delaysMs.slice(Math.max(0, i - 40), i + 1)) + 400;
          expect(Math.abs(got - (BASE_MS + i * 100))).toBeLessThanOrEqual(least);
        });
      }),
      { numRuns: 50 },
    );
  });

  test('follows a camera whose clock is slow by 200 parts in a million, for a day', () => {
    const time = new CaptureTime();
    let worstMs = 0;
    for (let takenMs = 0; takenMs < 86_400_000; takenMs += 1000) {
      const nowMs = BASE_MS + takenMs + 10;
      worstMs = Math.max(worstMs, Math.abs(time.taken(takenMs * (1 - 200e-6), null, nowMs, nowMs).atMs - BASE_MS - takenMs));
    }
    expect(worstMs).toBeLessThan(15);
  });

  test('begins anew after a leap of the stream', () => {
    const time = new CaptureTime();
    for (let i = 0; i < 20; i++) expect(time.taken(i * 100, null, BASE_MS + i * 100, BASE_MS + i * 100 + 50).atMs).toBe(BASE_MS + i * 100);
    expect(time.taken(9_000_000, null, BASE_MS + 2000, BASE_MS + 2050).atMs).toBe(BASE_MS + 2000);
    expect(time.cameraAheadMs).toBeNull();
  });
});

test('a reordered picture is dated where it is shown (I P B B …)', () => {
  const time = new CaptureTime();
  // Shown 0 1 2 3 …, sent 0 3 1 2 6 4 5: a B-frame is sent when the P-frame after it was.
  const sent = [0, 3, 1, 2, 6, 4, 5, 9, 7, 8];
  const got: number[] = [];
  let nowMs = BASE_MS;
  for (const shown of sent) {
    nowMs = Math.max(nowMs, BASE_MS + shown * 100);
    got[shown] = time.taken(shown * 100, null, nowMs + 5, nowMs + 5).atMs;
  }
  expect(got).toEqual(Array.from({ length: 10 }, (_, i) => BASE_MS + i * 100 + 5));
});

test('never goes back in order of showing, nor ahead of now, whatever the camera tells', () => {
  const step = fc.record({
    ptsMs: fc.double({ min: -1e12, max: 1e12, noNaN: true }),
    cameraMs: fc.option(fc.double({ min: -1e12, max: 3e12, noNaN: true })),
    gapMs: fc.integer({ min: 0, max: 20_000 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const time = new CaptureTime();
      let nowMs = BASE_MS;
      let newest = { ptsMs: -Infinity, atMs: -Infinity };
      for (const { ptsMs, cameraMs, gapMs } of steps) {
        nowMs += gapMs;
        const { atMs } = time.taken(ptsMs, cameraMs, nowMs, nowMs);
        expect(atMs).toBeLessThanOrEqual(nowMs);
        if (ptsMs > newest.ptsMs) {
          expect(atMs).toBeGreaterThanOrEqual(newest.atMs);
          newest = { ptsMs, atMs };
        } else expect(atMs).toBeLessThanOrEqual(newest.atMs);
      }
    }),
  );
});

describe('by the camera clock', () => {
  /** Plays `seconds` at 10 pictures a second, 400 ms under way each, the camera's clock ahead as told. */
  function play(time: CaptureTime, fromS: number, seconds: number, aheadMs: number | null): { errorMs: number; clock: string } {
    let last = { errorMs: 0, clock: '' };
    for (let takenMs = fromS * 1000; takenMs < (fromS + seconds) * 1000; takenMs += 100) {
      const nowMs = BASE_MS + takenMs + 400;
      const { atMs, clock } = time.taken(takenMs, aheadMs === null ? null : BASE_MS + takenMs + aheadMs, nowMs, nowMs);
      last = { errorMs: atMs - BASE_MS - takenMs, clock };
    }
    return last;
  }

  test('knows what the way here delayed; from the first report on, without going back', () => {
    const time = new CaptureTime();
    expect(play(time, 0, 3, null)).toEqual({ errorMs: 400, clock: 'arrival' });
    expect(play(time, 3, 3, 0)).toEqual({ errorMs: 0, clock: 'rtcp' });
    expect(time.cameraAheadMs).toBe(-400);
  });

  test.each([-3_600_000, -BASE_MS, 8_000, 3_600_000])('is not believed when it is %d ms off, and still told', (aheadMs) => {
    const time = new CaptureTime();
    expect(play(time, 0, 3, aheadMs)).toEqual({ errorMs: 400, clock: 'arrival' });
    expect(time.cameraAheadMs).toBe(aheadMs - 400);
  });

  test('that jumps away is left, and believed again when it was set right', () => {
    const time = new CaptureTime();
    expect(play(time, 0, 3, 0)).toEqual({ errorMs: 0, clock: 'rtcp' });
    expect(play(time, 3, 3, 90_000)).toEqual({ errorMs: 400, clock: 'arrival' });
    expect(play(time, 6, 3, 0)).toEqual({ errorMs: 0, clock: 'rtcp' });
    // At the edge it swings no more than once.
    expect(play(time, 9, 1, -2_700).clock).toBe('arrival');
    expect(play(time, 10, 1, -2_500).clock).toBe('arrival');
    expect(play(time, 11, 1, -1_000).clock).toBe('rtcp');
    expect(play(time, 12, 1, -2_500).clock).toBe('rtcp');
  });
});
