/** Removed object: something is gone that stood in the zone, told once while it is gone. */
import type { RemovedObjectRule } from '../../../domain/rule.ts';
import { fits } from '../concern.ts';
import type { Breach, Judged, Place, RuleKind, Seen } from '../contract.ts';
import { staticChange, type StaticChangeState } from '../static-change.ts';

export interface RemovedObjectState {
  readonly version: 'removed-object/1';
  readonly view: StaticChangeState | null;
}

/** Judged from the picture itself: no detector knows every bag. The background is learnt while the rule is not in force too. */
function judge(rule: RemovedObjectRule, place: Place, state: RemovedObjectState | null, seen: Seen, atMs: number): Judged<RemovedObjectState> {
  const before = state?.view ?? null;
  if (!seen.thumbnail) return { state: { version: 'removed-object/1', view: before }, breaches: [] };
  const breaches: Breach[] = [];
  const view = staticChange(place, before, seen, seen.thumbnail, atMs, rule.forS, ({ change, box, sinceMs }) => {
    if (change !== 'removed' || !seen.armed || !fits(rule.size, box, seen)) return false;
    breaches.push({ about: { kind: 'region', change, box }, sinceMs });
    return true;
  });
  return { state: { version: 'removed-object/1', view }, breaches };
}

export const removedObject: RuleKind<RemovedObjectRule, RemovedObjectState> = { stateVersion: 'removed-object/1', judge, looksAtThumbnail: true, learnsUnarmed: true };
