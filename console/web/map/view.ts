/** What both maps (WebGL and plain SVG) offer to whatever is drawn over them. */
import type { LonLat, Ring } from '../../../domain/geo.ts';
import type { Severity } from '../../../domain/gravity.ts';
import type { CellFeature } from '../api/contract.ts';

export interface MapView {
  /** Pixels from the map's top-left corner. */
  project(at: LonLat): { x: number; y: number };
  /** Calls back whenever projections change; the returned function ends it. */
  onMove(listener: () => void): () => void;
  zoom(step: 1 | -1): void;
  fitAll(): void;
  /** Brings a place into sight if it is not; leaves the map alone if it is. */
  show(at: LonLat): void;
  focus(): void;
}

/** Pixels from the edge within which a place counts as out of sight; less on a small map, or nothing were in sight. */
const EDGE_PX = 60;
const EDGE_PART = 0.15;

/** How far the map must be moved (x to the right, y down) to bring a point into sight; null if it is. No farther than needed: the operator keeps what they looked at. */
export function stepIntoSight(at: { x: number; y: number }, widthPx: number, heightPx: number): { x: number; y: number } | null {
  const step = (value: number, size: number): number => {
    const edge = Math.min(EDGE_PX, size * EDGE_PART);
    return value < edge ? edge - value : value > size - edge ? size - edge - value : 0;
  };
  const by = { x: step(at.x, widthPx), y: step(at.y, heightPx) };
  return by.x === 0 && by.y === 0 ? null : by;
}

/** How warm a cell is: its gravest open alert and how many are open. */
export interface Heat {
  readonly severity: Severity;
  readonly open: number;
}

export interface MapProps {
  readonly cells: readonly CellFeature[];
  readonly heat: ReadonlyMap<string, Heat>;
  /** Code of the cell of the selected alert. */
  readonly selectedCell: string | null;
  /** Ground within which the chosen alert's true place lies 95 times of 100, as a ring of [lon, lat]; null where nobody knows. */
  readonly errorRing: Ring | null;
  /** Code prefix the list is filtered by; cells outside it are dimmed. */
  readonly prefix: string;
  readonly label: string;
  readonly onPickCell: (code: string) => void;
  /** Called with the view once it can project, with null when it is gone. */
  readonly onView: (view: MapView | null) => void;
}

/** Fill opacity of a cell by its number of open alerts: the second alert counts more than the tenth. */
export const heatOpacity = (open: number): number => Math.min(0.34, 0.1 + 0.07 * Math.log2(1 + open));

/** Colours of the map, from the one tokens file. */
export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
