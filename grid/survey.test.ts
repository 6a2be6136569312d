/** Surveys as people make them: good ones pass whatever the camera, bad ones are refused with the point and the remedy. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GroundPoint } from '../domain/camera.ts';
import { BEIJING, groundAt, normals, pose, reach, survey, withErrors, type Pose } from '../test-fixtures/ground/pinhole.ts';
import { solveGroundPlane } from './ground-plane.ts';
import { PICK_ERROR, reviewSurvey, SURVEY_ERROR_M } from './survey.ts';

const street: Pose = { heightM: 6, tilt: 0.45, pan: 0.8, focal: 0.9 };
const eight = survey(street, BEIJING, [[6, -4], [6, 4], [14, -6], [14, 6], [22, -8], [22, 9], [10, 0], [30, 0]]);
const moved = (points: readonly GroundPoint[], i: number, eastM: number, northM = 0): GroundPoint[] =>
  points.map((point, n) => (n === i ? { ...point, ground: groundAt(point.ground, eastM, northM) } : point));

describe('a good survey', () => {
  test('has exactly no residual where nobody erred', () => {
    const { points, trouble, note } = reviewSurvey(eight);
    expect([Math.max(...points.map((p) => p.residualM)) < 1e-6, trouble, note]).toEqual([true, null, null]);
  });

  test('lets far points lie farther off than near ones', () => {
    const { points } = reviewSurvey(eight);
    expect(points[7]!.limitM).toBeGreaterThan(1.35 * points[0]!.limitM);
    expect(points[0]!.limitM).toBeGreaterThan(4 * SURVEY_ERROR_M);
  });

  test('with errors of the stated size is refused less than once in a hundred times, whatever the camera', () => {
    const layout = [[0.6, -0.5], [0.6, 0.5], [1.2, 0.1], [1.9, 0.9], [2, -0.8], [1.4, -0.4], [1, -0.6]] as const;
    let [taken, disagreeing] = [0, 0];
    for (const [p, seed] of fc.sample(fc.tuple(pose, fc.integer()), { numRuns: 400, seed: 3 })) {
      const exact = survey(p, BEIJING, layout.map(([a, b]) => [a * reach(p), b * reach(p)] as const));
      if (exact.length < layout.length || reviewSurvey(exact).trouble) continue;
      taken++;
      if (reviewSurvey(withErrors(exact, normals(seed), PICK_ERROR, SURVEY_ERROR_M)).trouble?.why.startsWith('point')) disagreeing++;
    }
    expect(taken).toBeGreaterThan(300);
    expect(disagreeing / taken).toBeLessThan(0.01);
  });

  test('of four points is taken, and said to be unchecked', () => {
    const { plane, trouble, note } = reviewSurvey(eight.slice(2, 6));
    expect(plane).not.toBeNull();
    expect(trouble).toBeNull();
    expect(note).toContain('none of them can be checked');
  });
});

describe('a bad survey', () => {
  test.each(eight.map((_, i) => [i + 1] as const))('with point %d 6 m off names it, its residual, and that without it the rest agree', (number) => {
    const { points, trouble } = reviewSurvey(moved(eight, number - 1, 4.5, -4));
    expect(trouble?.code).toBe('GROUND_PLANE_DOUBTFUL');
    expect(trouble?.why).toContain(`without point ${number} the other 7 agree: correct or remove point ${number}`);
    expect(Math.max(...points.map((p) => p.residualM))).toBeGreaterThan(1);
  });

  test('is refused by what solves it, naming the camera, the point and its metres', () => {
    expect(() => solveGroundPlane('north gate', moved(eight, 6, 6))).toThrow(
      expect.objectContaining({ code: 'GROUND_PLANE_DOUBTFUL', message: expect.stringMatching(/^Camera north gate: .*: point 7 lies 4\.\d m from where the plane of all points puts it, at most 1\.\d m .*; without point 7/) }),
    );
  });

  test('of five points cannot tell which is wrong', () => {
    expect(reviewSurvey(moved([...eight.slice(2, 6), eight[6]!], 4, 8)).trouble?.why).toContain('survey a sixth');
  });

  test('with two wrong points blames none alone', () => {
    expect(reviewSurvey(moved(moved(eight, 6, 9), 2, 0, 12)).trouble?.why).toContain('no single point is to blame');
  });

  test('is forgiven by a survey that says it is rough', () => {
    expect(reviewSurvey(moved(eight, 6, 6)).trouble).not.toBeNull();
    expect(reviewSurvey(moved(eight, 6, 6), 3).trouble?.why ?? '').not.toContain('point 7');
  });

  test('with all points in one corner is refused until it is finer', () => {
    const corner = survey(street, BEIJING, [[10, 0], [10, 1], [11, 0], [11.2, 1.1], [10.5, 0.5]]);
    expect(reviewSurvey(corner).trouble?.why).toMatch(/too close together .* surveyErrorM$/);
  });
});
