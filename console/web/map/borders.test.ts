/** A heavier line stands where communities meet, and nowhere else. */
import { expect, test } from 'vitest';
import type { CellFeature } from '../api/contract.ts';
import { communityBorders, streetBorders } from './borders.ts';

function square(x: number, community: string): CellFeature {
  const level = { code: '110101', name: 'district' };
  return {
    type: 'Feature',
    properties: { code: `${community}00${x}`, name: `${x}`, community: { code: community, name: community }, street: level, district: level, teamId: null },
    geometry: { type: 'Polygon', coordinates: [[[x, 0], [x + 1, 0], [x + 1, 1], [x, 1], [x, 0]]] },
  };
}

test('three squares in a row, the last of another community', () => {
  const row = [square(0, 'a'), square(1, 'a'), square(2, 'b')];
  expect(communityBorders(row)).toEqual([[[2, 0], [2, 1]]]);
  expect(streetBorders(row)).toEqual([]);
});
