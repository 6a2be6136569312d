/** One alert: the findings of one rule about one subject in one cell within one window, filed once. */
import type { Stage } from './case.ts';
import type { Finding, FindingSource, PlaceBasis } from './finding.ts';
import type { Gravity } from './gravity.ts';
import type { LonLat } from './geo.ts';

/**
 * picture: the detector's picture, redacted; still: the same moment in the camera's full resolution, redacted; clip: the camera's own video about it,
 * NOT redacted, for those alone who may see faces; redacted-clip: the same with faces made unreadable, rendered when first asked for.
 */
export const EVIDENCE_KINDS = ['picture', 'still', 'clip', 'redacted-clip'] as const;
export type EvidenceKind = (typeof EVIDENCE_KINDS)[number];

export const EVIDENCE_TYPES = ['image/jpeg', 'video/mp4'] as const;

/** Something kept for an alert. Its path or key is made by the store from its id; never from input. */
export interface Evidence {
  readonly id: string;
  readonly alertId: string;
  readonly kind: EvidenceKind;
  readonly takenAtMs: number;
  readonly mediaType: (typeof EVIDENCE_TYPES)[number];
  readonly bytes: number;
  readonly sha256: string;
}

export interface AlertPlace {
  readonly basis: PlaceBasis;
  readonly at: LonLat | null;
  /** Null when no cell could be told: then the alert is filed under the site itself. */
  readonly cellCode: string | null;
  /** Radius that holds the true place 95 times of 100, in metres; null where nobody knows. Of a place too rough to be used it is all that is left. */
  readonly errorM: number | null;
  /** Codes of the other cells that the place may as well lie in: their border runs within `errorM`. The nearest first. */
  readonly nearCells: readonly string[];
}

export interface Alert extends Gravity {
  readonly id: string;
  readonly caseId: string;
  readonly source: FindingSource;
  readonly ruleId: string;
  readonly ruleName: string;
  readonly ruleVersion: number;
  readonly subject: string;
  readonly place: AlertPlace;
  readonly occurredAtMs: number;
  readonly receivedAtMs: number;
  readonly filedAtMs: number;
  readonly lastFindingAtMs: number;
  /** When what raised it ended by itself; null while it lasts, and for alerts that do not end so. Missing in what a desk of before told. */
  readonly clearedAtMs?: number | null | undefined;
  /** How many findings it gathered, the first included. */
  readonly findings: number;
  /** The first finding, whole: what the console shows as the reason. */
  readonly finding: Finding;
  readonly evidence: readonly Evidence[];
  readonly traceparent: string;
}

/** An alert with what a list shows of its case and cell. */
export interface AlertRow extends Alert {
  readonly caseStage: Stage;
  readonly caseVersion: number;
  readonly assignee: string | null;
  readonly cellName: string | null;
}
