/** A stream's own time: it goes on over leaps, and decoding times rise and never lie after showing. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StreamTime } from './stream-time.ts';

/** Groups of 1 P and `between` B-frames, in decoding order: shown at the numbers given. */
const order = (groups: number, between: number): number[] => [0, ...Array.from({ length: groups }, (_, g) => [(g + 1) * (between + 1), ...Array.from({ length: between }, (_n, b) => g * (between + 1) + b + 1)]).flat()];

function placed(times: readonly { rawMs: number; atMs: number }[], depth: number | null): { ptsMs: number; dtsMs: number }[] {
  const time = new StreamTime();
  time.reorderDepth = depth;
  return times.map(({ rawMs, atMs }) => time.place(rawMs, atMs));
}

const steady = (numbers: readonly number[], everyMs = 40): { rawMs: number; atMs: number }[] => numbers.map((n, i) => ({ rawMs: 7_000 + n * everyMs, atMs: 50_000 + i * everyMs }));

function expectRising(out: readonly { ptsMs: number; dtsMs: number }[]): void {
  out.forEach(({ ptsMs, dtsMs }, i) => {
    expect(ptsMs).toBeGreaterThanOrEqual(dtsMs);
    if (i > 0) expect(dtsMs).toBeGreaterThan(out[i - 1]?.dtsMs ?? Infinity);
  });
}

describe('decoding times', () => {
  test.each([
    { between: 0, depth: 0 },
    { between: 1, depth: 1 },
    { between: 3, depth: 1 },
    { between: 3, depth: null },
    { between: 2, depth: 4 },
  ])('$between B-frames running, depth $depth: in step with the stream, showing times untouched', ({ between, depth }) => {
    const numbers = order(20, between);
    const out = placed(steady(numbers), depth);
    expectRising(out);
    const firstMs = out[0]?.ptsMs ?? NaN;
    expect(out.map(({ ptsMs }) => Math.round(ptsMs - firstMs))).toEqual(numbers.map((n) => n * 40));
    out.slice(6).forEach(({ dtsMs }, i) => expect(dtsMs - (out[i + 5]?.dtsMs ?? NaN)).toBeCloseTo(40, 6));
  });

  test('without reordering, decoding is showing', () => {
    for (const { ptsMs, dtsMs } of placed(steady(order(20, 0)), 0)) expect(dtsMs).toBe(ptsMs);
  });

  test('rise and never lie after showing, whatever times a camera gives', () => {
    const step = fc.record({ rawMs: fc.double({ min: -1e9, max: 1e9, noNaN: true }), gapMs: fc.integer({ min: 0, max: 20_000 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), fc.option(fc.integer({ min: 0, max: 16 })), (steps, depth) => {
        let atMs = 0;
        expectRising(placed(steps.map(({ rawMs, gapMs }) => ({ rawMs, atMs: (atMs += gapMs) })), depth));
      }),
    );
  });
});

describe('showing times', () => {
  test.each([3_600_000, -3_600_000, -500])('go on over a leap of %d ms', (leapMs) => {
    const times = steady(order(20, 0)).map(({ rawMs, atMs }, i) => ({ rawMs: i < 10 ? rawMs : rawMs + leapMs, atMs }));
    const out = placed(times, 0);
    expect(out.map(({ ptsMs }) => ptsMs)).toEqual(order(20, 0).map((n) => n * 40));
  });

  test('a network that stood still and then delivers all at once is no leap; nor is a camera that paused', () => {
    const stalled = steady(order(20, 0)).map(({ rawMs, atMs }, i) => ({ rawMs, atMs: i < 10 ? atMs : atMs + 12_000 }));
    expect(placed(stalled, 0).map(({ ptsMs }) => ptsMs)).toEqual(order(20, 0).map((n) => n * 40));
    const paused = steady(order(20, 0)).map(({ rawMs, atMs }, i) => (i < 10 ? { rawMs, atMs } : { rawMs: rawMs + 12_000, atMs: atMs + 12_000 }));
    expect(placed(paused, 0).map(({ ptsMs }) => ptsMs)).toEqual(order(20, 0).map((n, i) => n * 40 + (i < 10 ? 0 : 12_000)));
  });
});
