/** What the console's HTTP API answers, in the domain's own words. */
import type { AlertRow } from '../../../domain/alert.ts';
import type { Camera, CameraStatus } from '../../../domain/camera.ts';
import type { CaseDetail, CloseCode, Move, Stage } from '../../../domain/case.ts';
import type { Cell } from '../../../domain/cell.ts';
import type { Device, DeviceStatus } from '../../../domain/device.ts';
import type { FindingSource } from '../../../domain/finding.ts';
import type { FrameCounts } from '../../../domain/frame.ts';
import type { Polygon } from '../../../domain/geo.ts';
import type { Severity } from '../../../domain/gravity.ts';
import type { Operator } from '../../../domain/operator.ts';
import type { Patrol, PatrolState } from '../../../domain/patrol.ts';
import type { ArmProfileState } from '../../../domain/rule.ts';

export interface Site {
  readonly name: string;
  /** IANA name: every absolute time is shown in it. */
  readonly timeZone: string;
}

export interface Me {
  readonly operator: Operator;
  readonly mustSetPassword: boolean;
  readonly site: Site;
}

export type CellProperties = Omit<Cell, 'area' | 'validFromMs' | 'validToMs'>;

export interface CellFeature {
  readonly type: 'Feature';
  readonly geometry: Polygon;
  readonly properties: CellProperties;
}

export interface CellCollection {
  readonly type: 'FeatureCollection';
  readonly features: readonly CellFeature[];
}

export interface CameraRow extends Camera {
  readonly status: CameraStatus | null;
  readonly counts: FrameCounts;
}

export interface PatrolRow extends Patrol {
  readonly state: PatrolState;
}

export interface DeviceRow extends Pick<Device, 'id' | 'name' | 'kind' | 'location' | 'homeCell'> {
  readonly status: DeviceStatus | null;
}

export interface AlertAnswer {
  readonly alert: AlertRow;
  readonly case: CaseDetail;
  /** Alerts of the same case, the oldest first. */
  readonly others: readonly AlertRow[];
  readonly cell: Cell | null;
  readonly rule: { readonly id: string; readonly name: string; readonly version: number };
}

export interface Summary {
  readonly byStage: Readonly<Record<Stage, number>>;
  readonly bySource: Readonly<Record<FindingSource, number>>;
  readonly openBySeverity: Readonly<Record<Severity, number>>;
  readonly framesIn: number;
  readonly framesInferred: number;
  readonly framesShed: number;
  readonly eventsIn: number;
  readonly quarantined: number;
  readonly perOperatorPer10Min: number;
}

export interface MoveRequest {
  readonly move: Move;
  readonly seenVersion: number;
  readonly why?: string;
  readonly category?: string;
  readonly patrolId?: string;
  readonly closeCode?: CloseCode;
}

/** What the live stream carries, by event name. */
export interface StreamEvents {
  readonly alert: AlertRow;
  readonly case: CaseDetail;
  readonly patrol: PatrolState;
  readonly camera: CameraStatus;
  readonly 'arm-profile': ArmProfileState;
}
