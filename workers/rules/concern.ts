/** Whether something is what a rule is about: of its classes, of its sizes, and standing where its box ends. */
import type { Box, Track } from '../../domain/detection.ts';
import type { RuleOnObjects, SizeFilter, Span } from '../../domain/rule.ts';
import { heightOf, type Measured, widthOf } from '../../grid/size.ts';
import type { Place, Seen } from './contract.ts';
import { insidePolygon, standsAt } from './zone.ts';

export function concerns({ classes, size }: Pick<RuleOnObjects, 'classes' | 'size'>, track: Track, seen: Seen): boolean {
  return classes.includes(track.label) && fits(size, track.box, seen);
}

/** Whether it is what a rule is about, and stands in the rule's zone. */
export function standsIn(rule: Pick<RuleOnObjects, 'classes' | 'size'>, place: Place, track: Track, seen: Seen): boolean {
  return concerns(rule, track, seen) && showsFeet(track, seen) && insidePolygon(standsAt(track.box, seen), place.points);
}

/** So near to the edge of the picture, as a part of its height, a box is cut off by it. */
const EDGE = 0.02;

/**
 * Whether a box's lower edge can be where somebody stands. A person cut off above, and at a side too or so far that more width than height
 * is left, shows an arm or a leg that reaches into the picture: most often a hand right before the camera. Whoever comes in that way is
 * seen whole soon after, and is judged then. One who is cut off below as well fills the picture, and stands before it.
 */
export function showsFeet({ label, box }: Track, { widthPx, heightPx }: Pick<Seen, 'widthPx' | 'heightPx'>): boolean {
  const edgePx = EDGE * heightPx;
  const isCutAbove = box.y <= edgePx && box.y + box.h < heightPx - edgePx;
  const isCutAside = box.x <= edgePx || box.x + box.w >= widthPx - edgePx;
  return label !== 'person' || !isCutAbove || !(isCutAside || box.w > box.h);
}

/** What cannot be measured fits: a finding too many is seen by somebody, one too few by nobody. */
export function fits(size: SizeFilter | null, box: Box, seen: Seen): boolean {
  if (size === null) return true;
  const { width, height, widthM, heightM } = size;
  if (!within(width, box.w / seen.widthPx) || !within(height, box.h / seen.heightPx)) return false;
  if (!seen.plane || (!widthM && !heightM)) return true;
  const measured = (span: Span | null, size: Measured | null): boolean => within(span, size && size.valueM);
  return (!widthM || measured(widthM, widthOf(seen.plane, box, seen))) && (!heightM || measured(heightM, heightOf(seen.plane, box, seen, seen.lens)));
}

function within(span: Span | null, value: number | null): boolean {
  return span === null || value === null || (value >= span.atLeast && (span.atMost === null || value <= span.atMost));
}
