/** Files a finding in a cell, and says honestly how the place is known and how well. */
import type { AlertPlace } from '../domain/alert.ts';
import type { FindingPlace } from '../domain/finding.ts';
import type { CellLookup } from '../grid/cell-index.ts';
import { likeliestCell } from '../grid/likeliest.ts';

export type PlaceCells = Pick<CellLookup, 'cellAt' | 'cell' | 'cellsNear'>;

/**
 * The cell in which the point most probably lay at `atMs`, and the cells whose border runs within its error; without a point, with one
 * in no cell, or with one known worse than `mostErrorM` the home cell, and then the basis says so.
 * A fix outside the grid or too rough is kept (a person may be there); a projected point is dropped: the ground plane does not hold
 * there, and a patrol would be sent after it. Without any cell the alert is filed under the site.
 */
export function placeOf(place: FindingPlace, cells: PlaceCells, atMs: number, mostErrorM: number): AlertPlace {
  const errorM = (place.at && place.errorM) ?? null;
  const told = place.at && (errorM ?? 0) <= mostErrorM ? cellOf(place.at, errorM, cells, atMs) : null;
  if (told) return { basis: place.basis, at: place.at, errorM, ...told };
  const home = place.homeCell === null ? null : cells.cell(place.homeCell, atMs);
  const at = place.basis === 'ground-plane' ? null : place.at;
  return { basis: home || !at ? 'home-cell' : place.basis, at, cellCode: home?.code ?? null, errorM, nearCells: [] };
}

function cellOf(at: NonNullable<FindingPlace['at']>, errorM: number | null, cells: PlaceCells, atMs: number): Pick<AlertPlace, 'cellCode' | 'nearCells'> | null {
  const likely = errorM === null ? null : likeliestCell(cells, at, errorM, atMs);
  if (likely && likely.others.length > 0) return { cellCode: likely.cell.code, nearCells: likely.others.map((cell) => cell.code) };
  const cell = cells.cellAt(at, atMs) ?? likely?.cell;
  return cell ? { cellCode: cell.code, nearCells: [] } : null;
}
