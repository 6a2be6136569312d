/** Walkers and cars before known cameras: the speed that is told, its error, and the silence where it could not be known. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Box } from '../domain/detection.ts';
import { BEIJING, before, normals, pose, reach, see, survey, withErrors, type Pose } from '../test-fixtures/ground/pinhole.ts';
import { groundSpeed, type Sighting } from './speed.ts';
import { PICK_ERROR, reviewSurvey, SURVEY_ERROR_M } from './survey.ts';

const PICTURE = { widthPx: 1280, heightPx: 800 };
const STREET: Pose = { heightM: 6, tilt: 0.3, pan: 0.6, focal: 0.9 };
const LAYOUT = [[0.6, -0.5], [0.6, 0.5], [1.2, 0.1], [1.9, 0.9], [2, -0.8], [1.4, -0.4], [1, -0.6]] as const;
const FRAME_MS = 200;

const surveyed = (p: Pose) => survey(p, BEIJING, LAYOUT.map(([a, b]) => [a * reach(p), b * reach(p)] as const));

/** A person of 1.75 m at so many metres ahead and to the right; null where the camera does not see all of them. */
function boxAt(p: Pose, aheadM: number, rightM: number): Box | null {
  const [e, n] = before(p, aheadM, rightM);
  const [foot, head] = [see(p, e, n), see(p, e, n, 1.75)];
  if (!foot || !head) return null;
  const [x, bottom, top] = [foot[0] * PICTURE.widthPx, foot[1] * PICTURE.heightPx, head[1] * PICTURE.heightPx];
  const h = bottom - top;
  return h > 4 && x > h && x < PICTURE.widthPx - h && top > 4 && bottom < PICTURE.heightPx - 4 ? { x: x - h / 5, y: top, w: h / 2.5, h } : null;
}

/** Eleven sightings in two seconds, with a detector's errors, alike from frame to frame. */
function walk(p: Pose, aheadM: number, rightM: number, kmh: number, direction: number, normal: () => number): Sighting[] | null {
  let [ex, ey] = [normal(), normal()];
  const seen: Sighting[] = [];
  for (let i = 0; i <= 10; i++) {
    const gone = ((kmh / 3.6) * i * FRAME_MS) / 1000;
    const box = boxAt(p, aheadM + gone * Math.cos(direction), rightM + gone * Math.sin(direction));
    if (!box) return null;
    [ex, ey] = [0.5 * ex + Math.sqrt(0.75) * normal(), 0.5 * ey + Math.sqrt(0.75) * normal()];
    seen.push({ atMs: 1_760_000_000_000 + i * FRAME_MS, box: { ...box, x: box.x + 0.035 * box.w * ex, h: box.h * (1 + 0.05 * ey) } });
  }
  return seen;
}

const plane = reviewSurvey(surveyed(STREET)).plane!;
const still = (): number => 0;

describe('a walk that is seen exactly', () => {
  test.each([
    ['a walker coming closer', 16, 0, 5, Math.PI],
    ['a walker crossing', 14, -2, 5, Math.PI / 2],
    ['a runner going away', 12, 1, 14, 0.2],
    ['a car', 18, -3, 30, 0.8],
  ])('%s', (_, ahead, right, kmh, direction) => {
    const told = groundSpeed(plane, walk(STREET, ahead, right, kmh, direction, still)!, PICTURE)!;
    expect(told.speedKmh).toBeCloseTo(kmh, 1);
    expect(told.errorKmh).toBeLessThan(kmh);
    const heading = (((STREET.pan + direction) * 180) / Math.PI + 360) % 360;
    expect(Math.abs(told.headingDeg - heading)).toBeLessThan(1);
  });
});

describe('silence', () => {
  const sightings = walk(STREET, 14, -2, 5, Math.PI / 2, still)!;
  test.each<[string, readonly Sighting[]]>([
    ['no sighting', []],
    ['two sightings', [sightings[0]!, sightings[10]!]],
    ['three within 0.4 s', sightings.slice(0, 3)],
    ['somebody who stands', walk(STREET, 14, 0, 0, 0, still)!],
    ['somebody far off who strolls', walk(STREET, 60, 0, 2, 0, still)!],
    ['in the sky', sightings.map((s) => ({ ...s, box: { ...s.box, y: 0, h: 20 } }))],
    ['old sightings and one new', [...sightings, { ...sightings[0]!, atMs: sightings[10]!.atMs + 60_000 }]],
  ])('%s', (_, seen) => expect(groundSpeed(plane, seen, PICTURE)).toBeNull());
});

test('one box that jumped changes little', () => {
  const seen = walk(STREET, 14, -2, 5, Math.PI / 2, still)!;
  const jumped = seen.map((s, i) => (i === 8 ? { ...s, box: { ...s.box, h: s.box.h * 0.6 } } : s));
  expect(groundSpeed(plane, jumped, PICTURE)!.speedKmh).toBeCloseTo(5, 0);
});

test('the error holds the true speed 9 times of 10 and more, whatever the camera, the walker, the survey’s and the detector’s errors', () => {
  const walker = fc.record({ p: pose, ahead: fc.double({ min: 0.7, max: 2, noNaN: true }), right: fc.double({ min: -0.5, max: 0.5, noNaN: true }), kmh: fc.double({ min: 2, max: 40, noNaN: true }), direction: fc.double({ min: 0, max: 6.28, noNaN: true }), seed: fc.integer() });
  let [told, held, wide] = [0, 0, 0];
  for (const { p, ahead, right, kmh, direction, seed } of fc.sample(walker, { numRuns: 1500, seed: 5 })) {
    const normal = normals(seed);
    const { plane: taken, trouble } = reviewSurvey(withErrors(surveyed(p), normal, PICK_ERROR, SURVEY_ERROR_M));
    const seen = walk(p, ahead * reach(p), right * reach(p), kmh, direction, normal);
    const speed = taken && !trouble && seen && groundSpeed(taken, seen, PICTURE);
    if (!speed) continue;
    told++;
    if (Math.abs(speed.speedKmh - kmh) <= speed.errorKmh) held++;
    if (Math.abs(speed.speedKmh - kmh) <= speed.errorKmh / 2) wide++;
  }
  expect(told).toBeGreaterThan(150);
  expect(held / told).toBeGreaterThan(0.9);
  // Nor is it so wide that it says nothing: half of it does not hold nearly everything.
  expect(wide / told).toBeLessThan(0.9);
});
