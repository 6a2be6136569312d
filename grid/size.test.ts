/** People and cars of known size before known cameras: their metres, the error, and the refusals. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Box } from '../domain/detection.ts';
import { BEIJING, before, normals, pose, reach, see, survey, withErrors, type Pose } from '../test-fixtures/ground/pinhole.ts';
import { heightOf, widthOf } from './size.ts';
import { PICK_ERROR, reviewSurvey, SURVEY_ERROR_M } from './survey.ts';

const PICTURE = { widthPx: 1280, heightPx: 800 };
const STREET: Pose = { heightM: 6, tilt: 0.3, pan: 0.6, focal: 0.9 };
const LAYOUT = [[0.6, -0.5], [0.6, 0.5], [1.2, 0.1], [1.9, 0.9], [2, -0.8], [1.4, -0.4], [1, -0.6]] as const;
const surveyed = (p: Pose) => survey(p, BEIJING, LAYOUT.map(([a, b]) => [a * reach(p), b * reach(p)] as const));
const plane = reviewSurvey(surveyed(STREET)).plane!;
const lens = (p: Pose) => ({ location: BEIJING, heightM: p.heightM });

/** The box of an upright board of this size that faces the camera, in pixels; null where it is not wholly in the picture. */
function boxOf(p: Pose, aheadM: number, rightM: number, widthM: number, highM: number): Box | null {
  const corners = [[-widthM / 2, 0], [widthM / 2, 0], [0, highM]].map(([aside, up]) => see(p, ...before(p, aheadM, rightM + aside!), up));
  const [l, r, t] = corners;
  if (!l || !r || !t) return null;
  const box = { x: l[0] * PICTURE.widthPx, y: t[1] * PICTURE.heightPx, w: (r[0] - l[0]) * PICTURE.widthPx, h: (l[1] - t[1]) * PICTURE.heightPx };
  return box.x > 5 && box.x + box.w < PICTURE.widthPx - 5 && box.y > 5 && box.y + box.h < PICTURE.heightPx - 5 && box.h > 5 ? box : null;
}

describe.each([
  ['a person', 14, 0, 0.5, 1.75],
  ['a person far off, head above the camera’s horizon line or not', 35, 2, 0.5, 1.75],
  ['a car from the front', 18, -2, 1.8, 1.5],
  ['a bus taller than half the camera', 22, 1, 2.5, 3.2],
])('%s', (_, ahead, right, widthM, highM) => {
  const box = boxOf(STREET, ahead, right, widthM, highM)!;
  test('its width', () => {
    const told = widthOf(plane, box, PICTURE)!;
    expect(told.valueM).toBeCloseTo(widthM, 2);
    expect(told.errorM).toBeLessThan(widthM);
  });
  test('its height, from the lens’s own height', () => {
    const told = heightOf(plane, box, PICTURE, lens(STREET))!;
    expect(Math.abs(told.valueM - highM)).toBeLessThan(0.02);
    expect(told.errorM).toBeLessThan(highM / 2);
  });
  test('its height without it, roughly, and said to be rougher', () => {
    const told = heightOf(plane, box, PICTURE, { location: BEIJING })!;
    expect(Math.abs(told.valueM - highM)).toBeLessThan(0.15 * highM);
    expect(told.errorM).toBeGreaterThan(0.19 * highM);
  });
});

test('a top above the horizon is higher than the camera', () => {
  const low: Pose = { heightM: 2.5, tilt: 0.05, pan: 0, focal: 0.8 };
  const points = survey(low, BEIJING, [[6, -2], [6, 2], [10, -3], [12, 4], [20, -6], [20, 6]]);
  const box = boxOf(low, 15, 0, 2.5, 3.5)!;
  expect(heightOf(reviewSurvey(points).plane!, box, PICTURE, lens(low))!.valueM).toBeCloseTo(3.5, 1);
});

describe('refused', () => {
  const box = boxOf(STREET, 14, 0, 0.5, 1.75)!;
  test('feet below the picture: neither width nor height', () => {
    const cut = { ...box, y: PICTURE.heightPx - box.h };
    expect([widthOf(plane, cut, PICTURE), heightOf(plane, cut, PICTURE, lens(STREET))]).toEqual([null, null]);
  });
  test('cut at the side: no width', () => expect(widthOf(plane, { ...box, x: 0 }, PICTURE)).toBeNull());
  test('cut at the top: no height', () => expect(heightOf(plane, { ...box, y: 0, h: box.y + box.h }, PICTURE, lens(STREET))).toBeNull());
  test('in the sky', () => expect([widthOf(plane, { ...box, y: 10, h: 20 }, PICTURE), heightOf(plane, { ...box, y: 10, h: 20 }, PICTURE, lens(STREET))]).toEqual([null, null]));
  test('straight from above, no height without the lens’s', () => {
    const above: Pose = { heightM: 10, tilt: 1.5, pan: 0, focal: 0.9 };
    const points = survey(above, BEIJING, [[-2, -3], [-2, 3], [3, -3], [3, 3.2], [0, 0], [1, 2]]);
    const seen = { x: 600, y: 300, w: 60, h: 60 };
    const taken = reviewSurvey(points).plane!;
    expect(heightOf(taken, seen, PICTURE, { location: BEIJING })).toBeNull();
    expect(widthOf(taken, seen, PICTURE)).not.toBeNull();
  });
});

test('the errors hold the true size 9 times of 10 and more, whatever the camera and its survey', () => {
  const thing = fc.record({ p: pose, ahead: fc.double({ min: 0.7, max: 2, noNaN: true }), right: fc.double({ min: -0.5, max: 0.5, noNaN: true }), widthM: fc.double({ min: 0.4, max: 3, noNaN: true }), highM: fc.double({ min: 0.8, max: 4, noNaN: true }), seed: fc.integer() });
  const held = { width: [] as boolean[], height: [] as boolean[] };
  for (const { p, ahead, right, widthM, highM, seed } of fc.sample(thing, { numRuns: 1000, seed: 9 })) {
    const normal = normals(seed);
    const exact = boxOf(p, ahead * reach(p), right * reach(p), widthM, highM);
    const { plane: taken, trouble } = reviewSurvey(withErrors(surveyed(p), normal, PICK_ERROR, SURVEY_ERROR_M));
    if (!exact || !taken || trouble) continue;
    const [left, rightEdge, top, bottom] = [exact.x + 0.05 * exact.w * normal(), exact.x + exact.w * (1 + 0.05 * normal()), exact.y + 0.04 * exact.h * normal(), exact.y + exact.h * (1 + 0.05 * normal())];
    const box = { x: left, y: top, w: rightEdge - left, h: bottom - top };
    const width = widthOf(taken, box, PICTURE);
    const height = heightOf(taken, box, PICTURE, lens(p));
    if (width) held.width.push(Math.abs(width.valueM - widthM) <= width.errorM);
    if (height) held.height.push(Math.abs(height.valueM - highM) <= height.errorM);
  }
  for (const list of [held.width, held.height]) {
    expect(list.length).toBeGreaterThan(200);
    expect(list.filter(Boolean).length / list.length).toBeGreaterThan(0.9);
  }
});
