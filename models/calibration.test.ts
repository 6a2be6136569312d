/** Curves rise strictly, keep every ranking, and say what comes true; too few detections share a curve; thresholds let through what they may. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { averagePrecision, type Judged } from './average-precision.ts';
import { calibrated, fitCurve, fitCurves, lowestScoreFor, MIN_RIGHT, reliabilityOf } from './calibration.ts';

/** Scores spread evenly, right with the probability `truth(score)`; the same every time (mulberry32). */
function drawn(count: number, truth: (score: number) => number, seed = 7): Judged[] {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return Array.from({ length: count }, () => {
    const score = 0.02 + 0.96 * next();
    return { score, right: next() < truth(score) };
  });
}

const samples = fc.array(fc.record({ score: fc.double({ min: 0, max: 1, noNaN: true }), right: fc.boolean() }), { minLength: 1, maxLength: 400 });

describe('fitCurve', () => {
  test('whatever was seen: from score 0 to 1, both strictly rising, probabilities', () => {
    fc.assert(
      fc.property(samples, (seen) => {
        const curve = fitCurve(seen);
        expect([curve[0]![0], curve.at(-1)![0]]).toEqual([0, 1]);
        curve.forEach(([score, probability], i) => {
          expect(probability >= 0 && probability <= 1).toBe(true);
          if (i > 0) expect(score > curve[i - 1]![0] && probability > curve[i - 1]![1], JSON.stringify(curve)).toBe(true);
        });
      }),
    );
  });

  test('learns a curve that is known: overconfident, underconfident, and none at all', () => {
    for (const truth of [(s: number): number => s ** 2, (s: number): number => Math.sqrt(s), (s: number): number => s, (): number => 0.4]) {
      const curve = fitCurve(drawn(6000, truth));
      for (const score of [0.1, 0.3, 0.5, 0.7, 0.9]) expect(Math.abs(calibrated(curve, score) - truth(score)), `at ${score}`).toBeLessThan(0.06);
      const unseen = drawn(6000, truth, 8).map((one) => ({ ...one, score: calibrated(curve, one.score) }));
      expect(reliabilityOf(unseen).ece).toBeLessThan(0.025);
    }
    expect(reliabilityOf(drawn(6000, (s) => s ** 2, 8)).ece).toBeGreaterThan(0.1);
  });

  test('of a few right ones it does not learn that all are; of none there is no curve', () => {
    const few = fitCurve([0.7, 0.8, 0.9].map((score) => ({ score, right: true })));
    expect(calibrated(few, 0.8)).toBeLessThan(0.9);
    expect(() => fitCurve([])).toThrow(RangeError);
  });

  test('calibrated detections have the same average precision', () => {
    const box = (x: number) => ({ x, y: 0, w: 10, h: 10 });
    fc.assert(
      fc.property(samples, (seen) => {
        const curve = fitCurve(seen);
        const picture = (of: (score: number) => number) => [{ truth: seen.map((_, i) => ({ label: 'a', box: box(20 * i), crowd: false })).slice(0, 90), found: seen.slice(0, 90).map(({ score, right }, i) => ({ label: 'a', score: of(score), box: box(20 * i + (right ? 0 : 9)) })) }];
        // Scores closer than the curve's steps can resolve may come out equal: they keep their order, as equal scores do.
        const coarse = (score: number): number => Math.round(score * 1000) / 1000;
        expect(averagePrecision(picture((s) => calibrated(curve, coarse(s))), 'a')).toBe(averagePrecision(picture(coarse), 'a'));
      }),
    );
  });
});

describe('calibrated', () => {
  const curve = [[0, 0], [0.5, 0.2], [1, 0.9]] as const;

  test.each([[0, 0], [0.25, 0.1], [0.5, 0.2], [0.75, 0.55], [1, 0.9], [1.2, 0.9], [-1, 0]])('a score of %d is %d', (score, probability) => {
    expect(calibrated(curve, score)).toBeCloseTo(probability, 12);
  });
});

test('labels with too few right detections share a curve, fitted to theirs together or, if still too few, to all', () => {
  const [many, some, few] = [drawn(2000, (s) => s), drawn(100, (s) => s / 2, 1), drawn(10, (s) => s, 2)];
  expect(some.filter(({ right }) => right).length).toBeLessThan(MIN_RIGHT);
  const scarce = fitCurves({ person: many, bus: some, truck: few });
  expect(scarce.shared).toEqual(['bus', 'truck']);
  expect(scarce.curves.person).toEqual(fitCurve(many));
  const together = [...some, ...few];
  expect(scarce.curves.bus).toEqual(fitCurve(together.filter(({ right }) => right).length >= MIN_RIGHT ? together : [...many, ...together]));
  expect(scarce.curves.truck).toEqual(scarce.curves.bus);
  const alone = fitCurves({ person: many, bus: many.slice(0, 40).map((one) => ({ ...one, right: false })), truck: [] });
  expect(alone.curves.bus).toEqual(fitCurve([...many, ...many.slice(0, 40).map((one) => ({ ...one, right: false }))]));
  const pooled = fitCurves({ person: many, bus: many.slice(0, 50), truck: many.slice(50, 100) });
  expect(pooled.curves.truck).toEqual(fitCurve(many.slice(0, 100)));
});

test('reliability on paper: two bins, one ten points off, one right', () => {
  const said = [...Array.from({ length: 10 }, (_, i) => ({ score: 0.25, right: i < 2 })), ...Array.from({ length: 20 }, (_, i) => ({ score: 1, right: i < 18 }))];
  const { ece, bins } = reliabilityOf(said);
  expect(bins.map(({ from, detections, right }) => [from, detections, right])).toEqual([[0.2, 10, 0.2], [0.9, 20, 0.9]]);
  expect(ece).toBeCloseTo((10 * 0.05 + 20 * 0.1) / 30, 12);
});

describe('lowestScoreFor', () => {
  const judged = [[0.9, true], [0.8, false], [0.7, true], [0.6, false], [0.5, true], [0.4, true]].map(([score, right]) => ({ score: score as number, right: right as boolean }));

  test.each([[0, 0.9], [1, 0.7], [1.9, 0.7], [2, 0], [100, 0]])('%d false ones: from %d on', (most, from) => {
    expect(lowestScoreFor(judged, most)).toBe(from);
  });

  test('nothing is right enough: from nowhere on', () => {
    expect(lowestScoreFor([{ score: 0.9, right: false }], 0)).toBe(Number.POSITIVE_INFINITY);
  });

  test('never more than allowed, and the next lower score would be more', () => {
    fc.assert(
      fc.property(samples, fc.integer({ min: 0, max: 50 }), (seen, most) => {
        const from = lowestScoreFor(seen, most);
        const falseFrom = (score: number): number => seen.filter((one) => !one.right && one.score >= score).length;
        expect(falseFrom(from)).toBeLessThanOrEqual(most);
        const lower = seen.map(({ score }) => score).filter((score) => score < from);
        if (lower.length > 0) expect(falseFrom(Math.max(...lower))).toBeGreaterThan(most);
      }),
    );
  });
});
