/** What the rules on left and removed objects have in common: both judge regions of the picture that changed and stayed so. */
import type { RegionSubject } from '../../domain/finding.ts';
import type { LeftObjectRule, RemovedObjectRule } from '../../domain/rule.ts';
import { fits } from './concern.ts';
import type { Breach, RuleKind } from './contract.ts';
import { staticChange, type StaticChangeState } from './static-change.ts';

export interface RegionChangeState<V extends string> {
  readonly version: V;
  readonly view: StaticChangeState | null;
}

/** Judged from the picture itself: no detector knows every bag. The background is learnt while the rule is not in force too. */
export function regionChange<R extends LeftObjectRule | RemovedObjectRule, V extends string>(version: V, wanted: RegionSubject['change']): RuleKind<R, RegionChangeState<V>> {
  return {
    stateVersion: version,
    looksAtThumbnail: true,
    learnsUnarmed: true,
    judge: (rule, place, state, seen, atMs) => {
      const before = state?.view ?? null;
      if (!seen.thumbnail) return { state: { version, view: before }, breaches: [] };
      const breaches: Breach[] = [];
      const view = staticChange(place, before, seen, seen.thumbnail, atMs, rule.forS, ({ change, box, sinceMs }) => {
        if (change !== wanted || !seen.armed || !fits(rule.size, box, seen)) return false;
        breaches.push({ about: { kind: 'region', change, box }, sinceMs });
        return true;
      });
      return { state: { version, view }, breaches };
    },
  };
}
