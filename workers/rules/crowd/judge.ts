/** Crowd: too many in the zone, or too many on each square metre of its ground, told once until it has thinned out. */
import type { CrowdRule } from '../../../domain/rule.ts';
import type { Judged, Place, RuleKind, Seen } from '../contract.ts';
import { judgeCount, type CountState } from '../count.ts';
import { groundAreaM2 } from '../ground.ts';

type CrowdState = CountState<'crowd/2'>;

/** A detector misses some of a crowd in some frames. */
const GAP_MS = 2000;
const OVER_MS = 5000;

/** The count (or density) must reach `atLeast` for `forS`, and come down to `clear` for 5 s before it is found again. */
function judge(rule: CrowdRule, place: Place, state: CrowdState | null, seen: Seen, atMs: number): Judged<CrowdState> {
  const areaM2 = rule.per === 'm2' && seen.plane ? groundAreaM2(seen.plane, place.points) : null;
  const times = { forMs: rule.forS * 1000, gapMs: GAP_MS, overMs: OVER_MS };
  return judgeCount('crowd/2', rule, place, state, seen, atMs, times, (count) => {
    const perM2 = areaM2 === null || areaM2 === 0 ? null : count / areaM2;
    // Where there is no ground plane a density cannot be told; the configuration refuses such a rule.
    const value = rule.per === 'zone' ? count : (perM2 ?? 0);
    return { holds: value >= rule.atLeast, over: value <= rule.clear, perM2, limit: rule.atLeast, direction: 'above' };
  });
}

export const crowd: RuleKind<CrowdRule, CrowdState> = { stateVersion: 'crowd/2', judge, looksAtThumbnail: false, learnsUnarmed: false };
