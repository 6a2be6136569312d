/** What the console reads: lists, details and counts, always within the cells a person may see. */
import type { AlertRow } from '../domain/alert.ts';
import { type CaseDetail, STAGES, type Stage } from '../domain/case.ts';
import type { Cell } from '../domain/cell.ts';
import { FINDING_SOURCES, type FindingSource } from '../domain/finding.ts';
import { SEVERITIES, type Severity } from '../domain/gravity.ts';
import { GridwardenError } from '../platform/errors.ts';
import { alertRowColumns, alertRowOf, type StoredAlertRow } from './alert-rows.ts';
import type { CaseShelf } from './cases.ts';
import type { CellShelf } from './cells.ts';
import type { Database } from './database.ts';

/** A person's scope (empty: everything) and the subtree they look at ('' : all of it). Both must hold. */
export interface Subtree {
  readonly scope: readonly string[];
  readonly prefix: string;
}

export interface AlertFilter extends Subtree {
  /** Empty means every stage. */
  readonly stages: readonly Stage[];
  readonly source: FindingSource | null;
  readonly limit: number;
  /** Only alerts filed before then. */
  readonly beforeMs: number | null;
}

export interface Counts {
  readonly byStage: Readonly<Record<Stage, number>>;
  readonly bySource: Readonly<Record<FindingSource, number>>;
  readonly openBySeverity: Readonly<Record<Severity, number>>;
  readonly filedLast10Min: number;
}

export interface AlertLatency {
  readonly source: FindingSource;
  readonly receivedAtMs: number;
  readonly filedAtMs: number;
}

const TEN_MIN_MS = 600_000;

/** $1 the scope's prefixes, $2 the subtree. An alert without a cell is seen only by those who see everything, and under no subtree. */
const within = (column: string): string =>
  `(cardinality($1::text[]) = 0 OR EXISTS (SELECT 1 FROM unnest($1::text[]) AS p WHERE starts_with(${column}, p))) AND ($2 = '' OR starts_with(${column}, $2))`;

export class ReadingShelf {
  readonly #database: Database;
  readonly #cases: CaseShelf;
  readonly #cells: CellShelf;

  constructor(database: Database, cases: CaseShelf, cells: CellShelf) {
    this.#database = database;
    this.#cases = cases;
    this.#cells = cells;
  }

  /** Newest first; a page never splits alerts of one millisecond, so that paging by `beforeMs` skips none. */
  async alerts(filter: AlertFilter): Promise<readonly AlertRow[]> {
    const rows = await this.#database.query<StoredAlertRow>(
      // The page first, by ids alone: pictures and cell names are looked up only for the rows on it, not for all that are sorted.
      `WITH page AS (
         SELECT a.id FROM alerts a JOIN cases c ON c.id = a.case_id
         WHERE ${within('a.cell_code')} AND (cardinality($3::text[]) = 0 OR c.stage = ANY($3::text[])) AND ($4::text IS NULL OR a.source = $4)
           AND ($5::bigint IS NULL OR a.filed_at_ms < $5)
         ORDER BY a.filed_at_ms DESC FETCH FIRST $6 ROWS WITH TIES
       )
       SELECT ${alertRowColumns} FROM page JOIN alerts a ON a.id = page.id JOIN cases c ON c.id = a.case_id ORDER BY a.filed_at_ms DESC, a.id`,
      [[...filter.scope], filter.prefix, [...filter.stages], filter.source, filter.beforeMs, filter.limit],
    );
    return rows.map(alertRowOf);
  }

  /** Throws NOT_FOUND. */
  async alertRow(alertId: string): Promise<AlertRow> {
    const rows = await this.#database.query<StoredAlertRow>(`SELECT ${alertRowColumns} FROM alerts a JOIN cases c ON c.id = a.case_id WHERE a.id = $1`, [alertId]);
    if (!rows[0]) throw new GridwardenError('NOT_FOUND', { what: 'alert', id: alertId });
    return alertRowOf(rows[0]);
  }

  /** The alert, its case, and its cell as it was when the alert was filed. Throws NOT_FOUND. */
  async alertDetail(alertId: string): Promise<{ readonly alert: AlertRow; readonly case: CaseDetail; readonly cell: Cell | null }> {
    const alert = await this.alertRow(alertId);
    const { cellCode } = alert.place;
    return {
      alert,
      case: await this.#cases.caseDetail(alert.caseId),
      cell: cellCode === null ? null : await this.#cells.cellAt(cellCode, alert.filedAtMs),
    };
  }

  /** Throws NOT_FOUND. */
  async caseWithAlerts(caseId: string): Promise<{ readonly case: CaseDetail; readonly alerts: readonly AlertRow[] }> {
    const detail = await this.#cases.caseDetail(caseId);
    const rows = await this.#database.query<StoredAlertRow>(
      `SELECT ${alertRowColumns} FROM alerts a JOIN cases c ON c.id = a.case_id WHERE c.id = $1 ORDER BY a.filed_at_ms, a.id`,
      [caseId],
    );
    return { case: detail, alerts: rows.map(alertRowOf) };
  }

  async counts(subtree: Subtree, nowMs: number): Promise<Counts> {
    const params = [[...subtree.scope], subtree.prefix];
    const cases = await this.#database.query<{ stage: Stage; severity: Severity; n: number }>(
      `SELECT c.stage, c.severity, count(*) AS n FROM cases c WHERE ${within('c.cell_code')} GROUP BY c.stage, c.severity`,
      params,
    );
    const alerts = await this.#database.query<{ source: FindingSource; n: number; recent: number }>(
      `SELECT a.source, count(*) AS n, count(*) FILTER (WHERE a.filed_at_ms > $3) AS recent FROM alerts a WHERE ${within('a.cell_code')} GROUP BY a.source`,
      [...params, nowMs - TEN_MIN_MS],
    );
    const byStage = tally(STAGES);
    const openBySeverity = tally(SEVERITIES);
    for (const { stage, severity, n } of cases) {
      byStage[stage] += n;
      if (stage !== 'closed') openBySeverity[severity] += n;
    }
    const bySource = tally(FINDING_SOURCES);
    for (const { source, n } of alerts) bySource[source] += n;
    return { byStage, bySource, openBySeverity, filedLast10Min: alerts.reduce((sum, row) => sum + row.recent, 0) };
  }

  /** When each alert filed since then was received and filed, in the order of filing: for the report of latencies. */
  async alertLatencies(filedSinceMs = 0): Promise<readonly AlertLatency[]> {
    return this.#database.query<AlertLatency>(
      'SELECT source, received_at_ms AS "receivedAtMs", filed_at_ms AS "filedAtMs" FROM alerts WHERE filed_at_ms >= $1 ORDER BY filed_at_ms, id',
      [filedSinceMs],
    );
  }

  /** How many alerts of each source, filed since then, have a case at each stage. */
  async countsBySourceAndStage(filedSinceMs = 0): Promise<Readonly<Record<FindingSource, Readonly<Record<Stage, number>>>>> {
    const rows = await this.#database.query<{ source: FindingSource; stage: Stage; n: number }>(
      'SELECT a.source, c.stage, count(*) AS n FROM alerts a JOIN cases c ON c.id = a.case_id WHERE a.filed_at_ms >= $1 GROUP BY a.source, c.stage',
      [filedSinceMs],
    );
    const table = { camera: tally(STAGES), sensor: tally(STAGES), sos: tally(STAGES), health: tally(STAGES) };
    for (const { source, stage, n } of rows) table[source][stage] += n;
    return table;
  }

  /** How many cases of each source, filed since then, went through all five stages and are closed. */
  async wholeJourneys(filedSinceMs = 0): Promise<Readonly<Record<FindingSource, number>>> {
    const rows = await this.#database.query<{ source: FindingSource; n: number }>(
      `SELECT a.source, count(DISTINCT c.id) AS n FROM alerts a JOIN cases c ON c.id = a.case_id
       WHERE a.filed_at_ms >= $1 AND c.stage = 'closed' AND (SELECT count(DISTINCT e.to_stage) FROM case_events e WHERE e.case_id = c.id) = ${STAGES.length}
       GROUP BY a.source`,
      [filedSinceMs],
    );
    const done = tally(FINDING_SOURCES);
    for (const { source, n } of rows) done[source] += n;
    return done;
  }
}

function tally<K extends string>(names: readonly K[]): Record<K, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<K, number>;
}
