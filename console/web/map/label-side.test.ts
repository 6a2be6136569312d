/** Names of patrols: beside their sign, never over a cell's name, and where they were while that is free. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseSide, labelRect, overlaps, rectAround, SIDES } from './label-side.ts';

const sign = rectAround(100, 100, 22, 22);

test('the first free side, in order', () => {
  const taken = SIDES.map((side) => labelRect(sign, side, 50, 16));
  expect(SIDES.map((_, i) => chooseSide(sign, 50, 16, 'none', taken.slice(0, i)).side)).toEqual([...SIDES]);
  expect(chooseSide(sign, 50, 16, 'none', taken)).toEqual({ side: 'none', rect: null });
});

test('keeps its side while that is free', () => {
  expect(chooseSide(sign, 50, 16, 'above', []).side).toBe('above');
  expect(chooseSide(sign, 50, 16, 'above', [labelRect(sign, 'above', 50, 16)]).side).toBe('right');
});

test('whatever stands around, the name covers nothing, its own sign included', () => {
  const rect = fc.record({ x: fc.integer({ min: 0, max: 200 }), y: fc.integer({ min: 0, max: 200 }), w: fc.integer({ min: 1, max: 90 }), h: fc.integer({ min: 1, max: 20 }) }).map(({ x, y, w, h }) => rectAround(x, y, w, h));
  fc.assert(
    fc.property(fc.array(rect, { maxLength: 12 }), fc.constantFrom(...SIDES, 'none' as const), (obstacles, had) => {
      const { rect: chosen } = chooseSide(sign, 60, 16, had, obstacles);
      if (chosen) expect([...obstacles, sign].some((each) => overlaps(each, chosen))).toBe(false);
    }),
  );
});
