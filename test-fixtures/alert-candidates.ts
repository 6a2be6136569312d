/** Findings as the judges make them, placed and weighed, for tests of what happens after. */
import type { AlertCandidate } from '../alerts/alert-store.ts';
import type { Cell } from '../domain/cell.ts';
import { type Finding, subjectOf } from '../domain/finding.ts';

export const NOON_MS = 1_760_000_000_000;
const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

export interface Wanted {
  /** Makes every id: two candidates of one name are the same finding. */
  readonly name: string;
  readonly device?: string;
  readonly source?: Finding['source'];
  readonly cellCode?: string | null;
  readonly atMs?: number;
  readonly filedAtMs?: number;
  readonly windowMs?: number;
  readonly ruleId?: string;
}

/** A candidate whose subject is its device: same device, rule and cell make the same dedupe key. */
export function candidate(wanted: Wanted): AlertCandidate {
  const atMs = wanted.atMs ?? NOON_MS;
  const cellCode = wanted.cellCode === undefined ? '110105026004001' : wanted.cellCode;
  const finding = findingOf(wanted, atMs, cellCode);
  return {
    newAlertId: `alert-${wanted.name}`,
    newCaseId: `case-${wanted.name}`,
    subject: subjectOf(finding),
    place: { basis: 'device-location', at: cellCode === null ? null : { lon: 116.46, lat: 39.92 }, cellCode, errorM: null, nearCells: [] },
    finding,
    severity: finding.severity,
    urgency: 'Immediate',
    certainty: finding.certainty,
    filedAtMs: wanted.filedAtMs ?? atMs + 40,
    windowMs: wanted.windowMs ?? 60_000,
  };
}

function findingOf({ name, device = `device-${name}`, source = 'sensor', ruleId = 'hot' }: Wanted, atMs: number, homeCell: string | null): Finding {
  const basics = {
    id: `finding-${name}`,
    ruleId,
    ruleName: 'Too hot',
    ruleVersion: 3,
    severity: 'Severe',
    certainty: 'Observed',
    place: { basis: 'device-location', at: null, homeCell },
    occurredAtMs: atMs,
    receivedAtMs: atMs + 10,
    traceparent: TRACE,
  } as const;
  switch (source) {
    case 'sensor':
      return { ...basics, source, deviceId: device, measurement: 'temperatureC', value: 71.5, limit: 60, direction: 'above' };
    case 'sos':
      return { ...basics, source, deviceId: device };
    case 'health':
      return { ...basics, source, ruleId: 'health/frozen', cameraId: device, fault: 'frozen', sinceMs: atMs };
    case 'camera':
      return {
        ...basics, source, ruleKind: 'intrusion', cameraId: device, where: { id: 'gate', name: 'Gate' }, sinceMs: atMs, evidenceKey: null,
        about: { kind: 'track', trackId: 7, label: 'person', score: 0.81, box: { x: 10.5, y: 20, w: 30, h: 60 }, crossing: null },
      };
  }
}

/** A square cell, about 1 km wide, that follows the code's own digits so that no two lie on each other. */
export function squareCell(code: string, changes: Partial<Cell> = {}): Cell {
  const lon = 116 + Number(code.slice(-3)) / 100;
  const lat = 39 + Number(code.slice(-6, -3)) / 100;
  return {
    code,
    name: `Cell ${code.slice(-3)}`,
    community: { code: code.slice(0, 12), name: 'Community' },
    street: { code: code.slice(0, 9), name: 'Street' },
    district: { code: code.slice(0, 6), name: 'District' },
    teamId: null,
    area: { type: 'Polygon', coordinates: [[[lon, lat], [lon + 0.01, lat], [lon + 0.01, lat + 0.01], [lon, lat + 0.01], [lon, lat]]] },
    validFromMs: NOON_MS - 1_000_000,
    validToMs: null,
    ...changes,
  };
}
