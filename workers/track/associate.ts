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
  /** Missed in the frame before. */
  readonly lost: boolean;
}

/** Fraction of its size by which a box is grown per second unseen, and at most. */
const GROWTH_PER_S = 0.5;
const MOST_GROWTH = 0.4;
/** What pairing a lost one costs more: the longer it was lost the more its grown box overlaps, and who was in view a moment ago has the better claim. */
const LOST_COSTS = 0.1;

/**
 * Costs of pairing each candidate (row) with each detection (column): 1 − IoU, times the score where `withScore` is set
 * (ByteTrack's fused first and third association), a little more for lost candidates, and Infinity between kinds.
 *
 * ByteTrack assumes 30 frames a second; at 2–5, a walker leaves his own width between two frames. Both boxes are therefore
 * buffered, the more the longer the gap (Yang, Odashima, Masui, Jiang, "Hard to Track Objects with Irregular Motions and Similar
 * Appearances? Make It Easier by Buffering the Matching Space", WACV 2023).
 */
export function costs(candidates: readonly Candidate[], detections: readonly Detection[], withScore: boolean): number[][] {
  const kinds = detections.map((d) => kindOf(d.label));
  return candidates.map(({ kind, box, unseenMs, lost }) => {
    const growth = Math.min(MOST_GROWTH, (GROWTH_PER_S * unseenMs) / 1000);
    const expected = grown(box, growth);
    const right = expected.x + expected.w;
    const row = new Array<number>(detections.length).fill(Infinity);
    detections.forEach((detection, i) => {
      // Most of a crowded picture lies elsewhere: it is turned away before a box is made.
      const margin = detection.box.w * growth;
      if (kinds[i] !== kind || detection.box.x - margin >= right || detection.box.x + detection.box.w + margin <= expected.x) return;
      const overlap = iou(expected, grown(detection.box, growth));
      if (overlap > 0) row[i] = 1 - overlap * (withScore ? detection.score : 1) + (lost ? LOST_COSTS : 0);
    });
    return row;
  });
}
