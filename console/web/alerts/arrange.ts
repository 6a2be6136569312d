/** Which alerts the list shows and in what order: pure, so that it can be proved without a browser. */
import type { FindingSource } from '../../../domain/finding.ts';
import { SEVERITIES, type Severity } from '../../../domain/gravity.ts';
import type { Stage } from '../../../domain/case.ts';
import type { AlertRow } from '../../../domain/alert.ts';
import { isPinned } from '../live/situation.ts';

export interface Filter {
  /** Code prefix of a district, street, community or cell; empty for all. */
  readonly cell: string;
  readonly source: FindingSource | '';
  readonly stage: Stage | 'open' | '';
}
export const NO_FILTER: Filter = { cell: '', source: '', stage: '' };

/** Ids in the order of the list. */
export interface Arrangement {
  readonly pinned: readonly string[];
  readonly rest: readonly string[];
}

/** More rows than this no operator reads; they are found by the filter. */
export const MAX_ROWS = 200;

export const severityRank = (severity: Severity): number => SEVERITIES.indexOf(severity);

export function fits(row: AlertRow, filter: Filter): boolean {
  if (filter.cell && !(row.place.cellCode ?? '').startsWith(filter.cell)) return false;
  if (filter.source && row.source !== filter.source) return false;
  if (filter.stage === 'open') return row.caseStage !== 'closed';
  return filter.stage === '' || row.caseStage === filter.stage;
}

const newestFirst = (a: AlertRow, b: AlertRow): number => b.filedAtMs - a.filedAtMs || (a.id < b.id ? 1 : -1);
const gravestFirst = (a: AlertRow, b: AlertRow): number => severityRank(a.severity) - severityRank(b.severity) || newestFirst(a, b);

export function arrange(alerts: Iterable<AlertRow>, filter: Filter): Arrangement {
  const pinned: AlertRow[] = [];
  const rest: AlertRow[] = [];
  for (const row of alerts) if (fits(row, filter)) (isPinned(row) ? pinned : rest).push(row);
  pinned.sort(gravestFirst);
  rest.sort(newestFirst);
  const shownPinned = pinned.slice(0, MAX_ROWS);
  return { pinned: shownPinned.map((row) => row.id), rest: rest.slice(0, MAX_ROWS - shownPinned.length).map((row) => row.id) };
}

/** Alerts that fit and came after the list was last settled; more of them than the list can show are still counted. */
export function freshIds(alerts: ReadonlyMap<string, AlertRow>, filter: Filter, settled: ReadonlySet<string>): string[] {
  const fresh: string[] = [];
  for (const [id, row] of alerts) if (!settled.has(id) && fits(row, filter)) fresh.push(id);
  return fresh;
}

export function sameArrangement(a: Arrangement, b: Arrangement): boolean {
  const same = (x: readonly string[], y: readonly string[]): boolean => x.length === y.length && x.every((id, i) => id === y[i]);
  return same(a.pinned, b.pinned) && same(a.rest, b.rest);
}
