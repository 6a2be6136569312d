/** Tries a rule on recorded frames: what it would have found, without an alert to anybody. */
import type { CameraRule } from '../../domain/rule.ts';
import type { Breach, Place, RuleState, Seen } from './contract.ts';
import { judgeRule, type SiteNow } from './table.ts';

/** A frame as it was recorded: what the judges saw, and when. */
export interface RecordedFrame extends Omit<Seen, 'armed'> {
  readonly atMs: number;
}

/** The rule's breaches over the frames, oldest first, beginning as on a camera that was never watched. */
export function dryRun(rule: CameraRule, place: Place, frames: Iterable<RecordedFrame>, site: SiteNow): (Breach & { readonly atMs: number })[] {
  const found: (Breach & { readonly atMs: number })[] = [];
  let kept: RuleState | undefined;
  for (const { atMs, ...seen } of frames) {
    const { state, breaches } = judgeRule(rule, place, kept, seen, site, atMs);
    kept = state ?? undefined;
    found.push(...breaches.map((breach) => ({ ...breach, atMs })));
  }
  return found;
}
