/** Alerts: filed once per rule, subject, cell and window, each with the case it opens. */
import type { Alert, AlertPlace } from '../domain/alert.ts';
import type { Finding } from '../domain/finding.ts';
import { BY_ITSELF, CAME_AGAIN, CLEARED } from '../domain/health.ts';
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

/** What raised alerts is over; see `alerts/alert-store.ts`, whose words these are. */
export interface StoredClearing {
  readonly ruleId: string;
  readonly subject: string;
  readonly atMs: number;
  readonly findingId: string | null;
  readonly clearedAtMs: number;
}

export interface ClearedRow {
  readonly alertId: string;
  readonly caseId: string;
  readonly closed: boolean;
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
   * A camera's fault that was not cleared is joined however long ago it began, and one that comes again within the window opens its case again.
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
      else {
        await joinAlert(tx, candidate, open);
        if (candidate.finding.source === 'health') await reopenCase(tx, open, candidate.filedAtMs, this.#ids.id());
      }
      return { alert: await alertById(tx, open ?? candidate.newAlertId), fresh: open === null };
    });
  }

  /** See `alerts/alert-store.ts`. The windows' locks make filing and clearing take turns. */
  async clearAlerts(clearing: StoredClearing): Promise<readonly ClearedRow[] | 'unfiled'> {
    const { ruleId, subject, atMs, findingId, clearedAtMs } = clearing;
    return this.#database.transaction(async (tx) => {
      const open = await tx.query<{ alertId: string; caseId: string }>(
        `SELECT a.id AS "alertId", a.case_id AS "caseId" FROM alert_windows w JOIN alerts a ON a.id = w.alert_id
         WHERE w.rule_id = $1 AND w.subject = $2 AND a.cleared_at_ms IS NULL AND a.last_finding_at_ms <= $3 FOR UPDATE OF w, a`,
        [ruleId, subject, atMs],
      );
      const filed = findingId === null || open.length > 0 || (await tx.query('SELECT 1 FROM filed_findings WHERE finding_id = $1', [findingId])).length > 0;
      if (!filed) return 'unfiled' as const;
      const cleared: ClearedRow[] = [];
      for (const { alertId, caseId } of open) {
        await tx.query('UPDATE alerts SET cleared_at_ms = $2 WHERE id = $1', [alertId, atMs]);
        cleared.push({ alertId, caseId, closed: await closeUntouched(tx, caseId, clearedAtMs, this.#ids.id()) });
      }
      return cleared;
    });
  }

  /** Forgets which findings were filed before then: no queue gives a job again after that long. */
  async forgetFindings(filedBeforeMs: number): Promise<number> {
    return (await this.#database.query('DELETE FROM filed_findings WHERE filed_at_ms < $1 RETURNING 1', [filedBeforeMs])).length;
  }

  /** Forgets windows whose newest finding is older: every track of every camera leaves one. What lasts and has yet to be cleared stays. */
  async forgetWindows(lastBeforeMs: number): Promise<number> {
    return (
      await this.#database.query(
        "DELETE FROM alert_windows w WHERE last_at_ms < $1 AND NOT EXISTS (SELECT 1 FROM alerts a WHERE a.id = w.alert_id AND a.source = 'health' AND a.cleared_at_ms IS NULL) RETURNING 1",
        [lastBeforeMs],
      )
    ).length;
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
  const joins = c.finding.source === 'health' ? await takesFault(tx, window.alertId, c) : near && (await isOpen(tx, window.alertId));
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

/**
 * Whether a camera's fault is the one of this alert: it lasts still (a gateway that began anew tells it once more), or it was over for less than
 * the window. Not where a person closed the case: what happens after that is to be seen.
 */
async function takesFault(tx: Queries, alertId: string, { finding, windowMs }: FiledCandidate): Promise<boolean> {
  const rows = await tx.query<{ clearedAtMs: number | null; stage: string; closer: string | null }>(
    `SELECT a.cleared_at_ms AS "clearedAtMs", c.stage, (SELECT e.actor FROM case_events e WHERE e.case_id = c.id ORDER BY e.seq DESC LIMIT 1) AS closer
     FROM alerts a JOIN cases c ON c.id = a.case_id WHERE a.id = $1 FOR UPDATE OF c`,
    [alertId],
  );
  const alert = rows[0];
  if (!alert || (alert.clearedAtMs !== null && finding.occurredAtMs - alert.clearedAtMs > windowMs)) return false;
  return alert.stage !== 'closed' || alert.closer === BY_ITSELF;
}

/** Nobody claimed it, nobody classified it, and nothing else in it is open: then there is nothing for anybody to do. */
async function closeUntouched(tx: Queries, caseId: string, atMs: number, eventId: string): Promise<boolean> {
  const closed = await tx.query(
    `UPDATE cases c SET version = version + 1, stage = 'closed', close_code = 'true', stage_since_ms = $2, closed_at_ms = $2
     WHERE id = $1 AND stage = 'reported' AND assignee IS NULL AND NOT EXISTS (SELECT 1 FROM alerts a WHERE a.case_id = c.id AND a.cleared_at_ms IS NULL) RETURNING 1`,
    [caseId, atMs],
  );
  if (closed.length > 0) await noteByItself(tx, caseId, { atMs, id: eventId, what: 'close', from: 'reported', to: 'closed', why: CLEARED });
  return closed.length > 0;
}

/** The fault came again before anybody saw that it had gone: the case that closed by itself stands open as before. */
async function reopenCase(tx: Queries, alertId: string, atMs: number, eventId: string): Promise<void> {
  const opened = await tx.query<{ id: string }>(
    `UPDATE cases c SET version = version + 1, stage = 'reported', close_code = NULL, stage_since_ms = $2, closed_at_ms = NULL
     FROM alerts a WHERE a.id = $1 AND c.id = a.case_id AND c.stage = 'closed' AND a.cleared_at_ms IS NULL RETURNING c.id`,
    [alertId, atMs],
  );
  for (const { id } of opened) await noteByItself(tx, id, { atMs, id: eventId, what: 'opened', from: 'closed', to: 'reported', why: CAME_AGAIN });
}

async function noteByItself(tx: Queries, caseId: string, event: { id: string; atMs: number; what: string; from: string; to: string; why: string }): Promise<void> {
  await tx.query('INSERT INTO case_events (id, case_id, at_ms, actor, what, from_stage, to_stage, why) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)', [
    event.id, caseId, event.atMs, BY_ITSELF, event.what, event.from, event.to, event.why,
  ]);
}

async function joinAlert(tx: Queries, c: FiledCandidate, alertId: string): Promise<void> {
  await tx.query(
    `WITH joined AS (UPDATE filed_findings SET alert_id = $1 WHERE finding_id = $2)
     UPDATE alerts SET findings = findings + 1, last_finding_at_ms = greatest(last_finding_at_ms, $3),
       cleared_at_ms = CASE WHEN cleared_at_ms < $3 THEN NULL ELSE cleared_at_ms END WHERE id = $1`,
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
