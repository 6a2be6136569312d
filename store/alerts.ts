/** Alerts: filed once per rule, subject, cell and window, each with the case it opens. */
import type { Alert, AlertPlace } from '../domain/alert.ts';
import type { Finding } from '../domain/finding.ts';
import type { Gravity } from '../domain/gravity.ts';
import { GridwardenError } from '../platform/errors.ts';
import type { Ids } from '../platform/ids.ts';
import { alertColumns, alertOf, type StoredAlert } from './alert-rows.ts';
import type { Database, Queries } from './database.ts';

/** A finding placed and weighed; see `alerts/alert-store.ts`, whose words these are. */
export interface FiledCandidate extends Gravity {
  readonly newAlertId: string;
  readonly newCaseId: string;
  readonly subject: string;
  readonly place: AlertPlace;
  readonly finding: Finding;
  readonly filedAtMs: number;
  readonly windowMs: number;
}

export interface Filed {
  readonly alert: Alert;
  /** True only in the call that made the alert. */
  readonly fresh: boolean;
}

export class AlertShelf {
  readonly #database: Database;
  readonly #ids: Ids;

  constructor(database: Database, ids: Ids) {
    this.#database = database;
    this.#ids = ids;
  }

  /**
   * One atomic upsert on (rule, subject, cell): joins the last alert when the fact lies within the window of that alert's newest finding
   * and its case is still open; else makes a new alert with its case. A finding id filed before changes nothing.
   */
  async fileAlert(candidate: FiledCandidate): Promise<Filed> {
    return this.#database.transaction(async (tx) => {
      const first = await tx.query(
        'INSERT INTO filed_findings (finding_id, filed_at_ms) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING finding_id',
        [candidate.finding.id, candidate.filedAtMs],
      );
      if (first.length === 0) return { alert: await alertOfFinding(tx, candidate.finding.id), fresh: false };
      const open = await openAlertOf(tx, candidate);
      if (open === null) await insertAlert(tx, candidate, this.#ids.id());
      else await joinAlert(tx, candidate, open);
      return { alert: await alertById(tx, open ?? candidate.newAlertId), fresh: open === null };
    });
  }

  /** Forgets which findings were filed before then: no queue gives a job again after that long. */
  async forgetFindings(filedBeforeMs: number): Promise<number> {
    return (await this.#database.query('DELETE FROM filed_findings WHERE filed_at_ms < $1 RETURNING 1', [filedBeforeMs])).length;
  }

  /** Forgets windows whose newest finding is older: every track of every camera leaves one. */
  async forgetWindows(lastBeforeMs: number): Promise<number> {
    return (await this.#database.query('DELETE FROM alert_windows WHERE last_at_ms < $1 RETURNING 1', [lastBeforeMs])).length;
  }
}

/** Locks the window's row and answers the alert to join, or null with the window handed to the new alert. */
async function openAlertOf(tx: Queries, c: FiledCandidate): Promise<string | null> {
  const key = [c.finding.ruleId, c.subject, c.place.cellCode ?? ''];
  // The update changes nothing but waits for and takes the row's lock, and shows the row as the last holder left it.
  const windows = await tx.query<{ alertId: string; lastAtMs: number }>(
    `INSERT INTO alert_windows (rule_id, subject, cell_key, alert_id, last_at_ms) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (rule_id, subject, cell_key) DO UPDATE SET rule_id = excluded.rule_id
     RETURNING alert_id AS "alertId", last_at_ms AS "lastAtMs"`,
    [...key, c.newAlertId, c.finding.occurredAtMs],
  );
  const window = windows[0];
  if (!window || window.alertId === c.newAlertId) return null;
  const near = Math.abs(c.finding.occurredAtMs - window.lastAtMs) <= c.windowMs;
  const joins = near && (await isOpen(tx, window.alertId));
  await tx.query('UPDATE alert_windows SET alert_id = $4, last_at_ms = $5 WHERE rule_id = $1 AND subject = $2 AND cell_key = $3', [
    ...key,
    joins ? window.alertId : c.newAlertId,
    joins ? Math.max(window.lastAtMs, c.finding.occurredAtMs) : c.finding.occurredAtMs,
  ]);
  return joins ? window.alertId : null;
}

/** A case that was closed takes no more findings: a second cry for help after "closed: test" must be seen. The share lock makes a closing wait. */
async function isOpen(tx: Queries, alertId: string): Promise<boolean> {
  const rows = await tx.query<{ stage: string }>('SELECT c.stage FROM alerts a JOIN cases c ON c.id = a.case_id WHERE a.id = $1 FOR SHARE OF c', [alertId]);
  return rows[0] !== undefined && rows[0].stage !== 'closed';
}

async function joinAlert(tx: Queries, c: FiledCandidate, alertId: string): Promise<void> {
  await tx.query(
    `WITH joined AS (UPDATE filed_findings SET alert_id = $1 WHERE finding_id = $2)
     UPDATE alerts SET findings = findings + 1, last_finding_at_ms = greatest(last_finding_at_ms, $3) WHERE id = $1`,
    [alertId, c.finding.id, c.finding.occurredAtMs],
  );
}

/** Case, alert, first line of history and the finding's entry: one statement, so one round trip. */
async function insertAlert(tx: Queries, c: FiledCandidate, eventId: string): Promise<void> {
  const f = c.finding;
  await tx.query(
    `WITH opened AS (
       INSERT INTO cases (id, version, stage, severity, cell_code, lon, lat, opened_at_ms, stage_since_ms, traceparent)
       VALUES ($1, 1, 'reported', $2, $3, $4, $5, $6, $6, $7)
     ), noted AS (
       INSERT INTO case_events (id, case_id, at_ms, actor, what, to_stage) VALUES ($8, $1, $6, 'system', 'opened', 'reported')
     ), filed AS (
       INSERT INTO alerts (id, case_id, source, rule_id, rule_name, rule_version, subject, severity, urgency, certainty, place_basis, lon, lat, cell_code, place_error_m, near_cells,
         occurred_at_ms, received_at_ms, filed_at_ms, last_finding_at_ms, findings, finding, traceparent)
       VALUES ($9, $1, $10, $11, $12, $13, $14, $2, $15, $16, $17, $4, $5, $3, $22, $23, $18, $19, $6, $18, 1, $20, $7)
     )
     UPDATE filed_findings SET alert_id = $9 WHERE finding_id = $21`,
    [
      c.newCaseId, c.severity, c.place.cellCode, c.place.at?.lon ?? null, c.place.at?.lat ?? null, c.filedAtMs, f.traceparent, eventId,
      c.newAlertId, f.source, f.ruleId, f.ruleName, f.ruleVersion, c.subject, c.urgency, c.certainty, c.place.basis,
      f.occurredAtMs, f.receivedAtMs, JSON.stringify(f), f.id, c.place.errorM, JSON.stringify(c.place.nearCells),
    ],
  );
}

async function alertOfFinding(tx: Queries, findingId: string): Promise<Alert> {
  const rows = await tx.query<{ alertId: string | null }>('SELECT alert_id AS "alertId" FROM filed_findings WHERE finding_id = $1', [findingId]);
  return alertById(tx, rows[0]?.alertId ?? '');
}

async function alertById(tx: Queries, alertId: string): Promise<Alert> {
  const rows = await tx.query<StoredAlert>(`SELECT ${alertColumns} FROM alerts a WHERE a.id = $1`, [alertId]);
  if (!rows[0]) throw new GridwardenError('NOT_FOUND', { what: 'alert', id: alertId });
  return alertOf(rows[0]);
}
