/** Where two communities or streets meet: edges that a cell of one shares with a cell of another. */
import type { CellFeature, CellProperties } from '../api/contract.ts';

export type Edge = readonly [from: readonly [number, number], to: readonly [number, number]];

/**
 * Cells of a sound grid share their corners exactly (no gaps, no overlaps), so that a common edge is found by its two ends.
 * Where two cells meet without sharing corners there is simply no heavier line.
 */
export function bordersBetween(cells: readonly CellFeature[], groupOf: (cell: CellProperties) => string): Edge[] {
  const owners = new Map<string, { group: string; edge: Edge }>();
  const borders: Edge[] = [];
  for (const { geometry, properties } of cells) {
    const group = groupOf(properties);
    for (const ring of geometry.coordinates) {
      for (let i = 1; i < ring.length; i++) {
        const from = ring[i - 1];
        const to = ring[i];
        if (!from || !to) continue;
        const ends = [from.join(), to.join()];
        const key = ends.toSorted().join(' ');
        const other = owners.get(key);
        if (!other) owners.set(key, { group, edge: [from, to] });
        else if (other.group !== group) borders.push(other.edge);
      }
    }
  }
  return borders;
}

export const communityBorders = (cells: readonly CellFeature[]): Edge[] => bordersBetween(cells, (cell) => cell.community.code);
export const streetBorders = (cells: readonly CellFeature[]): Edge[] => bordersBetween(cells, (cell) => cell.street.code);
