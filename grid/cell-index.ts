/** Finds the cell of a point, of a code, or below a code prefix, as the grid stood at a given time. */
import Flatbush from 'flatbush';
import { GB30428, type CellCodec } from '../domain/cell-code.ts';
import type { Cell } from '../domain/cell.ts';
import type { LonLat } from '../domain/geo.ts';
import { borderDistanceM, boxOf, ringsContain } from './polygon.ts';
import { BORDER_TOLERANCE_M } from './tolerances.ts';

export interface NearCell {
  readonly cell: Cell;
  readonly distanceM: number;
}

/** What others ask of the grid. */
export interface CellLookup {
  /** The cell in force at `atMs` in which the point lies, or null. On a shared border it is the cell with the lowest code. */
  cellAt(point: LonLat, atMs: number): Cell | null;
  /** The cells in force at `atMs` of which some part lies within `radiusM` of the point, the nearest first; at distance 0 those it lies in. */
  cellsNear(point: LonLat, radiusM: number, atMs: number): readonly NearCell[];
  /** The cell that had this code at `atMs`, or null. */
  cell(code: string, atMs: number): Cell | null;
  /** The cells in force at `atMs` below a community, street or district code (or all, for ''), by code. */
  cellsUnder(prefix: string, atMs: number): readonly Cell[];
}

/** A point nearer than this to an edge is on it (0.1 mm: ten times finer than GeoJSON is commonly written). */
const ON_EDGE_M = 1e-4;
/** Fewer metres a degree of latitude than anywhere on the earth. */
const LEAST_M_PER_DEGREE = 110_000;

/** Builds the index once; a changed grid gets a new index. The cells need no order. */
export function createCellIndex(cells: readonly Cell[], codec: CellCodec = GB30428): CellLookup {
  const sorted = cells.toSorted((a, b) => (a.code < b.code ? -1 : a.code > b.code ? 1 : a.validFromMs - b.validFromMs));
  const versions = Map.groupBy(sorted, (cell) => cell.code);
  const boxes = boxesOf(sorted);

  const inForceNear = ({ lon, lat }: LonLat, radiusM: number, atMs: number): Cell[] => {
    const dLat = radiusM / LEAST_M_PER_DEGREE;
    const dLon = dLat / Math.max(Math.cos((lat * Math.PI) / 180), 0.01);
    return (boxes?.search(lon - dLon, lat - dLat, lon + dLon, lat + dLat) ?? [])
      .sort((a, b) => a - b)
      .map((i) => sorted[i]!)
      .filter((cell) => isInForce(cell, atMs));
  };

  return {
    cellAt: (point, atMs) => {
      const near = inForceNear(point, BORDER_TOLERANCE_M, atMs);
      return (
        near.find((cell) => ringsContain(cell.area.coordinates, point.lon, point.lat) || borderDistanceM(cell.area, point) <= ON_EDGE_M) ??
        // The import lets neighbours' borders differ by the tolerance: a point in such a crack is not lost.
        near.find((cell) => borderDistanceM(cell.area, point) <= BORDER_TOLERANCE_M) ??
        null
      );
    },
    cellsNear: (point, radiusM, atMs) =>
      inForceNear(point, radiusM, atMs)
        .map((cell) => ({ cell, distanceM: ringsContain(cell.area.coordinates, point.lon, point.lat) ? 0 : borderDistanceM(cell.area, point) }))
        .filter(({ distanceM }) => distanceM <= radiusM)
        .sort((a, b) => a.distanceM - b.distanceM),
    cell: (code, atMs) => versions.get(code)?.find((cell) => isInForce(cell, atMs)) ?? null,
    cellsUnder: (prefix, atMs) => sorted.filter((cell) => codec.areaPath(cell.code).startsWith(prefix) && isInForce(cell, atMs)),
  };
}

/** From `validFromMs` (inclusive) to `validToMs` (exclusive). */
export function isInForce(cell: Cell, atMs: number): boolean {
  return cell.validFromMs <= atMs && (cell.validToMs === null || atMs < cell.validToMs);
}

function boxesOf(cells: readonly Cell[]): Flatbush | null {
  // Flatbush refuses to be empty, and a site may start without a grid.
  if (cells.length === 0) return null;
  const boxes = new Flatbush(cells.length);
  for (const cell of cells) {
    const box = boxOf(cell.area.coordinates[0] ?? []);
    boxes.add(box.minX, box.minY, box.maxX, box.maxY);
  }
  boxes.finish();
  return boxes;
}
