/** A rule was broken: what a judge found, before it is an alert. */
import type { ObjectClass, Box } from './detection.ts';
import type { Certainty, Severity } from './gravity.ts';
import type { LonLat } from './geo.ts';
import type { HealthFault } from './health.ts';
import type { CameraFault, CameraRuleKind, Crossing } from './rule.ts';

/** How the place of a finding is known, best first. The alert repeats it to the operator. */
export const PLACE_BASES = ['ground-plane', 'device-fix', 'last-known', 'device-location', 'home-cell'] as const;
export type PlaceBasis = (typeof PLACE_BASES)[number];

export interface FindingPlace {
  readonly basis: PlaceBasis;
  readonly at: LonLat | null;
  /** Radius about `at` that holds the true place 95 times of 100, in metres; missing or null where nobody knows. */
  readonly errorM?: number | null | undefined;
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

/** How fast and whither something goes over the ground; the true speed lies within ± the error 95 times of 100. */
export interface TrackSpeed {
  readonly kmh: number;
  readonly errorKmh: number;
  /** Clockwise from north, 0…359. */
  readonly headingDeg: number;
}

/** A finding about one object that was followed. */
export interface TrackSubject {
  readonly kind: 'track';
  readonly trackId: number;
  readonly label: ObjectClass;
  readonly score: number;
  readonly box: Box;
  /** Which way it crossed, where the rule is about a line. */
  readonly crossing: Crossing | null;
  /** Missing or null where the camera is not surveyed, or the speed cannot be told. */
  readonly speed?: TrackSpeed | null | undefined;
}

/** A finding about how many there are in a zone. */
export interface CountSubject {
  readonly kind: 'count';
  readonly count: number;
  /** Null where the rule counts heads. */
  readonly perM2: number | null;
  /** What the count, or the density where there is one, was held against. */
  readonly limit: number;
  readonly direction: 'above' | 'below';
  /** Mean of what was counted; null of nothing. */
  readonly score: number | null;
  /** Around the zone. */
  readonly box: Box;
}

/** A finding about a part of the picture that is not as it was: something that was put there, or is gone. */
export interface RegionSubject {
  readonly kind: 'region';
  readonly change: 'left' | 'removed';
  readonly box: Box;
}

/** A finding about the camera itself. */
export interface CameraSubject {
  readonly kind: 'camera';
  readonly fault: CameraFault;
}

/** What a camera's finding is about. Boxes are in pixels of the evidence picture. */
export type SubjectInView = TrackSubject | CountSubject | RegionSubject | CameraSubject;

export interface CameraFinding extends FindingBasics {
  readonly source: 'camera';
  readonly ruleKind: CameraRuleKind;
  readonly cameraId: string;
  /** Zone or line of the rule; null for a rule on the whole camera. */
  readonly where: { readonly id: string; readonly name: string } | null;
  readonly about: SubjectInView;
  /** Since when it is so: with rule and subject this names the fact for good. */
  readonly sinceMs: number;
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

/** A camera that is not well. It is over when the gateway says so (job `health.cleared`). */
export interface HealthFinding extends FindingBasics {
  readonly source: 'health';
  readonly cameraId: string;
  readonly fault: HealthFault;
  readonly sinceMs: number;
}

export type Finding = CameraFinding | SensorFinding | SosFinding | HealthFinding;
export const FINDING_SOURCES = ['camera', 'sensor', 'sos', 'health'] as const satisfies readonly Finding['source'][];
export type FindingSource = Finding['source'];

/** Who or what broke the rule: with rule, cell and window the key that makes one alert of many findings. */
export function subjectOf(finding: Finding): string {
  switch (finding.source) {
    case 'camera':
      return [`camera/${finding.cameraId}`, ...(finding.where ? [`zone/${finding.where.id}`] : []), ...subjectInView(finding)].join('/');
    case 'sensor':
    case 'sos':
      return `device/${finding.deviceId}`;
    case 'health':
      return healthSubject(finding.cameraId, finding.fault);
  }
}

/** One subject per camera and fault: however often it comes, its findings are about the same. */
export const healthSubject = (cameraId: string, fault: HealthFault): string => `camera/${cameraId}/health/${fault}`;

function subjectInView({ about, sinceMs }: CameraFinding): string[] {
  switch (about.kind) {
    case 'track':
      return [`track/${about.trackId}`];
    case 'count':
      return ['count'];
    case 'region':
      // Two bags side by side are two subjects; since when each lies there tells one from the other.
      return [`${about.change}/${sinceMs}`];
    case 'camera':
      return [about.fault];
  }
}

/** What to outline in the picture; null where it is all of it. */
export function outlineOf(about: SubjectInView): Box | null {
  return about.kind === 'camera' ? null : about.box;
}

/** A camera's finding as it was kept while intrusion was the only rule (before subjects). */
export interface EarlierCameraFinding extends FindingBasics {
  readonly source: 'camera';
  readonly cameraId: string;
  readonly zoneId: string;
  readonly zoneName: string;
  readonly trackId: number;
  readonly label: ObjectClass;
  readonly score: number;
  readonly box: Box;
  readonly evidenceKey: string | null;
}

/** A finding as kept by this or an earlier version of the program, in the words of this one: alerts and jobs outlive versions. */
export function currentFinding(kept: Finding | EarlierCameraFinding): Finding {
  if (kept.source !== 'camera' || 'about' in kept) return kept;
  const { zoneId, zoneName, trackId, label, score, box, ...rest } = kept;
  return { ...rest, ruleKind: 'intrusion', where: { id: zoneId, name: zoneName }, about: { kind: 'track', trackId, label, score, box, crossing: null }, sinceMs: kept.occurredAtMs };
}
