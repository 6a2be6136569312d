/** What a track and a detection cost each other: overlap, score and kind of object. */
import { type Box, type Detection, iou, type ObjectClass } from '../../domain/detection.ts';

/** Detectors confuse a van with a bus and a moped with a bicycle, but hardly a person with a car: only within a kind may labels change. */
export type Kind = 'person' | 'two-wheeler' | 'vehicle';

export function kindOf(label: ObjectClass): Kind {
  switch (label) {
    case 'person':
      return 'person';
    case 'bicycle':
    case 'motorcycle':
      return 'two-wheeler';
    case 'car':
    case 'bus':
    case 'truck':
      return 'vehicle';
  }
}

/** A box grown on each side by a fraction of its own size. */
export function grown(box: Box, by: number): Box {
  return { x: box.x - box.w * by, y: box.y - box.h * by, w: box.w * (1 + 2 * by), h: box.h * (1 + 2 * by) };
}

/** What a detection is compared with. */
export interface Candidate {
  readonly kind: Kind;
  /** Where it is expected now, pixels. */
  readonly box: Box;
  /** How long ago it was last seen. */
  readonly unseenMs: number;
}

/** Fraction of its size by which a box is grown per second unseen, and at most. */
const GROWTH_PER_S = 0.5;
const MOST_GROWTH = 0.4;

/**
 * Costs 0…1 of pairing each candidate (row) with each detection (column): 1 − IoU, times the score where `withScore` is set
 * (ByteTrack's fused first and third association), and Infinity between kinds.
 *
 * ByteTrack assumes 30 frames a second; at 2–5, a walker leaves his own width between two frames. Both boxes are therefore
 * buffered, the more the longer the gap (Yang, Odashima, Masui, Jiang, "Hard to Track Objects with Irregular Motions and Similar
 * Appearances? Make It Easier by Buffering the Matching Space", WACV 2023).
 */
export function costs(candidates: readonly Candidate[], detections: readonly Detection[], withScore: boolean): number[][] {
  const kinds = detections.map((d) => kindOf(d.label));
  return candidates.map((candidate) => {
    const growth = Math.min(MOST_GROWTH, (GROWTH_PER_S * candidate.unseenMs) / 1000);
    const expected = grown(candidate.box, growth);
    return detections.map((detection, i) => {
      if (kinds[i] !== candidate.kind) return Infinity;
      const overlap = iou(expected, grown(detection.box, growth));
      return overlap === 0 ? Infinity : 1 - overlap * (withScore ? detection.score : 1);
    });
  });
}
