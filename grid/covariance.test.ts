/** Ellipses and their 95 % radius against sampled errors. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { normals } from '../test-fixtures/ground/pinhole.ts';
import { inverseOf } from './cholesky.ts';
import { axesOf, radius95M, weightOf, type Covariance2 } from './covariance.ts';

const ellipse = fc.record({ longM: fc.double({ min: 0.1, max: 100, noNaN: true }), ratio: fc.double({ min: 0, max: 1, noNaN: true }), angle: fc.double({ min: -1.5, max: 1.5, noNaN: true }) });
const covarianceOf = ({ longM, ratio, angle }: { longM: number; ratio: number; angle: number }): Covariance2 => {
  const [a, b, c, s] = [longM ** 2, (longM * ratio) ** 2, Math.cos(angle), Math.sin(angle)];
  return [a * c * c + b * s * s, (a - b) * c * s, a * s * s + b * c * c];
};

test('an ellipse gives back its axes', () => {
  fc.assert(
    fc.property(ellipse, (given) => {
      fc.pre(given.ratio < 0.95);
      const { longM, shortM, angle } = axesOf(covarianceOf(given));
      expect(longM).toBeCloseTo(given.longM, 6);
      expect(shortM).toBeCloseTo(given.longM * given.ratio, 3);
      expect(Math.abs(Math.sin(angle - given.angle))).toBeLessThan(1e-3);
    }),
  );
});

test.each([0, 0.2, 0.5, 0.8, 1])('95 of 100 errors lie within the radius of an ellipse of ratio %d', (ratio) => {
  const radius = radius95M(covarianceOf({ longM: 3, ratio, angle: 0.7 }));
  const normal = normals(1);
  let within = 0;
  const SAMPLES = 40_000;
  for (let i = 0; i < SAMPLES; i++) if (Math.hypot(3 * normal(), 3 * ratio * normal()) <= radius) within++;
  expect(within / SAMPLES).toBeCloseTo(0.95, 2);
});

test('a needle has no weight; any other ellipse times its weight is one', () => {
  expect(weightOf([1, 1, 1])).toBeNull();
  const [a, b, c] = weightOf([4, 1, 9])!;
  expect([4 * a + b, 4 * b + c, a + 9 * b, b + 9 * c].map((x) => Math.round(x * 1e9) / 1e9)).toEqual([1, 0, 0, 1]);
});

test('the inverse of AᵀA times it is one, and a matrix that has none gives null', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 20, maxLength: 20 }), (rows) => {
      const square = Array.from({ length: 16 }, (_, k) => {
        const [i, j] = [Math.floor(k / 4), k % 4];
        let sum = i === j ? 0.01 : 0;
        for (let r = 0; r < 5; r++) sum += rows[r * 4 + i]! * rows[r * 4 + j]!;
        return sum;
      });
      const inverse = inverseOf(square, 4)!;
      for (let i = 0; i < 4; i++) {
        for (let j = 0; j < 4; j++) {
          let sum = 0;
          for (let k = 0; k < 4; k++) sum += square[i * 4 + k]! * inverse[k * 4 + j]!;
          expect(sum).toBeCloseTo(i === j ? 1 : 0, 6);
        }
      }
    }),
  );
  expect(inverseOf([1, 1, 1, 1], 2)).toBeNull();
  expect(inverseOf([0, 0, 0, 1], 2)).toBeNull();
});
