/** When there are too many: by head, and by square metre. */
import { describe, expect, test } from 'vitest';
import { foundIn, RULE_BASICS, testScenes } from '../../../test-fixtures/rule-scenes.ts';
import type { CrowdRule } from '../../../domain/rule.ts';
import { solveGroundPlane } from '../../../grid/ground-plane.ts';
import type { Place } from '../contract.ts';
import { SCENES } from './scenes.ts';

const RULE: CrowdRule = { ...RULE_BASICS, kind: 'crowd', zoneId: 'yard', classes: ['person'], size: null, atLeast: 5, per: 'zone', clear: 3, forS: 5 };
const ZONE: Place = { named: { id: 'yard', name: 'Yard' }, points: [[0, 0.5], [1, 0.5], [1, 1], [0, 1]] };

describe('scenes', () => testScenes(RULE, ZONE, SCENES));

describe('density', () => {
  /** Seen from straight above: the zone is 4 m × 2 m, so six people are 0.75 per square metre. */
  const metre = 1 / 111_195;
  const plane = solveGroundPlane('c1', ([[0, 0.5, 0, 2], [1, 0.5, 4, 2], [1, 1, 4, 0], [0, 1, 0, 0]] as const).map(([x, y, east, north]) => ({ picture: [x, y] as const, ground: { lon: east * metre, lat: north * metre } })));
  const dense = (atLeast: number): number[] => foundIn({ ...RULE, per: 'm2', atLeast, clear: atLeast / 2 }, ZONE, SCENES[0]!, { plane }).map(({ what }) => Number.parseFloat(what));
  test('is found above the limit', () => {
    expect(dense(0.7)).toHaveLength(1);
    expect(dense(0.7)[0]).toBeCloseTo(0.75, 1);
  });
  test('is not found below it', () => expect(dense(0.8)).toEqual([]));
  test('is not found without a ground plane', () => expect(foundIn({ ...RULE, per: 'm2', atLeast: 0.1, clear: 0 }, ZONE, SCENES[0]!)).toEqual([]));
});
