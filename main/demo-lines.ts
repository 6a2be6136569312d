/** The demo's live lines: one per alert, one per step of a case. */
import type { AlertRow } from '../domain/alert.ts';
import type { CaseDetail } from '../domain/case.ts';

/** Null for an alert that was told before. */
export function alertLine(alert: AlertRow, told: Set<string>): string | null {
  if (told.has(alert.id)) return null;
  told.add(alert.id);
  return `ALERT  ${alert.severity.padEnd(8)} ${alert.source.padEnd(6)} ${alert.ruleName} · ${alert.cellName ?? '(no cell)'} · ${alert.filedAtMs - alert.receivedAtMs} ms · case ${alert.caseId.slice(0, 8)}`;
}

/** Null when nothing a person would care about changed. */
export function caseLine(found: CaseDetail, stages: Map<string, string>): string | null {
  const order = found.orders.at(-1);
  const now = `${found.stage}${found.assignee ? ` · ${found.assignee}` : ''}${order ? ` · ${order.patrolId} ${order.status}` : ''}${found.closeCode ? ` · ${found.closeCode}` : ''}`;
  if (stages.get(found.id) === now || (found.stage === 'reported' && !found.assignee)) return null;
  stages.set(found.id, now);
  return `CASE   ${found.id.slice(0, 8)} ${now}`;
}
