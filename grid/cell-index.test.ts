/** Points find their cell: inside, on borders, in cracks, outside, and at the right time. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CJT349 } from '../domain/cell-code.ts';
import type { Cell } from '../domain/cell.ts';
import type { Team } from '../domain/patrol.ts';
import { districtGeoJson, DISTRICT } from '../test-fixtures/grid/make-district.ts';
import { createCellIndex } from './cell-index.ts';
import { importGrid } from './import.ts';
import { momentOf } from './moment.ts';
import { borderDistanceM, centreOf, ringsContain } from './polygon.ts';
import { teamFor } from './responsible.ts';

const NOW_MS = Date.parse('2026-11-15T00:00:00Z');
const cells = importGrid(JSON.stringify(districtGeoJson()), { file: 'district', nowMs: NOW_MS });
const index = createCellIndex(cells);

function square(code: string, west: number, south: number, changes: Partial<Cell> = {}): Cell {
  const [east, north] = [west + 0.002, south + 0.002];
  const level = (digits: number) => ({ code: code.slice(0, digits), name: 'n' });
  return {
    code,
    name: code,
    community: level(12),
    street: level(9),
    district: level(6),
    teamId: null,
    area: { type: 'Polygon', coordinates: [[[west, south], [east, south], [east, north], [west, north], [west, south]]] },
    validFromMs: 0,
    validToMs: null,
    ...changes,
  };
}

const A = square('110101001001001', 116.39, 39.91);
const B = square('110101001001002', 116.392, 39.91);
const C = square('110101001002001', 116.39, 39.912);

describe('a point has one cell', () => {
  // Squares A | B with C on top of A; B given first, because order must not matter.
  const grid = createCellIndex([B, C, A]);
  test.each([
    ['in the middle of A', 116.391, 39.911, A.code],
    ['in the middle of B', 116.393, 39.911, B.code],
    ['on the border A|B: the lowest code', 116.392, 39.9105, A.code],
    ['on the border A|C: the lowest code', 116.391, 39.912, A.code],
    ['on the corner of all three', 116.392, 39.912, A.code],
    ['on the outer border', 116.394, 39.911, B.code],
    ['on the outermost corner', 116.39, 39.91, A.code],
    ['3 cm outside', 116.391, 39.91 - 3e-7, A.code],
    ['20 cm outside', 116.391, 39.91 - 20e-7, null],
    ['far away', 0, 0, null],
  ])('%s', (_, lon, lat, code) => {
    expect(grid.cellAt({ lon, lat }, NOW_MS)?.code ?? null).toBe(code);
  });

  test('in a hole: the cell that fills it, or none', () => {
    const hole = square('110101001001009', 116.3905, 39.9105).area.coordinates[0]!.map(([lon, lat]): [number, number] => [116.3905 + (lon - 116.3905) / 4, 39.9105 + (lat - 39.9105) / 4]);
    const ringed = { ...A, area: { ...A.area, coordinates: [...A.area.coordinates, hole] } };
    const inner = { ...square('110101001001009', 0, 0), area: { type: 'Polygon' as const, coordinates: [hole] } };
    const point = { lon: 116.3907, lat: 39.9107 };
    expect(createCellIndex([ringed]).cellAt(point, NOW_MS)).toBeNull();
    expect(createCellIndex([ringed, inner]).cellAt(point, NOW_MS)?.code).toBe(inner.code);
  });

  test('an empty grid has none', () => {
    expect(createCellIndex([]).cellAt({ lon: 116.39, lat: 39.91 }, NOW_MS)).toBeNull();
  });

  const west = DISTRICT.west - 0.001;
  const south = DISTRICT.north - DISTRICT.rows * DISTRICT.stepLat - 0.001;
  const anywhere = fc.record({
    lon: fc.double({ min: west, max: west + DISTRICT.columns * DISTRICT.stepLon + 0.002, noNaN: true }),
    lat: fc.double({ min: south, max: DISTRICT.north + 0.001, noNaN: true }),
  });

  test('any point lies within exactly one drawn cell or outside all, and the index says which', () => {
    fc.assert(
      fc.property(anywhere, (point) => {
        const around = cells.filter((cell) => ringsContain(cell.area.coordinates, point.lon, point.lat));
        const found = index.cellAt(point, NOW_MS);
        expect(around.length).toBeLessThanOrEqual(1);
        if (around[0] && borderDistanceM(around[0].area, point) > 0.001) expect(found?.code).toBe(around[0].code);
        if (!around[0]) expect(found === null || borderDistanceM(found.area, point) <= 0.05).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test('any point on a drawn border is in the lowest-coded cell that has the border', () => {
    const edge = fc.record({ cell: fc.constantFrom(...cells), corner: fc.nat(15), along: fc.double({ min: 0, max: 1, noNaN: true }) });
    fc.assert(
      fc.property(edge, ({ cell, corner, along }) => {
        const [a, b] = [cell.area.coordinates[0]![corner]!, cell.area.coordinates[0]![corner + 1]!];
        const point = { lon: a[0] + along * (b[0] - a[0]), lat: a[1] + along * (b[1] - a[1]) };
        const touching = cells.filter((other) => borderDistanceM(other.area, point) <= 1e-4).map((other) => other.code);
        expect(index.cellAt(point, NOW_MS)?.code).toBe(touching.sort()[0]);
      }),
      { numRuns: 500 },
    );
  });
});

describe('time', () => {
  const until = square('110101001001001', 116.39, 39.91, { name: 'old', validToMs: 1000 });
  const from = square('110101001001001', 116.39, 39.91, { name: 'new', validFromMs: 1000 });
  const grid = createCellIndex([from, until]);
  test.each([
    [0, 'old'],
    [999, 'old'],
    [1000, 'new'],
    [NOW_MS, 'new'],
    [-1, undefined],
  ])('at %d the cell is %s', (atMs, name) => {
    expect(grid.cellAt({ lon: 116.391, lat: 39.911 }, atMs)?.name).toBe(name);
    expect(grid.cell(until.code, atMs)?.name).toBe(name);
    expect(grid.cellsUnder('110101', atMs).map((cell) => cell.name)).toEqual(name ? [name] : []);
  });
});

describe('below a prefix', () => {
  test.each([
    ['', 30],
    ['110101', 30],
    ['110101001', 15],
    ['110101001001', 6],
    ['110101001001003', 1],
    ['110102', 0],
  ])('"%s" has %d cells', (prefix, count) => {
    const under = index.cellsUnder(prefix, NOW_MS);
    expect(under).toHaveLength(count);
    expect(under.map((cell) => cell.code)).toEqual(under.map((cell) => cell.code).sort());
  });

  test('counts from the area, not from the managed object, with the other codec', () => {
    const grid = createCellIndex([square('01020311010100100101', 116.39, 39.91)], CJT349);
    expect(grid.cellsUnder('110101001', NOW_MS)).toHaveLength(1);
    expect(grid.cellsUnder('010203', NOW_MS)).toHaveLength(0);
  });
});

describe('who answers for a cell', () => {
  const team = (id: string, ...codePrefixes: string[]): Team => ({ id, name: id, codePrefixes });
  const district = team('district', '110101');
  const street = team('street', '110102', '110101001');
  const community = team('community', '110101001001');
  test.each<[string, string | null, Team[], string | null]>([
    ['its own team before all', 'market', [community, team('market')], 'market'],
    ['the community before the street', null, [district, street, community], 'community'],
    ['the street before the district', null, [district, street], 'street'],
    ['the district at last', null, [district, team('elsewhere', '110105')], 'district'],
    ['a team that is not there counts as none', 'gone', [district], 'district'],
    ['of two equal ones the lower id', null, [team('z', '110101'), team('a', '110101')], 'a'],
    ['nobody', null, [team('elsewhere', '110105')], null],
  ])('%s', (_, teamId, teams, expected) => {
    expect(teamFor({ code: A.code, teamId }, teams)?.id ?? null).toBe(expected);
  });
});

describe('dates of a grid file', () => {
  test.each([
    ['2026-01-31', 'UTC', '2026-01-31T00:00:00Z'],
    ['2026-01-31', 'Asia/Shanghai', '2026-01-30T16:00:00Z'],
    ['2026-03-29', 'Europe/Berlin', '2026-03-28T23:00:00Z'],
    ['2026-10-26', 'Europe/Berlin', '2026-10-25T23:00:00Z'],
    ['2026-07-01', 'America/New_York', '2026-07-01T04:00:00Z'],
    ['2026-01-31T08:00:00+08:00', 'UTC', '2026-01-31T00:00:00Z'],
    ['2026-01-31T08:00Z', 'Asia/Shanghai', '2026-01-31T08:00:00Z'],
  ])('%s in %s', (text, zone, utc) => {
    expect(momentOf(text, zone)).toBe(Date.parse(utc));
  });
  test.each(['2026-02-29', '2026-13-01', '31.01.2026', '2026-1-1', '2026-01-31T08:00:00', '2026-01-31 08:00Z', '2026-01-31T25:00Z', ''])('"%s" is none', (text) => {
    expect(momentOf(text, 'UTC')).toBeNull();
  });
});

test('the middle of a cell lies in it', () => {
  for (const cell of cells) expect(index.cellAt(centreOf(cell.area), NOW_MS)?.code).toBe(cell.code);
  expect(centreOf(A.area)).toEqual({ lon: expect.closeTo(116.391, 9) as number, lat: expect.closeTo(39.911, 9) as number });
});
