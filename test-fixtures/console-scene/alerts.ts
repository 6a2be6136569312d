/** Findings as a morning brings them, filed like real ones. */
import type { AlertCandidate } from '../../alerts/alert-store.ts';
import type { Finding } from '../../domain/finding.ts';
import { subjectOf } from '../../domain/finding.ts';
import type { Severity } from '../../domain/gravity.ts';
import type { Cast } from './cast.ts';

export interface WantedAlert {
  readonly id: string;
  readonly kind: Finding['source'];
  readonly severity: Severity;
  readonly atMs: number;
  /** Number of the cell it happens in. */
  readonly cell: number;
  readonly ruleName?: string;
}

const RULES: Readonly<Record<Finding['source'], readonly string[]>> = {
  camera: ['配电站院内夜间闯入', '学校围墙翻越', '停车场禁停区'],
  sensor: ['配电房高温', '烟雾浓度超限', '地下通道水位过高'],
  sos: ['求助按钮'],
  health: ['Camera sends nothing'],
};
const KINDS_OF_RULE = ['intrusion', 'line-crossing', 'intrusion'] as const;
const MEASURED = [['temperatureC', 63.4, 55], ['smokePpm', 212, 150], ['waterLevelCm', 38.5, 30]] as const;

function findingOf(wanted: WantedAlert, cast: Cast): Finding {
  const { id, kind, severity, atMs, cell } = wanted;
  const n = cell % 3;
  const east = ((cell * 5) % 4) - 1.5;
  const basics = {
    id: `finding-${id}`,
    ruleId: kind === 'sos' ? 'sos' : `${kind}-${n}`,
    ruleName: wanted.ruleName ?? RULES[kind][n % RULES[kind].length] ?? kind,
    ruleVersion: 3,
    severity,
    certainty: kind === 'camera' ? ('Likely' as const) : ('Observed' as const),
    occurredAtMs: atMs,
    receivedAtMs: atMs + 180,
    traceparent: `00-${Buffer.from(id.padEnd(16, '.').slice(0, 16)).toString('hex')}-00f067aa0ba902b7-01`,
  };
  const placed = { at: cast.at(cell, east, -0.7), homeCell: cast.cell(cell).code };
  switch (kind) {
    case 'camera':
      return { ...basics, source: kind, place: { basis: 'ground-plane', ...placed }, ruleKind: KINDS_OF_RULE[n] ?? 'intrusion', cameraId: `c${(cell % 6) + 1}`, where: { id: 'z1', name: ['变压器围栏', '围墙内侧', '消防通道'][n] ?? '' }, about: { kind: 'track', trackId: 40 + cell, label: n === 2 ? 'car' : 'person', score: 0.83, box: { x: 0, y: 0, w: 1, h: 1 }, crossing: n === 1 ? 'to-right' : null }, sinceMs: atMs - 4000, evidenceKey: null };
    case 'sensor': {
      const [measurement, value, limit] = MEASURED[n] ?? MEASURED[0];
      return { ...basics, source: kind, place: { basis: 'device-location', ...placed }, deviceId: `s${cell}`, measurement, value, limit, direction: 'above' };
    }
    case 'health':
      return { ...basics, ruleId: 'health/no-packets', source: kind, place: { basis: 'home-cell', at: null, homeCell: placed.homeCell }, cameraId: `c${(cell % 6) + 1}`, fault: 'no-packets', sinceMs: atMs };
    case 'sos':
      return { ...basics, source: kind, place: { basis: 'last-known', ...placed }, deviceId: 'sos2' };
  }
}

export function alertCandidate(wanted: WantedAlert, cast: Cast, box?: { x: number; y: number; w: number; h: number }): AlertCandidate {
  const made = findingOf(wanted, cast);
  const finding = made.source === 'camera' && made.about.kind === 'track' && box ? { ...made, about: { ...made.about, box } } : made;
  return {
    newAlertId: `alert-${wanted.id}`,
    newCaseId: `case-${wanted.id}`,
    subject: `${subjectOf(finding)}/${wanted.id}`,
    place: { basis: finding.place.basis, at: finding.place.at, cellCode: finding.place.homeCell, errorM: finding.place.errorM ?? null, nearCells: [] },
    finding,
    severity: wanted.severity,
    urgency: wanted.severity === 'Extreme' ? 'Immediate' : 'Expected',
    certainty: finding.certainty,
    filedAtMs: wanted.atMs + 260,
    windowMs: 60_000,
  };
}

const SEVERITIES: readonly Severity[] = ['Moderate', 'Minor', 'Moderate', 'Severe', 'Minor', 'Moderate', 'Minor'];
const KINDS = ['camera', 'sensor', 'camera', 'sensor', 'camera'] as const;

/** Twenty alerts of the last ten hours, the newest first. */
export function morning(nowMs: number): WantedAlert[] {
  return Array.from({ length: 20 }, (_, i) => ({
    id: `m${i}`,
    kind: i === 4 ? 'sos' : (KINDS[i % 5] ?? 'camera'),
    severity: i === 4 ? 'Extreme' : (SEVERITIES[i % 7] ?? 'Minor'),
    atMs: nowMs - 25_000 - i * i * 95_000,
    cell: (i * 7 + 3) % 30,
  }));
}
