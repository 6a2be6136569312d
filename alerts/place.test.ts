/** A place known to some metres: in its cell, near a border, too rough to be used, outside the grid. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FindingPlace } from '../domain/finding.ts';
import { createCellIndex } from '../grid/cell-index.ts';
import { likeliestCell } from '../grid/likeliest.ts';
import { planeAt } from '../grid/plane.ts';
import { squareCell } from '../test-fixtures/alert-candidates.ts';
import { placeOf } from './place.ts';

const NOW_MS = 1_760_000_000_000;
const MOST_M = 50;
// Squares about 860 m × 1100 m: A | B side by side, C north of A, and nothing else.
const [A, B, C] = ['110105026001001', '110105026001002', '110105026002001'] as const;
const cells = createCellIndex([squareCell(A), squareCell(B), squareCell(C)]);
const corner = squareCell(A).area.coordinates[0]![2]!;
const plane = planeAt({ lon: corner[0], lat: corner[1] });
/** East and north of the corner where A, B and C meet. */
const at = (eastM: number, northM: number) => plane.toLonLat([eastM, northM]);
const filed = (eastM: number, northM: number, errorM: number | null, changes: Partial<FindingPlace> = {}) =>
  placeOf({ basis: 'ground-plane', at: at(eastM, northM), errorM, homeCell: A, ...changes }, cells, NOW_MS, MOST_M);

describe('a place and its error', () => {
  test.each<[string, number, number, number | null, string, string[]]>([
    ['far from every border', -200, -300, 4, A, []],
    ['4.1 m from the border and known to 4 m', -4.1, -300, 4, A, []],
    ['3.9 m from the border and known to 4 m', -3.9, -300, 4, A, [B]],
    ['on the other side', 3.9, -300, 4, B, [A]],
    ['exactly known, a hand from the border', -0.1, -300, 0, A, []],
    ['of unknown error: as if it were exact', -0.5, -300, null, A, []],
    ['near the corner of three', -2, -3, 10, A, [B, C]],
    ['outside the grid, but not by more than its error', 300, 3, 10, B, []],
  ])('%s', (_, eastM, northM, errorM, cellCode, nearCells) => {
    expect(filed(eastM, northM, errorM)).toEqual({ basis: 'ground-plane', at: at(eastM, northM), cellCode, errorM, nearCells });
  });

  test('too rough to be used: the home cell, the point dropped, its error told', () => {
    expect(filed(300, -300, 51)).toEqual({ basis: 'home-cell', at: null, cellCode: A, errorM: 51, nearCells: [] });
    expect(filed(300, -300, 49)).toMatchObject({ basis: 'ground-plane', cellCode: B });
  });

  test('a rough fix of a device is kept, but its cell is not told from it', () => {
    expect(filed(300, -300, 900, { basis: 'device-fix' })).toEqual({ basis: 'home-cell', at: at(300, -300), cellCode: A, errorM: 900, nearCells: [] });
    expect(filed(300, -300, 900, { basis: 'device-fix', homeCell: null })).toMatchObject({ basis: 'device-fix', cellCode: null });
  });

  test('outside the grid by more than its error: the home cell', () => {
    expect(filed(300, 30, 10)).toEqual({ basis: 'home-cell', at: null, cellCode: A, errorM: 10, nearCells: [] });
  });
});

describe('the likeliest cell', () => {
  test('of a point just inside a sliver is the wide cell beside it', () => {
    const sliver = squareCell(B);
    const ring = [[0, -500], [0.5, -500], [0.5, 0], [0, 0], [0, -500]].map(([e, n]) => { const { lon, lat } = at(e!, n!); return [lon, lat] as const; });
    const narrow = createCellIndex([squareCell(A), { ...sliver, area: { type: 'Polygon', coordinates: [ring] } }]);
    expect(narrow.cellAt(at(0.2, -250), NOW_MS)?.code).toBe(B);
    const found = likeliestCell(narrow, at(0.2, -250), 10, NOW_MS)!;
    expect([found.cell.code, found.others.map((cell) => cell.code)]).toEqual([A, [B]]);
  });

  test('is the one that the point lies in, wherever borders are straight and long', () => {
    fc.assert(
      fc.property(fc.double({ min: -40, max: 40, noNaN: true }), fc.double({ min: -500, max: -60, noNaN: true }), fc.double({ min: 0.5, max: 50, noNaN: true }), (eastM, northM, errorM) => {
        // Nearer than the spiral can tell.
        fc.pre(Math.abs(eastM) > errorM / 20);
        const place = filed(eastM, northM, errorM);
        expect(place.cellCode).toBe(eastM < 0 ? A : B);
        expect(place.nearCells).toEqual(Math.abs(eastM) <= errorM ? [eastM < 0 ? B : A] : []);
      }),
      { numRuns: 300 },
    );
  });

  test('is null where no cell is near', () => {
    expect(likeliestCell(cells, at(5000, 5000), 50, NOW_MS)).toBeNull();
  });
});

test('cells near a point are all those that a slow search finds, the nearest first', () => {
  fc.assert(
    fc.property(fc.double({ min: -900, max: 900, noNaN: true }), fc.double({ min: -1200, max: 1200, noNaN: true }), fc.double({ min: 0, max: 2000, noNaN: true }), (eastM, northM, radiusM) => {
      const near = cells.cellsNear(at(eastM, northM), radiusM, NOW_MS);
      const every = cells.cellsNear(at(eastM, northM), 1e5, NOW_MS);
      expect(every).toHaveLength(3);
      expect(near).toEqual(every.filter(({ distanceM }) => distanceM <= radiusM));
      expect(near.map(({ distanceM }) => distanceM)).toEqual(near.map(({ distanceM }) => distanceM).toSorted((a, b) => a - b));
    }),
  );
});
