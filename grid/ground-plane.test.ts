/** Cameras at known places look at known ground: what is solved from four points must hold for all others. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GroundPoint } from '../domain/camera.ts';
import { distanceM, type LonLat } from '../domain/geo.ts';
import { BEIJING, before, groundAt, normals, pose, reach, see, survey, withErrors, type Pose } from '../test-fixtures/ground/pinhole.ts';
import { axesOf } from './covariance.ts';
import { locate, project, solveGroundPlane } from './ground-plane.ts';
import { metresFrom } from './plane.ts';
import { PICK_ERROR, reviewSurvey, SURVEY_ERROR_M } from './survey.ts';

describe('any camera', () => {
  test('finds every place it sees to a centimetre, from four points', () => {
    fc.assert(
      fc.property(pose, fc.double({ min: 0.6, max: 2.5, noNaN: true }), fc.double({ min: -1, max: 1, noNaN: true }), (p, ahead, right) => {
        const r = reach(p);
        const four = survey(p, BEIJING, [[r * 0.7, -r * 0.5], [r * 0.7, r * 0.5], [r * 1.8, r * 0.8], [r * 1.9, -r * 0.7]]);
        fc.pre(four.length === 4);
        const { plane } = reviewSurvey(four);
        if (!plane) throw new Error('not solved');
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
        expect(project(reviewSurvey(four).plane!, [x, horizonY - above])).toBeNull();
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
});

/** The square roots of the ratios of two covariances along their common axes: how far the one's errors are those of the other. */
function ratios(sampled: readonly [number, number, number], [a, b, c]: readonly [number, number, number]): [number, number] {
  const determinant = a * c - b * b;
  const half = (c * sampled[0] - 2 * b * sampled[1] + a * sampled[2]) / determinant / 2;
  const spread = Math.sqrt(Math.max(0, half ** 2 - (sampled[0] * sampled[2] - sampled[1] ** 2) / determinant));
  return [Math.sqrt(half - spread), Math.sqrt(half + spread)];
}

describe('the error of a place', () => {
  const SAMPLES = 300;
  /** Of 600 standard deviations over 400 cameras, sampled 300 times each, the worst were 0.86 and 1.44 of the predicted one. */
  const FACTOR = 1.5;
  const footSd = [0.01, 0.02] as const;

  test.each([
    ['four', [[0.6, -0.5], [0.6, 0.5], [1.9, 0.9], [2, -0.8]]],
    ['seven', [[0.6, -0.5], [0.6, 0.5], [1.2, 0.1], [1.9, 0.9], [2, -0.8], [1.4, -0.4], [1, -0.6]]],
  ] as const)('with %s points it is that of a simulated surveyor and detector, whatever the camera', (_, layout) => {
    const place = fc.record({ p: pose, ahead: fc.double({ min: 0.6, max: 2.2, noNaN: true }), right: fc.double({ min: -0.7, max: 0.7, noNaN: true }), seed: fc.integer() });
    let judged = 0;
    for (const { p, ahead, right, seed } of fc.sample(place, { numRuns: 25, seed: 11 })) {
      const r = reach(p);
      const [e, n] = before(p, ahead * r, right * r);
      const exact = survey(p, BEIJING, layout.map(([a, b]) => [a * r, b * r] as const));
      const foot = see(p, e, n);
      const { plane, trouble } = reviewSurvey(exact);
      const predicted = !trouble && plane && foot && locate(plane, foot, footSd);
      if (!predicted) continue;
      const normal = normals(seed);
      const errors = Array.from({ length: SAMPLES }, () => {
        const taken = reviewSurvey(withErrors(exact, normal, PICK_ERROR, SURVEY_ERROR_M)).plane;
        const at = taken && project(taken, [foot[0] + footSd[0] * normal(), foot[1] + footSd[1] * normal()]);
        return at && metresFrom(groundAt(BEIJING, e, n), at);
      }).filter((error) => error !== null);
      const mean = (f: (x: number, y: number) => number): number => errors.reduce((sum, [x, y]) => sum + f(x, y), 0) / errors.length;
      const [least, most] = ratios([mean((x) => x * x), mean((x, y) => x * y), mean((_, y) => y * y)], predicted.covarianceM2);
      expect(errors.length).toBeGreaterThan(SAMPLES * 0.99);
      expect(least).toBeGreaterThan(1 / FACTOR);
      expect(most).toBeLessThan(FACTOR);
      expect(mean((x, y) => Number(Math.hypot(x, y) <= predicted.errorM))).toBeGreaterThan(0.8);
      judged++;
    }
    expect(judged).toBeGreaterThan(15);
  });

  const street: Pose = { heightM: 6, tilt: 0.35, pan: 0, focal: 0.9 };
  const points = survey(street, BEIJING, [[8, -4], [8, 4], [14, -5], [20, 6], [30, -8], [30, 8]]);
  const at = (aheadM: number, sd: readonly [number, number] = [0.003, 0.01]) => locate(solveGroundPlane('c', points), see(street, ...before(street, aheadM, 0))!, sd);

  test('grows with the distance, and mostly along the line of sight', () => {
    const [near, far] = [at(10)!, at(30)!];
    expect(far.errorM).toBeGreaterThan(2 * near.errorM);
    const { longM, shortM, angle } = axesOf(far.covarianceM2);
    expect(longM).toBeGreaterThan(3 * shortM);
    // The camera looks north: 90° from east.
    expect(Math.abs(Math.sin(angle))).toBeGreaterThan(0.99);
    expect([near.errorM, far.errorM].map((error) => Math.round(error))).toEqual([1, 2]);
  });

  test('shrinks with a better survey, and with more of it', () => {
    const foot = see(street, 0, 25)!;
    const of = (list: readonly GroundPoint[], surveyErrorM?: number): number => locate(reviewSurvey(list, surveyErrorM).plane!, foot, [0, 0])!.errorM;
    expect(of(points, 0.05)).toBeLessThan(of(points));
    expect(of(points)).toBeLessThan(of([points[0]!, points[1]!, points[4]!, points[5]!]) + 1e-9);
    expect(of(points, 1)).toBeGreaterThan(2 * of(points));
  });

  test('is not told near the horizon, where the place may as well be twice as far', () => {
    expect(at(60)).not.toBeNull();
    expect(at(400)).toBeNull();
    expect(project(solveGroundPlane('c', points), see(street, 0, 400)!)).not.toBeNull();
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
