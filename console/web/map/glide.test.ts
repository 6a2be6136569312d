/** A patrol glides for two seconds from where it is drawn to its new fix, and jumps where motion is unwanted. */
import { expect, test } from 'vitest';
import { GLIDE_MS, Glides } from './glide.ts';

const A = { lon: 116, lat: 39 };
const B = { lon: 118, lat: 40 };

test('the first place at once, then evenly, and on from where it is when a fix comes early', () => {
  const glides = new Glides();
  expect(glides.at('p', 0)).toBeNull();
  glides.aim('p', A, 0, false);
  expect(glides.at('p', 0)).toEqual(A);
  expect(glides.isMoving(0)).toBe(false);
  glides.aim('p', B, 1000, false);
  glides.aim('p', B, 1500, false);
  expect(glides.at('p', 1000 + GLIDE_MS / 2)).toEqual({ lon: 117, lat: 39.5 });
  glides.aim('p', A, 1000 + GLIDE_MS / 2, false);
  expect(glides.at('p', 1000 + GLIDE_MS)).toEqual({ lon: 116.5, lat: 39.25 });
  expect(glides.at('p', 9000)).toEqual(A);
  expect(glides.isMoving(9000)).toBe(false);
});

test('where motion is unwanted it is there at once; what is gone is forgotten', () => {
  const glides = new Glides();
  glides.aim('p', A, 0, true);
  glides.aim('p', B, 10, true);
  expect(glides.at('p', 10)).toEqual(B);
  glides.keepOnly(new Set());
  expect(glides.at('p', 10)).toBeNull();
});
