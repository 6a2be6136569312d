/** What is going on: grid, cameras, patrols, devices, alerts and the summary, as one value the pages watch. */
import type { CameraStatus } from '../../../domain/camera.ts';
import type { CaseDetail } from '../../../domain/case.ts';
import type { PatrolState } from '../../../domain/patrol.ts';
import type { AlertRow } from '../../../domain/alert.ts';
import type { ArmProfileState } from '../../../domain/rule.ts';
import type { CameraRow, CellFeature, DeviceRow, PatrolRow, Summary } from '../api/contract.ts';
import { createStore } from './store.ts';

export interface Situation {
  /** False until the first whole picture came. */
  readonly loaded: boolean;
  readonly cells: readonly CellFeature[];
  readonly cameras: ReadonlyMap<string, CameraRow>;
  readonly patrols: ReadonlyMap<string, PatrolRow>;
  readonly devices: ReadonlyMap<string, DeviceRow>;
  readonly alerts: ReadonlyMap<string, AlertRow>;
  /** Ids of alerts that came by the live stream since the last look, for the announcement. */
  readonly arrivals: readonly string[];
  readonly summary: Summary | null;
  readonly armProfile: ArmProfileState | null;
}

export const EMPTY: Situation = {
  loaded: false,
  cells: [],
  cameras: new Map(),
  patrols: new Map(),
  devices: new Map(),
  alerts: new Map(),
  arrivals: [],
  summary: null,
  armProfile: null,
};

export const situation = createStore<Situation>(EMPTY);

export type LiveEvent =
  | { readonly kind: 'alert'; readonly value: AlertRow }
  | { readonly kind: 'case'; readonly value: CaseDetail }
  | { readonly kind: 'patrol'; readonly value: PatrolState }
  | { readonly kind: 'camera'; readonly value: CameraStatus }
  | { readonly kind: 'arm-profile'; readonly value: ArmProfileState };

/** Open and grave: shown before all others, and never dropped from memory. */
export const isPinned = (row: AlertRow): boolean => row.caseStage !== 'closed' && (row.severity === 'Extreme' || row.severity === 'Severe');

/** A whole shift of alerts would fill the browser: beyond this many the oldest that are not pinned are let go. */
const KEEP_ALERTS = 600;

/** Of two tellings of one alert the newer, part by part: findings only grow, and so does the version of its case. */
export function newerRow(known: AlertRow | undefined, heard: AlertRow): AlertRow {
  if (!known) return heard;
  const facts = heard.findings >= known.findings && heard.evidence.length >= known.evidence.length ? heard : known;
  const work = heard.caseVersion >= known.caseVersion ? heard : known;
  return { ...facts, caseStage: work.caseStage, caseVersion: work.caseVersion, assignee: work.assignee };
}

/** The row with what the case now says of it, or the same row where the case is no newer. */
export function rowWithCase(row: AlertRow, work: CaseDetail): AlertRow {
  if (row.caseId !== work.id || work.version <= row.caseVersion) return row;
  return { ...row, caseStage: work.stage, caseVersion: work.version, assignee: work.assignee };
}

export function keepBounded(alerts: Map<string, AlertRow>): Map<string, AlertRow> {
  if (alerts.size <= KEEP_ALERTS) return alerts;
  const loose = [...alerts.values()].filter((row) => !isPinned(row)).sort((a, b) => a.filedAtMs - b.filedAtMs);
  for (const row of loose.slice(0, alerts.size - KEEP_ALERTS)) alerts.delete(row.id);
  return alerts;
}

export function withAlerts(now: Situation, rows: readonly AlertRow[]): Situation {
  const alerts = new Map(now.alerts);
  for (const row of rows) alerts.set(row.id, newerRow(alerts.get(row.id), row));
  return { ...now, alerts: keepBounded(alerts) };
}

export function withoutAlerts(now: Situation, ids: readonly string[]): Situation {
  if (ids.length === 0) return now;
  const alerts = new Map(now.alerts);
  for (const id of ids) alerts.delete(id);
  return { ...now, alerts };
}

/** One frame's worth of live events, applied together: a hundred alerts cost the pages one rendering. */
export function withEvents(now: Situation, events: readonly LiveEvent[]): Situation {
  const alerts = new Map(now.alerts);
  const patrols = new Map(now.patrols);
  const cameras = new Map(now.cameras);
  const arrivals: string[] = [];
  let { armProfile } = now;
  for (const event of events) {
    switch (event.kind) {
      case 'alert':
        if (!alerts.has(event.value.id)) arrivals.push(event.value.id);
        alerts.set(event.value.id, newerRow(alerts.get(event.value.id), event.value));
        break;
      case 'case':
        for (const row of alerts.values()) {
          const next = rowWithCase(row, event.value);
          if (next !== row) alerts.set(row.id, next);
        }
        break;
      case 'patrol': {
        const patrol = patrols.get(event.value.patrolId);
        if (patrol) patrols.set(patrol.id, { ...patrol, state: event.value });
        break;
      }
      case 'camera': {
        const camera = cameras.get(event.value.cameraId);
        if (camera) cameras.set(camera.id, { ...camera, status: event.value });
        break;
      }
      case 'arm-profile':
        armProfile = event.value;
        break;
    }
  }
  return { ...now, alerts: keepBounded(alerts), patrols, cameras, armProfile, arrivals: arrivals.length > 0 ? arrivals : now.arrivals };
}
