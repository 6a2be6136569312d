/** What every camera rule's judge takes and gives: one folder per kind, one pure function in it. */
import type { PicturePoint } from '../../domain/camera.ts';
import type { Track } from '../../domain/detection.ts';
import type { SubjectInView, TrackSubject } from '../../domain/finding.ts';
import type { CameraRule, Crossing } from '../../domain/rule.ts';
import type { GroundPlane } from '../../grid/ground-plane.ts';
import type { Lens } from '../../grid/size.ts';
import type { Thumbnail } from './thumbnail.ts';

/** Where in the picture a rule looks: the corners of its zone, the ends of its line, or the whole picture. */
export interface Place {
  /** Null for the whole picture. */
  readonly named: { readonly id: string; readonly name: string } | null;
  readonly points: readonly PicturePoint[];
}

/** One frame as a judge sees it. Boxes are in pixels. */
export interface Seen {
  readonly tracks: readonly Track[];
  readonly widthPx: number;
  readonly heightPx: number;
  /** Null where nobody surveyed the camera. */
  readonly plane: GroundPlane | null;
  /** What heights are measured from, beside the plane. */
  readonly lens: Lens;
  /** Null where no rule of the camera asks for one. */
  readonly thumbnail: Thumbnail | null;
  /** False while the rule is not in force: only rules that must go on learning are asked then, and they find nothing. */
  readonly armed: boolean;
}

/** What a judge remembers between frames: plain JSON. The version names the kind too, as `intrusion/2`. */
export interface RuleState {
  readonly version: string;
}

/** The rule is broken: by what, and since when. The two name the fact for good, so that it is told once however often it is judged. */
export interface Breach {
  readonly about: SubjectInView;
  readonly sinceMs: number;
}

/** A breach by one track. */
export function aboutTrack({ trackId, label, score, box }: Track, crossing: Crossing | null = null): TrackSubject {
  return { kind: 'track', trackId, label, score, box, crossing };
}

export interface Judged<S> {
  readonly state: S;
  readonly breaches: readonly Breach[];
}

/** Judges the frame taken at `atMs`; `state` is null at first and after a time in which the rule was not in force. */
export type Judge<R extends CameraRule, S extends RuleState> = (rule: R, place: Place, state: S | null, seen: Seen, atMs: number) => Judged<S>;

/** One kind of rule. */
export interface RuleKind<R extends CameraRule, S extends RuleState> {
  /** Raised whenever the shape or meaning of the state changes; a state of another version is forgotten. */
  readonly stateVersion: S['version'];
  readonly judge: Judge<R, S>;
  /** Looks at {@link Seen.thumbnail}. */
  readonly looksAtThumbnail: boolean;
  /** Goes on learning while it is not in force. */
  readonly learnsUnarmed: boolean;
}
