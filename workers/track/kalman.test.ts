/** The filter must find a speed, forget nothing by irregular steps, and stay a probability. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { boxOf, correct, firstMotion, predict, type Axis, type Motion } from './kalman.ts';

const walker = (atMs: number) => ({ x: 100 + 0.12 * atMs, y: 50, w: 40, h: 100 });

/** Follows the walker through the given steps and returns the belief after the last sight. */
function follow(stepsMs: readonly number[]): { motion: Motion; atMs: number } {
  let motion = firstMotion(walker(0));
  let atMs = 0;
  for (const stepMs of stepsMs) {
    atMs += stepMs;
    motion = correct(predict(motion, stepMs, false), walker(atMs));
  }
  return { motion, atMs };
}

describe('a walker of 120 px/s', () => {
  test.each([
    ['25 frames a second', Array.from({ length: 50 }, () => 40)],
    ['5 frames a second', Array.from({ length: 10 }, () => 200)],
    ['whenever a frame comes', [40, 40, 600, 40, 200, 1000, 80, 400]],
  ])('has its speed found at %s', (_, stepsMs) => {
    const { motion } = follow(stepsMs);
    expect(motion.cx[1]).toBeGreaterThan(110);
    expect(motion.cx[1]).toBeLessThan(130);
    expect(Math.abs(motion.cy[1])).toBeLessThan(1e-9);
  });

  test('is expected where it will be, half a second later', () => {
    const { motion, atMs } = follow(Array.from({ length: 10 }, () => 200));
    const expected = boxOf(predict(motion, 500, false));
    expect(Math.abs(expected.x - walker(atMs + 500).x)).toBeLessThan(6);
    expect(expected.w).toBeCloseTo(40, 0);
  });
});

test('the first belief is the box itself', () => {
  expect(boxOf(firstMotion({ x: 10, y: 20, w: 30, h: 60 }))).toEqual({ x: 10, y: 20, w: 30, h: 60 });
});

test('a lost object keeps its height and its way', () => {
  let motion = firstMotion({ x: 0, y: 0, w: 40, h: 100 });
  for (let i = 1; i <= 5; i++) motion = correct(predict(motion, 200, false), { x: 10 * i, y: 0, w: 40, h: 100 - 8 * i });
  const seenH = motion.h[0];
  expect(motion.h[1]).toBeLessThan(-10);
  const later = predict(motion, 1000, true);
  expect(later.h[0]).toBe(seenH);
  expect(later.cx[0]).toBeGreaterThan(motion.cx[0] + 20);
});

test('after a long gap it is not sent out of the picture', () => {
  const { motion } = follow(Array.from({ length: 10 }, () => 200));
  expect(predict(motion, 60_000, false).cx[0] - motion.cx[0]).toBeLessThan(120 * 2.1);
});

const stepMs = fc.integer({ min: 0, max: 1000 });

test('two steps are one step: however the time is cut, belief and doubt are the same', () => {
  fc.assert(
    fc.property(stepMs, stepMs, fc.integer({ min: -300, max: 300 }), (a, b, speed) => {
      const start: Motion = { ...firstMotion(walker(0)), cx: [120, speed, 25, 3, 900] };
      const once = predict(start, a + b, true);
      const twice = predict(predict(start, a, true), b, true);
      for (const axis of ['cx', 'cy', 'aspect'] as const) {
        once[axis].forEach((value, i) => expect(twice[axis][i]).toBeCloseTo(value, 6));
      }
    }),
  );
});

test('every covariance stays one, whatever is seen whenever', () => {
  const box = fc.record({ x: fc.integer({ min: -200, max: 2000 }), y: fc.integer({ min: -200, max: 2000 }), w: fc.integer({ min: 1, max: 800 }), h: fc.integer({ min: 1, max: 800 }) });
  fc.assert(
    fc.property(box, fc.array(fc.tuple(stepMs, box, fc.boolean()), { maxLength: 30 }), (first, sights) => {
      let motion = firstMotion(first);
      for (const [step, seen, missed] of sights) {
        motion = predict(motion, step, missed);
        if (!missed) motion = correct(motion, seen);
        for (const axis of Object.values(motion) as Axis[]) {
          const [, , varPosition, covariance, varSpeed] = axis;
          expect(axis.every(Number.isFinite)).toBe(true);
          expect(varPosition).toBeGreaterThan(0);
          expect(varPosition * varSpeed - covariance ** 2).toBeGreaterThanOrEqual(-1e-9 * varPosition * varSpeed);
        }
        expect(boxOf(motion).h).toBeGreaterThanOrEqual(1);
        expect(boxOf(motion).w).toBeGreaterThan(0);
      }
    }),
  );
});
