/** A sound district comes in; each kind of fault is refused by name, and all of them at once. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CJT349 } from '../domain/cell-code.ts';
import { GridwardenError } from '../platform/errors.ts';
import { districtGeoJson, drawRings } from '../test-fixtures/grid/make-district.ts';
import { importGrid, type GridImportOptions } from './import.ts';
import { borderDistanceM, ringsContain } from './polygon.ts';

const NOW_MS = Date.parse('2026-11-15T00:00:00Z');
const DISTRICT_FILE = path.join(import.meta.dirname, '../test-fixtures/grid/district.geojson');

interface Feature {
  type: string;
  properties: Record<string, unknown>;
  geometry: { type: string; coordinates: number[][][] };
}

function district(change: (features: Feature[]) => void = () => undefined): string {
  // By way of JSON, not structuredClone: neighbours' rings share their corner objects, and a change of one must not change the other.
  const grid = JSON.parse(JSON.stringify(districtGeoJson())) as { features: Feature[] };
  change(grid.features);
  return JSON.stringify(grid);
}

const read = (text: string, options: Partial<GridImportOptions> = {}) => importGrid(text, { file: 'district.geojson', nowMs: NOW_MS, ...options });

function refusal(text: string, options: Partial<GridImportOptions> = {}): GridwardenError {
  try {
    read(text, options);
  } catch (error) {
    if (error instanceof GridwardenError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

/** The problem lines of a refused district. */
function problems(change: (features: Feature[]) => void, options: Partial<GridImportOptions> = {}): string[] {
  const error = refusal(district(change), options);
  expect(error.code).toBe('GRID_INVALID');
  const [first, ...lines] = error.message.split('\n');
  expect(first).toBe('The grid district.geojson was refused, nothing of it was imported:');
  return lines.map((line) => line.trim());
}

const ring = (feature: Feature | undefined): number[][] => feature!.geometry.coordinates[0]!;
/** Moves one corner of one cell by metres; neighbours keep theirs. */
function shift(feature: Feature | undefined, corner: number, eastM: number, northM: number): void {
  const [lon, lat] = ring(feature)[corner]!;
  const moved = [lon! + eastM / 85_300, lat! + northM / 111_195];
  ring(feature)[corner] = moved;
  if (corner === 0) ring(feature)[ring(feature).length - 1] = moved;
}

describe('a sound district', () => {
  test('comes in whole', () => {
    const cells = read(readFileSync(DISTRICT_FILE, 'utf8'), { timeZone: 'Asia/Shanghai' });
    expect(cells).toHaveLength(30);
    expect(new Set(cells.map((cell) => cell.community.code)).size).toBe(4);
    expect(cells[7]).toMatchObject({
      code: '110101001002002',
      name: '智德社区第二网格',
      community: { code: '110101001002', name: '智德社区' },
      street: { code: '110101001', name: '东华门街道' },
      district: { code: '110101', name: '东城区' },
      teamId: null,
      validFromMs: Date.parse('2025-12-31T16:00:00Z'),
      validToMs: null,
    });
  });

  test('the committed file is what its script draws', () => {
    expect(JSON.parse(readFileSync(DISTRICT_FILE, 'utf8'))).toEqual(JSON.parse(district()));
  });

  test('numbers run west→east, north→south in each community', () => {
    const first = (code: string) => read(district()).find((cell) => cell.code === code)!.area.coordinates[0]![0]!;
    expect(first('110101001001001')[0]).toBeLessThan(first('110101001001002')[0]);
    expect(first('110101001001001')[1]).toBeGreaterThan(first('110101001001004')[1]);
  });

  test.each<[string, (features: Feature[]) => void]>([
    ['rings drawn clockwise', (f) => f.forEach((feature) => feature.geometry.coordinates[0]!.reverse())],
    ['heights in the positions', (f) => f.forEach((feature) => ring(feature).forEach((position) => position.push(44.5)))],
    ['a position written twice', (f) => ring(f[4]).splice(3, 0, ring(f[4])[3]!)],
    ['a further corner on a shared straight side', (f) => ring(f[0]).splice(6, 0, [(ring(f[0])[5]![0]! + ring(f[0])[6]![0]!) / 2, (ring(f[0])[5]![1]! + ring(f[0])[6]![1]!) / 2])],
    ['a shared corner 3 cm off', (f) => shift(f[0], 7, 0.02, -0.02)],
    ['a borderline of half a square metre wrong', (f) => shift(f[0], 6, 0, 0.01)],
    ['properties that drawing programs add', (f) => Object.assign(f[0]!.properties, { fid: 12, SHAPE_Area: 3.2 })],
    ['a team', (f) => Object.assign(f[0]!.properties, { team: 'east' })],
    ['no corner cell: the outer border may run as it likes', (f) => f.splice(0, 1)],
    ['a cell apart from the others', (f) => f.splice(f.findIndex((x) => x.properties['code'] === '110101001001005'), 0, farAway())],
  ])('with %s still comes in', (_, change) => {
    expect(read(district(change)).length).toBeGreaterThanOrEqual(29);
  });

  test('an enclave fills the hole of the cell round it', () => {
    const [outer, inner] = [square(116.39, 39.91, 0.002), square(116.3905, 39.9105, 0.001)];
    const grid = collection([feature('110101001001001', [outer, inner.toReversed()]), feature('110101001001002', [inner])]);
    expect(read(grid)).toHaveLength(2);
    expect(refusal(collection([feature('110101001001001', [outer, inner])])).message).toMatch(/a gap of 94\d\d m² near 116\.391000, 39\.911000 belongs to no cell; it lies between cell 110101001001001/);
  });

  test('a byte order mark in front is let be', () => {
    expect(read(`\uFEFF${district()}`)).toHaveLength(30);
  });

  test('20-digit codes with the other codec', () => {
    const text = district((features) => features.forEach((f) => (f.properties['code'] = `010203${(f.properties['code'] as string).slice(0, 12)}${(f.properties['code'] as string).slice(13)}`)));
    expect(read(text, { codec: CJT349 })[0]).toMatchObject({ code: '01020311010100100101', community: { code: '110101001001' }, street: { code: '110101001' } });
  });
});

function square(lon: number, lat: number, side: number): number[][] {
  return [[lon, lat], [lon + side, lat], [lon + side, lat + side], [lon, lat + side], [lon, lat]];
}
function feature(code: string, coordinates: number[][][], properties: Record<string, unknown> = {}): Feature {
  return { type: 'Feature', properties: { code, name: 'n', community: 'c', street: 's', district: 'd', ...properties }, geometry: { type: 'Polygon', coordinates } };
}
const collection = (features: Feature[]): string => JSON.stringify({ type: 'FeatureCollection', features });
const farAway = (): Feature => feature('110101003001001', [square(116.5, 39.8, 0.002)], { district: '东城区' });

describe('what is no grid file is unreadable', () => {
  test.each([
    ['', /^The grid file district\.geojson cannot be read: it is not JSON \(/],
    ['{"type":"FeatureColl', /it is not JSON \(/],
    ['[]', /it is not a GeoJSON FeatureCollection \(its "type" is \[\]\)/],
    ['null', /not a GeoJSON FeatureCollection/],
    ['{"type":"Topology"}', /its "type" is "Topology"/],
    ['{"type":"FeatureCollection"}', /"features" list is missing or empty/],
    ['{"type":"FeatureCollection","features":[]}', /a grid needs at least one cell/],
    ['{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::4547"}},"features":[{}]}', /its coordinates are in urn:ogc:def:crs:EPSG::4547; export it in WGS-84 or CGCS2000 degrees/],
  ])('%s', (text, why) => {
    const error = refusal(text);
    expect(error.code).toBe('GRID_UNREADABLE');
    expect(error.message).toMatch(why);
  });

  test.each(['urn:ogc:def:crs:OGC:1.3:CRS84', 'EPSG:4490', 'urn:ogc:def:crs:EPSG::4326'])('degrees named %s are read', (name) => {
    const grid = { ...(districtGeoJson()), crs: { type: 'name', properties: { name } } };
    expect(read(JSON.stringify(grid))).toHaveLength(30);
  });
});

/** The second cell of the first community; its eastern and southern sides are shared. */
const B = 1;
const faults: [string, (features: Feature[]) => void, RegExp[]][] = [
  ['a bad code', (f) => (f[B]!.properties['code'] = '110101700001002'), [/^cell 110101700001002: its code is not valid: digits 7–9 \(street\) are 700; .* \(scheme gb-t-30428-15\)$/]],
  ['a code as a number', (f) => (f[B]!.properties['code'] = 110101001001002), [/^feature 2: "code" is 110101001001002; write it as text, so that no digit is lost$/]],
  ['no code', (f) => delete f[B]!.properties['code'], [/^feature 2: "code" is missing$/]],
  ['no properties at all', (f) => Object.assign(f[B]!, { properties: null }), [/"code" is missing/, /"name" is missing/, /"community" is missing/, /"street"/, /"district"/]],
  ['an empty name', (f) => (f[B]!.properties['name'] = ' '), [/^cell 110101001001002: "name" is " "; write its name as text$/]],
  ['a team that is no text', (f) => (f[B]!.properties['team'] = 7), [/"team" is 7; write a team's id as text, or leave it out$/]],
  ['a day that does not exist', (f) => (f[B]!.properties['validFrom'] = '2026-02-30'), [/"validFrom" is "2026-02-30"; write a date as 2026-01-31/]],
  ['a time without its zone', (f) => (f[B]!.properties['validTo'] = '2027-02-03T08:00'), [/"validTo" is "2027-02-03T08:00"; write a date as/]],
  ['an end before the beginning', (f) => (f[B]!.properties['validTo'] = '2025-01-01'), [/^cell 110101001001002: "validTo" is not after "validFrom"$/]],
  ['a code twice', (f) => (f[B]!.properties['code'] = f[0]!.properties['code']), [/^cell 110101001001001: the code is used by 2 cells in force at the same time; .* end the older one with "validTo"$/]],
  ['no geometry', (f) => Object.assign(f[B]!, { geometry: null }), [/^cell 110101001001002: its geometry is missing; a cell is one Polygon$/, /^gaps were not looked for yet/]],
  ['several polygons', (f) => (f[B]!.geometry.type = 'MultiPolygon'), [/its geometry is MultiPolygon; a cell is one Polygon$/, /^gaps/]],
  ['an open ring', (f) => ring(f[B]).pop(), [/^cell 110101001001002: its ring is open: it begins at 116\.\d+, 39\.\d+ and ends at .*; repeat the first position at the end$/, /^gaps/]],
  ['a ring of two corners', (f) => ring(f[B]).splice(1, ring(f[B]).length - 3), [/a ring has only 2 corners; a ring needs at least three/, /^gaps/]],
  ['latitude first', (f) => ring(f[B]).forEach((p) => p.reverse()), [/position 1 is \[39\.\d+,116\.\d+\], out of range .*; the two are exchanged: GeoJSON writes longitude first$/, /^gaps/]],
  ['projected metres', (f) => (ring(f[B])[2] = [446_582, 4_417_331]), [/position 3 is \[446582,4417331\], out of range .*; write WGS-84 degrees, not projected metres$/, /^gaps/]],
  ['a position of text', (f) => (ring(f[B])[2] = ['116', '39'] as unknown as number[]), [/position 3 is \["116","39"\]; write \[longitude, latitude\] in degrees$/, /^gaps/]],
  ['a self-crossing ring', (f) => ([ring(f[B])[4], ring(f[B])[8]] = [ring(f[B])[8]!, ring(f[B])[4]!]), [/^cell 110101001001002: its ring crosses or touches itself near 116\.\d{6}, 39\.\d{6}; /, /^gaps/]],
  ['a spike', (f) => ring(f[B]).splice(5, 0, ring(f[B])[4]!, [116.4, 39.95]), [/its ring crosses or touches itself/, /^gaps/]],
  ['no area', (f) => (f[B]!.geometry.coordinates = [[[116.39, 39.91], [116.3900001, 39.91], [116.3900001, 39.9100001], [116.39, 39.91]]]), [/^cell 110101001001002: it has no area \(0\.0\d m²\)$/, /^gaps/]],
  ['a hole beyond the outer ring', (f) => f[B]!.geometry.coordinates.push(square(116.5, 39.9, 0.001)), [/a hole of it is not wholly inside its outer ring/, /^gaps/]],
  ['a corner pulled out over a neighbour', (f) => shift(f[B], 9, 20, 10), [/^cell 110101001001002 and cell 110101001001003 overlap by \d+(\.\d)? m² near 116\.\d{6}, 39\.\d{6}; let them share one border$/]],
  ['a corner pulled back from a neighbour', (f) => shift(f[B], 9, -20, 0), [/^a gap of \d+ m² near 116\.\d{6}, 39\.\d{6} belongs to no cell; it lies between cell 110101001001002, cell 110101001001003: let them share one border, or draw the missing cell$/]],
  ['a cell left out in the middle', (f) => f.splice(f.findIndex((x) => x.properties['code'] === '110101001001005'), 1), [/^a gap of 3\d{4} m² .* lies between cell 110101001001002, cell 110101001001004, cell 110101001001006, cell 110101001002002/]],
  ['the same cell drawn twice', (f) => f.push({ ...structuredClone(f[B]!), properties: { ...f[B]!.properties, code: '110101001001099' } }), [/^cell 110101001001002 and cell 110101001001099 overlap by 4\d{4} m²/]],
  ['a cell within another', (f) => f.push(feature('110101001001099', [square(116.3862, 39.9132, 0.0004)], { community: '银闸社区', street: '东华门街道', district: '东城区' })), [/^cell 110101001001002 and cell 110101001001099 overlap by 15\d\d m²/]],
  ['a community with two names', (f) => (f[B]!.properties['community'] = '银匣社区'), [/^community 110101001001 has two names: "银闸社区" in cell 110101001001001, cell 110101001001003, cell 110101001001004 and 2 more, but "银匣社区" in cell 110101001001002$/]],
  ['a street with two names', (f) => f.slice(0, 6).forEach((x) => (x.properties['street'] = '东华门')), [/^street 110101001 has two names: "东华门" in .*, but "东华门街道" in /]],
];

describe('a faulty grid is refused, naming the cells', () => {
  test.each(faults)('%s', (_, change, expected) => {
    const lines = problems(change);
    expect(lines).toHaveLength(expected.length);
    for (const [i, pattern] of expected.entries()) expect(lines[i]).toMatch(pattern);
  });

  test('all problems are told at once', () => {
    const lines = problems((f) => {
      f[0]!.properties['code'] = '12';
      f[B]!.properties['community'] = '银匣社区';
      shift(f[7], 9, 20, 10);
      shift(f[19], 9, -20, 0);
    });
    expect(lines).toEqual([
      expect.stringContaining('it has 2 digits; write 15'),
      expect.stringContaining('has two names'),
      expect.stringMatching(/cell 110101001002002 and cell 110101001002003 overlap/),
      expect.stringMatching(/a gap of .* between cell 110101002001005, cell 110101002001006/),
    ]);
  });

  test('a gap right beside an overlap is found too', () => {
    const lines = problems((f) => {
      shift(f[B], 9, 20, 0);
      shift(f[B], 11, -20, 0);
    });
    expect(lines).toEqual([expect.stringContaining('overlap'), expect.stringContaining('a gap of')]);
  });

  test('thousands of problems are cut at 200 lines', () => {
    const lines = problems((f) => {
      for (let i = 0; i < 300; i++) f.push(feature(`bad-${i}`, [square(100 + i * 0.1, 20, 0.001)]));
    });
    expect(lines).toHaveLength(201);
    expect(lines.at(-1)).toBe('… and 100 more');
  });
});

describe('cells in force at different times', () => {
  /** The whole district once more under new codes, from 2027; the old one ends then. */
  const redrawn = (change: (features: Feature[]) => void = () => undefined) => (features: Feature[]): void => {
    const later = structuredClone(features);
    features.forEach((f) => (f.properties['validTo'] = '2027-01-01'));
    later.forEach((f) => {
      f.properties['validFrom'] = '2027-01-01';
      f.properties['community'] = `新${f.properties['community'] as string}`;
    });
    change(later);
    features.push(...later);
  };

  test('a planned redrawing with the same codes and new names is no clash', () => {
    expect(read(district(redrawn()))).toHaveLength(60);
  });

  test('a gap in the planned grid is refused today', () => {
    expect(problems(redrawn((later) => later.splice(4, 1)))).toEqual([expect.stringMatching(/a gap of 3\d{4} m²/)]);
  });

  test('one day in common is a clash', () => {
    const lines = problems((f) => {
      redrawn()(f);
      f[0]!.properties['validTo'] = '2027-01-02';
    });
    expect(lines[0]).toMatch(/cell 110101001001001: the code is used by 2 cells in force at the same time/);
    expect(lines[1]).toMatch(/community 110101001001 has two names/);
    expect(lines.some((line) => line.startsWith('cell 110101001001001 and cell 110101001001001 overlap'))).toBe(true);
  });

  test('a gap that only the past had is let be', () => {
    const text = district((f) => {
      redrawn()(f);
      f.splice(4, 1);
    });
    expect(read(text, { nowMs: Date.parse('2027-06-01') })).toHaveLength(59);
  });
});

describe('two neighbours', () => {
  /** Metres from a corner in the district, as a closed ring. */
  const metres = (...corners: [number, number][]): number[][] => [...corners, corners[0]!].map(([eastM, northM]) => [116.39 + eastM / 85_300, 39.91 + northM / 111_195]);
  const pair = (one: number[][], other: number[][]): string => collection([feature('110101001001001', [one]), feature('110101001001002', [other])]);

  // Half of 200 m times the offset is the area that differs: 4 cm are 4 m², yet the same border.
  test.each([
    [0.04, 'in'],
    [-0.04, 'in'],
    [0.08, 'refused'],
    [-0.08, 'refused'],
  ])('one of them with a corner %d m beside the straight common side: %s', (offM, expected) => {
    const west = metres([0, 0], [200, 0], [200, 200], [0, 200]);
    const east = metres([200, 0], [400, 0], [400, 200], [200, 200], [200 + offM, 100]);
    // A third and fourth close the sides, so that a crack between the first two is a hole.
    const around = [feature('110101001001003', [metres([0, 200], [400, 200], [400, 300], [0, 300])]), feature('110101001001004', [metres([0, -100], [400, -100], [400, 0], [0, 0])])];
    const text = JSON.stringify({ type: 'FeatureCollection', features: [...(JSON.parse(pair(west, east)) as { features: Feature[] }).features, ...around] });
    if (expected === 'in') expect(read(text)).toHaveLength(4);
    else expect(refusal(text).message).toMatch(offM > 0 ? /a gap of 8\.\d m² .* between cell 110101001001001, cell 110101001001002/ : /cell 110101001001001 and cell 110101001001002 overlap by 8\.\d m²/);
  });

  test('two strips crossing where neither has a corner nor the middle of a side', () => {
    const text = pair(metres([0, 0], [400, 0], [400, 20], [0, 20]), metres([20, -300], [40, -300], [40, 60], [20, 60]));
    expect(refusal(text).message).toMatch(/cell 110101001001001 and cell 110101001001002 overlap by (399|400|401) m²/);
  });
});

describe('any two shapes', () => {
  /** A star-shaped ring about a centre, 20–120 m from it in each direction. */
  const star = fc.record({ eastM: fc.double({ min: 0, max: 260, noNaN: true }), northM: fc.double({ min: 0, max: 260, noNaN: true }), reachM: fc.array(fc.double({ min: 20, max: 120, noNaN: true }), { minLength: 5, maxLength: 14 }) });
  const drawn = ({ eastM, northM, reachM }: { eastM: number; northM: number; reachM: readonly number[] }): number[][] => {
    const corners = reachM.map((m, i) => [116.39 + (eastM + m * Math.cos((2 * Math.PI * i) / reachM.length)) / 85_300, 39.91 + (northM + m * Math.sin((2 * Math.PI * i) / reachM.length)) / 111_195]);
    return [...corners, corners[0]!];
  };

  test('are refused where a sample lies a metre deep in both, and let in where their boxes are apart', () => {
    const samples = Array.from({ length: 625 }, (_, i) => ({ lon: 116.39 + (((i % 25) / 25) * 480 - 120) / 85_300, lat: 39.91 + ((Math.floor(i / 25) / 25) * 480 - 120) / 111_195 }));
    let [refused, taken] = [0, 0];
    fc.assert(
      fc.property(star, star, (one, other) => {
        const rings = [drawn(one), drawn(other)] as [number, number][][];
        const text = collection([feature('110101001001001', [rings[0]!]), feature('110101001001002', [rings[1]!])]);
        const deep = (ring: [number, number][], at: { lon: number; lat: number }): boolean => ringsContain([ring], at.lon, at.lat) && borderDistanceM({ type: 'Polygon', coordinates: [ring] }, at) > 1;
        if (samples.some((at) => rings.every((ring) => deep(ring, at)))) {
          refused++;
          expect(refusal(text).message).toMatch(/cell 110101001001001 and cell 110101001001002 overlap by/);
        } else if (Math.hypot(one.eastM - other.eastM, one.northM - other.northM) > 240) {
          taken++;
          expect(read(text)).toHaveLength(2);
        }
      }),
      { numRuns: 200 },
    );
    expect(Math.min(refused, taken)).toBeGreaterThan(10);
  });
});

describe('any corner moved by any way', () => {
  /** Corners 1–3 of cell 智德 002's west side and so on are shared with one neighbour each; lattice corners with three. */
  const inner = 7;
  test('more than the tolerances is refused; within them it comes in', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 15 }), fc.double({ min: 0, max: 2 * Math.PI, noNaN: true }), fc.oneof(fc.constant(0.03), fc.double({ min: 8, max: 25, noNaN: true })), (corner, angle, wayM) => {
        const text = district((f) => shift(f[inner], corner, wayM * Math.cos(angle), wayM * Math.sin(angle)));
        if (wayM < 0.05) expect(read(text)).toHaveLength(30);
        // Moved along a straight side, a corner changes next to no area: only a change worth a square metre must be seen.
        else if (changedArea(inner, corner, wayM, angle) > 4) expect(refusal(text).code).toBe('GRID_INVALID');
      }),
      { numRuns: 150 },
    );
  });

  /** Square metres that the moved corner sweeps over: the two triangles on its neighbours. */
  function changedArea(index: number, corner: number, wayM: number, angle: number): number {
    const corners = ring((districtGeoJson() as { features: Feature[] }).features[index]).slice(0, -1);
    const metres = (i: number): [number, number] => {
      const [lon, lat] = corners[(i + corners.length) % corners.length]!;
      return [(lon! - 116.39) * 85_300, (lat! - 39.91) * 111_195];
    };
    const [a, b, c] = [metres(corner - 1), metres(corner), metres(corner + 1)];
    const moved = [b[0] + wayM * Math.cos(angle), b[1] + wayM * Math.sin(angle)] as const;
    const triangle = (p: readonly [number, number], q: readonly [number, number], r: readonly [number, number]) => Math.abs((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])) / 2;
    // Where the two triangles overlap their signs cancel; the larger alone bounds what remains from below only if they do not.
    return Math.abs(triangle(a, b, moved) - triangle(b, c, moved));
  }
});

test('10,000 cells are checked within seconds', () => {
  const plan = { columns: 100, rows: 100, stepLon: 0.00234, stepLat: 0.00162, west: 116, north: 40, sideCorners: 3, seed: 1 };
  const code = (i: number): string => `110101${String(1 + Math.floor(i / 900)).padStart(3, '0')}001${String(1 + (i % 900)).padStart(3, '0')}`;
  const text = collection(drawRings(plan).map((points, i) => feature(code(i), [points])));
  const startedMs = performance.now();
  expect(read(text)).toHaveLength(10_000);
  // 1.9 s alone on the reference machine; the bound leaves room for a loaded one and still refuses anything quadratic.
  expect(performance.now() - startedMs).toBeLessThan(15_000);
});
