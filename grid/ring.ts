/** Is a drawn ring fit to be a border? One problem at a time, in words that a person can act on. */
import type { LonLat } from '../domain/geo.ts';
import { isLonLat } from '../domain/geo.ts';
import { planeAt, type MetrePoint } from './plane.ts';
import { boxOf, signedArea2 } from './polygon.ts';
import { SMALLEST_CELL_M2 } from './tolerances.ts';

type Position = readonly [number, number];

/** The ring as [lon, lat] pairs without heights and repeated positions, still closed; or one sentence on what is wrong. */
export function readRing(value: unknown): Position[] | string {
  if (!Array.isArray(value)) return 'a ring is not a list of positions';
  const positions: Position[] = [];
  for (const [index, position] of value.entries()) {
    const [lon, lat]: unknown[] = Array.isArray(position) ? position : [];
    if (!isLonLat(lon, lat)) return problemOfPosition(position, index);
    const before = positions.at(-1);
    if (!before || before[0] !== lon || before[1] !== lat) positions.push([lon as number, lat as number]);
  }
  const [first, last] = [positions[0], positions.at(-1)];
  if (!first || !last || positions.length < 2) return 'a ring has no extent; a ring needs at least three corners';
  if (first[0] !== last[0] || first[1] !== last[1]) return `its ring is open: it begins at ${first.join(', ')} and ends at ${last.join(', ')}; repeat the first position at the end`;
  return positions.length < 4 ? `a ring has only ${positions.length - 1} corners; a ring needs at least three` : positions;
}

function problemOfPosition(position: unknown, index: number): string {
  const shown = JSON.stringify(position)?.slice(0, 60) ?? 'nothing';
  const [a, b]: unknown[] = Array.isArray(position) ? position : [];
  if (typeof a !== 'number' || typeof b !== 'number') return `position ${index + 1} is ${shown}; write [longitude, latitude] in degrees`;
  const remedy = isLonLat(b, a) ? 'the two are exchanged: GeoJSON writes longitude first' : 'write WGS-84 degrees, not projected metres';
  return `position ${index + 1} is ${shown}, out of range (longitude −180…180, latitude −90…90); ${remedy}`;
}

/** What is wrong with the shape of a closed ring (crossing itself, no area), as one sentence; or null. */
export function shapeProblem(ring: readonly Position[]): string | null {
  const [lon, lat] = ring[0]!;
  const plane = planeAt({ lon, lat });
  const corners = ring.slice(0, -1).map((p) => plane.toM(p[0], p[1]));
  const crossing = selfContact(corners);
  if (crossing) return `its ring crosses or touches itself near ${placeName(plane.toLonLat(crossing))}; draw it so that the border never meets itself`;
  const areaM2 = Math.abs(signedArea2(corners)) / 2;
  return areaM2 < SMALLEST_CELL_M2 ? `it has no area (${areaM2.toFixed(2)} m²)` : null;
}

/** Degrees to about a decimetre, as they stand in every sentence about a place. */
export function placeName({ lon, lat }: LonLat): string {
  return `${lon.toFixed(6)}, ${lat.toFixed(6)}`;
}

/** Where the border of an unclosed ring meets itself, or null: pieces are swept from west to east, so that only near ones are compared. */
function selfContact(corners: readonly MetrePoint[]): MetrePoint | null {
  const count = corners.length;
  const piece = (i: number): readonly [MetrePoint, MetrePoint] => [corners[i]!, corners[(i + 1) % count]!];
  const boxes = corners.map((_, i) => boxOf(piece(i)));
  const westToEast = boxes.map((_, i) => i).sort((a, b) => boxes[a]!.minX - boxes[b]!.minX);
  for (let rank = 0; rank < count; rank++) {
    const i = westToEast[rank]!;
    for (let later = rank + 1; later < count; later++) {
      const j = westToEast[later]!;
      if (boxes[j]!.minX > boxes[i]!.maxX) break;
      if (boxes[j]!.minY > boxes[i]!.maxY || boxes[j]!.maxY < boxes[i]!.minY) continue;
      if ((i + 1) % count === j) {
        if (foldsBack(corners[i]!, corners[j]!, corners[(j + 1) % count]!)) return corners[j]!;
      } else if ((j + 1) % count === i) {
        if (foldsBack(corners[j]!, corners[i]!, corners[(i + 1) % count]!)) return corners[i]!;
      } else if (meet(...piece(i), ...piece(j))) return corners[j]!;
    }
  }
  return null;
}

/** Twice the area of the triangle; positive if `c` lies left of a→b. */
export function turn(a: MetrePoint, b: MetrePoint, c: MetrePoint): number {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}

/** Does a→b→c go back over itself? Corners of 1e-9 rad are folds: no drawing has them. */
function foldsBack(a: MetrePoint, b: MetrePoint, c: MetrePoint): boolean {
  const dot = (b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1]);
  return dot < 0 && Math.abs(turn(a, b, c)) <= 1e-9 * -dot;
}

/** Do two straight pieces cross or touch? */
function meet(a: MetrePoint, b: MetrePoint, c: MetrePoint, d: MetrePoint): boolean {
  const [abc, abd, cda, cdb] = [turn(a, b, c), turn(a, b, d), turn(c, d, a), turn(c, d, b)];
  if (abc === 0 && abd === 0) return overlap1d(a, b, c, d, 0) && overlap1d(a, b, c, d, 1);
  return abc * abd <= 0 && cda * cdb <= 0;
}

function overlap1d(a: MetrePoint, b: MetrePoint, c: MetrePoint, d: MetrePoint, axis: 0 | 1): boolean {
  return Math.max(a[axis], b[axis]) >= Math.min(c[axis], d[axis]) && Math.max(c[axis], d[axis]) >= Math.min(a[axis], b[axis]);
}
