/** How many objects that a rule is about are in its zone. */
import type { Box } from '../../domain/detection.ts';
import type { RuleOnObjects } from '../../domain/rule.ts';
import { concerns } from './concern.ts';
import type { Place, Seen } from './contract.ts';
import { insidePolygon, standsAt } from './zone.ts';

/** Counts those just lost too: for some seconds somebody who is not seen has most often not left. `score` is the mean of all; null of nobody. */
export function countIn(rule: Pick<RuleOnObjects, 'classes' | 'size'>, place: Place, seen: Seen): { count: number; score: number | null } {
  const there = seen.tracks.filter((track) => track.state !== 'tentative' && concerns(rule, track, seen) && insidePolygon(standsAt(track.box, seen), place.points));
  const score = there.reduce((sum, track) => sum + track.score, 0) / there.length;
  return { count: there.length, score: there.length === 0 ? null : score };
}

/** The box around a place, pixels. */
export function boxAround({ points }: Place, { widthPx, heightPx }: Seen): Box {
  const xs = points.map(([x]) => x * widthPx);
  const ys = points.map(([, y]) => y * heightPx);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, w: Math.max(...xs) - x, h: Math.max(...ys) - y };
}
