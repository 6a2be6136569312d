/** What filing alerts needs of a store; `store/` satisfies it without knowing this file. */
import type { Alert, AlertPlace, Evidence } from '../domain/alert.ts';
import type { Finding } from '../domain/finding.ts';
import type { Gravity } from '../domain/gravity.ts';

/** A finding placed and weighed, ready to become a new alert or to join an open one. */
export interface AlertCandidate extends Gravity {
  /** Ids to use if the alert (and with it its case) turns out to be new. */
  readonly newAlertId: string;
  readonly newCaseId: string;
  readonly subject: string;
  readonly place: AlertPlace;
  readonly finding: Finding;
  readonly filedAtMs: number;
  /** A finding of the same rule, subject and cell within this time after the last one joins that alert. */
  readonly windowMs: number;
}

/** What raised alerts of this rule and subject is over. */
export interface Clearing {
  readonly ruleId: string;
  readonly subject: string;
  /** When it was over: a finding of later is not touched. */
  readonly atMs: number;
  /** The finding that is over; null where the one who says so knows of none. */
  readonly findingId: string | null;
  readonly clearedAtMs: number;
}

export interface ClearedAlert {
  readonly alertId: string;
  readonly caseId: string;
  /** Its case was nobody's yet, and closed with it. */
  readonly closed: boolean;
}

export interface AlertStore {
  /**
   * One atomic upsert on (rule, subject, cell, window): two nodes filing the same trigger 1 ms apart make one alert.
   * A new alert opens a case at stage `reported` in the same transaction. The same finding id filed again changes nothing.
   */
  fileAlert(candidate: AlertCandidate): Promise<{ readonly alert: Alert; readonly fresh: boolean }>;
  /**
   * Marks what is open as cleared, and closes the cases that nobody has begun to work on and in which nothing else is open.
   * 'unfiled' when the finding named was never filed: it is on its way. Repeated, it changes nothing.
   */
  clearAlerts(clearing: Clearing): Promise<readonly ClearedAlert[] | 'unfiled'>;
  /** Keeps a redacted picture: file and row together or neither. Idempotent on evidence id. */
  addEvidence(evidence: Omit<Evidence, 'bytes' | 'sha256'>, jpeg: Uint8Array): Promise<Evidence>;
}
