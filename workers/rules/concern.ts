/** Whether something is what a rule is about: of its classes, and of its sizes. */
import type { Box, Track } from '../../domain/detection.ts';
import type { RuleOnObjects, SizeFilter, Span } from '../../domain/rule.ts';
import { heightOf, type Measured, widthOf } from '../../grid/size.ts';
import type { Seen } from './contract.ts';

export function concerns({ classes, size }: Pick<RuleOnObjects, 'classes' | 'size'>, track: Track, seen: Seen): boolean {
  return classes.includes(track.label) && fits(size, track.box, seen);
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
