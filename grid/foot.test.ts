/** Where the feet are, how sure that is, and when they are not seen at all. */
import { describe, expect, test } from 'vitest';
import { BEIJING, survey, type Pose } from '../test-fixtures/ground/pinhole.ts';
import { feetHidden, footOf, locateFoot } from './foot.ts';
import { solveGroundPlane } from './ground-plane.ts';

const PICTURE = { widthPx: 960, heightPx: 600 };
const STREET: Pose = { heightM: 6, tilt: 0.35, pan: 0, focal: 0.9 };
const plane = solveGroundPlane('c', survey(STREET, BEIJING, [[8, -4], [8, 4], [14, -5], [20, 6], [30, -8], [30, 8]]));
const person = { x: 460, y: 200, w: 40, h: 100 };

describe('a foot point', () => {
  test('is the middle of the lower edge, less sure downwards than aside', () => {
    const { point, sd, cutBelow, cutAside } = footOf(person, PICTURE);
    expect(point).toEqual([0.5, 0.5]);
    expect(sd.map((fraction, i) => fraction * [960, 600][i]!)).toEqual([expect.closeTo(1.73, 2), expect.closeTo(5.1, 2)]);
    expect([cutBelow, cutAside]).toEqual([false, false]);
  });
  test('of a larger box is less sure in pixels, and none is surer than a pixel', () => {
    expect(footOf({ ...person, h: 200 }, PICTURE).sd[1]).toBeGreaterThan(1.9 * footOf(person, PICTURE).sd[1]);
    expect(footOf({ x: 5, y: 5, w: 1, h: 1 }, PICTURE).sd[1] * 600).toBeGreaterThan(1);
  });
  test('cut off by the lower edge lies just inside it and may be anywhere near', () => {
    const cut = footOf({ ...person, y: 510 }, PICTURE);
    expect(cut.cutBelow).toBe(true);
    expect(cut.point[1]).toBeCloseTo(1, 5);
    expect(cut.sd[1]).toBeGreaterThan(7 * footOf(person, PICTURE).sd[1]);
  });
  test('cut off aside is less sure aside', () => {
    const cut = footOf({ ...person, x: -20 }, PICTURE);
    expect([cut.cutAside, cut.sd[0] > 4 * footOf(person, PICTURE).sd[0]]).toEqual([true, true]);
  });
});

describe('feet are hidden', () => {
  const car = { x: 440, y: 270, w: 120, h: 60 };
  test('behind a car that stands nearer', () => expect(feetHidden(person, [person, car])).toBe(true));
  test('not in front of it', () => expect(feetHidden({ ...person, y: 240 }, [car])).toBe(false));
  test('not by one that covers a corner only', () => expect(feetHidden(person, [{ ...car, x: 485 }])).toBe(false));
  test('not by oneself', () => expect(feetHidden(person, [person])).toBe(false));
  test('and then the place is known much worse', () => {
    const [seen, hidden] = [locateFoot(plane, person, PICTURE)!, locateFoot(plane, person, PICTURE, true)!];
    expect(hidden.at).toEqual(seen.at);
    expect(hidden.errorM).toBeGreaterThan(4 * seen.errorM);
  });
});

test('a place above the horizon is none', () => expect(locateFoot(plane, { ...person, y: 0, h: 20 }, PICTURE)).toBeNull());
