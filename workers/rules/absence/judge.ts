/** Absence: fewer in the zone than there must be, told once until they are back. */
import type { AbsenceRule } from '../../../domain/rule.ts';
import type { Judged, Place, RuleKind, Seen } from '../contract.ts';
import { boxAround, countIn } from '../count.ts';
import { stepMs } from '../follow.ts';
import { held, NOT_HOLDING, type Holding } from '../holding.ts';

export interface AbsenceState {
  readonly version: 'absence/1';
  readonly atMs: number;
  readonly holding: Holding;
}

/** Whoever is there for less than this may be a ghost of the detector, or somebody in passing: the post is still unattended. */
const GHOST_MS = 1000;
const BACK_FOR_MS = 3000;

/** Counted from the first frame in which it holds; from the rule's coming into force where it holds then already. */
function judge(rule: AbsenceRule, place: Place, state: AbsenceState | null, seen: Seen, atMs: number): Judged<AbsenceState> {
  const { count, score } = countIn(rule, place, seen);
  const holds = count < rule.fewerThan;
  const times = { forMs: rule.forS * 1000, gapMs: GHOST_MS, overMs: BACK_FOR_MS };
  const { holding, tells } = held(state?.holding ?? NOT_HOLDING, { holds, over: !holds }, stepMs(state?.atMs ?? null, atMs), atMs, times);
  const about = { kind: 'count', count, perM2: null, limit: rule.fewerThan, direction: 'below', score, box: boxAround(place, seen) } as const;
  return { state: { version: 'absence/1', atMs, holding }, breaches: tells ? [{ about, sinceMs: holding.sinceMs ?? atMs }] : [] };
}

export const absence: RuleKind<AbsenceRule, AbsenceState> = { stateVersion: 'absence/1', judge, looksAtThumbnail: false, learnsUnarmed: false };
