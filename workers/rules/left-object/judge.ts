/** Left object: something was put down in the zone and stays, told once while it stays. */
import type { LeftObjectRule } from '../../../domain/rule.ts';
import { fits } from '../concern.ts';
import type { Breach, Judged, Place, RuleKind, Seen } from '../contract.ts';
import { staticChange, type StaticChangeState } from '../static-change.ts';

export interface LeftObjectState {
  readonly version: 'left-object/1';
  readonly view: StaticChangeState | null;
}

/** Judged from the picture itself: no detector knows every bag. The background is learnt while the rule is not in force too. */
function judge(rule: LeftObjectRule, place: Place, state: LeftObjectState | null, seen: Seen, atMs: number): Judged<LeftObjectState> {
  const before = state?.view ?? null;
  if (!seen.thumbnail) return { state: { version: 'left-object/1', view: before }, breaches: [] };
  const breaches: Breach[] = [];
  const view = staticChange(place, before, seen, seen.thumbnail, atMs, rule.forS, ({ change, box, sinceMs }) => {
    if (change !== 'left' || !seen.armed || !fits(rule.size, box, seen)) return false;
    breaches.push({ about: { kind: 'region', change, box }, sinceMs });
    return true;
  });
  return { state: { version: 'left-object/1', view }, breaches };
}

export const leftObject: RuleKind<LeftObjectRule, LeftObjectState> = { stateVersion: 'left-object/1', judge, looksAtThumbnail: true, learnsUnarmed: true };
