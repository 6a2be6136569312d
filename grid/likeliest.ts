/** Which cell a place most probably lies in when it is known only to some metres. */
import type { Cell } from '../domain/cell.ts';
import type { LonLat } from '../domain/geo.ts';
import type { CellLookup } from './cell-index.ts';
import { SIGMAS_95 } from './covariance.ts';
import { placeFrom } from './plane.ts';
import { ringsContain } from './polygon.ts';

export interface Likeliest {
  readonly cell: Cell;
  /** The other cells of which some part lies within the radius, the nearest first. */
  readonly others: readonly Cell[];
}

/** So many trial places tell a share of one half from one of 0.55. */
const TRIALS = 256;
const GOLDEN_ANGLE = Math.PI * (3 - Math.sqrt(5));

/**
 * The cell with the most of a round normal distribution about `point` whose 95 % lie within `radiusM`; among equals the nearest, then
 * the lowest code. The trial places are the same every time: Vogel's spiral, its radii the distribution's quantiles
 * (H. Vogel, "A better way to construct the sunflower head", Mathematical Biosciences 44, 1979). Null where no cell is within the radius.
 */
export function likeliestCell(cells: Pick<CellLookup, 'cellsNear'>, point: LonLat, radiusM: number, atMs: number): Likeliest | null {
  const near = cells.cellsNear(point, radiusM, atMs).map(({ cell }) => cell);
  if (near.length === 0) return null;
  const hits = near.map(() => 0);
  if (near.length > 1) {
    for (const trial of trialsAround(point, radiusM / SIGMAS_95)) {
      const hit = near.findIndex((cell) => ringsContain(cell.area.coordinates, trial.lon, trial.lat));
      if (hit >= 0) hits[hit]!++;
    }
  }
  const best = near[hits.indexOf(Math.max(...hits))]!;
  return { cell: best, others: near.filter((cell) => cell !== best) };
}

function trialsAround(point: LonLat, sdM: number): LonLat[] {
  return Array.from({ length: TRIALS }, (_, i) => {
    const radius = sdM * Math.sqrt(-2 * Math.log(1 - (i + 0.5) / TRIALS));
    return placeFrom(point, [radius * Math.cos(i * GOLDEN_ANGLE), radius * Math.sin(i * GOLDEN_ANGLE)]);
  });
}
