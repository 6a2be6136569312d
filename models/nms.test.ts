/** Suppression: what stays never overlaps too much, and everything dropped was beaten by something that stays. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { iou } from '../domain/detection.ts';
import { MAX_CANDIDATES, suppress } from './nms.ts';

const boxes = fc.record({
  x: fc.double({ min: 0, max: 100, noNaN: true }),
  y: fc.double({ min: 0, max: 100, noNaN: true }),
  w: fc.double({ min: 0.1, max: 60, noNaN: true }),
  h: fc.double({ min: 0.1, max: 60, noNaN: true }),
});
const candidates = fc.array(fc.record({ label: fc.constantFrom('person', 'car'), score: fc.double({ min: 0, max: 1, noNaN: true }), box: boxes }), { maxLength: 40 });

describe('iou', () => {
  test('of known boxes', () => {
    expect(iou({ x: 0, y: 0, w: 10, h: 10 }, { x: 5, y: 0, w: 10, h: 10 })).toBeCloseTo(1 / 3, 12);
    expect(iou({ x: 0, y: 0, w: 10, h: 10 }, { x: 10, y: 0, w: 10, h: 10 })).toBe(0);
    expect(iou({ x: 3, y: 4, w: 0, h: 10 }, { x: 0, y: 0, w: 10, h: 10 })).toBe(0);
  });

  test('is symmetric, 0…1, and 1 with itself', () => {
    fc.assert(
      fc.property(boxes, boxes, (a, b) => {
        expect(iou(a, b)).toBeCloseTo(iou(b, a), 12);
        expect(iou(a, b)).toBeGreaterThanOrEqual(0);
        expect(iou(a, b)).toBeLessThanOrEqual(1 + 1e-9);
        expect(iou(a, a)).toBeCloseTo(1, 9);
      }),
    );
  });
});

describe('suppress', () => {
  test('keeps the surest of each heap, and other labels beside it', () => {
    const box = { x: 0, y: 0, w: 10, h: 10 };
    const found = [
      { label: 'person', score: 0.5, box },
      { label: 'person', score: 0.9, box: { ...box, x: 1 } },
      { label: 'car', score: 0.4, box },
      { label: 'person', score: 0.3, box: { ...box, x: 50 } },
    ];
    expect(suppress(found, 0.5).map((f) => [f.label, f.score])).toEqual([['person', 0.9], ['car', 0.4], ['person', 0.3]]);
  });

  test('kept ones of a label never overlap more than allowed; each dropped one does with a surer kept one', () => {
    fc.assert(
      fc.property(candidates, fc.double({ min: 0.1, max: 0.9, noNaN: true }), (found, maxIou) => {
        const kept = suppress(found, maxIou);
        kept.forEach((a, i) => kept.slice(i + 1).forEach((b) => {
          expect(b.score).toBeLessThanOrEqual(a.score);
          if (a.label === b.label) expect(iou(a.box, b.box)).toBeLessThanOrEqual(maxIou);
        }));
        for (const dropped of found.filter((f) => !kept.includes(f))) {
          expect(kept.some((k) => k.label === dropped.label && k.score >= dropped.score && iou(k.box, dropped.box) > maxIou)).toBe(true);
        }
      }),
    );
  });

  test('looks at no more than the surest MAX_CANDIDATES', () => {
    const many = Array.from({ length: MAX_CANDIDATES + 50 }, (_, i) => ({ score: i / 2000, box: { x: i * 20, y: 0, w: 10, h: 10 } }));
    const kept = suppress(many, 0.5);
    expect(kept).toHaveLength(MAX_CANDIDATES);
    expect(kept.at(-1)?.score).toBe(50 / 2000);
  });
});
