/** Cameras at known places look at known ground: what is solved from four points must hold for all others. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GroundPoint, PicturePoint } from '../domain/camera.ts';
import { distanceM, type LonLat } from '../domain/geo.ts';
import { project, solveGroundPlane } from './ground-plane.ts';

const BEIJING: LonLat = { lon: 116.4, lat: 39.9 };
const METRES_PER_DEGREE = (Math.PI / 180) * 6_371_008.8;

function groundAt(origin: LonLat, eastM: number, northM: number): LonLat {
  return { lon: origin.lon + eastM / (METRES_PER_DEGREE * Math.cos((origin.lat * Math.PI) / 180)), lat: origin.lat + northM / METRES_PER_DEGREE };
}

interface Pose {
  readonly heightM: number;
  readonly tilt: number;
  readonly pan: number;
  readonly focal: number;
}

/** A pinhole camera above the origin: `tilt` below the horizontal and `pan` from north, radians; null behind the camera. */
function see({ heightM, tilt, pan, focal }: Pose, eastM: number, northM: number): PicturePoint | null {
  const right = eastM * Math.cos(pan) - northM * Math.sin(pan);
  const ahead = eastM * Math.sin(pan) + northM * Math.cos(pan);
  const depth = ahead * Math.cos(tilt) + heightM * Math.sin(tilt);
  if (depth <= 0.1) return null;
  const down = -ahead * Math.sin(tilt) + heightM * Math.cos(tilt);
  return [0.5 + (focal * right) / depth, 0.5 + (focal * 1.6 * down) / depth];
}

const pose: fc.Arbitrary<Pose> = fc.record({
  heightM: fc.double({ min: 2.5, max: 25, noNaN: true }),
  tilt: fc.double({ min: 0.2, max: 1.3, noNaN: true }),
  pan: fc.double({ min: 0, max: 6.28, noNaN: true }),
  focal: fc.double({ min: 0.5, max: 2, noNaN: true }),
});

/** Ground points `ahead` of the camera's own axis, in metres. */
function before(p: Pose, aheadM: number, rightM: number): [eastM: number, northM: number] {
  return [rightM * Math.cos(p.pan) + aheadM * Math.sin(p.pan), -rightM * Math.sin(p.pan) + aheadM * Math.cos(p.pan)];
}

function survey(p: Pose, origin: LonLat, places: readonly (readonly [number, number])[]): GroundPoint[] {
  return places.flatMap(([aheadM, rightM]) => {
    const [e, n] = before(p, aheadM, rightM);
    const picture = see(p, e, n);
    return picture ? [{ picture, ground: groundAt(origin, e, n) }] : [];
  });
}

const reach = (p: Pose): number => p.heightM / Math.tan(p.tilt);

describe('any camera', () => {
  test('finds every place it sees to a centimetre, from four points', () => {
    fc.assert(
      fc.property(pose, fc.double({ min: 0.6, max: 2.5, noNaN: true }), fc.double({ min: -1, max: 1, noNaN: true }), (p, ahead, right) => {
        const r = reach(p);
        const four = survey(p, BEIJING, [[r * 0.7, -r * 0.5], [r * 0.7, r * 0.5], [r * 1.8, r * 0.8], [r * 1.9, -r * 0.7]]);
        fc.pre(four.length === 4);
        const plane = solveGroundPlane('c', four);
        expect(Math.max(...plane.residualsM)).toBeLessThan(1e-6 * (1 + r));
        const [e, n] = before(p, ahead * r, right * r);
        const picture = see(p, e, n);
        fc.pre(picture !== null);
        const found = project(plane, picture);
        expect(found).not.toBeNull();
        expect(distanceM(found!, groundAt(BEIJING, e, n))).toBeLessThan(0.01);
      }),
    );
  });

  test('sees no ground above its horizon', () => {
    fc.assert(
      fc.property(pose, fc.double({ min: 0.001, max: 0.5, noNaN: true }), fc.double({ min: -1, max: 2, noNaN: true }), (p, above, x) => {
        const r = reach(p);
        const four = survey(p, BEIJING, [[r * 0.7, -r * 0.5], [r * 0.7, r * 0.5], [r * 1.8, r * 0.8], [r * 1.9, -r * 0.7]]);
        fc.pre(four.length === 4);
        const horizonY = 0.5 - p.focal * 1.6 * Math.tan(p.tilt);
        expect(project(solveGroundPlane('c', four), [x, horizonY - above])).toBeNull();
      }),
    );
  });
});

describe('more than four points', () => {
  const p: Pose = { heightM: 6, tilt: 0.45, pan: 0.8, focal: 0.9 };
  const places = [[6, -4], [6, 4], [14, -6], [14, 6], [22, -8], [22, 9], [10, 0], [30, 0]] as const;
  const exact = survey(p, BEIJING, places);

  test('average out the surveyor’s errors and tell where they are', () => {
    const errorsM = [0.3, -0.2, 0.25, -0.3, 0.2, 0.1, -0.25, 0.2];
    const rough = exact.map(({ picture, ground }, i) => ({ picture, ground: groundAt(ground, errorsM[i]!, -errorsM[i]!) }));
    const plane = solveGroundPlane('c', rough);
    expect(plane.residualsM).toHaveLength(8);
    expect(Math.max(...plane.residualsM)).toBeGreaterThan(0.05);
    const [e, n] = before(p, 12, 2);
    expect(distanceM(project(plane, see(p, e, n)!)!, groundAt(BEIJING, e, n))).toBeLessThan(0.4);
  });
  test('may have three in line', () => {
    expect(Math.max(...solveGroundPlane('c', exact).residualsM)).toBeLessThan(1e-6);
  });
  test('show one that was mistaken by the largest residual', () => {
    const mistaken = exact.map((point, i) => (i === 6 ? { ...point, ground: groundAt(point.ground, 6, 0) } : point));
    const { residualsM } = solveGroundPlane('c', mistaken);
    expect(residualsM.indexOf(Math.max(...residualsM))).toBe(6);
  });
});

describe('a survey that cannot be solved is refused, naming the camera', () => {
  const square: GroundPoint[] = [
    { picture: [0.1, 0.9], ground: groundAt(BEIJING, 0, 0) },
    { picture: [0.9, 0.9], ground: groundAt(BEIJING, 10, 0) },
    { picture: [0.7, 0.4], ground: groundAt(BEIJING, 10, 20) },
    { picture: [0.3, 0.4], ground: groundAt(BEIJING, 0, 20) },
  ];
  const but = (i: number, change: Partial<GroundPoint>): GroundPoint[] => square.map((p, n) => (n === i ? { ...p, ...change } : p));
  const refused = (points: readonly GroundPoint[], why: string): void => {
    expect(() => solveGroundPlane('north gate', points)).toThrow(expect.objectContaining({ code: 'GROUND_PLANE_INVALID', message: expect.stringContaining(why) }));
    expect(() => solveGroundPlane('north gate', points)).toThrow('north gate');
  };

  test('the square itself is fine', () => expect(solveGroundPlane('c', square).residualsM).toHaveLength(4));
  test('three points', () => refused(square.slice(0, 3), '3 points were surveyed'));
  test('none', () => refused([], '0 points'));
  test('three of four in line in the picture', () => refused(but(2, { picture: [0.5, 0.9] }), 'points 1, 2, 3 lie in line in the picture'));
  test('three of four in line on the ground', () => refused(but(3, { ground: groundAt(BEIJING, 5, 0.001) }), 'points 1, 2, 4 lie in line on the ground'));
  test('the same point twice', () => refused(but(3, square[0]!), 'in line'));
  test('all in line, five of them', () => refused(Array.from({ length: 5 }, (_, i) => ({ picture: [0.1 * i, 0.2 * i] as const, ground: groundAt(BEIJING, i, 2 * i) })), 'in line'));
  test('all on one spot', () => refused(Array.from({ length: 5 }, () => square[0]!), 'in line'));
  test('two corners mixed up', () => refused(but(2, { ground: square[3]!.ground }).map((p, i) => (i === 3 ? { ...p, ground: square[2]!.ground } : p)), 'mixed up'));
  test('a coordinate that is no number', () => refused(but(1, { picture: [NaN, 0.5] }), 'not a number'));
});

test('works across the antimeridian', () => {
  const origin = { lon: 179.9999, lat: -17 };
  const wrap = (at: LonLat): LonLat => ({ lon: at.lon > 180 ? at.lon - 360 : at.lon, lat: at.lat });
  const points = ([[0.1, 0.9, 0, 0], [0.9, 0.9, 30, 0], [0.7, 0.4, 30, 40], [0.3, 0.4, 0, 40]] as const).map(([x, y, e, n]) => ({ picture: [x, y] as const, ground: wrap(groundAt(origin, e, n)) }));
  const far = project(solveGroundPlane('c', points), [0.9, 0.9])!;
  expect(far.lon).toBeLessThan(-179);
  expect(distanceM(far, points[1]!.ground)).toBeLessThan(0.001);
});
