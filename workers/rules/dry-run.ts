/** Tries a rule on recorded frames: what it would have found, without an alert to anybody. */
import type { CameraRule } from '../../domain/rule.ts';
import type { Breach, Place, RuleState, Seen } from './contract.ts';
import { judgeRule, type SiteNow } from './table.ts';

/** A frame as it was recorded: what the judges saw, and when. */
export interface RecordedFrame extends Omit<Seen, 'armed'> {
  readonly atMs: number;
}

export type FoundAt = Breach & { readonly atMs: number };

/** The rule's breaches over the frames, oldest first, beginning as on a camera that was never watched. */
export function dryRun(rule: CameraRule, place: Place, frames: Iterable<RecordedFrame>, site: SiteNow): FoundAt[] {
  const judge = dryJudge(rule, place, site);
  return [...frames].flatMap((frame) => judge(frame));
}

/** The same frame by frame, for whoever must pause in between: to be called with each frame once, oldest first. */
export function dryJudge(rule: CameraRule, place: Place, site: SiteNow): (frame: RecordedFrame) => FoundAt[] {
  let kept: RuleState | undefined;
  return ({ atMs, ...seen }) => {
    const { state, breaches } = judgeRule(rule, place, kept, seen, site, atMs);
    kept = state ?? undefined;
    return breaches.map((breach) => ({ ...breach, atMs }));
  };
}
