/** Metres through a ground plane, held against a camera whose picture is computed: 6 m up, looking down by 20°. */
import { expect, test } from 'vitest';
import type { PicturePoint } from '../../domain/camera.ts';
import { solveGroundPlane } from '../../grid/ground-plane.ts';
import { fits } from './concern.ts';
import { groundAreaM2 } from './ground.ts';

const [UP_M, DOWN_RAD, FOCAL] = [6, (20 * Math.PI) / 180, 1];
const PICTURE = { widthPx: 960, heightPx: 540 };
const METRE = 1 / 111_195;

/** Where a point `east` m aside, `north` m ahead and `up` m high is seen: fractions of the picture. */
function seenAt(east: number, north: number, up = 0): PicturePoint {
  const depth = north * Math.cos(DOWN_RAD) + (UP_M - up) * Math.sin(DOWN_RAD);
  const below = (UP_M - up) * Math.cos(DOWN_RAD) - north * Math.sin(DOWN_RAD);
  return [0.5 + (FOCAL * east) / depth, 0.5 + (FOCAL * below * PICTURE.widthPx) / PICTURE.heightPx / depth];
}
const plane = solveGroundPlane('c1', ([[-3, 10], [3, 10], [4, 30], [-4, 30], [0, 20]] as const).map(([east, north]) => ({ picture: seenAt(east, north), ground: { lon: east * METRE, lat: north * METRE } })));

function boxOf(north: number, widthM: number, heightM: number): { x: number; y: number; w: number; h: number } {
  const [left, foot] = seenAt(-widthM / 2, north);
  const [right] = seenAt(widthM / 2, north);
  const top = seenAt(0, north, heightM)[1];
  return { x: left * PICTURE.widthPx, y: top * PICTURE.heightPx, w: (right - left) * PICTURE.widthPx, h: (foot - top) * PICTURE.heightPx };
}

test('a filter in metres takes a grown-up and leaves a dog, near and far', () => {
  const size = { width: null, height: null, widthM: null, heightM: { atLeast: 1.2, atMost: 2.3 } };
  const seen = { ...PICTURE, plane, lens: { location: { lon: 0, lat: 0 } }, tracks: [], thumbnail: null, armed: true };
  for (const north of [12, 20, 40]) {
    expect(fits(size, boxOf(north, 0.5, 1.7), seen)).toBe(true);
    expect(fits(size, boxOf(north, 0.8, 0.6), seen)).toBe(false);
  }
  expect(fits(size, boxOf(20, 0.8, 0.6), { ...seen, plane: null }), 'what cannot be measured fits').toBe(true);
});

test('the area of a zone is that on the ground, and none above the horizon', () => {
  expect(groundAreaM2(plane, [seenAt(-2, 12), seenAt(2, 12), seenAt(2, 22), seenAt(-2, 22)])).toBeCloseTo(40, 0);
  expect(groundAreaM2(plane, [[0, -0.5], [1, -0.5], [1, 1], [0, 1]])).toBeNull();
});
