/**
 * IDF1, IDP and IDR: E. Ristani, F. Solera, R. Zou, R. Cucchiara, C. Tomasi, "Performance Measures and a Data Set for Multi-Target,
 * Multi-Camera Tracking", ECCV 2016 workshops, §2.4: every true identity is held against at most one track over the whole sequence.
 */
import { heaviest, PairCounts, SAME_IOU, similarity, type JudgedFrame } from './sequence.ts';

export interface IdentityCounts {
  /** Boxes of tracks on the truth that they stand for. */
  readonly idtp: number;
  readonly truthBoxes: number;
  readonly trackBoxes: number;
}

export function identityCounts(frames: readonly JudgedFrame[]): IdentityCounts {
  const together = new PairCounts();
  for (const { truth, tracks } of frames)
    for (const t of truth) for (const p of tracks) if (similarity(t, p) >= SAME_IOU) together.add(t.id, p.id);
  const entries = together.entries();
  const truthIds = [...new Set(entries.map(([t]) => t))];
  const trackIds = [...new Set(entries.map(([, p]) => p))];
  const weights = truthIds.map((t) => trackIds.map((p) => together.get(t, p)));
  return {
    idtp: heaviest(weights, trackIds.length).reduce((sum, [row, column]) => sum + (weights[row]?.[column] ?? 0), 0),
    truthBoxes: frames.reduce((sum, { truth }) => sum + truth.length, 0),
    trackBoxes: frames.reduce((sum, { tracks }) => sum + tracks.length, 0),
  };
}

/** Over one or more sequences; 1 where there was nothing to get wrong. */
export function identity(sequences: readonly IdentityCounts[]): { readonly idf1: number; readonly idp: number; readonly idr: number } {
  const sum = (of: keyof IdentityCounts): number => sequences.reduce((total, counts) => total + counts[of], 0);
  const share = (part: number, whole: number): number => (whole === 0 ? 1 : part / whole);
  return { idf1: share(2 * sum('idtp'), sum('truthBoxes') + sum('trackBoxes')), idp: share(sum('idtp'), sum('trackBoxes')), idr: share(sum('idtp'), sum('truthBoxes')) };
}
