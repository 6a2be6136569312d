/** Trying a rule on recorded tracks: what was recorded, and what the rule would have found, without an alert to anybody. */
import type { PicturePoint } from './camera.ts';
import type { ObjectClass, Track } from './detection.ts';
import type { SubjectInView } from './finding.ts';

/** The tracks of one judged frame as they were recorded: boxes and classes only. */
export interface LoggedFrame {
  readonly atMs: number;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly tracks: readonly Track[];
}

/** A time from and to, both included, epoch ms; null for no limit. */
export interface TimeSpan {
  readonly fromMs: number | null;
  readonly toMs: number | null;
}

/** What the rule would have found at `atMs`. Boxes are in pixels of a picture of {@link Trial.widthPx} × {@link Trial.heightPx}. */
export interface TrialFinding {
  readonly atMs: number;
  readonly sinceMs: number;
  readonly about: SubjectInView;
  /** The rule's zone or line. */
  readonly where: { readonly id: string; readonly name: string } | null;
}

export interface Trial {
  /** The first ones, oldest first. */
  readonly findings: readonly TrialFinding[];
  /** How many there were. */
  readonly found: number;
  /** Frames that were judged, and the first and last of them; null where nothing was recorded. */
  readonly frames: number;
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly widthPx: number;
  readonly heightPx: number;
  /** The time for trying was over before the frames were. */
  readonly cutShort: boolean;
  /** The arm profile the site was taken to be in: the first of the rule's own, null where it has none. */
  readonly profile: string | null;
}

/** Where one object went: its foot points, oldest first. */
export interface RecordedPath {
  readonly trackId: number;
  readonly label: ObjectClass;
  readonly fromMs: number;
  readonly toMs: number;
  readonly points: readonly PicturePoint[];
}

export interface RecordedPaths {
  /** Frames of the span, and the first and last of them. */
  readonly frames: number;
  readonly fromMs: number | null;
  readonly toMs: number | null;
  /** Of the newest recorded frame; null where nothing was recorded. */
  readonly picture: { readonly widthPx: number; readonly heightPx: number } | null;
  /** The newest ones, in the order in which they began. */
  readonly paths: readonly RecordedPath[];
  /** How many there were. */
  readonly objects: number;
}
