/** Absence: fewer in the zone than there must be, told once until they are back. */
import type { AbsenceRule } from '../../../domain/rule.ts';
import type { Judged, Place, RuleKind, Seen } from '../contract.ts';
import { judgeCount, type CountState } from '../count.ts';

type AbsenceState = CountState<'absence/2'>;

/** Whoever is there for less than this may be a ghost of the detector, or somebody in passing: the post is still unattended. */
const GHOST_MS = 1000;
const BACK_FOR_MS = 3000;

/** Counted from the first frame in which it holds; from the rule's coming into force where it holds then already. */
function judge(rule: AbsenceRule, place: Place, state: AbsenceState | null, seen: Seen, atMs: number): Judged<AbsenceState> {
  const times = { forMs: rule.forS * 1000, gapMs: GHOST_MS, overMs: BACK_FOR_MS };
  return judgeCount('absence/2', rule, place, state, seen, atMs, times, (count) => {
    const holds = count < rule.fewerThan;
    return { holds, over: !holds, perM2: null, limit: rule.fewerThan, direction: 'below' };
  });
}

export const absence: RuleKind<AbsenceRule, AbsenceState> = { stateVersion: 'absence/2', judge, looksAtThumbnail: false, learnsUnarmed: false };
