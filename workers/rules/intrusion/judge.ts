/** Intrusion: who stands in the zone long enough, told once per visit. */
import type { IntrusionRule } from '../../../domain/rule.ts';
import { standsIn } from '../concern.ts';
import { aboutTrack, type Breach, type Judged, type Place, type RuleKind, type Seen } from '../contract.ts';
import { follow, followed, stepMs, type Followed } from '../follow.ts';

/** What one object has done about the zone so far. */
interface Visit extends Followed {
  /** The first frame of the run in which it stood in the zone. */
  readonly sinceMs: number;
  /** Frames running in the zone, before it was told. */
  readonly framesIn: number;
  /** Frames running outside, after it was told. */
  readonly framesOut: number;
  readonly told: boolean;
}

export interface IntrusionState {
  readonly version: 'intrusion/3';
  readonly atMs: number;
  readonly visits: readonly Visit[];
}

/**
 * An object that stands in the zone (middle of its box's lower edge) for `inertiaFrames` frames running is found once; it is found
 * again only after as many frames running outside, so that jitter on the border stays one visit. Only frames in which it was seen
 * count: while it is lost its visit waits, through another id too.
 */
function judge(rule: IntrusionRule, place: Place, state: IntrusionState | null, seen: Seen, atMs: number): Judged<IntrusionState> {
  const at = follow(state?.visits ?? [], seen.tracks, stepMs(state?.atMs ?? null, atMs));
  const visits: Visit[] = at.unseen;
  const breaches: Breach[] = [];
  for (const { track, entry } of at.seen) {
    const inZone = standsIn(rule, place, track, seen);
    const visit = next(entry, followed(track, entry, atMs, seen), inZone, rule.inertiaFrames, atMs);
    if (!visit) continue;
    visits.push(visit);
    if (visit.told && !entry?.told) breaches.push({ about: aboutTrack(track), sinceMs: visit.sinceMs });
  }
  return { state: { version: 'intrusion/3', atMs, visits }, breaches };
}

/** The visit one seen frame later; undefined when there is none (any more). */
function next(visit: Visit | undefined, now: Followed, inZone: boolean, inertiaFrames: number, atMs: number): Visit | undefined {
  if (inZone) {
    const framesIn = (visit?.framesIn ?? 0) + 1;
    const told = visit?.told === true || framesIn >= inertiaFrames;
    return { ...now, sinceMs: visit?.sinceMs ?? atMs, framesIn, framesOut: 0, told };
  }
  if (!visit?.told) return undefined;
  const framesOut = visit.framesOut + 1;
  return framesOut >= inertiaFrames ? undefined : { ...visit, ...now, framesOut };
}

export const intrusion: RuleKind<IntrusionRule, IntrusionState> = { stateVersion: 'intrusion/3', judge, looksAtThumbnail: false, learnsUnarmed: false };
