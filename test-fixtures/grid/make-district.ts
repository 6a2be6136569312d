/**
 * Draws the district of the demo and the tests: 6 × 5 cells of four communities and two streets, with crooked borders that
 * neighbours share corner by corner. The names are of Beijing's kind; the drawing is invented and follows no real border.
 * Run: node test-fixtures/grid/make-district.ts (writes district.geojson beside this file; the same every time).
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';

export interface DistrictPlan {
  readonly columns: number;
  readonly rows: number;
  /** Degrees between the corners of the undisturbed lattice. */
  readonly stepLon: number;
  readonly stepLat: number;
  /** North-west corner. */
  readonly west: number;
  readonly north: number;
  /** Corners along a side between two lattice corners. */
  readonly sideCorners: number;
  readonly seed: number;
}

/** About 200 m × 180 m a cell, the Forbidden City's latitude. */
export const DISTRICT: DistrictPlan = { columns: 6, rows: 5, stepLon: 0.00234, stepLat: 0.00162, west: 116.383, north: 39.9141, sideCorners: 3, seed: 20_261 };

type Position = [number, number];

/** The closed ring of every cell, row by row from the north, in each row from the west. */
export function drawRings(plan: DistrictPlan): Position[][] {
  const random = seeded(plan.seed);
  const corners = lattice(plan, random);
  const across = sides(plan, random, (row, column) => [corners[row]?.[column], corners[row]?.[column + 1]]);
  const down = sides(plan, random, (row, column) => [corners[row]?.[column], corners[row + 1]?.[column]]);
  const cells: Position[][] = [];
  for (let row = 0; row < plan.rows; row++) {
    for (let column = 0; column < plan.columns; column++) {
      const west = down[row]![column]!;
      const south = across[row + 1]![column]!;
      const east = down[row]![column + 1]!.toReversed();
      const north = across[row]![column]!.toReversed();
      // Each side ends where the next begins: counter-clockwise, closed.
      cells.push([...west, ...south.slice(1), ...east.slice(1), ...north.slice(1)]);
    }
  }
  return cells;
}

/** mulberry32, a small generator with good spread: https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function lattice(plan: DistrictPlan, random: () => number): Position[][] {
  return Array.from({ length: plan.rows + 1 }, (_, row) =>
    Array.from({ length: plan.columns + 1 }, (_, column) =>
      rounded(plan.west + (column + 0.28 * (random() - 0.5)) * plan.stepLon, plan.north - (row + 0.28 * (random() - 0.5)) * plan.stepLat),
    ),
  );
}

/** Crooked lines between lattice corners, kept by row and column, so that both neighbours take the same corners. */
function sides(plan: DistrictPlan, random: () => number, ends: (row: number, column: number) => [Position | undefined, Position | undefined]): Position[][][] {
  return Array.from({ length: plan.rows + 1 }, (_, row) =>
    Array.from({ length: plan.columns + 1 }, (_, column) => {
      const [a, b] = ends(row, column);
      return a && b ? crooked(a, b, plan, random) : [];
    }),
  );
}

function crooked(a: Position, b: Position, plan: DistrictPlan, random: () => number): Position[] {
  const between = Array.from({ length: plan.sideCorners }, (_, i): Position => {
    const along = (i + 1) / (plan.sideCorners + 1);
    const bend = 0.1 * (random() - 0.5);
    return rounded(a[0] + along * (b[0] - a[0]) + bend * plan.stepLon, a[1] + along * (b[1] - a[1]) + bend * plan.stepLat);
  });
  return [a, ...between, b];
}

/** Seven decimals are a centimetre. */
function rounded(lon: number, lat: number): Position {
  return [Number(lon.toFixed(7)), Number(lat.toFixed(7))];
}

interface Community {
  readonly code: string;
  readonly name: string;
  readonly street: string;
  /** Which lattice places belong to it. */
  has(row: number, column: number): boolean;
}

const COMMUNITIES: readonly Community[] = [
  { code: '110101001001', name: '银闸社区', street: '东华门街道', has: (row, column) => column < 3 && row < 2 },
  { code: '110101001002', name: '智德社区', street: '东华门街道', has: (row, column) => column < 3 && row >= 2 },
  { code: '110101002001', name: '隆福寺社区', street: '景山街道', has: (row, column) => column >= 3 && row < 3 },
  { code: '110101002002', name: '魏家社区', street: '景山街道', has: (row, column) => column >= 3 && row >= 3 },
];

const NUMERALS = ['一', '二', '三', '四', '五', '六', '七', '八', '九'];

/** The feature collection: cells of a community are numbered west→east, north→south (GB/T 30428.1). */
export function districtGeoJson(plan: DistrictPlan = DISTRICT): object {
  const rings = drawRings(plan);
  const features = COMMUNITIES.flatMap((community) =>
    rings
      .map((ring, place) => ({ ring, row: Math.floor(place / plan.columns), column: place % plan.columns }))
      .filter(({ row, column }) => community.has(row, column))
      .map(({ ring }, number) => ({
        type: 'Feature',
        properties: {
          code: `${community.code}${String(number + 1).padStart(3, '0')}`,
          name: `${community.name}第${NUMERALS[number] ?? number + 1}网格`,
          community: community.name,
          street: community.street,
          district: '东城区',
          validFrom: '2026-01-01',
        },
        geometry: { type: 'Polygon', coordinates: [ring] },
      })),
  );
  return { type: 'FeatureCollection', features };
}

if (import.meta.main) {
  // One feature a line: a change of one cell is one line of a diff.
  const { features } = districtGeoJson() as { features: object[] };
  const lines = features.map((feature) => JSON.stringify(feature)).join(',\n');
  writeFileSync(path.join(import.meta.dirname, 'district.geojson'), `{"type":"FeatureCollection","features":[\n${lines}\n]}\n`);
}
