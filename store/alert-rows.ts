/** How an alert lies in its row, and how the row becomes an alert again. */
import type { Alert, AlertRow, Evidence } from '../domain/alert.ts';
import type { Stage } from '../domain/case.ts';
import type { Cell } from '../domain/cell.ts';
import { currentFinding, type PlaceBasis } from '../domain/finding.ts';

/** Columns of `alerts a` under the domain's names, its pictures among them. */
export const alertColumns = `a.id, a.case_id AS "caseId", a.source, a.rule_id AS "ruleId", a.rule_name AS "ruleName", a.rule_version AS "ruleVersion", a.subject,
  a.severity, a.urgency, a.certainty, a.place_basis AS "placeBasis", a.lon, a.lat, a.cell_code AS "cellCode", a.place_error_m AS "errorM", a.near_cells AS "nearCells",
  a.occurred_at_ms AS "occurredAtMs", a.received_at_ms AS "receivedAtMs", a.filed_at_ms AS "filedAtMs", a.last_finding_at_ms AS "lastFindingAtMs", a.cleared_at_ms AS "clearedAtMs",
  a.findings, a.finding, a.traceparent,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('id', e.id, 'alertId', e.alert_id, 'kind', e.kind, 'takenAtMs', e.taken_at_ms, 'mediaType', e.media_type,
    'bytes', e.bytes, 'sha256', e.sha256) ORDER BY e.taken_at_ms, e.id), '[]'::jsonb) FROM evidence e WHERE e.alert_id = a.id) AS evidence`;

/** The same with what a list shows of case (`cases c`) and cell: the cell's name is the one it had when the alert was filed. */
export const alertRowColumns = `${alertColumns}, c.stage AS "caseStage", c.version AS "caseVersion", c.assignee,
  (SELECT k.name FROM cells k WHERE k.code = a.cell_code AND k.valid_from_ms <= a.filed_at_ms ORDER BY k.valid_from_ms DESC LIMIT 1) AS "cellName"`;

export interface StoredAlert extends Omit<Alert, 'place' | 'evidence'> {
  readonly placeBasis: PlaceBasis;
  readonly lon: number | null;
  readonly lat: number | null;
  readonly cellCode: Cell['code'] | null;
  readonly errorM: number | null;
  readonly nearCells: readonly Cell['code'][];
  readonly evidence: readonly Evidence[];
}

export interface StoredAlertRow extends StoredAlert {
  readonly caseStage: Stage;
  readonly caseVersion: number;
  readonly assignee: string | null;
  readonly cellName: string | null;
}

export function alertOf({ placeBasis, lon, lat, cellCode, errorM, nearCells, ...rest }: StoredAlert): Alert {
  return { ...rest, finding: currentFinding(rest.finding), place: { basis: placeBasis, at: lon === null || lat === null ? null : { lon, lat }, cellCode, errorM, nearCells } };
}

export function alertRowOf(stored: StoredAlertRow): AlertRow {
  const { caseStage, caseVersion, assignee, cellName } = stored;
  return { ...alertOf(stored), caseStage, caseVersion, assignee, cellName };
}
