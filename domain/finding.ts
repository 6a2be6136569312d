/** A rule was broken: what a judge found, before it is an alert. */
import type { ObjectClass, Box } from './detection.ts';
import type { Certainty, Severity } from './gravity.ts';
import type { LonLat } from './geo.ts';

/** How the place of a finding is known, best first. The alert repeats it to the operator. */
export const PLACE_BASES = ['ground-plane', 'device-fix', 'last-known', 'device-location', 'home-cell'] as const;
export type PlaceBasis = (typeof PLACE_BASES)[number];

export interface FindingPlace {
  readonly basis: PlaceBasis;
  readonly at: LonLat | null;
  /** Used when `at` is null or lies in no cell. */
  readonly homeCell: string | null;
}

interface FindingBasics {
  readonly id: string;
  readonly ruleId: string;
  readonly ruleName: string;
  readonly ruleVersion: number;
  readonly severity: Severity;
  readonly certainty: Certainty;
  readonly place: FindingPlace;
  /** When the fact happened: capture of the frame that raised it, or the event's own time. */
  readonly occurredAtMs: number;
  /** When the fact reached us: frame into Redis, or message at the MQTT door. Latencies are measured from here. */
  readonly receivedAtMs: number;
  readonly traceparent: string;
}

export interface CameraFinding extends FindingBasics {
  readonly source: 'camera';
  readonly cameraId: string;
  readonly zoneId: string;
  readonly zoneName: string;
  readonly trackId: number;
  readonly label: ObjectClass;
  readonly score: number;
  /** Pixels of the evidence picture. */
  readonly box: Box;
  /** Key of the redacted JPEG in the evidence tray (Redis), or null when none could be made. */
  readonly evidenceKey: string | null;
}

export interface SensorFinding extends FindingBasics {
  readonly source: 'sensor';
  readonly deviceId: string;
  readonly measurement: string;
  readonly value: number;
  readonly limit: number;
  readonly direction: 'above' | 'below';
}

export interface SosFinding extends FindingBasics {
  readonly source: 'sos';
  readonly deviceId: string;
}

export type Finding = CameraFinding | SensorFinding | SosFinding;
export type FindingSource = Finding['source'];

/** Who or what broke the rule: with rule, cell and window the key that makes one alert of many findings. */
export function subjectOf(finding: Finding): string {
  switch (finding.source) {
    case 'camera':
      return `camera/${finding.cameraId}/zone/${finding.zoneId}/track/${finding.trackId}`;
    case 'sensor':
    case 'sos':
      return `device/${finding.deviceId}`;
  }
}
