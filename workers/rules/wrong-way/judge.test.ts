/** Who goes against the allowed way, in the picture and on the ground. */
import { describe, expect, test } from 'vitest';
import { foundIn, RULE_BASICS, SHANGHAI, testScenes } from '../../../test-fixtures/rule-scenes.ts';
import type { Track } from '../../../domain/detection.ts';
import type { WrongWayRule } from '../../../domain/rule.ts';
import { solveGroundPlane } from '../../../grid/ground-plane.ts';
import type { Place } from '../contract.ts';
import { dryRun } from '../dry-run.ts';
import { played } from '../scene.ts';
import { SCENES } from './scenes.ts';

const RULE: WrongWayRule = { ...RULE_BASICS, kind: 'wrong-way', zoneId: 'lane', classes: ['car', 'bus', 'truck'], size: null, allowed: [[0.2, 0.7], [0.8, 0.7]], forS: 1, overHeights: 1, overM: 3 };
const LANE: Place = { named: { id: 'lane', name: 'Lane' }, points: [[0, 0.45], [1, 0.45], [1, 1], [0, 1]] };

describe('scenes', () => testScenes(RULE, LANE, SCENES));

test('the picture in a mirror, with the arrow turned, finds the same; with the arrow as it was, the other', () => {
  const turned: WrongWayRule = { ...RULE, allowed: [[0.8, 0.7], [0.2, 0.7]] };
  for (const scene of SCENES) expect(foundIn(turned, LANE, scene, { mirrored: true }), scene.name).toEqual(foundIn(RULE, LANE, scene));
  expect(foundIn(RULE, LANE, SCENES[0]!, { mirrored: true })).toHaveLength(1);
});

test('driving on the far lane, where that is allowed, with a box that trembles into the zone now and then: nothing', () => {
  const far = played({ objects: [{ label: 'truck', size: [0.5, 0.3], path: [[0, 0.95, 0.44], [5, 0.05, 0.44]] }] });
  const trembling = far.map((frame, i) => ({ ...frame, tracks: frame.tracks.map((t): Track => (i % 5 === 3 || i % 5 === 4 ? { ...t, box: { ...t.box, h: t.box.h + 14 } } : t)) }));
  expect(dryRun(RULE, LANE, trembling, SHANGHAI)).toEqual([]);
});

describe('with a ground plane', () => {
  const metre = 1 / 111_195;
  /** A picture of a square of `sideM`, seen from straight above. */
  const plane = (sideM: number): ReturnType<typeof solveGroundPlane> =>
    solveGroundPlane('c1', ([[0, 0, 0, 1], [1, 0, 1, 1], [1, 1, 1, 0], [0, 1, 0, 0]] as const).map(([x, y, east, north]) => ({ picture: [x, y] as const, ground: { lon: east * sideM * metre, lat: north * sideM * metre } })));
  test('a car driving eight metres the wrong way is found', () => expect(foundIn(RULE, LANE, SCENES[1]!, { plane: plane(10) })).toHaveLength(1));
  test('a toy car that fills the picture of a table is not: it goes no three metres', () => expect(foundIn(RULE, LANE, SCENES[1]!, { plane: plane(2) })).toEqual([]));
});
