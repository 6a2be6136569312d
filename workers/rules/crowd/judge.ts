/** Crowd: too many in the zone, or too many on each square metre of its ground, told once until it has thinned out. */
import type { CrowdRule } from '../../../domain/rule.ts';
import type { Judged, Place, RuleKind, Seen } from '../contract.ts';
import { boxAround, countIn } from '../count.ts';
import { stepMs } from '../follow.ts';
import { groundAreaM2 } from '../ground.ts';
import { held, NOT_HOLDING, type Holding } from '../holding.ts';

export interface CrowdState {
  readonly version: 'crowd/1';
  readonly atMs: number;
  readonly holding: Holding;
}

/** A detector misses some of a crowd in some frames. */
const GAP_MS = 2000;
const OVER_MS = 5000;

/** The count (or density) must reach `atLeast` for `forS`, and come down to `clear` for 5 s before it is found again. */
function judge(rule: CrowdRule, place: Place, state: CrowdState | null, seen: Seen, atMs: number): Judged<CrowdState> {
  const { count, score } = countIn(rule, place, seen);
  const areaM2 = rule.per === 'm2' && seen.plane ? groundAreaM2(seen.plane, place.points) : null;
  const perM2 = areaM2 === null || areaM2 === 0 ? null : count / areaM2;
  // Where there is no ground plane a density cannot be told; the configuration refuses such a rule.
  const value = rule.per === 'zone' ? count : (perM2 ?? 0);
  const times = { forMs: rule.forS * 1000, gapMs: GAP_MS, overMs: OVER_MS };
  const { holding, tells } = held(state?.holding ?? NOT_HOLDING, { holds: value >= rule.atLeast, over: value <= rule.clear }, stepMs(state?.atMs ?? null, atMs), atMs, times);
  const about = { kind: 'count', count, perM2, limit: rule.atLeast, direction: 'above', score, box: boxAround(place, seen) } as const;
  return { state: { version: 'crowd/1', atMs, holding }, breaches: tells ? [{ about, sinceMs: holding.sinceMs ?? atMs }] : [] };
}

export const crowd: RuleKind<CrowdRule, CrowdState> = { stateVersion: 'crowd/1', judge, looksAtThumbnail: false, learnsUnarmed: false };
