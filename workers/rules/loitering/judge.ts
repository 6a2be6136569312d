/** Loitering: who stays in the zone too long, told once per stay. */
import type { LoiteringRule } from '../../../domain/rule.ts';
import { standsIn } from '../concern.ts';
import { aboutTrack, type Breach, type Judged, type Place, type RuleKind, type Seen } from '../contract.ts';
import { follow, followed, LOST_FOR_MS, stepMs, type Followed } from '../follow.ts';

/** One object's stay in the zone. */
interface Stay extends Followed {
  readonly sinceMs: number;
  /** For how long it has been seen outside. */
  readonly outMs: number;
  readonly told: boolean;
}

export interface LoiteringState {
  readonly version: 'loitering/2';
  readonly atMs: number;
  readonly stays: readonly Stay[];
}

/** Steps out of the zone up to this long are part of the stay: who paces up and down on its border loiters too. */
const OUT_FOR_MS = 5000;

/** A stay lasts from the first frame in the zone, through short losses, another id, and steps outside. */
function judge(rule: LoiteringRule, place: Place, state: LoiteringState | null, seen: Seen, atMs: number): Judged<LoiteringState> {
  const step = stepMs(state?.atMs ?? null, atMs);
  const at = follow(state?.stays ?? [], seen.tracks, step, LOST_FOR_MS);
  const stays: Stay[] = at.unseen;
  const breaches: Breach[] = [];
  for (const { track, entry } of at.seen) {
    const inZone = standsIn(rule, place, track, seen);
    const outMs = inZone ? 0 : (entry?.outMs ?? OUT_FOR_MS) + step;
    if (!inZone && (!entry || outMs > OUT_FOR_MS)) continue;
    const sinceMs = entry?.sinceMs ?? atMs;
    const tells = inZone && !entry?.told && atMs - sinceMs >= rule.forS * 1000;
    stays.push({ ...followed(track, entry, atMs, seen), sinceMs, outMs, told: tells || entry?.told === true });
    if (tells) breaches.push({ about: aboutTrack(track), sinceMs });
  }
  return { state: { version: 'loitering/2', atMs, stays }, breaches };
}

export const loitering: RuleKind<LoiteringRule, LoiteringState> = { stateVersion: 'loitering/2', judge, looksAtThumbnail: false, learnsUnarmed: false };
