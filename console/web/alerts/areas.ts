/** The grid as the filter's tree: district, street, community, cell, each with its code prefix and depth. */
import type { CellFeature } from '../api/contract.ts';

export interface Area {
  readonly code: string;
  readonly name: string;
  readonly depth: 0 | 1 | 2 | 3;
}

/** Depth first, by code: every area right before the areas it holds. */
export function areasOf(cells: readonly CellFeature[]): Area[] {
  const areas = new Map<string, Area>();
  for (const { properties: cell } of cells) {
    const path = [cell.district, cell.street, cell.community, cell];
    path.forEach(({ code, name }, depth) => areas.set(code, { code, name, depth: depth as Area['depth'] }));
  }
  // A prefix sorts right before what it begins: plain string order is the tree's order.
  return [...areas.values()].sort((a, b) => (a.code < b.code ? -1 : 1));
}
