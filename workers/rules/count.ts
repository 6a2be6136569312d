/** Counts the objects that a rule is about in its zone, and tells once when the count has been on the wrong side of its limit for long enough. */
import type { Box } from '../../domain/detection.ts';
import type { CountSubject } from '../../domain/finding.ts';
import type { RuleOnObjects } from '../../domain/rule.ts';
import { concerns } from './concern.ts';
import type { Judged, Place, Seen } from './contract.ts';
import { follow, followed, stepMs, type Followed } from './follow.ts';
import { held, NOT_HOLDING, type Holding, type HoldingTimes } from './holding.ts';
import { insidePolygon, standsAt } from './zone.ts';

export interface CountState<V extends string> {
  readonly version: V;
  readonly atMs: number;
  readonly there: readonly Followed[];
  readonly holding: Holding;
}

export interface Count {
  readonly count: number;
  /** Mean over all that were counted; null of nobody. */
  readonly score: number | null;
  /** Who was counted as seen, and who was not seen since: to be handed in with the next frame. */
  readonly there: readonly Followed[];
}

/**
 * How many of what the rule is about stand in its zone. Those just lost are counted too: for some seconds somebody who is not seen has
 * most often not left. Whoever came back under another id is counted once.
 */
export function countIn(rule: Pick<RuleOnObjects, 'classes' | 'size'>, place: Place, before: Pick<CountState<string>, 'atMs' | 'there'> | null, seen: Seen, atMs: number): Count {
  const isThere = (track: Seen['tracks'][number]): boolean => concerns(rule, track, seen) && insidePolygon(standsAt(track.box, seen), place.points);
  const at = follow(before?.there ?? [], seen.tracks, stepMs(before?.atMs ?? null, atMs));
  const unseen = new Set(at.unseen.map(({ trackId }) => trackId));
  const seenThere = at.seen.filter(({ track }) => isThere(track));
  const lost = seen.tracks.filter((track) => track.state === 'lost' && unseen.has(track.trackId) && isThere(track));
  const counted = [...seenThere.map(({ track }) => track), ...lost];
  return {
    count: counted.length,
    score: counted.length === 0 ? null : counted.reduce((sum, { score }) => sum + score, 0) / counted.length,
    there: [...seenThere.map(({ track, entry }) => followed(track, entry, atMs, seen)), ...at.unseen],
  };
}

/** What a count comes to: whether it is on the wrong side of the limit, whether that is over, and how it is told. */
export interface Weighed extends Pick<CountSubject, 'perM2' | 'limit' | 'direction'> {
  readonly holds: boolean;
  readonly over: boolean;
}

/** One frame later: counts, weighs, and tells once when `holds` has lasted. */
export function judgeCount<V extends string>(version: V, rule: Pick<RuleOnObjects, 'classes' | 'size'>, place: Place, state: CountState<V> | null, seen: Seen, atMs: number, times: HoldingTimes, weigh: (count: number) => Weighed): Judged<CountState<V>> {
  const { count, score, there } = countIn(rule, place, state, seen, atMs);
  const { holds, over, ...told } = weigh(count);
  const { holding, tells } = held(state?.holding ?? NOT_HOLDING, { holds, over }, stepMs(state?.atMs ?? null, atMs), atMs, times);
  const about: CountSubject = { kind: 'count', count, score, box: boxAround(place, seen), ...told };
  return { state: { version, atMs, there, holding }, breaches: tells ? [{ about, sinceMs: holding.sinceMs ?? atMs }] : [] };
}

/** The box around a place, pixels. */
function boxAround({ points }: Place, { widthPx, heightPx }: Seen): Box {
  const xs = points.map(([x]) => x * widthPx);
  const ys = points.map(([, y]) => y * heightPx);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, w: Math.max(...xs) - x, h: Math.max(...ys) - y };
}
