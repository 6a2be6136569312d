/** Non-maximum suppression: of boxes that overlap too much, the surest stays. */
import { type Box, iou } from '../domain/detection.ts';

/** More candidates than this are cut off, weakest first, so that a picture full of noise cannot hold the worker (the work is quadratic). */
export const MAX_CANDIDATES = 1000;

/**
 * Greedy suppression, surest first: a candidate is dropped when its IoU with a kept one of the same label exceeds `maxIou`.
 * Returns the kept candidates by falling score; equal scores keep their order.
 */
export function suppress<T extends { readonly score: number; readonly box: Box; readonly label?: string }>(candidates: readonly T[], maxIou: number): T[] {
  const sorted = [...candidates].sort((a, b) => b.score - a.score).slice(0, MAX_CANDIDATES);
  const kept: T[] = [];
  for (const candidate of sorted) {
    if (!kept.some((k) => k.label === candidate.label && iou(k.box, candidate.box) > maxIou)) kept.push(candidate);
  }
  return kept;
}
