/** What the console server needs of the rest of the program: small interfaces that main/ fills. */
import type { Readable } from 'node:stream';
import type { AlertRow, Evidence } from '../../domain/alert.ts';
import type { Camera, CameraStatus } from '../../domain/camera.ts';
import type { CaseDetail, Stage } from '../../domain/case.ts';
import type { Cell } from '../../domain/cell.ts';
import type { Device, DeviceStatus, QuarantinedMessage } from '../../domain/device.ts';
import type { FindingSource } from '../../domain/finding.ts';
import type { FrameCounts } from '../../domain/frame.ts';
import type { Severity } from '../../domain/gravity.ts';
import type { LiveVariant, LiveViewer } from '../../domain/live-video.ts';
import type { FaceView, Operator } from '../../domain/operator.ts';
import type { Patrol, PatrolState } from '../../domain/patrol.ts';
import type { ArmProfile, ArmProfileState } from '../../domain/rule.ts';
import type { RecordedPaths, TimeSpan, Trial } from '../../domain/trial.ts';
import type { CaseMove } from '../../dispatch/case-desk.ts';
import type { Choice } from '../../domain/choice.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Ids } from '../../platform/ids.ts';
import type { Log } from '../../platform/log.ts';
import type { TicketShelf } from './live-tickets.ts';
import type { People } from './sign-in.ts';

/** The site as it is configured, without addresses and secrets. */
export interface SiteView {
  readonly name: string;
  /** IANA name, e.g. "Asia/Shanghai". */
  readonly timeZone: string;
  readonly cameras: readonly Camera[];
  readonly devices: readonly Pick<Device, 'id' | 'name' | 'kind' | 'location' | 'homeCell'>[];
  readonly patrols: readonly Patrol[];
  /** States the whole site is put into by hand; it begins in the first. */
  readonly armProfiles: readonly ArmProfile[];
}

/** A person's scope (empty: everything) and the subtree they look at ('': all of it). */
export interface Subtree {
  readonly scope: readonly string[];
  readonly prefix: string;
}

export interface AlertQuery extends Subtree {
  readonly stages: readonly Stage[];
  readonly source: FindingSource | null;
  readonly limit: number;
  readonly beforeMs: number | null;
}

export interface AlertCounts {
  readonly byStage: Readonly<Record<Stage, number>>;
  readonly bySource: Readonly<Record<FindingSource, number>>;
  readonly openBySeverity: Readonly<Record<Severity, number>>;
  readonly filedLast10Min: number;
}

export interface Reading {
  alerts(query: AlertQuery): Promise<readonly AlertRow[]>;
  alertRow(alertId: string): Promise<AlertRow>;
  alertDetail(alertId: string): Promise<{ readonly alert: AlertRow; readonly case: CaseDetail; readonly cell: Cell | null }>;
  caseWithAlerts(caseId: string): Promise<{ readonly case: CaseDetail; readonly alerts: readonly AlertRow[] }>;
  counts(subtree: Subtree, nowMs: number): Promise<AlertCounts>;
}

/** `openStore` satisfies this as it is. */
export interface ConsoleStore {
  readonly reading: Reading;
  readonly cells: { cellsAt(atMs: number): Promise<readonly Cell[]> };
  readonly positions: { patrolStates(): Promise<readonly PatrolState[]> };
  readonly quarantine: { quarantined(limit: number): Promise<readonly QuarantinedMessage[]>; quarantinedEver(): Promise<number> };
  readonly evidence: {
    evidence(id: string): Promise<Evidence>;
    picture(id: string): Promise<{ readonly evidence: Evidence; readonly jpeg: Uint8Array }>;
    /** All of it, or the bytes from the first to the last named. */
    stream(evidence: Evidence, span: { readonly from: number; readonly to: number } | null): Promise<Readable>;
  };
  readonly operators: People & { dispatchersSignedIn(atMs: number): Promise<number> };
}

/** `createCaseDesk` satisfies this; main/ may put the announcing of changes around it. */
export interface CaseWork {
  /** Throws NOT_FOUND, MOVE_NOT_ALLOWED, CASE_CHANGED, PATROL_UNFIT, ROLE_TOO_LOW. */
  move(caseId: string, asked: CaseMove): Promise<CaseDetail>;
  candidates(caseId: string, asked: { readonly actor: Operator }): Promise<Choice>;
}

/** What the processes say of themselves; main/ reads it from Redis. */
export interface StatusBoard {
  cameras(): Promise<ReadonlyMap<string, { readonly status: CameraStatus | null; readonly counts: FrameCounts }>>;
  devices(): Promise<ReadonlyMap<string, DeviceStatus>>;
  eventsIn(): Promise<number>;
  /** Jobs that were tried often enough and given up: facts that nobody will see until somebody gives them again. */
  jobsGivenUp(): Promise<number>;
}

/** Something changed that a console shows. */
export type Change =
  | { readonly kind: 'alert'; readonly alert: AlertRow }
  | { readonly kind: 'case'; readonly case: CaseDetail }
  | { readonly kind: 'patrol'; readonly patrol: PatrolState }
  | { readonly kind: 'camera'; readonly camera: CameraStatus }
  | { readonly kind: 'arm-profile'; readonly profile: ArmProfileState };

export interface Changes {
  /** Answers how to stop listening. */
  subscribe(listener: (change: Change) => void): () => void;
}

/** The arm profile the site is in; main/ keeps it in Redis and tells every console of a change. */
export interface ArmProfileDesk {
  state(): Promise<ArmProfileState>;
  /** Keeps by whom. Throws NOT_FOUND where the site has no such profile. */
  change(to: string, by: string): Promise<ArmProfileState>;
}

/** Trying rules on recorded tracks. */
export interface RuleTrials {
  /** `rule`, `zones` and `lines` as they would stand in the configuration. Throws RULE_INVALID, RULE_NEEDS_PICTURES, TRIAL_BUSY. */
  tryRule(wanted: { readonly rule: unknown; readonly zones?: unknown; readonly lines?: unknown }, span: TimeSpan): Promise<Trial>;
  paths(cameraId: string, span: TimeSpan): Promise<RecordedPaths>;
}

/** Live video of the cameras; main/ has it from Redis. */
export interface LiveVideo extends TicketShelf {
  /** Throws REDACTION_AWAY, REDACTION_NO_MODELS or REDACTION_FULL where nobody could make that variant of this camera's video now. */
  admit(cameraId: string, variant: LiveVariant): Promise<void>;
  /** Shows what there is from the last key frame on, and what follows. Answers how to stop. */
  watch(cameraId: string, variant: LiveVariant, viewer: LiveViewer): Promise<() => void>;
}

/** Rendering of clips with faces made unreadable. */
export interface Clips {
  /** Once for all who ask meanwhile; the alert's evidence tells when it is there. Throws NOT_FOUND where the clip is gone, MEDIA_TRAY_FULL. */
  redact(clip: Evidence): Promise<void>;
}

/** Every look at faces is kept. */
export interface FaceViews {
  /** Whoever cannot note it must not show it. */
  note(view: FaceView): Promise<void>;
  /** Newest first. */
  noted(limit: number): Promise<readonly FaceView[]>;
}

export interface Health {
  /** By name; each really writes to what it names and throws when that fails. */
  readonly probes: Readonly<Record<string, () => Promise<void>>>;
  metricsText(): Promise<string>;
  /** What a scraper sends as bearer; null: only signed-in people read metrics. */
  readonly metricsToken: string | null;
}

export interface ConsoleParts {
  readonly listen: { readonly host: string; readonly port: number; /** Cookies only over HTTPS: set it behind a TLS proxy. */ readonly secureCookie?: boolean };
  readonly site: SiteView;
  readonly store: ConsoleStore;
  readonly desk: CaseWork;
  readonly armProfile: ArmProfileDesk;
  readonly trials: RuleTrials;
  readonly live: { readonly board: StatusBoard; readonly changes: Changes };
  readonly video: LiveVideo;
  readonly faceViews: FaceViews;
  readonly clips: Clips;
  readonly health: Health;
  /** The built pages (`console/web/dist`); may be missing. */
  readonly webDir: string;
  readonly env: { readonly clock: Clock; readonly ids: Ids; readonly log: Log };
}
