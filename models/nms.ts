/** Non-maximum suppression: of boxes that overlap too much, the surest stays. */
import type { Box } from '../domain/detection.ts';

/** More candidates than this are cut off, weakest first, so that a picture full of noise cannot hold the worker (the work is quadratic). */
export const MAX_CANDIDATES = 1000;

/** Intersection over union of two boxes, 0…1; 0 where either has no area. */
export function iou(a: Box, b: Box): number {
  const w = Math.min(a.x + a.w, b.x + b.w) - Math.max(a.x, b.x);
  const h = Math.min(a.y + a.h, b.y + b.h) - Math.max(a.y, b.y);
  if (w <= 0 || h <= 0) return 0;
  const both = w * h;
  return both / (a.w * a.h + b.w * b.h - both);
}

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
