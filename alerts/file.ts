/** A finding becomes one alert in one cell, once, with its picture. */
import type { Alert } from '../domain/alert.ts';
import { healthSubject, subjectOf, type CameraFinding, type Finding } from '../domain/finding.ts';
import { type HealthFault, healthRuleId } from '../domain/health.ts';
import type { Clock } from '../platform/clock.ts';
import { GridwardenError, sentenceOf } from '../platform/errors.ts';
import type { Ids } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import type { AlertCandidate, AlertStore, ClearedAlert } from './alert-store.ts';
import { gravityOf } from './gravity.ts';
import { placeOf, type PlaceCells } from './place.ts';

/** Where workers left the redacted pictures. A picture taken stays there until its time is up, so that a retry finds it again. */
export interface EvidenceSource {
  take(key: string): Promise<Uint8Array | null>;
}

export interface FiledAlert {
  /** With the picture just kept among its evidence. */
  readonly alert: Alert;
  /** False when the finding joined an alert that was there. */
  readonly fresh: boolean;
  /**
   * kept: now or before; none: the finding has no picture; missing: its time in the tray was up, it is lost; failed: it could not be
   * written now. The alert stands in every case. On `failed` the caller announces the alert, and then lets the job be tried again.
   */
  readonly evidence: 'kept' | 'none' | 'missing' | 'failed';
}

/** A camera is well again: job `health.cleared`. */
export interface FaultOver {
  readonly cameraId: string;
  readonly fault: HealthFault;
  readonly atMs: number;
  readonly findingId: string | null;
}

export interface AlertDesk {
  /** Safe to repeat: the same finding filed again makes no second alert and no second picture. Rejects only if the alert could not be stored. */
  file(finding: Finding): Promise<FiledAlert>;
  /** Safe to repeat. Rejects with HEALTH_UNFILED while what is over is still on its way here. */
  clear(over: FaultOver): Promise<readonly ClearedAlert[]>;
}

export interface AlertDeskParts {
  readonly store: AlertStore;
  readonly cells: PlaceCells;
  readonly evidence: EvidenceSource;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  /** A finding of the same rule, subject and cell within this time after the last one joins that alert. */
  readonly windowMs: number;
  /** A place known worse than this is not used: the alert is filed in the home cell. */
  readonly mostErrorM: number;
}

export function createAlertDesk(parts: AlertDeskParts): AlertDesk {
  return {
    file: async (finding) => {
      const { alert, fresh } = await parts.store.fileAlert(candidateOf(finding, parts));
      if (alert.place.cellCode === null) parts.log.warn({ alert: alert.id, finding: finding.id }, 'the alert lies in no cell; it is filed under the site itself');
      return keepEvidence(finding, alert, fresh, parts);
    },
    clear: (over) => clear(over, parts),
  };
}

function candidateOf(finding: Finding, { cells, clock, ids, windowMs, mostErrorM }: AlertDeskParts): AlertCandidate {
  return {
    ...gravityOf(finding),
    newAlertId: ids.id(),
    newCaseId: ids.id(),
    subject: subjectOf(finding),
    place: placeOf(finding.place, cells, finding.occurredAtMs, mostErrorM),
    finding,
    filedAtMs: clock.nowMs(),
    windowMs,
  };
}

async function keepEvidence(finding: Finding, alert: Alert, fresh: boolean, parts: AlertDeskParts): Promise<FiledAlert> {
  if (finding.source !== 'camera' || finding.evidenceKey === null) return { alert, fresh, evidence: 'none' };
  if (alert.evidence.some((picture) => picture.id === evidenceIdOf(finding))) return { alert, fresh, evidence: 'kept' };
  try {
    const jpeg = await parts.evidence.take(finding.evidenceKey);
    if (!jpeg) {
      parts.log.warn({ alert: alert.id, camera: finding.cameraId, key: finding.evidenceKey }, 'the evidence picture is no longer there; the alert stands without it');
      return { alert, fresh, evidence: 'missing' };
    }
    const kept = await parts.store.addEvidence({ id: evidenceIdOf(finding), alertId: alert.id, kind: 'picture', takenAtMs: finding.occurredAtMs, mediaType: 'image/jpeg' }, jpeg);
    return { alert: { ...alert, evidence: [...alert.evidence, kept] }, fresh, evidence: 'kept' };
  } catch (error) {
    parts.log.error({ alert: alert.id, camera: finding.cameraId, reason: sentenceOf(error), error }, 'the evidence picture could not be kept; the alert stands');
    return { alert, fresh, evidence: 'failed' };
  }
}

/** A finding that was given up never comes: after this long nobody waits for it. */
const UNFILED_MS = 3_600_000;

async function clear({ cameraId, fault, atMs, findingId }: FaultOver, { store, clock, log }: AlertDeskParts): Promise<readonly ClearedAlert[]> {
  const nowMs = clock.nowMs();
  const cleared = await store.clearAlerts({ ruleId: healthRuleId(fault), subject: healthSubject(cameraId, fault), atMs, findingId, clearedAtMs: nowMs });
  if (cleared !== 'unfiled') return cleared;
  if (nowMs - atMs < UNFILED_MS) throw new GridwardenError('HEALTH_UNFILED', { camera: cameraId, fault });
  log.warn({ camera: cameraId, fault, finding: findingId }, 'a camera is well again, and that it was not was never filed');
  return [];
}

/** One picture a finding: its id is the finding's, which makes a retry find it. */
function evidenceIdOf(finding: CameraFinding): string {
  return finding.id;
}
