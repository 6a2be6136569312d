/** Files a finding in a cell, and says honestly how the place is known. */
import type { AlertPlace } from '../domain/alert.ts';
import type { FindingPlace } from '../domain/finding.ts';
import type { CellLookup } from '../grid/cell-index.ts';

/**
 * The cell in which the point lay at `atMs`; without a point, or with one in no cell, the home cell, and then the basis says so.
 * A fix outside the grid is kept (a person may be there); a projected point outside it is dropped: the ground plane does not hold
 * that far from the surveyed points, and a patrol would be sent after it. Without any cell the alert is filed under the site.
 */
export function placeOf(place: FindingPlace, cells: Pick<CellLookup, 'cellAt' | 'cell'>, atMs: number): AlertPlace {
  const cell = place.at && cells.cellAt(place.at, atMs);
  if (cell) return { basis: place.basis, at: place.at, cellCode: cell.code };
  const home = place.homeCell === null ? null : cells.cell(place.homeCell, atMs);
  const at = place.basis === 'ground-plane' ? null : place.at;
  return { basis: home || !at ? 'home-cell' : place.basis, at, cellCode: home?.code ?? null };
}
