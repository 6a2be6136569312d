/** The pace keeps its average for any source, and never bursts. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FramePace } from './frame-pace.ts';

/** How many of `count` pictures, `everyMs` apart by the stream's time, are taken at `fps`. */
function taken(fps: number, everyMs: number, count: number): number {
  const pace = new FramePace(fps);
  return Array.from({ length: count }, (_, i) => pace.take(i * everyMs, i * everyMs)).filter(Boolean).length;
}

describe('pace', () => {
  test.each([
    { sourceFps: 10, fps: 5, perMinute: 300 },
    { sourceFps: 12.5, fps: 5, perMinute: 300 },
    { sourceFps: 25, fps: 5, perMinute: 300 },
    { sourceFps: 29.97, fps: 4, perMinute: 240 },
    { sourceFps: 4, fps: 5, perMinute: 240 },
    { sourceFps: 5, fps: 5, perMinute: 300 },
  ])('of $sourceFps pictures a second at $fps, $perMinute a minute are taken', ({ sourceFps, fps, perMinute }) => {
    const got = taken(fps, 1000 / sourceFps, Math.round(sourceFps * 60));
    expect(Math.abs(got - perMinute)).toBeLessThanOrEqual(2);
  });

  test('the first picture is always taken, also without a time', () => {
    expect(new FramePace(0.1).take(null, 1)).toBe(true);
  });

  test('with any jitter the rate is never above the one asked for, over any stretch', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 2, maxLength: 200 }), fc.integer({ min: 1, max: 20 }), (gapsMs, fps) => {
        const pace = new FramePace(fps);
        let atMs = 0;
        const times: number[] = [];
        for (const gapMs of gapsMs) if (pace.take((atMs += gapMs), 0)) times.push(atMs);
        // Between any two taken pictures k apart lie at least k − 1 intervals, less what a picture may be early twice.
        for (let i = 0; i < times.length; i++) {
          for (let j = i + 1; j < times.length; j++) {
            const spanMs = (times[j] ?? 0) - (times[i] ?? 0);
            expect(spanMs).toBeGreaterThanOrEqual(((j - i - 1 - 0.1) * 1000) / fps - 1e-6);
          }
        }
      }),
    );
  });

  test('a leap or a step back of the camera clock neither stops nor floods', () => {
    const pace = new FramePace(5);
    const at = (ptsMs: number | null, arrivedAtMs: number): boolean => pace.take(ptsMs, arrivedAtMs);
    expect(at(1_000_000, 0)).toBe(true);
    expect(at(5, 100)).toBe(false);
    expect(at(105, 200)).toBe(true);
    expect(at(9e12, 300)).toBe(false);
    expect(at(9e12 + 100, 400)).toBe(true);
    expect(at(null, 500)).toBe(false);
    expect(at(null, 600)).toBe(true);
  });
});
