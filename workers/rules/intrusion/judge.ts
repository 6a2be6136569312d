/** Judges one camera frame by one intrusion rule: who stands in the zone long enough, told once per visit. */
import type { Zone } from '../../../domain/camera.ts';
import type { Track } from '../../../domain/detection.ts';
import type { IntrusionRule } from '../../../domain/rule.ts';
import { inForce } from '../schedule.ts';
import { insidePolygon, standsAt } from './zone.ts';

/** What one track has done about one zone so far. */
export interface Visit {
  /** The first frame of the run in which it stood in the zone; names the visit for good. */
  readonly sinceMs: number;
  /** Frames running in the zone, before it was told. */
  readonly framesIn: number;
  /** Frames running outside, after it was told. */
  readonly framesOut: number;
  readonly told: boolean;
}

/** Raised whenever the shape or meaning of the state changes. */
export const INTRUSION_STATE_VERSION = 1;

/** Plain JSON, kept beside the tracker's state: track id → visit. */
export interface IntrusionState {
  readonly version: typeof INTRUSION_STATE_VERSION;
  readonly visits: Readonly<Record<string, Visit>>;
}

export const NO_VISITS: IntrusionState = { version: INTRUSION_STATE_VERSION, visits: {} };

/** One track broke the rule. `visitSinceMs` tells one visit of it from another. */
export interface Intrusion {
  readonly track: Track;
  readonly visitSinceMs: number;
}

/** The picture's size in pixels, and the site's time zone (IANA) for the rule's schedules. */
export interface IntrusionFrame {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly timeZone: string;
}

/**
 * Judges the frame taken at `atMs`. A track of the rule's classes that stands in the zone (middle of its box's lower edge) for
 * `inertiaFrames` frames running is found once; it is found again only after as many frames running outside, so that jitter on
 * the border stays one visit. Only frames in which a track was seen count: while it is lost its visit waits, when it is dropped
 * the visit ends. Outside the schedule nothing is kept, so whoever already stands there when the rule comes into force is found.
 */
export function judge(rule: IntrusionRule, zone: Zone, state: IntrusionState, tracks: readonly Track[], frame: IntrusionFrame, atMs: number): { state: IntrusionState; findings: Intrusion[] } {
  if (!inForce(rule.schedules, atMs, frame.timeZone)) return { state: NO_VISITS, findings: [] };
  const visits: Record<string, Visit> = {};
  const findings: Intrusion[] = [];
  for (const track of tracks) {
    const before = state.visits[track.trackId];
    const visit = track.state === 'confirmed' ? next(before, isIn(track, rule, zone, frame), rule.inertiaFrames, atMs) : before;
    if (!visit) continue;
    visits[track.trackId] = visit;
    if (visit.told && !before?.told) findings.push({ track, visitSinceMs: visit.sinceMs });
  }
  return { state: { version: INTRUSION_STATE_VERSION, visits }, findings };
}

function isIn(track: Track, rule: IntrusionRule, zone: Zone, frame: IntrusionFrame): boolean {
  return rule.classes.includes(track.label) && insidePolygon(standsAt(track.box, frame), zone.polygon);
}

/** The visit one seen frame later; undefined when there is none (any more). */
function next(visit: Visit | undefined, inZone: boolean, inertiaFrames: number, atMs: number): Visit | undefined {
  if (inZone) {
    const framesIn = (visit?.framesIn ?? 0) + 1;
    const told = visit?.told === true || framesIn >= inertiaFrames;
    return { sinceMs: visit?.sinceMs ?? atMs, framesIn, framesOut: 0, told };
  }
  if (!visit?.told) return undefined;
  const framesOut = visit.framesOut + 1;
  return framesOut >= inertiaFrames ? undefined : { ...visit, framesOut };
}
