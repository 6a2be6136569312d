/** What both maps (WebGL and plain SVG) offer to whatever is drawn over them. */
import type { LonLat } from '../../../domain/geo.ts';
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
